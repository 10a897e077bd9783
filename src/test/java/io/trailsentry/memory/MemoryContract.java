package io.trailsentry.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.AlertWindow.Place;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.HeldBack;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.finding.Story;
import io.trailsentry.finding.Told;
import io.trailsentry.memory.Memory.Claim;
import io.trailsentry.memory.Memory.Due;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Recall;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.trail.Seed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What every form of memory does.
public abstract class MemoryContract {
    protected static final Instant NOW = Instant.parse("2026-11-17T10:20:00Z");
    private static final long QUARTER = Story.Key.quarterOf(NOW.getEpochSecond());
    private static final Judge JUDGE = new Judge(Detectors.of(Catalogue.load(), Map.of(), Map.of()), Map.of(),
            Exceptions.NONE);

    /// Memory that others may have used, for other principals and findings.
    protected abstract Memory memory();

    /// Names of this test's own.
    private final String own = UUID.randomUUID().toString().substring(0, 8);
    protected final Principal agent = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/agent-" + own, "agent-" + own);
    private final String finding = "f" + own;

    private static Span at(long quarter) {
        return new Span(quarter - 2, quarter);
    }

    private Recall recall(Span span) throws MemoryException {
        return memory().recall(Map.of(agent, span), Set.of());
    }

    private History history(Span span) throws MemoryException {
        return recall(span).history(agent);
    }

    private void commit(Observation... observations) throws MemoryException {
        Recall recall = recall(at(QUARTER));
        assertThat(recall.commit(Map.of(agent, gain(observations)), Map.of())).isEmpty();
    }

    protected static History gain(Observation... observations) {
        History gain = new History();
        List.of(observations).forEach(gain::add);
        return gain;
    }

    private Observation call(long second, String id, Trait... traits) {
        return new Observation(agent, id, new Sighting(second, id), "AROA:s", "us-east-1", List.of(Mark.CALL),
                List.of(traits), List.of(), null);
    }

    protected Observation deed(long second, String id, String target, int score, @Nullable Premise premise) {
        Sighting at = new Sighting(second, id);
        return new Observation(agent, id, at, "AROA:s", "us-east-1",
                List.of(Mark.CALL, new Mark("denied", "iam:" + target)), List.of(new Trait("region", target)),
                List.of(new Signal("iam-self-modification", score, Outcome.SUCCEEDED, "iam:PutRolePolicy", target,
                        "did something", "because", at, List.of("T1098.003"), new Evidence(id, "iam.amazonaws.com",
                                "PutRolePolicy", "us-east-1", "111122223333", "mcp", null, "Dana", "192.0.2.1",
                                "aws-cli/2", null, null, "r", "arn:aws:sts::111122223333:assumed-role/agent/s"),
                        premise, null)),
                null);
    }

    /// All that can be seen of a history.
    private String seen(History history, long from, long to) {
        StringBuilder seen = new StringBuilder("newest " + history.newest());
        history.bound(history.profile());
        for (long quarter = from; quarter <= to; quarter++) {
            seen.append("\ncalls ").append(quarter).append(' ').append(history.profile().calls().of(quarter));
        }
        seen.append("\nbursts ").append(history.activity().of(Mark.CALL).bursts(5, 1, minute -> true));
        seen.append("\nvarieties ").append(history.activity().varieties("denied", 600, 2));
        for (Finding finding : JUDGE.judge(Agent.learned("a"), agent, history, Long.MIN_VALUE).findings().values()
                .stream().map(Judge.Judged::finding).toList()) {
            seen.append("\nfinding ").append(finding);
        }
        history.told().forEach((id, ledger) -> seen.append("\ntold ").append(id).append(' ').append(ledger));
        new TreeSet<>(history.tellings().entrySet().stream().map(Object::toString).toList())
                .forEach(telling -> seen.append("\ntelling ").append(telling));
        return seen.toString();
    }

    private static Told told(long quarter, int count, Instant at) {
        return new Told(new Story.Key("AROA:s", quarter), Set.of("s1"), Severity.HIGH, count, "print", at, count,
                false, false);
    }

    private static Ledger ledger(Told told) {
        return new Ledger(Map.of("ALERTS", told), null);
    }

    @Test
    void recall_newPrincipal_isEmpty() throws MemoryException {
        History history = history(at(QUARTER));
        assertThat(history.isEmpty()).isTrue();
        assertThat(history.newest()).isEqualTo(Long.MIN_VALUE);
        assertThat(history(Span.NONE).isEmpty()).isTrue();
    }

