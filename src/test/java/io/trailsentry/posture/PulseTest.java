package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Observation;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.memory.StoredMemory;
import io.trailsentry.memory.Stores;
import io.trailsentry.posture.LastUse.Use;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PulseTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:15:00Z");
    private static final Principal ROLE = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/coder", "coder");
    private static final Principal USER = new Principal(Principal.Kind.USER, "111122223333",
            "arn:aws:iam::111122223333:user/planner", "planner");

    private final Memory memory = new InMemory();

    private void seen(Principal principal, Instant at) throws MemoryException {
        long second = at.getEpochSecond();
        History gained = new History();
        gained.add(new Observation(principal, "e", new Sighting(second, "e"), "AROA:s", "us-east-1",
                List.of(Mark.CALL), List.of(), List.of(), null));
        memory.recall(Map.of(principal, new Span(second / 900, second / 900)), Set.of())
                .commit(Map.of(principal, gained), Map.of());
    }

    private static Check only(Rule rule, List<Check> checks) {
        assertThat(checks).extracting(Check::rule).containsExactlyInAnyOrder(Rule.AGENT_SEEN, Rule.AGENT_SILENT);
        return checks.stream().filter(check -> check.rule() == rule).findFirst().orElseThrow();
    }

    private List<Check> checks(LastUse lastUse, Memory theMemory) {
        return new Pulse(theMemory, lastUse).check(List.of(new Subject(Agent.learned("coder"), ROLE)), null, NOW);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            2026-11-21T10:00:00Z, 2026-11-21T10:00:00Z, OK, 0, was seen last at 2026-11-21T10:00:00Z
            2026-11-20T10:00:00Z, 2026-11-21T10:00:00Z, OK, 0, was seen last at 2026-11-20T10:00:00Z
            2026-11-20T09:59:59Z, 2026-11-21T10:00:00Z, WARNING, 25, 'was used at 2026-11-21T10:00:00Z in eu-west-2, but not seen since 2026-11-20T09:59:00Z'
            2026-11-20T10:00:00Z, , OK, 0, was seen last at 2026-11-20T10:00:00Z
            , 2026-11-14T10:15:00Z, WARNING, 25, 'was never seen, though IAM knows of its use at 2026-11-14T10:15:00Z in eu-west-2'
            , 2026-11-14T10:14:59Z, UNKNOWN, 0, was never seen; IAM knows of its last use at 2026-11-14T10:14:00Z in eu-west-2
            , , UNKNOWN, 0, 'was never seen, and never used as far as IAM knows'
            """)
    void agentSeen_comparesWhatIamKnowsWithWhatWasSeen(@Nullable Instant seen, @Nullable Instant used, Verdict verdict,
            int score, String said) throws MemoryException {
        if (seen != null) {
            seen(ROLE, seen);
        }
        Check check = only(Rule.AGENT_SEEN, checks(who -> used == null ? null : new Use(used, "eu-west-2"), memory));

        assertThat(check).returns(verdict, Check::verdict).returns(score, Check::score).returns(said, Check::said);
        assertThat(check.reason().isEmpty()).isEqualTo(verdict == Verdict.OK);
    }

    @Test
    void refusalByIam_cannotTellOfUse_butOfSilence() throws MemoryException {
        seen(ROLE, NOW.minusSeconds(60));
        List<Check> checks = checks(who -> {
            throw new RefusedException("AccessDenied: no");
        }, memory);

        assertThat(only(Rule.AGENT_SEEN, checks)).returns(Verdict.UNKNOWN, Check::verdict).returns(20, Check::score)
                .returns("AccessDenied: no", Check::reason);
        assertThat(only(Rule.AGENT_SILENT, checks)).returns(0, Check::score);
    }

    @Test
    void memoryThatCannotBeRead_cannotTellOfEither_andAsksNoMore() {
        Memory unreadable = new StoredMemory(Stores.heap()) {
            @Override
            public Recall recall(Map<Principal, Span> spans, Set<String> accessKeyIds) throws MemoryException {
                throw new MemoryException("no table", null);
            }
        };
        List<Check> checks = checks(who -> {
            throw new AssertionError("asked of " + who);
        }, unreadable);

        assertThat(only(Rule.AGENT_SEEN, checks)).returns("no table", Check::reason).returns(20, Check::score);
        assertThat(only(Rule.AGENT_SILENT, checks)).returns("no table", Check::reason).returns(20, Check::score);
    }

    @Test
    void agents_areToldApart_bySubject() throws MemoryException {
        seen(USER, NOW.minusSeconds(60));
        List<Check> checks = new Pulse(memory, who -> null).check(List.of(new Subject(Agent.learned("coder"), ROLE),
                new Subject(Agent.learned("planner"), USER)), null, NOW);

        assertThat(checks).filteredOn(check -> check.rule() == Rule.AGENT_SEEN).extracting(
                check -> check.subject().principal().name() + " " + check.verdict()).containsExactly("coder UNKNOWN",
                        "planner OK");
    }
}
