package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AnnouncerTest {
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Subject ACCOUNT = Subject.account("aws", "111122223333");
    private static final Set<Rule> ALL = EnumSet.allOf(Rule.class);

    private final Memory memory = new InMemory();
    private final List<String> told = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final List<FloodNotice> floods = new ArrayList<>();
    private final List<Metrics.Datum> metrics = new ArrayList<>();
    private final Set<Topic> broken = EnumSet.noneOf(Topic.class);
    private String configuration = "";
    private Instant now = Instant.parse("2026-11-02T06:00:00Z");

    private final Publisher publisher = new Publisher() {
        @Override
        public boolean reaches(Topic topic) {
            return true;
        }

        @Override
        public void publish(Topic topic, Notice notice) throws PublishException {
            if (broken.contains(topic)) {
                throw new PublishException("away", new IllegalStateException());
            }
            told.add(topic + " " + notice.kind() + " " + notice.finding().severity().label() + " "
                    + notice.finding().title() + (notice.changes().isEmpty() ? "" : " " + notice.changes()));
            notices.add(notice);
        }

        @Override
        public void publish(Topic topic, FloodNotice notice) {
            floods.add(notice);
        }
    };

    private boolean run(Set<Rule> rules, Check... checks) throws MemoryException {
        told.clear();
        Watch watch;
        try {
            ConfigurationReader.Read read = ConfigurationReader.read("test", configuration, LocalDate.of(2026, 11, 2));
            watch = Watch.of(read.configuration(), read.configuration().roster(), CATALOGUE);
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
        now = now.plusSeconds(86_400);
        return new Announcer(watch, memory, publisher, all -> metrics.addAll(all.data()), () -> now, line -> {
        }).tell(List.of(checks), rules);
    }

    private boolean run(Check... checks) throws MemoryException {
        return run(ALL, checks);
    }

    private static Check noTrail() {
        return Check.failure(Rule.TRAIL_LOGS, ACCOUNT, 75, null, "has no trail that logs",
                "without one nothing is seen.", "Set CreateTrail to yes.");
    }

    private static Check seen(int number, int score) {
        Subject agent = new Subject(Agent.learned("agent-" + number), new Principal(Principal.Kind.ROLE,
                "111122223333", "arn:aws:iam::111122223333:role/agent-" + number, "agent-" + number));
        return Check.warning(Rule.AGENT_SEEN, agent, score, null, "is not seen", "why.", "mend.");
    }

    @Test
    void failure_isToldOnceToEveryTopic() throws MemoryException {
        assertThat(run(noTrail())).isTrue();
        assertThat(told).containsExactly("ALERTS CREATE high account 111122223333 has no trail that logs",
                "PAGES CREATE high account 111122223333 has no trail that logs",
                "FINDINGS CREATE high account 111122223333 has no trail that logs");
        assertThat(notices.getFirst().finding().session()).isNull();
        assertThat(notices.getFirst().finding().eventIds()).isEmpty();
        assertThat(metrics).extracting(Metrics.Datum::name).contains("Findings", "AlertsPublished");
        run(noTrail());
        run(noTrail());
        assertThat(told).isEmpty();
    }

    @Test
    void mended_isWithdrawnUnderItsIdAndForgotten() throws MemoryException {
        run(noTrail());
        String id = notices.getFirst().finding().id();
        run(Check.ok(Rule.TRAIL_LOGS, ACCOUNT, null, "has one"));
        assertThat(told).allMatch(line -> line.contains("SUPERSEDED")
                && line.endsWith("has no trail that logs [it is as it should be]")).hasSize(3);
        assertThat(notices.getLast().finding().id()).isEqualTo(id);
        run(Check.ok(Rule.TRAIL_LOGS, ACCOUNT, null, "has one"));
        assertThat(told).isEmpty();
        run(noTrail());
        assertThat(told).hasSize(3).allMatch(line -> line.contains("CREATE"));
        assertThat(notices.getLast().finding().id()).isNotEqualTo(id);
    }

    @Test
    void change_isToldInWords() throws MemoryException {
        Subject agent = seen(1, 25).subject();
        Check first = Check.failure(Rule.AGENT_SEEN, agent, 45, "a", "lacks a", "", "");
        Check second = Check.failure(Rule.AGENT_SEEN, agent, 50, "b", "lacks b", "", "");
        run(first);
        run(first, second);
        assertThat(told).containsExactly("ALERTS UPDATE medium agent-1 lacks b, and 1 more [lacks b]",
                "FINDINGS UPDATE medium agent-1 lacks b, and 1 more [lacks b]");
        run(second);
        assertThat(told).containsExactly("ALERTS UPDATE medium agent-1 lacks b [mended: lacks a]",
                "FINDINGS UPDATE medium agent-1 lacks b [mended: lacks a]");
        run(first, second);
        assertThat(told).hasSize(2).allMatch(line -> line.endsWith("[lacks a]"));
    }

    @Test
    void sameThingInAnotherState_isToldAgain() throws MemoryException {
        Check changed = seen(1, 50);
        run(changed.of("+ s3:Get*"));
        run(changed.of("+ s3:Get*"));
        assertThat(told).isEmpty();
        run(changed.of("+ s3:*"));
        assertThat(told).containsExactly("ALERTS UPDATE medium agent-1 is not seen [is not seen]",
                "FINDINGS UPDATE medium agent-1 is not seen [is not seen]");
    }

    @Test
    void whatWasNotLookedAt_orCannotBeTold_stands() throws MemoryException {
        run(noTrail());
        run(Set.of(Rule.AGENT_SEEN));
        assertThat(told).isEmpty();
        run(Check.unknown(Rule.TRAIL_LOGS, ACCOUNT, null, "may have one", "AWS did not say", ""));
        assertThat(told).isEmpty();
        run(noTrail());
        assertThat(told).isEmpty();
    }

    @Test
    void principalThatCannotBeRead_byItselfOrByAPattern_keepsWhatWasFoundOfIt() throws MemoryException {
        Subject agent = seen(1, 45).subject();
        RefusedException refusal = new RefusedException("AccessDenied: no");
        run(seen(1, 45), seen(2, 45));
        run(Check.refused(Rule.PERIMETER, agent, null, refusal, ""), seen(2, 45));
        assertThat(told).containsExactly("FINDINGS CREATE low agent-1 cannot be checked: policies that can be read");
        run(Check.refused(Rule.PERIMETER, new Subject(Agent.learned("others"), seen(9, 1).subject().principal()),
                "agent-*", refusal, ""));
        assertThat(told).noneMatch(line -> line.contains("is not seen"));
        run(seen(1, 45));
        assertThat(told).anyMatch(line -> line.contains("SUPERSEDED medium agent-2 is not seen"))
                .noneMatch(line -> line.contains("agent-1 is not seen"));
    }

    @Test
    void refusal_isAFindingForTheFeed() throws MemoryException {
        run(Check.refused(Rule.TRAIL_LOGS, ACCOUNT, null, new RefusedException("AccessDenied: no"), "Allow it."));
        assertThat(told).containsExactly(
                "FINDINGS CREATE low account 111122223333 cannot be checked: a trail that logs");
        assertThat(notices.getFirst().finding().leading().reason()).isEqualTo("AccessDenied: no To mend it: Allow it.");
        run(Check.ok(Rule.TRAIL_LOGS, ACCOUNT, null, "has one"));
        assertThat(told).hasSize(1).allMatch(line -> line.startsWith("FINDINGS SUPERSEDED"));
    }

    @Test
    void topicThatIsAway_isToldByTheNextRun() throws MemoryException {
        broken.add(Topic.ALERTS);
        assertThat(run(noTrail())).isFalse();
        assertThat(told).hasSize(2);
        broken.clear();
        assertThat(run(noTrail())).isTrue();
        assertThat(told).containsExactly("ALERTS CREATE high account 111122223333 has no trail that logs");
    }

    @Test
    void exception_silencesAndLaterWithdraws() throws MemoryException {
        run(noTrail());
        configuration = "exceptions: [{ detector: coverage-gap, action: \"audit:trail-logs\", until: 2027-01-01,"
                + " reason: sandbox }]";
        run(noTrail());
        assertThat(told).hasSize(3).allMatch(line -> line.contains("SUPERSEDED"));
        run(noTrail());
        assertThat(told).isEmpty();
    }

    @Test
    void dryRun_reachesTheFeedOnly_offNothing() throws MemoryException {
        configuration = "detectors: { coverage-gap: { mode: dry-run } }";
        run(noTrail());
        assertThat(told).hasSize(1).allMatch(line -> line.startsWith("FINDINGS CREATE"));
        configuration = "detectors: { coverage-gap: { mode: off } }";
        run(noTrail());
        assertThat(told).hasSize(1).allMatch(line -> line.startsWith("FINDINGS SUPERSEDED"));
    }

    @Test
    void manyAgents_areSummedUpAfterTheWorst() throws MemoryException {
        Check[] many = Stream.concat(IntStream.range(0, 50).mapToObj(i -> seen(i, 45)), Stream.of(noTrail()))
                .toArray(Check[]::new);
        run(many);
        assertThat(told.stream().filter(line -> line.startsWith("ALERTS"))).hasSize(20);
        assertThat(told.getFirst()).contains("has no trail that logs");
        assertThat(told.stream().filter(line -> line.startsWith("FINDINGS"))).hasSize(51);
        assertThat(floods).hasSize(1);
        assertThat(floods.getFirst().held().topics()).containsEntry("ALERTS", 31);
        run(many);
        assertThat(told).isEmpty();
        assertThat(floods).hasSize(1);
    }

    @Test
    void twoRunsAtOnce_oneTells() throws MemoryException {
        memory.note(Standing.NOTE, note -> new Standing("other", now.plusSeconds(90_000).getEpochSecond(), List.of())
                .text());
        assertThat(run(noTrail())).isFalse();
        assertThat(told).isEmpty();
        assertThat(run(noTrail())).isTrue();
        assertThat(told).hasSize(3);
    }

    @Test
    void noteOfAnotherForm_isNotOverwritten() throws MemoryException {
        memory.note(Standing.NOTE, note -> "[]");
        assertThatThrownBy(() -> run(noTrail())).isInstanceOf(IllegalStateException.class);
        assertThat(memory.note(Standing.NOTE)).isEqualTo("[]");
    }
}