    @Test
    void commit_once_isRecalledAsItWas_andTwiceIsTheSame() throws MemoryException {
        Random random = Seed.random("MemoryContract.commit", 7);
        List<Observation> observations = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            String id = new UUID(random.nextLong(), random.nextLong()).toString();
            long second = NOW.getEpochSecond() - random.nextInt(3_600);
            observations.add(random.nextInt(3) == 0
                    ? deed(second, id, "t" + random.nextInt(6), 20 + random.nextInt(70),
                            random.nextInt(4) == 0 ? new Premise(Trait.MCP, 30) : null)
                    : call(second, id, new Trait("service", "s" + random.nextInt(9))));
        }
        for (int i = 0; i < 300; i++) {
            observations.add(deed(NOW.getEpochSecond() + i % 60, "same-step-" + i, "t0", 50, null));
        }
        History whole = gain(observations.toArray(Observation[]::new));
        String expected = seen(whole, QUARTER - 6, QUARTER);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < observations.size(); i += 60) {
                commit(observations.subList(i, Math.min(observations.size(), i + 60)).toArray(Observation[]::new));
            }
            assertThat(seen(history(new Span(QUARTER - 6, QUARTER)), QUARTER - 6, QUARTER)).isEqualTo(expected);
        }
    }

    @Test
    void commit_afterAnother_isOvertaken_andNothingIsLost() throws MemoryException {
        Recall one = recall(at(QUARTER));
        Recall other = recall(at(QUARTER));
        History first = gain(call(NOW.getEpochSecond(), "a"));
        History second = gain(call(NOW.getEpochSecond() + 1, "b"));
        assertThat(one.commit(Map.of(agent, first), Map.of())).isEmpty();
        assertThat(other.commit(Map.of(agent, second), Map.of())).containsExactly(agent);
        commit(call(NOW.getEpochSecond() + 1, "b"));
        assertThat(history(at(QUARTER)).profile().calls().of(QUARTER).calls()).isEqualTo(2);
    }

    @Test
    void commit_afterALateEventOfAnother_isOvertaken() throws MemoryException {
        commit(call(NOW.getEpochSecond(), "a"));
        Recall one = recall(at(QUARTER));
        Recall late = recall(at(QUARTER - 40));
        assertThat(late.commit(Map.of(agent, gain(call(NOW.getEpochSecond() - 36_000, "b"))), Map.of())).isEmpty();
        assertThat(one.commit(Map.of(agent, gain(call(NOW.getEpochSecond(), "c"))), Map.of())).containsExactly(agent);
    }

    @Test
    void recall_takesItsSpanAndAfter_andReachesFurther() throws MemoryException {
        for (long quarter = QUARTER - 8; quarter <= QUARTER; quarter++) {
            commit(call(quarter * 900, "q" + quarter));
        }
        Recall recall = recall(new Span(QUARTER - 2, QUARTER - 1));
        assertThat(recall.from(agent)).isEqualTo(QUARTER - 2);
        assertThat(minutesOf(recall)).containsExactlyInAnyOrder(QUARTER - 2, QUARTER - 1, QUARTER);
        assertThat(recall.history(agent).profile().calls().of(QUARTER - 8).calls()).as("counts are always there")
                .isOne();
        recall.reach(Map.of(agent, new Span(QUARTER - 5, QUARTER - 2)));
        assertThat(recall.from(agent)).isEqualTo(QUARTER - 5);
        assertThat(minutesOf(recall)).contains(QUARTER - 5, QUARTER).doesNotContain(QUARTER - 6);
    }

    private Set<Long> minutesOf(Recall recall) {
        Set<Long> quarters = new TreeSet<>();
        recall.history(agent).activity().minutes().forEach(minute -> quarters.add(minute / 15));
        return quarters;
    }

    @Test
    void quarterHours_thatAreSettled_areForgotten_butNotTheirCounts() throws MemoryException {
        commit(call(NOW.getEpochSecond() - 2 * 86_400, "old", new Trait("region", "eu-west-1")));
        commit(call(NOW.getEpochSecond(), "new"));
        commit(call(NOW.getEpochSecond() + 1, "newer"));
        History history = history(new Span(QUARTER - 300, QUARTER));
        assertThat(history.activity().minutes()).allMatch(minute -> minute / 15 == QUARTER);
        assertThat(history.profile().calls().of(QUARTER - 192).calls()).isOne();
        assertThat(history.profile().seenBefore(new Trait("region", "eu-west-1"),
                new Sighting(NOW.getEpochSecond(), "x"), 30)).isTrue();
    }

    @Test
    void whatWasTold_isRecalledWithItsQuarterHour_andItsDeedForLonger() throws MemoryException {
        History gain = gain(call(NOW.getEpochSecond(), "a"));
        gain.add(finding, ledger(told(QUARTER, 3, NOW)));
        Recall recall = recall(at(QUARTER));
        recall.commit(Map.of(agent, gain), Map.of());
        assertThat(history(at(QUARTER)).told()).containsEntry(finding, ledger(told(QUARTER, 3, NOW)));
        commit(call(NOW.getEpochSecond() + 3_600, "b"));
        assertThat(history(at(QUARTER + 4)).told()).isEmpty();
        assertThat(history(at(QUARTER)).told()).containsKey(finding);
        assertThat(history(at(QUARTER + 4)).tellings()).hasSize(1).containsValue(NOW);
    }

    @Test
    void sessions_areToldByTheirKey() throws MemoryException {
        Lender lender = new Lender(agent, "AROA:s");
        recall(at(QUARTER)).commit(Map.of(agent, gain(call(NOW.getEpochSecond(), "a"))), Map.of("ASIA" + own, lender));
        Set<String> keys = new TreeSet<>(Set.of("ASIA" + own, "", "unknown"));
        for (int i = 0; i < 250; i++) {
            keys.add("other" + i);
        }
        assertThat(memory().recall(Map.of(agent, at(QUARTER)), keys).lenders())
                .isEqualTo(Map.of("ASIA" + own, lender));
    }

    @Test
    void claim_holdsForItsLease_orUntilItIsSettled() throws MemoryException {
        Memory memory = memory();
        assertThat(memory.claim(finding, "a", NOW)).isEqualTo(new Claim.Granted(Ledger.EMPTY, null));
        assertThat(memory.claim(finding, "a", NOW)).as("again").isEqualTo(new Claim.Granted(Ledger.EMPTY, null));
        assertThat(memory.claim(finding, "b", NOW)).isEqualTo(new Claim.Held(NOW.plus(Memory.LEASE)));
        memory.settle(finding, "a", agent, ledger(told(QUARTER, 1, NOW)), null, null);
        assertThat(memory.claim(finding, "b", NOW)).isEqualTo(new Claim.Granted(ledger(told(QUARTER, 1, NOW)), null));
        assertThat(memory.claim(finding, "a", NOW.plus(Memory.LEASE))).as("the lease has run out")
                .isInstanceOf(Claim.Granted.class);
    }

    @Test
    void settle_byWhoLostTheClaim_notesWhatWasTold_butLeavesTheClaim() throws MemoryException {
        Memory memory = memory();
        memory.claim(finding, "a", NOW);
        Instant later = NOW.plus(Memory.LEASE);
        memory.claim(finding, "b", later);
        memory.settle(finding, "a", agent, ledger(told(QUARTER, 7, NOW)), null, null);
        assertThat(memory.claim(finding, "c", later)).isEqualTo(new Claim.Held(later.plus(Memory.LEASE)));
        memory.settle(finding, "b", agent, ledger(told(QUARTER, 2, later)), null, null);
        assertThat(memory.claim(finding, "c", later)).isEqualTo(new Claim.Granted(ledger(told(QUARTER, 7, NOW)), null));
    }

    @Test
    void lastWord_isDueAtItsTime_untilItIsSaid_andOnceMoreWhenReopened() throws MemoryException {
        Memory memory = memory();
        Instant closes = NOW.plusSeconds(900);
        memory.reopen(finding, NOW);
        assertThat(due(NOW)).as("nobody was told").isEmpty();
        memory.claim(finding, "a", NOW);
        memory.settle(finding, "a", agent, ledger(told(QUARTER, 1, NOW)), null, closes);
        assertThat(due(closes.minusSeconds(1))).isEmpty();
        assertThat(due(closes)).containsExactly(new Due(finding, agent, QUARTER, closes));
        memory.claim(finding, "b", closes);
        assertThat(due(closes)).as("claimed").hasSize(1);
        memory.settle(finding, "b", agent, ledger(told(QUARTER, 1, NOW)), closes, null);
        assertThat(due(closes)).isEmpty();
        memory.reopen(finding, closes);
        assertThat(due(closes)).hasSize(1);
        Instant later = closes.plusSeconds(60);
        memory.reopen(finding, later);
        memory.claim(finding, "c", closes);
        memory.settle(finding, "c", agent, ledger(told(QUARTER, 1, NOW)), closes, null);
        assertThat(due(later)).as("reopened meanwhile").containsExactly(new Due(finding, agent, QUARTER, later));
        memory.settle(finding, "c", agent, ledger(told(QUARTER, 1, NOW)), later, null);
        assertThat(due(later)).isEmpty();
    }

    private List<Due> due(Instant now) throws MemoryException {
        return memory().due(now).stream().filter(due -> due.findingId().equals(finding)).toList();
    }

    @Test
    void finding_thatWasTold_isKnownForTheWordThatNothingIsLeft() throws MemoryException {
        History history = gain(deed(NOW.getEpochSecond(), "a", "role", 90, null));
        Finding told = JUDGE.judge(Agent.learned("a"), agent, history, Long.MIN_VALUE).findings().values().iterator()
                .next().finding();
        Memory memory = memory();
        memory.claim(finding, "a", NOW);
        Ledger ledger = Ledger.EMPTY.with("FINDINGS", told(QUARTER, 1, NOW), told);
        memory.settle(finding, "a", agent, ledger, null, null);
        assertThat(memory.claim(finding, "b", NOW)).isEqualTo(new Claim.Granted(ledger, null));
    }

    @Test
    void alerts_changedByManyAtOnce_loseNothing() throws Exception {
        Memory memory = memory();
        Instant now = NOW.plus(Duration.ofDays(ThreadLocalRandom.current().nextInt(100_000)));
        List<Thread> threads = new ArrayList<>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        for (int function = 0; function < 3; function++) {
            String name = own + function;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 6; i++) {
                    List<Place> places = List.of(new Place("ALERTS", name + i, Severity.HIGH));
                    try {
                        memory.alerts(window -> window.with(places, now, Duration.ofMinutes(10), 1_000));
                    } catch (MemoryException | RuntimeException e) {
                        failures.add(e);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        AlertWindow known = memory.alerts(UnaryOperator.identity());
        assertThat(known.places().stream().filter(place -> place.step().startsWith(own))).hasSize(18);
        HeldBack held = new HeldBack(now, now.plusMillis(7), Map.of(Severity.HIGH, 2), Map.of("PAGES", 1),
                Map.of("co\"der", 2), Map.of("d", 2), Map.of("111122223333", 2), Map.of("PAGES", 2));
        AlertWindow noted = memory.alerts(window -> window.holding(held).claimed("me", now, Memory.LEASE));
        assertThat(noted.held().agents()).containsEntry("co\"der", 2);
        assertThat(memory.alerts(UnaryOperator.identity())).isEqualTo(noted);
    }

    @Test
    void note_changedByManyAtOnce_losesNothing() throws Exception {
        Memory memory = memory();
        assertThat(memory.note(own)).isEmpty();
        List<Thread> threads = new ArrayList<>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        for (int function = 0; function < 3; function++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 6; i++) {
                    try {
                        memory.note(own, text -> text + "\u00e9");
                    } catch (MemoryException | RuntimeException e) {
                        failures.add(e);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(memory.note(own)).isEqualTo("\u00e9".repeat(18));
        assertThat(memory.note(own, text -> "")).isEmpty();
        assertThat(memory().note(own)).isEmpty();
    }

    @Test
    void attack_withMadeUpValues_isBoundedAndStillFound() throws MemoryException {
        String long512 = "x".repeat(500);
        for (int batch = 0; batch < 10; batch++) {
            List<Observation> flood = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String id = new UUID(batch, i).toString();
                flood.add(deed(NOW.getEpochSecond() - i, id, id + long512, 20 + i % 50, null));
            }
            commit(flood.toArray(Observation[]::new));
        }
        commit(deed(NOW.getEpochSecond(), "worst", "role", 95, null));
        History history = history(at(QUARTER));
        List<Finding> findings = JUDGE.judge(Agent.learned("a"), agent, history, Long.MIN_VALUE).findings().values()
                .stream().map(Judge.Judged::finding).toList();
        assertThat(findings).extracting(Finding::severity).contains(Severity.CRITICAL);
        assertThat(history.stories().values().stream().mapToInt(story -> story.signals().size()).sum())
                .isLessThan(300);
        assertThat(history.activity().of("denied")).hasSizeLessThanOrEqualTo(512);
    }
}
