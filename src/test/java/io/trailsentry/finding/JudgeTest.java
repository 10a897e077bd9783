package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.CallCounts;
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
    private static final Detectors DETECTORS = Detectors.of(Catalogue.load(), Map.of(), Map.of());
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
        Judge judge = new Judge(DETECTORS, modes, exceptions);
        return judge.judge(Agent.learned("coder"), ROLE, history, Long.MIN_VALUE).findings().values().stream()
                .map(Judge.Judged::finding).toList();
    }

    /// Of an agent of which enough was learned, and which uses services one second after the other that are new to it: by 22, 25,
    /// 28 and so on.
    private static List<Finding> judgeNew(int services, long from, Signal... signals) {
        History history = new History();
        history.profile().calls().atLeast(QUARTER / 900 - 10 * 96, new CallCounts.Count(300, 10));
        for (Signal signal : signals) {
            history.add(observation(signal));
        }
        for (int i = 0; i < services; i++) {
            Trait service = new Trait("service", "s" + i);
            history.add(observation(signal("new-service", 22, Outcome.SUCCEEDED, from + i, "n" + i, "s" + i,
                    new Premise(service, 90, true)), service));
        }
        return new Judge(DETECTORS, Map.of(), Exceptions.NONE)
                .judge(Agent.learned("coder"), ROLE, history, Long.MIN_VALUE).findings().values().stream()
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
        assertThat(new Judge(DETECTORS, Map.of(), Exceptions.NONE)
                .judge(Agent.learned("coder"), ROLE, merged, Long.MIN_VALUE).findings().values().stream()
                .map(Judge.Judged::finding).toList()).as("seed " + seed).isEqualTo(expected);
    }

    /// New work brings both: what is merely new says nothing beside what a rule tells, in this or the previous quarter hour.
    @Test
    void merelyNew_besideARule_countsForNothing() {
        Signal rule = signal("privilege-escalation", 20, Outcome.SUCCEEDED, QUARTER, "role");
        assertThat(judgeNew(3, QUARTER, rule)).singleElement().returns(20, Finding::score).returns(1, Finding::count);
        assertThat(judgeNew(4, QUARTER, rule)).singleElement().returns(45, Finding::score).returns(2, Finding::count);
        assertThat(judgeNew(3, QUARTER + 900, rule)).extracting(Finding::score).containsExactly(20);
        assertThat(judgeNew(4, QUARTER + 900, rule)).extracting(Finding::score).containsExactly(20, 45);
        assertThat(judgeNew(3, QUARTER)).singleElement().returns(28, Finding::score).returns(3, Finding::count);
        assertThat(judgeNew(3, QUARTER, signal("privilege-escalation", 19, Outcome.SUCCEEDED, QUARTER, "role")))
                .singleElement().returns(28, Finding::score);
        assertThat(judgeNew(3, QUARTER - 900, rule)).extracting(Finding::score).containsExactly(28, 20);
        assertThat(judgeNew(4, QUARTER - 900, rule)).extracting(Finding::score).containsExactly(31, 45);
    }

    @Test
    void quartersBefore_coverTheLongestWindow_andTheStoryBefore() {
        assertThat(new Judge(DETECTORS, Map.of(), Exceptions.NONE)
                .quartersBefore()).isEqualTo(5);
    }

    @Test
    void excepted_areTheStepsThatWouldHaveCounted() {
        History history = new History();
        history.add(observation(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a")));
        history.add(observation(signal("unusual-region", 40, Outcome.SUCCEEDED, QUARTER + 1, "a")));
        history.add(observation(signal("unusual-region", 19, Outcome.SUCCEEDED, QUARTER + 2, "b")));
        Exceptions exceptions = new Exceptions(
                List.of(new Exceptions.Entry("unusual-region", null, null, null, null, "agreed")));
        Judge.Judgement judgement = new Judge(DETECTORS, Map.of(), exceptions)
                .judge(Agent.learned("coder"), ROLE, history, Long.MIN_VALUE);
        assertThat(judgement.findings()).isEmpty();
        assertThat(judgement.excepted()).singleElement().satisfies(step -> assertThat(step.eventIds())
                .containsExactlyInAnyOrder("e-unusual-region" + QUARTER + "a",
                        "e-unusual-region" + (QUARTER + 1) + "a"));
        assertThat(judgement.reach()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void since_storiesThatEndedBefore_areNotJudged() {
        History history = new History();
        history.add(observation(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a")));
        Judge judge = new Judge(DETECTORS, Map.of(), Exceptions.NONE);
        assertThat(judge.judge(Agent.learned("coder"), ROLE, history, QUARTER + 899).findings()).hasSize(1);
        assertThat(judge.judge(Agent.learned("coder"), ROLE, history, QUARTER + 900).findings()).isEmpty();
    }

    /// Denied calls within minutes are a window, which may begin in a quarter hour before.
    @Test
    void reach_isWhereAWindowOfCallsMayBegin() {
        History history = new History();
        for (int i = 0; i < 40; i++) {
            long second = QUARTER - 60 + i * 4L;
            String id = "d" + i;
            history.add(new Observation(ROLE, id, new Sighting(second, id), "AROA:coder", "us-east-1",
                    List.of(Mark.CALL, new Mark("denied", "s3:Get" + i)), List.of(), List.of(), null));
        }
        Judge judge = new Judge(DETECTORS, Map.of(), Exceptions.NONE);
        long now = QUARTER / 900;
        Judge.Judgement judgement = judge.judge(Agent.learned("coder"), ROLE, history, QUARTER);
        assertThat(judgement.findings()).isNotEmpty();
        assertThat(judgement.reach()).isBetween(now - 6, now - 5);
        assertThat(judge.judge(Agent.learned("coder"), ROLE, history, QUARTER + 900).reach()).as("it is over")
                .isEqualTo(Long.MAX_VALUE);
        Map<String, Mode> off = Map.of("denied-burst", Mode.OFF, "call-burst", Mode.OFF, "off-hours-burst", Mode.OFF);
        assertThat(new Judge(DETECTORS, off, Exceptions.NONE)
                .judge(Agent.learned("coder"), ROLE, history, QUARTER)).returns(Long.MAX_VALUE, Judge.Judgement::reach)
                .returns(Map.of(), Judge.Judgement::findings);
    }

    /// An agent chooses names: nothing of them may move a terminal's cursor, or turn what follows around.
    @Test
    void title_isOneLineOfTwoHundredCharacters() {
        assertThat(judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a"))).singleElement()
                .returns("coder did something", Finding::title);
        assertThat(judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a"),
                signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "b"))).singleElement()
                .returns("coder did something, and 1 more step", Finding::title);
        Signal plain = signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a");
        Signal odd = new Signal(plain.detector(), 50, plain.outcome(), plain.action(), "a",
                "a\u001b[2Jb\u202ec\n" + "x".repeat(300), "why", plain.at(), List.of(), plain.evidence(), null, null);
        assertThat(judge(odd, signal("unusual-region", 40, Outcome.SUCCEEDED, QUARTER, "b"),
                signal("unusual-region", 40, Outcome.SUCCEEDED, QUARTER, "c"))).singleElement().satisfies(finding -> {
                    assertThat(finding.title()).hasSize(200).startsWith("coder a?[2Jb?c?xxx")
                            .endsWith("xxx, and 2 more steps");
                });
    }

    @Test
    void id_isOfAccountPrincipalSessionAndQuarterHour_andTheFingerprintOfTheDeed() {
        Finding one = judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a")).getFirst();
        Finding again = judge(signal("unusual-region", 60, Outcome.SUCCEEDED, QUARTER + 800, "a")).getFirst();
        Finding later = judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER + 900, "a")).getFirst();
        Finding other = judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "b")).getFirst();
        assertThat(one.id()).hasSize(16).isEqualTo(again.id()).isEqualTo(other.id()).isNotEqualTo(later.id());
        assertThat(one.fingerprint()).hasSize(16).isEqualTo(again.fingerprint()).isEqualTo(later.fingerprint())
                .isNotEqualTo(other.fingerprint());
    }

    @Test
    void severityForPeople_isOfLiveDetectors() {
        assertThat(judge(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a"))).singleElement()
                .returns(Severity.MEDIUM, Finding::liveSeverity);
    }

    @Test
    void success_of90AfterARefusal_staysCritical() {
        assertThat(judge(signal("iam-self-modification", 60, Outcome.DENIED, QUARTER, "role"),
                signal("iam-self-modification", 90, Outcome.SUCCEEDED, QUARTER + 5, "role"))).singleElement()
                .returns(Severity.CRITICAL, Finding::severity).returns(90, Finding::score);
    }

    @Test
    void account_isThePrincipals_orElseTheEvents() {
        for (String account : List.of("999900001111", "")) {
            History history = new History();
            history.add(observation(signal("unusual-region", 50, Outcome.SUCCEEDED, QUARTER, "a")));
            Principal principal = new Principal(Principal.Kind.ROLE, account, "arn", "r");
            assertThat(new Judge(DETECTORS, Map.of(), Exceptions.NONE)
                    .judge(Agent.learned("coder"), principal, history, Long.MIN_VALUE).findings().values())
                    .extracting(judged -> judged.finding().account())
                    .containsExactly(account.isEmpty() ? "111122223333" : account);
        }
    }

    @Test
    void reach_ofAWindowThatCrossedBefore_lastsUntilItsLastCall() {
        History history = new History();
        for (int i = 0; i < 40; i++) {
            String id = "d" + i;
            history.add(new Observation(ROLE, id, new Sighting(QUARTER - 130 + i * 4L, id), "AROA:coder", "us-east-1",
                    List.of(Mark.CALL), List.of(), List.of(), null));
        }
        Judge judge = new Judge(DETECTORS, Map.of(), Exceptions.NONE);
        assertThat(judge.judge(Agent.learned("coder"), ROLE, history, QUARTER + 26).reach())
                .isEqualTo(QUARTER / 900 - 6);
        assertThat(judge.judge(Agent.learned("coder"), ROLE, history, QUARTER + 27).reach()).isEqualTo(Long.MAX_VALUE);
    }
}
