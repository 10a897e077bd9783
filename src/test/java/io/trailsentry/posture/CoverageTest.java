package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.posture.Access.May;
import io.trailsentry.posture.Delivery.EventRule;
import io.trailsentry.posture.Selectors.Basic;
import io.trailsentry.posture.Trails.State;
import io.trailsentry.posture.Trails.Trail;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CoverageTest {
    private static final String HOME = "us-east-1";
    private static final List<String> WATCHED = List.of(HOME, "eu-west-2");
    private static final Instant NOW = Instant.parse("2026-11-21T10:15:00Z");
    private final RefusedException denied = new RefusedException("AccessDenied: no");
    private static final Coverage.Scope SCOPE = new Coverage.Scope(new Place("aws", "111122223333", HOME,
            WATCHED, List.of("coder"), null, "TrailSentry"), roster("coder"), List.of(), NOW);
    private static final String NAMES = """
            {"source":[{"prefix":"aws."}],"detail-type":[{"suffix":" via CloudTrail"}],"detail":{"$or":[
            {"userIdentity":{"sessionContext":{"sessionIssuer":{"userName":["%1$s"]}}}},
            {"userIdentity":{"userName":["%1$s"]}}]}}""";
    private static final String STATE = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

    private static Roster roster(String... principals) {
        return new Roster(List.of(new Roster.Entry(null, Stream.of(principals).map(PrincipalPattern::of).toList())),
                false, Map.of());
    }

    private static Trail trail(boolean multiRegion, Answer<State> state, Basic... basic) {
        return new Trail("arn:aws:cloudtrail:us-east-1:111122223333:trail/t", HOME, multiRegion, multiRegion, state,
                Answer.of(new Selectors(List.of(basic), List.of())));
    }

    private static Answer<State> logging(boolean logs, @Nullable String error) {
        return Answer.of(new State(logs, error));
    }

    private static String verdicts(Trail... trails) {
        return verdicts(TrailCoverage.judge(SCOPE.subject(), WATCHED, new Trails(List.of(trails), new TreeMap<>())));
    }

    private static String verdicts(List<Check> checks) {
        return String.join(" ", checks.stream().map(check -> check.verdict().name()).toList());
    }

    @Test
    void trails_areJudgedTogether() {
        assertThat(verdicts(trail(true, logging(true, null)))).isEqualTo("OK OK OK OK");
        assertThat(verdicts()).isEqualTo("FAILURE UNKNOWN UNKNOWN UNKNOWN");
        assertThat(verdicts(trail(true, logging(false, null)))).startsWith("FAILURE");
        assertThat(verdicts(trail(true, Answer.refused(denied)))).startsWith("UNKNOWN");
        assertThat(verdicts(trail(true, Answer.refused(denied)), trail(true, logging(true, null))))
                .isEqualTo("OK OK OK OK");
        assertThat(verdicts(trail(true, logging(true, "AccessDenied")))).isEqualTo("OK OK OK OK WARNING");
        assertThat(verdicts(trail(false, logging(true, null)))).isEqualTo("OK FAILURE OK FAILURE");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            All, true, '', OK
            WriteOnly, true, '', FAILURE
            ReadOnly, true, '', FAILURE
            All, false, '', FAILURE
            All, true, kms.amazonaws.com, OK
            All, true, iam.amazonaws.com, FAILURE
            """)
    void management_ofBasicSelectors(String type, boolean management, String excluded, Verdict verdict) {
        Basic basic = new Basic(type, management, excluded.isEmpty() ? Set.of() : Set.of(excluded), List.of());

        assertThat(TrailCoverage.judge(SCOPE.subject(), WATCHED,
                new Trails(List.of(trail(true, logging(true, null), basic)), new TreeMap<>())))
                .filteredOn(check -> check.rule() == Rule.TRAIL_MANAGEMENT_EVENTS).first()
                .returns(verdict, Check::verdict);
    }

    @ParameterizedTest
    @EnumSource(May.class)
    void dataEvents_areJudgedByWhatAnAgentCanReach(May may) {
        Principal role = new Principal(Principal.Kind.ROLE, "111122223333", "arn:aws:iam::111122223333:role/coder",
                "coder");
        Subject coder = new Subject(Agent.learned("coder"), role);
        Map<String, String> buckets = new TreeMap<>();
        for (int i = 10; i < 30; i++) {
            buckets.put("b" + i, HOME);
        }
        DataEvents events = new DataEvents(Answer.of(buckets), Answer.of(List.of("orders")));
        Trails trails = new Trails(List.of(trail(true, logging(true, null))), new TreeMap<>());
        Check check = events.judge(coder, (action, arn) -> may, SCOPE, trails);

        assertThat(check.verdict()).isEqualTo(switch (may) {
            case YES -> Verdict.WARNING;
            case NO -> Verdict.OK;
            case CANNOT_TELL -> Verdict.UNKNOWN;
        });
        if (may == May.YES) {
            assertThat(check.said()).contains("bucket b10").endsWith("and 9 more");
        }
        assertThat(events.judge(coder, (action, arn) -> may, SCOPE, new Trails(List.of(), new TreeMap<>())))
                .returns(may == May.NO ? Verdict.OK : Verdict.UNKNOWN, Check::verdict).returns(0, Check::score);
        assertThat(events.judge(coder, (action, arn) -> may, SCOPE, new Trails(trails.trails(),
                new TreeMap<>(Map.of("eu-west-2", denied))))).returns(may == May.NO ? 0 : 20, Check::score);
        assertThat(new DataEvents(Answer.refused(denied), Answer.of(List.of())).judge(coder, (action, arn) -> may,
                SCOPE, trails)).returns(Verdict.UNKNOWN, Check::verdict).returns(20, Check::score);
    }

    private static List<Check> rules(String region, Answer<Map<String, EventRule>> answer) {
        Map<String, Answer<Map<String, EventRule>>> all = new TreeMap<>();
        WATCHED.forEach(watched -> all.put(watched, Answer.of(standing(watched))));
        all.put(region, answer);
        return Delivery.judge(SCOPE, new TreeMap<>(all));
    }

    private static Map<String, EventRule> standing(String region) {
        boolean home = region.equals(HOME);
        Map<String, EventRule> rules = new LinkedHashMap<>();
        for (String name : List.of("agent-calls", "perimeter-changes", "monitor-changes")) {
            rules.put((home ? "trailsentry-" : "trailsentry-forward-") + name, new EventRule(STATE,
                    NAMES.formatted("coder"),
                    Map.of(home
                            ? "arn:aws:sqs:us-east-1:111122223333:trailsentry-events"
                            : "arn:aws:events:us-east-1:111122223333:event-bus/default", true)));
        }
        return rules;
    }

    @Test
    void rules_asDeployed_areOk() {
        assertThat(rules(HOME, Answer.of(standing(HOME)))).hasSize(6)
                .allMatch(check -> check.verdict() == Verdict.OK);
    }

    @Test
    void rules_thatAreMissingOrChanged_areNamedWithTheirRegion() {
        EventRule good = standing(HOME).values().iterator().next();
        Map<EventRule, String> odd = new LinkedHashMap<>();
        odd.put(new EventRule("ENABLED", good.pattern(), good.targets()), "in the state ENABLED in us-east-1");
        odd.put(new EventRule("DISABLED", good.pattern(), good.targets()), "in the state DISABLED in us-east-1");
        odd.put(new EventRule(STATE, good.pattern(), Map.of()), "without its target in us-east-1");
        odd.put(new EventRule(STATE, good.pattern(), Map.of("arn:aws:sqs:us-east-1:111122223333:trailsentry-events",
                false)), "changes what it sends in us-east-1");
        odd.put(new EventRule(STATE, NAMES.formatted("Coder"), good.targets()), "calls of coder in us-east-1");
        odd.put(new EventRule(STATE, good.pattern().replace("[{\"prefix\":\"aws.\"}]", "[\"aws.s3\"]"),
                good.targets()), "calls of coder in us-east-1");
        odd.put(new EventRule(STATE, "{", good.targets()), "calls of coder in us-east-1");
        odd.forEach((rule, said) -> {
            Map<String, EventRule> rules = standing(HOME);
            rules.put("trailsentry-agent-calls", rule);
            assertThat(rules(HOME, Answer.of(rules))).filteredOn(check -> check.verdict() != Verdict.OK)
                    .singleElement().returns(Verdict.FAILURE, Check::verdict).returns("trailsentry-agent-calls",
                            Check::target)
                    .extracting(Check::said).asString().contains(said);
        });
        assertThat(rules("eu-west-2", Answer.of(Map.of()))).filteredOn(check -> check.verdict() == Verdict.FAILURE)
                .hasSize(3).allMatch(check -> check.said().startsWith("has no rule trailsentry-forward-"));
        assertThat(rules("eu-west-2", Answer.refused(denied))).filteredOn(check -> check.verdict() == Verdict.UNKNOWN)
                .hasSize(3).allMatch(check -> check.reason().equals("eu-west-2: AccessDenied: no"));
    }

    @Test
    void regions_thatAreSilent_areTold() {
        assertThat(heard(1, 1, null)).isEqualTo("OK");
        assertThat(heard(1, 0, null)).isEqualTo("OK FAILURE");
        assertThat(heard(0, 0, null)).isEqualTo("FAILURE");
        assertThat(heard(0, 0, NOW.minusSeconds(7199))).isEqualTo("UNKNOWN");
        assertThat(heard(1, 0, NOW.minusSeconds(7200))).isEqualTo("OK FAILURE");
        assertThat(verdicts(Heartbeats.judge(SCOPE, Answer.refused(denied), null))).isEqualTo("UNKNOWN");
    }

    private static String heard(double home, double away, @Nullable Instant since) {
        return verdicts(Heartbeats.judge(SCOPE, Answer.of(Map.of(HOME, home, "eu-west-2", away)), since));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            "Principal":{"Service":"events.amazonaws.com"},"Action":"kms:Decrypt"; YES
            "Principal":"*","Action":"KMS:*"; YES
            "Principal":"*","Action":"kms:*","Resource":"k?y"; YES
            "Principal":"*","Action":"kms:*","Resource":"KEY"; NO
            "Principal":"*","Action":"kms:*","NotResource":"K*"; YES
            "Principal":"*","Action":"kms:*","Condition":{"StringLike":{"aws:SourceArn":"arn:*:rule/trail*"}}; YES
            "Principal":"*","Action":"kms:*","Condition":{"ArnLike":{"aws:SourceArn":"arn:*:rule/Trail*"}}; NO
            "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*"; NO
            "Principal":{"Service":["sns.amazonaws.com","events.amazonaws.com"]},"Action":["kms:dec*"]; YES
            "Principal":{"Service":"events.amazonaws.com"},"NotAction":"kms:Decrypt"; NO
            "Principal":{"Service":"events.amazonaws.com"},"Action":"*","Condition":{"StringEquals":{"aws:sourceaccount":"111122223333"}}; YES
            "Principal":{"Service":"events.amazonaws.com"},"Action":"*","Condition":{"StringEquals":{"aws:SourceAccount":"1"}}; NO
            "Principal":{"Service":"events.amazonaws.com"},"Action":"*","Condition":{"StringEquals":{"kms:ViaService":"x"}}; CANNOT_TELL
            "Principal":{"Service":"events.amazonaws.com"},"Action":"*","Condition":{"Null":{"aws:SourceAccount":"true"}}; CANNOT_TELL
            """)
    void resourcePolicy_isReadForWhatServicesMay(String statement, May may) {
        String resource = statement.contains("Resource\"") ? "" : "\"Resource\":\"*\",";
        String text = "{\"Effect\":\"Allow\"," + resource + statement.strip() + "}";

        assertThat(ask("{\"Statement\":" + text + "}")).isEqualTo(may);
        assertThat(ask("{\"Statement\":[" + text + "]}")).isEqualTo(may);
        assertThat(ask("{\"Statement\":[" + text + "," + text.replace("Allow", "Deny") + "]}"))
                .isEqualTo(may == May.YES ? May.NO : may);
        assertThat(ask("{")).isEqualTo(May.NO);
    }

    private static May ask(String policy) {
        return ResourcePolicy.of(policy).may("events.amazonaws.com", "kms:Decrypt", "key",
                Map.of("aws:SourceAccount", "111122223333", "aws:SourceArn",
                        "arn:aws:events:us-east-1:111122223333:rule/trailsentry-agent-calls"));
    }

    private static String key(Answer<String> policy, Answer<String> state) {
        Check check = KeyUse.judge(SCOPE, "arn:aws:kms:us-east-1:111122223333:key/k", new KeyUse.Key(policy, state));
        return check.verdict() + " " + check.score() + " " + check.said();
    }

    @Test
    void key_isJudgedByItsPolicyAndState() {
        String open = "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}}";
        String onCondition = open.replace("}}", ",\"Condition\":{\"Bool\":{\"kms:GrantIsForAWSResource\":true}}}}");

        assertThat(key(Answer.of(open), Answer.of("Enabled"))).isEqualTo("OK 0 has a key that the services may use");
        assertThat(key(Answer.of(onCondition), Answer.of("Enabled"))).isEqualTo("UNKNOWN 0 has a key that "
                + "events.amazonaws.com, cloudwatch.amazonaws.com, sns.amazonaws.com, s3.amazonaws.com, "
                + "logs.us-east-1.amazonaws.com may use or not");
        assertThat(key(Answer.refused(denied), Answer.of("Enabled")))
                .isEqualTo("UNKNOWN 20 cannot be checked: the key's policy");
        assertThat(key(Answer.of(open), Answer.refused(denied)))
                .isEqualTo("UNKNOWN 20 cannot be checked: the key's policy");
        assertThat(key(Answer.refused(denied), Answer.of("PendingDeletion")))
                .startsWith("FAILURE 85 has a key that is not enabled: PendingDeletion; cannot be checked");
    }

    @Test
    void agents_thatNoRuleCanMatch_areNamed() {
        Principal planner = new Principal(Principal.Kind.ROLE, "111122223333", "arn:aws:iam::111122223333:role/planner",
                "planner");
        Coverage.Agent found = new Coverage.Agent(new Subject(Agent.learned("planner"), planner),
                (action, arn) -> May.NO);
        assertThat(reach(WATCHED, List.of("coder"), roster("coder"))).containsExactly(
                "OK has rules that deliver the calls of every agent");
        assertThat(reach(WATCHED, List.of(), roster("coder", "*"), found)).containsExactly(
                "OK has rules that deliver the calls of every agent");
        assertThat(reach(WATCHED, List.of("coder"), roster("coder", "Coder", "Coder", "planner"), found))
                .containsExactly(
                        "FAILURE has no rule that delivers the calls of Coder",
                        "FAILURE has no rule that delivers the calls of planner");
        assertThat(reach(WATCHED, List.of("coder"), roster("*"), found)).containsExactly(
                "FAILURE has no rule that delivers the calls of planner");
    }

    private static List<String> reach(List<String> regions, List<String> names, Roster roster,
            Coverage.Agent... found) {
        return Delivery.reach(new Coverage.Scope(new Place("aws", "111122223333", HOME, regions, names, null,
                "TrailSentry"), roster, List.of(found), NOW)).stream()
                .map(check -> check.verdict() + " " + check.said()).toList();
    }

    @Test
    void answer_thatTrailSentryCannotRead_isNotToldAsAwssRefusal() {
        assertThat(Answer.to(() -> List.of().getFirst()).refusal()).isNotNull().extracting(RefusedException::reason)
                .asString().startsWith("TrailSentry could not read the answer: java.util.NoSuchElementException");
        assertThat(Answer.find(() -> {
            throw new RefusedException("AccessDenied: no");
        }).refusal()).isNotNull().returns("AccessDenied: no", RefusedException::reason);
    }
}
