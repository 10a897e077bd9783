package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
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
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTest {
    private static final Principal ROLE = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role");
    private static final long QUARTER = Instant.parse("2026-11-17T10:15:00Z").getEpochSecond();

    private static Signal signal(String detector, int score, Outcome outcome, long second, String target) {
        return signal(detector, score, outcome, second, "e-" + detector + second + target, target, null);
    }

    private static Signal signal(String detector, int score, Outcome outcome, long second, String id, String target,
            @Nullable Premise premise) {
        return new Signal(detector, score, outcome, "iam:PutRolePolicy", target, "did something", "because",
                new Sighting(second, id), List.of("T1098.003"), new Evidence(id, "iam.amazonaws.com", "PutRolePolicy",
                        "us-east-1", "111122223333", "mcp", null, null, null, null, null, null, null, null),
                premise, null);
    }

    private static Observation observation(Signal signal, Trait... traits) {
        return new Observation(ROLE, signal.evidence().eventId(), signal.at(), "AROA:coder", "us-east-1",
                List.of(Mark.CALL),
                List.of(traits), List.of(signal), null);
    }

    private static List<Finding> judge(Map<String, Mode> modes, Exceptions exceptions, List<Observation> seen) {
        History history = new History();
        seen.forEach(history::add);
        Judge judge = new Judge(Detectors.of(Catalogue.load(), Map.of(), Map.of()), modes, exceptions);
        return judge.judge(Agent.learned("coder"), ROLE, history, Long.MIN_VALUE).findings().values().stream()
                .map(Judge.Judged::finding).toList();
    }

    private static List<Finding> judge(Signal... signals) {
        List<Observation> seen = new ArrayList<>();
        for (Signal signal : signals) {
            seen.add(observation(signal));
        }
        return judge(Map.of(), Exceptions.NONE, seen);
    }

    @ParameterizedTest
    @CsvSource({"90, critical", "89, high", "70, high", "69, medium", "40, medium", "39, low", "20, low"})
    void severity_ofASingleSignal_followsTheScore(int score, String severity) {
        assertThat(judge(signal("iam-self-modification", score, Outcome.SUCCEEDED, QUARTER, "role"))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.score()).isEqualTo(score);
                    assertThat(finding.severity().label()).isEqualTo(severity);
                });
    }

    @Test
    void signal_under20_isNoFinding() {
        assertThat(judge(signal("new-service", 19, Outcome.SUCCEEDED, QUARTER, "s3"))).isEmpty();
    }

    @Test
    void compounding_ofTwoDetectors_isNoisyOr() {
        // 1 - 0.5 * 0.6 = 0.7: a step up from medium, which the two may make together.
        assertThat(judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a"),
                signal("unlisted-agent", 40, Outcome.SUCCEEDED, QUARTER + 1, "b"))).singleElement()
                .returns(70, Finding::score).returns(Severity.HIGH, Finding::severity);
    }

    @Test
    void compounding_takesTheStrongestOfEachDetectorOnly() {
        assertThat(judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a"),
                signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER + 1, "b"),
                signal("unusual-region", 45, Outcome.SUCCEEDED, QUARTER + 2, "c"))).singleElement()
                .returns(50, Finding::score).returns(3, Finding::count);
    }

    @Test
    void compounding_raisesSeverityByOneStepAtMost() {
        // Noisy-or of four lows is 0.85, but low may only become medium, and the score is cut to its top.
        assertThat(judge(signal("unusual-region", 38, Outcome.SUCCEEDED, QUARTER, "a"),
                signal("unlisted-agent", 38, Outcome.SUCCEEDED, QUARTER, "b"),
                signal("denied-burst", 38, Outcome.SUCCEEDED, QUARTER, "c"),
                signal("credential-leak", 38, Outcome.SUCCEEDED, QUARTER, "d"))).singleElement()
                .returns(69, Finding::score).returns(Severity.MEDIUM, Finding::severity);
    }

    @Test
    void compounding_neverReachesCritical() {
        assertThat(judge(signal("unusual-region", 80, Outcome.SUCCEEDED, QUARTER, "a"),
                signal("iam-self-modification", 85, Outcome.SUCCEEDED, QUARTER, "b"))).singleElement()
                .returns(89, Finding::score).returns(Severity.HIGH, Finding::severity);
    }

    @Test
    void deniedSignal_of90_isHighAtMost() {
        assertThat(judge(signal("iam-self-modification", 95, Outcome.DENIED, QUARTER, "a"))).singleElement()
                .returns(89, Finding::score);
    }

    @Test
    void previousQuarter_compounds_butTheOneBeforeDoesNot() {
        Signal now = signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a");
        assertThat(judge(now, signal("unlisted-agent", 40, Outcome.SUCCEEDED, QUARTER - 1, "b")))
                .extracting(Finding::score).containsExactly(40, 70);
        assertThat(judge(now, signal("unlisted-agent", 40, Outcome.SUCCEEDED, QUARTER - 901, "b")))
                .extracting(Finding::score).containsExactly(40, 50);
    }

    @Test
    void criticalOfThePreviousQuarter_doesNotMakeThisOneCritical() {
        assertThat(judge(signal("iam-self-modification", 97, Outcome.SUCCEEDED, QUARTER - 1, "a"),
                signal("unusual-region", 80, Outcome.SUCCEEDED, QUARTER, "b"))).extracting(Finding::severity)
                .containsExactly(Severity.CRITICAL, Severity.HIGH);
    }

    @Test
    void success_afterRefusalsOfTheSameDeed_isWorthMore_andSaysSo() {
        assertThat(judge(signal("privilege-escalation", 36, Outcome.DENIED, QUARTER - 60, "a"),
                signal("privilege-escalation", 36, Outcome.DENIED, QUARTER, "a"),
                signal("privilege-escalation", 60, Outcome.SUCCEEDED, QUARTER + 5, "b")))
                .last().satisfies(finding -> assertThat(finding.leading()).returns(70, Signal::score)
                        .returns("because; it was refused 2 times before it succeeded", Signal::reason));
    }

    @Test
    void success_afterRefusals_neverBecomesCritical() {
        assertThat(judge(signal("privilege-escalation", 51, Outcome.DENIED, QUARTER, "a"),
                signal("privilege-escalation", 85, Outcome.SUCCEEDED, QUARTER + 5, "a"))).singleElement()
                .returns(89, Finding::score);
    }

    @Test
    void success_beforeARefusal_orOfAnotherDetector_isWorthNoMore() {
        assertThat(judge(signal("privilege-escalation", 60, Outcome.SUCCEEDED, QUARTER, "a"),
                signal("privilege-escalation", 36, Outcome.DENIED, QUARTER + 5, "a"),
                signal("destructive-action", 10, Outcome.DENIED, QUARTER - 5, "a"))).singleElement()
                .returns(60, Finding::score);
    }

    @Test
    void sameStep_isCountedOnce_andItsStrongestSpeaks() {
        assertThat(judge(signal("iam-self-modification", 54, Outcome.DENIED, QUARTER, "role"),
                signal("iam-self-modification", 90, Outcome.SUCCEEDED, QUARTER + 9, "role"))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.signals()).hasSize(1);
                    assertThat(finding.leading().outcome()).isEqualTo(Outcome.SUCCEEDED);
                    assertThat(finding.count()).isEqualTo(2);
                    assertThat(finding.eventIds()).hasSize(2);
                    assertThat(finding.firstSeen()).isEqualTo(Instant.ofEpochSecond(QUARTER));
                    assertThat(finding.lastSeen()).isEqualTo(Instant.ofEpochSecond(QUARTER + 9));
                });
    }

    @Test
    void eventIds_beyondTheirBound_keepOneForEachStep() {
        List<Observation> seen = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            seen.add(observation(signal("iam-self-modification", 90, Outcome.SUCCEEDED, QUARTER + i, "role")));
        }
        seen.add(observation(signal("unusual-region", 40, Outcome.SUCCEEDED, QUARTER + 200, "region")));
        assertThat(judge(Map.of(), Exceptions.NONE, seen)).singleElement().satisfies(finding -> {
            assertThat(finding.eventIds()).hasSize(100).endsWith("e-unusual-region" + (QUARTER + 200) + "region");
            assertThat(finding.count()).isEqualTo(151);
        });
    }

    @Test
    void equalScores_leadInTheOrderOfTheTable() {
        assertThat(judge(signal("unlisted-agent", 50, Outcome.SUCCEEDED, QUARTER, "a"),
                signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER + 1, "b"))).singleElement()
                .returns("unusual-region", finding -> finding.leading().detector());
    }

    @Test
    void premise_thatAnEarlierSightingBreaks_takesTheSignalOut() {
        Premise premise = new Premise(Trait.MCP, 30);
        Observation late = new Observation(ROLE, "late", new Sighting(QUARTER - 5, "late"), "AROA:coder", null,
                List.of(Mark.CALL),
                List.of(Trait.MCP), List.of(), null);
        Observation seen = observation(
                signal("unlisted-agent", 50, Outcome.SUCCEEDED, QUARTER, "e", "role", premise), Trait.MCP);
        assertThat(judge(Map.of(), Exceptions.NONE, List.of(seen))).hasSize(1);
        assertThat(judge(Map.of(), Exceptions.NONE, List.of(seen, seen))).hasSize(1);
        assertThat(judge(Map.of(), Exceptions.NONE, List.of(seen, late))).isEmpty();
    }

    @Test
    void undatedEvent_hasAStoryOfItsOwn() {
        Signal dated = signal("iam-self-modification", 90, Outcome.SUCCEEDED, QUARTER, "a");
        Signal undated = new Signal(dated.detector(), 90, Outcome.SUCCEEDED, dated.action(), "b", "did", "because",
                null, List.of(), dated.evidence(), null, null);
        assertThat(judge(Map.of(), Exceptions.NONE,
                List.of(observation(dated),
                        new Observation(ROLE, "u", null, "AROA:coder", null, List.of(Mark.CALL), List.of(),
                                List.of(undated), null))))
                .extracting(Finding::firstSeen)
                .containsExactly(null, Instant.ofEpochSecond(QUARTER));
    }

    @Test
    void exception_takesItsStepOut_untilItsLastDay() {
        List<Observation> seen = List
                .of(observation(signal("iam-self-modification", 90, Outcome.SUCCEEDED, QUARTER, "role")));
        for (String until : List.of("2026-11-17", "2026-11-16")) {
            Exceptions.Entry entry = new Exceptions.Entry("iam-self-modification", "cod*", "iam:*", "role",
                    LocalDate.parse(until), "agreed");
            assertThat(judge(Map.of(), new Exceptions(List.of(entry)), seen)).hasSize(until.endsWith("17") ? 0 : 1);
        }
    }

    @Test
    void exception_withoutEnd_neverSilencesACritical() {
        Exceptions always = new Exceptions(
                List.of(new Exceptions.Entry("iam-self-modification", null, null, null, null, "agreed")));
        assertThat(judge(Map.of(), always,
                List.of(observation(signal("iam-self-modification", 90, Outcome.SUCCEEDED, QUARTER, "role")))))
                .hasSize(1);
        assertThat(judge(Map.of(), always,
                List.of(observation(signal("iam-self-modification", 89, Outcome.SUCCEEDED, QUARTER, "role")))))
                .isEmpty();
    }

    @Test
    void dryRun_keepsTheFindingButTellsPeopleNothing() {
        assertThat(judge(Map.of("iam-self-modification", Mode.DRY_RUN), Exceptions.NONE,
                List.of(observation(signal("iam-self-modification", 90, Outcome.SUCCEEDED, QUARTER, "role")))))
                .singleElement().returns(Severity.CRITICAL, Finding::severity)
                .returns(Severity.INFORMATIONAL, Finding::liveSeverity);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void history_mergedInAnyOrderAndTwice_givesTheSameFindings(long seed) {
        RandomGenerator random = new Random(seed);
        List<Observation> seen = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Premise premise = random.nextInt(3) == 0 ? new Premise(Trait.MCP, 30) : null;
            Signal signal = signal(Detectors.IDS.get(random.nextInt(Detectors.IDS.size())), random.nextInt(101),
                    List.of(Outcome.values()).get(random.nextInt(3)), QUARTER + random.nextInt(5000),
                    "e" + random.nextInt(200),
                    "t" + random.nextInt(5), premise);
            seen.add(random.nextInt(4) == 0 ? observation(signal, Trait.MCP) : observation(signal));
        }
        List<Finding> expected = judge(Map.of(), Exceptions.NONE, seen);
        List<Observation> shuffled = new ArrayList<>(seen);
        shuffled.addAll(seen.subList(0, 150));
        Collections.shuffle(shuffled, new Random(seed + 1));
        History left = new History();
        History right = new History();
        shuffled.forEach(observation -> (random.nextBoolean() ? left : right).add(observation));
        History merged = new History();
        merged.merge(right);
        merged.merge(left);
        merged.merge(right);
        assertThat(new Judge(Detectors.of(Catalogue.load(), Map.of(), Map.of()), Map.of(), Exceptions.NONE)
                .judge(Agent.learned("coder"), ROLE, merged, Long.MIN_VALUE).findings().values().stream()
                .map(Judge.Judged::finding).toList()).as("seed " + seed).isEqualTo(expected);
    }
}
