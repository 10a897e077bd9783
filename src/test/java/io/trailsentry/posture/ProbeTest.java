package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeTest {
    private static final String HOME = "us-east-1";
    private static final String AWAY = "eu-west-2";
    private static final String ROLE = "arn:aws:iam::111122223333:role/agents/coder";
    private static final Roster ROSTER = new Roster(
            List.of(new Roster.Entry(null, List.of(PrincipalPattern.of("coder")))), true, Map.of());
    private static final List<String> WAY = List.of("recorded", AWAY + " MatchedEvents", AWAY + " Invocations",
            HOME + " MatchedEvents", HOME + " Invocations", HOME + " NumberOfMessagesSent",
            HOME + " Invocations trailsentry-detector");

    private final InMemory memory = new InMemory();
    private final List<String> out = new ArrayList<>();
    private final List<Topic> told = new ArrayList<>();
    private final Map<String, Double> counts = new HashMap<>();
    private final List<String> called = new ArrayList<>();
    private Principal caller = new Principal(Principal.Kind.ROLE, "111122223333", ROLE, "coder");
    private Instant now = Instant.parse("2026-11-17T10:00:02Z");
    private @Nullable String denied;
    private @Nullable String arrives;

    private final Probe.Ports ports = new Probe.Ports() {
        @Override
        public Principal caller() {
            return caller;
        }

        @Override
        public Probe.Made deleteTable(String region, String table) {
            called.add(region + " " + table);
            return new Probe.Made("request-1", "ResourceNotFoundException");
        }

        @Override
        public boolean recorded(String region, Probe.Made made) throws RefusedException {
            return ask("recorded") > 0;
        }

        @Override
        public double count(String region, String namespace, String metric, String dimension, String value,
                Instant since) throws RefusedException {
            assertThat(since).isEqualTo(Instant.parse("2026-11-17T10:00:00Z"));
            String key = region + " " + metric;
            return ask(value.equals("trailsentry-detector") ? key + " " + value : key);
        }

        private double ask(String key) throws RefusedException {
            if (key.equals(denied)) {
                throw new RefusedException("AccessDenied: no");
            }
            return counts.getOrDefault(key, 0.0);
        }
    };

    private boolean run(String region) throws RefusedException, InterruptedException {
        Place place = new Place("aws", "111122223333", HOME, List.of(HOME, AWAY), List.of("coder"), null,
                "TrailSentry");
        return new Probe(place, ROSTER, ports, memory, () -> now, this::pause, out::add).run(region,
                Duration.ofMinutes(15));
    }

    /// Time passes; after half a minute the event of the call comes to the function, if it comes.
    private void pause(Duration time) {
        now = now.plus(time);
        String error = arrives;
        if (error != null && now.equals(Instant.parse("2026-11-17T10:00:32Z"))) {
            Publisher publisher = new Publisher() {
                @Override
                public boolean reaches(Topic topic) {
                    return true;
                }

                @Override
                public void publish(Topic topic, Notice notice) {
                    told.add(topic);
                }

                @Override
                public void publish(Topic topic, FloodNotice notice) {
                    told.add(topic);
                }
            };
            EventBuilder event = EventBuilder.roleAt(ROLE, "pat").write("dynamodb", "DeleteTable")
                    .at("2026-11-17T10:00:02Z", "event-1").with("requestID", "request-1").error(error, "no");
            new Engine(Watch.of(Configuration.EMPTY, ROSTER, Catalogue.load()), memory, publisher, metrics -> {
            }, () -> now, line -> {
            }).handle(List.of(new Delivery("m1", event.envelope())));
        }
    }

    @ParameterizedTest
    @CsvSource({"ResourceNotFoundException", "AccessDeniedException"})
    void call_whateverAwsAnswers_isAFindingOfLowSeverity_andIsFollowedToIt(String error) throws Exception {
        arrives = error;

        assertThat(run(HOME)).isTrue();

        assertThat(told).containsExactly(Topic.FINDINGS);
        assertThat(out).hasSize(4);
        assertThat(out.getFirst()).contains("calling dynamodb:DeleteTable in us-east-1 as " + ROLE + " (agent coder)",
                "nothing can change");
        assertThat(out.get(1)).startsWith("called").contains("ResourceNotFoundException", "request-1");
        assertThat(out.get(2)).startsWith("judged").contains(" 30 s ");
        assertThat(out.getLast()).startsWith("told").contains(" 30 s ", "trailsentry-findings (low)");
        assertThat(called).singleElement().asString().startsWith("us-east-1 nonexistent-probe-")
                .doesNotContain("trailsentry");
    }

    @ParameterizedTest
    @CsvSource({"0, recorded", "1, matched", "2, forwarded", "3, arrived", "4, sent", "5, queued", "6, handled",
            "7, judged"})
    void call_thatDoesNotArrive_isSaidToStopAtTheFirstStageWithNothing(int stages, String stage) throws Exception {
        WAY.subList(0, stages).forEach(key -> counts.put(key, 2.0));

        assertThat(run(AWAY)).isFalse();

        assertThat(out.getLast()).startsWith(stage).contains("STOPPED HERE");
        assertThat(out.stream().filter(line -> line.contains("yes: "))).hasSize(stages);
        assertThat(now).isEqualTo(Instant.parse("2026-11-17T10:15:02Z"));
    }

    @Test
    void failures_beyondAStage_areWhereItStopped() throws Exception {
        WAY.forEach(key -> counts.put(key, 2.0));
        counts.put(HOME + " FailedInvocations", 1.0);

        assertThat(run(HOME)).isFalse();

        assertThat(out.getLast()).startsWith("sent").contains("STOPPED HERE", "failed 1 times");
    }

    @Test
    void refusal_isTold_andTheNextStageIsLookedAt() throws Exception {
        denied = "recorded";

        assertThat(run(HOME)).isFalse();

        assertThat(out).anyMatch(line -> line.startsWith("recorded") && line.contains("cannot tell: AccessDenied: no")
                && line.contains("cloudtrail:LookupEvents"));
        assertThat(out.getLast()).startsWith("matched").contains("STOPPED HERE");
    }

    @Test
    void noAgent_andUnwatchedRegion_makeNoCall() {
        assertThatThrownBy(() -> run("ap-south-1")).isInstanceOf(RefusedException.class)
                .hasMessageContaining("no watched Region");
        caller = new Principal(Principal.Kind.ROLE, "111122223333", "arn:aws:iam::111122223333:role/pat", "pat");
        assertThatThrownBy(() -> run(HOME)).isInstanceOf(RefusedException.class)
                .hasMessageContaining("no call was made");
        assertThat(called).isEmpty();
    }
}
