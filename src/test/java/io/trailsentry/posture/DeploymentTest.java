package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.posture.Deployment.Function;
import io.trailsentry.posture.Deployment.Mapping;
import io.trailsentry.posture.Deployment.Table;
import io.trailsentry.publish.aws.Subscribers;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeploymentTest {
    private static final String HOME = "us-east-1";
    private static final String ACCOUNT = "111122223333";
    private static final String SQS = "arn:aws:sqs:us-east-1:111122223333:";
    private static final String SNS = "arn:aws:sns:us-east-1:111122223333:";
    private static final Coverage.Scope SCOPE = new Coverage.Scope(
            new Place("aws", ACCOUNT, HOME, List.of(HOME, "eu-west-2"), List.of("coder"), null, "TrailSentry"),
            new Roster(List.of(new Roster.Entry(null, List.of(PrincipalPattern.of("coder")))), false, Map.of()),
            List.of(), Instant.parse("2026-11-21T10:15:00Z"));
    private static final Map<String, String> ENVIRONMENT = Map.of("FINDINGS_TOPIC_ARN", SNS + "trailsentry-findings",
            "ALERTS_TOPIC_ARN", SNS + "trailsentry-alerts", "PAGES_TOPIC_ARN", SNS + "trailsentry-pages",
            "MEMORY_TABLE", "trailsentry-memory", "TRAIL_BUCKET", "logs");
    private static final Mapping FED = new Mapping("id", "Enabled", true);
    private static final Subscribers HEARD = new Subscribers(Map.of("email", 1), List.of(), false);

    /// A deployment of which all is well until a test says otherwise. Not thread-safe.
    private static final class Built {
        private final Map<String, Answer<Map<String, String>>> queues = new TreeMap<>(
                Map.of("trailsentry-events", Answer.of(queue("*", 0)), "trailsentry-files", Answer.of(queue("*", 0)),
                        "trailsentry-dead-letters", Answer.of(queue("*", 0))));
        private final TreeMap<String, Answer<Map<String, String>>> away = new TreeMap<>(
                Map.of(HOME, Answer.of(Map.of()), "eu-west-2", Answer.of(queue("*", 0))));
        private Answer<Function> detector = Answer.of(new Function("Active", ENVIRONMENT, null));
        private Answer<Integer> concurrency = new Answer<>(null, null);
        private Answer<Map<String, Mapping>> mappings = Answer.of(Map.of(SQS + "trailsentry-events", FED,
                SQS + "trailsentry-files", FED));
        private final Map<String, Answer<Subscribers>> topics = new TreeMap<>(
                Map.of("trailsentry-alerts", Answer.of(HEARD), "trailsentry-pages", Answer.of(HEARD),
                        "trailsentry-findings", Answer.of(HEARD)));
        private Table table = new Table(Answer.of("ACTIVE"), Answer.of(true), Answer.of(true));

        List<Check> checks() {
            return new Deployment(queues, away, detector, concurrency, mappings, topics, table).judge(SCOPE);
        }
    }

    private static Map<String, String> queue(String principal, int messages) {
        return Map.of("RedrivePolicy", "{\"deadLetterTargetArn\":\"" + SQS + "trailsentry-dead-letters\"}",
                "ApproximateNumberOfMessages", String.valueOf(messages), "Policy", "{\"Statement\":[{\"Effect\":"
                        + "\"Allow\",\"Principal\":\"" + principal + "\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}]}");
    }

    /// A planted fault, and the one check that tells it.
    ///
    /// @param said null: AWS refused
    record Fault(Rule rule, Verdict verdict, int score, @Nullable String said,
            java.util.function.Consumer<Built> plant) {
    }

    private static <T> Answer<T> missing() {
        return new Answer<>(null, null);
    }

    private static <T> Answer<T> denied() {
        return Answer.refused(new RefusedException("AccessDenied: no"));
    }

    private static Fault failure(Rule rule, int score, String said, java.util.function.Consumer<Built> plant) {
        return new Fault(rule, Verdict.FAILURE, score, said, plant);
    }

    private static Fault warning(Rule rule, int score, String said, java.util.function.Consumer<Built> plant) {
        return new Fault(rule, Verdict.WARNING, score, said, plant);
    }

    private static Fault refused(Rule rule, java.util.function.Consumer<Built> plant) {
        return new Fault(rule, Verdict.UNKNOWN, 20, null, plant);
    }

    static Stream<Fault> faults() {
        String detector = "has function trailsentry-detector";
        return Stream.of(
                failure(Rule.QUEUES, 80, "has no queue trailsentry-events",
                        built -> built.queues.put("trailsentry-events", missing())),
                failure(Rule.QUEUES, 80, "has queue trailsentry-files whose policy refuses what the rules send",
                        built -> built.queues.put("trailsentry-files", Answer.of(queue("nobody", 0)))),
                failure(Rule.QUEUES, 50, "has queue trailsentry-events without its dead-letter queue",
                        built -> built.queues.put("trailsentry-events",
                                Answer.of(Map.of("Policy", queue("*", 0).getOrDefault("Policy", ""))))),
                new Fault(Rule.QUEUES, Verdict.UNKNOWN, 0,
                        "has queue trailsentry-events whose policy may refuse what the rules send",
                        built -> built.queues.put("trailsentry-events", Answer.of(Map.of("RedrivePolicy",
                                queue("*", 0).getOrDefault("RedrivePolicy", ""), "Policy",
                                queue("*", 0).getOrDefault("Policy", "").replace("}]}",
                                        ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o\"}}}]}"))))),
                refused(Rule.QUEUES, built -> built.queues.put("trailsentry-files", denied())),
                warning(Rule.DEAD_LETTERS, 40, "has lost events in trailsentry-dead-letters: about 3",
                        built -> built.queues.put("trailsentry-dead-letters", Answer.of(queue("*", 3)))),
                warning(Rule.DEAD_LETTERS, 40, "has lost events in trailsentry-forwarder-dead-letters in eu-west-2",
                        built -> built.away.put("eu-west-2", Answer.of(queue("*", 1)))),
                refused(Rule.DEAD_LETTERS, built -> built.away.put("eu-west-2", denied())),
                failure(Rule.FUNCTION, 85, "has no function trailsentry-detector with the alias live", built -> {
                    built.detector = missing();
                    built.queues.remove("trailsentry-files");
                }),
                failure(Rule.FUNCTION, 70, detector + " in the state Failed",
                        built -> built.detector = Answer.of(new Function("Failed", ENVIRONMENT, null))),
                failure(Rule.FUNCTION, 85, detector + " stopped by a reserved concurrency of 0",
                        built -> built.concurrency = Answer.of(0)),
                failure(Rule.FUNCTION, 85, detector + " that does not read trailsentry-files",
                        built -> built.mappings = Answer.of(Map.of(SQS + "trailsentry-events", FED))),
                failure(Rule.FUNCTION, 85, "has the event source mapping of trailsentry-events in the state Disabled",
                        built -> built.mappings = Answer.of(Map.of(SQS + "trailsentry-files", FED,
                                SQS + "trailsentry-events", new Mapping("id", "Disabled", true)))),
                failure(Rule.FUNCTION, 50, "has an event source mapping of trailsentry-events that fails whole batches",
                        built -> built.mappings = Answer.of(Map.of(SQS + "trailsentry-files", FED,
                                SQS + "trailsentry-events", new Mapping("id", "Enabled", false)))),
                failure(Rule.FUNCTION, 75, detector + " with another environment: ALERTS_TOPIC_ARN",
                        built -> {
                            Map<String, String> other = new TreeMap<>(ENVIRONMENT);
                            other.put("ALERTS_TOPIC_ARN", SNS + "elsewhere");
                            built.detector = Answer.of(new Function("Active", other, null));
                        }),
                refused(Rule.FUNCTION, built -> built.mappings = denied()),
                refused(Rule.FUNCTION, built -> built.concurrency = denied()),
                failure(Rule.TOPICS, 80, "has no topic trailsentry-findings",
                        built -> built.topics.put("trailsentry-findings", missing())),
                failure(Rule.SUBSCRIPTIONS, 70, "has nobody subscribed to trailsentry-alerts",
                        built -> built.topics.put("trailsentry-alerts",
                                Answer.of(new Subscribers(Map.of(), List.of(), false)))),
                warning(Rule.SUBSCRIPTIONS, 25, "has unconfirmed subscriptions to trailsentry-pages: 1 (email)",
                        built -> built.topics.put("trailsentry-pages",
                                Answer.of(new Subscribers(Map.of(), List.of("email d***@e***.com"), false)))),
                failure(Rule.TABLE, 80, "has no table trailsentry-memory",
                        built -> built.table = new Table(missing(), denied(), denied())),
                failure(Rule.TABLE, 80, "has table trailsentry-memory in the state DELETING",
                        built -> built.table = new Table(Answer.of("DELETING"), Answer.of(true), Answer.of(true))),
                warning(Rule.TABLE, 30, "has table trailsentry-memory that forgets nothing",
                        built -> built.table = new Table(Answer.of("ACTIVE"), Answer.of(false), Answer.of(true))),
                warning(Rule.TABLE, 25, "has table trailsentry-memory that cannot be restored",
                        built -> built.table = new Table(Answer.of("ACTIVE"), Answer.of(true), Answer.of(false))),
                refused(Rule.TABLE, built -> built.table = new Table(Answer.of("ACTIVE"), denied(), Answer.of(true))));
    }

    @Test
    void judge_everythingAsDeployed_isOk() {
        List<Check> checks = new Built().checks();

        assertThat(checks).allMatch(check -> check.verdict() == Verdict.OK);
        assertThat(checks).extracting(Check::rule).contains(Rule.QUEUES, Rule.DEAD_LETTERS, Rule.FUNCTION, Rule.TOPICS,
                Rule.SUBSCRIPTIONS, Rule.TABLE);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void judge_oneFault_isToldByItsCheckAndNoOther(Fault fault) {
        Built built = new Built();
        fault.plant().accept(built);
        List<Check> checks = built.checks();

        assertThat(checks).filteredOn(check -> check.verdict() != Verdict.OK).singleElement()
                .returns(fault.rule(), Check::rule).returns(fault.verdict(), Check::verdict)
                .returns(fault.score(), Check::score)
                .returns(Objects.requireNonNullElse(fault.said(), "cannot be checked: " + fault.rule().title()),
                        Check::said)
                .satisfies(check -> assertThat(check.reason()).isNotBlank())
                .satisfies(check -> assertThat(check.mend()).isNotBlank());
        Set<List<Object>> seen = new HashSet<>();
        assertThat(checks).allMatch(check -> seen.add(java.util.Arrays.asList(check.rule(), check.target())));
    }

    @Test
    void judge_topicThatCannotBeRead_cannotTellOfItsSubscriptionsEither() {
        Built built = new Built();
        built.topics.put("trailsentry-alerts", denied());

        assertThat(built.checks()).filteredOn(check -> check.verdict() == Verdict.UNKNOWN).extracting(Check::rule)
                .containsExactlyInAnyOrder(Rule.TOPICS, Rule.SUBSCRIPTIONS);
    }

    @Test
    void judge_faultBesideARefusal_isStillAFailure() {
        Built built = new Built();
        built.concurrency = Answer.of(0);
        built.mappings = denied();

        assertThat(built.checks()).filteredOn(check -> check.verdict() != Verdict.OK).singleElement()
                .returns(Verdict.FAILURE, Check::verdict).extracting(Check::said).asString()
                .isEqualTo("has function trailsentry-detector stopped by a reserved concurrency of 0; "
                        + "cannot be checked: the function");
    }

    @Test
    void judge_functionWithoutFiles_needsNoQueueOfThem() {
        Built built = new Built();
        Map<String, String> without = new TreeMap<>(ENVIRONMENT);
        without.remove("TRAIL_BUCKET");
        built.detector = Answer.of(new Function("Active", without, null));
        built.queues.put("trailsentry-files", missing());
        built.mappings = Answer.of(Map.of(SQS + "trailsentry-events", FED));

        assertThat(built.checks()).allMatch(check -> check.verdict() == Verdict.OK);
    }

    @Test
    void modified_isReadAsLambdaWritesIt() {
        assertThat(Deployment.modified("2026-11-21T10:15:00.000+0000"))
                .isEqualTo(Instant.parse("2026-11-21T10:15:00Z"));
        assertThat(Deployment.modified("yesterday")).isNull();
        assertThat(Deployment.modified(null)).isNull();
    }
}
