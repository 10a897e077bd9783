package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Downstream;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.baseline.CallCounts;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final Principal ROLE = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role");
    private static final long DAY = 86_400;
    private static final long QUARTER = 2_000_000;
    private static final long SECOND = QUARTER * 900;
    private static final Trait REGION = new Trait("region", "eu-central-1");

    private static Signal signal(int score, @Nullable Long second, String target, @Nullable Premise premise) {
        String id = "e-" + target + second;
        return new Signal("data-exposure", score, Outcome.SUCCEEDED, "s3:PutBucketPolicy", target, "did", "why",
                second == null ? null : new Sighting(second, id), List.of(), new Evidence(id, null, null, null, null,
                        null, null, null, null, null, null, null, null, null),
                premise, null);
    }

    private static Observation seen(String session, @Nullable Long second, List<Signal> signals) {
        return new Observation(ROLE, session + second, second == null ? null : new Sighting(second, session + second),
                session, "eu-central-1", List.of(Mark.CALL), List.of(REGION), signals, null);
    }

    private static Observation seen(String session, long second) {
        return seen(session, second, List.of(signal(50, second, "t", null)));
    }

    private static Told told(Story.Key story, String fingerprint, Instant at, boolean quiet) {
        return new Told(story, Set.of("step"), Severity.HIGH, 1, fingerprint, at, 1, false, quiet);
    }

    private static Story.Key key(String session, long quarter) {
        return new Story.Key(session, quarter);
    }

    @Test
    void add_undatedCall_isNoPartOfWhatIsNormal() {
        History history = new History();
        history.add(seen("s", null, List.of(signal(50, null, "t", null))));
        assertThat(history.profile().isEmpty()).isTrue();
        assertThat(history.newest()).isEqualTo(Long.MIN_VALUE);
        assertThat(history.settledBefore()).isEqualTo(Long.MIN_VALUE);
        assertThat(history.stories()).containsOnlyKeys(key("s", Story.Key.UNDATED));
        assertThat(history.quarters()).isEmpty();
        assertThat(history.isEmpty()).isFalse();
        history.forgetBefore(Long.MAX_VALUE / 2);
        assertThat(history.stories()).hasSize(1);
    }

    @Test
    void settled_isTheQuarterHourADayBehindTheNewest() {
        History history = new History();
        history.add(seen("s", SECOND + 899));
        history.add(seen("s", SECOND));
        assertThat(history.newest()).isEqualTo(SECOND + 899);
        assertThat(history.settledBefore()).isEqualTo(SECOND - DAY);
        history.atLeast(SECOND + 900);
        history.atLeast(SECOND);
        assertThat(history.settledBefore()).isEqualTo(SECOND + 900 - DAY);
        History other = new History();
        other.merge(history);
        assertThat(other.newest()).isEqualTo(SECOND + 900);
    }

    @Test
    void told_isKeptByFinding_andThatPeopleWereTold_ifTheyWere() {
        History history = new History();
        Instant first = Instant.ofEpochSecond(SECOND);
        history.add("a", new Ledger(Map.of("ALERTS", told(key("s", QUARTER), "f", first, false)), null));
        history.add("b", new Ledger(Map.of("ALERTS", told(key("s", QUARTER), "g", first, true)), null));
        history.addTold("c", new Ledger(Map.of("ALERTS", told(key("s", QUARTER), "h", first, false)), null));
        Telling telling = new Telling("f", "ALERTS", Severity.HIGH);
        history.add(telling, first.minusSeconds(9));

        assertThat(history.told()).containsOnlyKeys("a", "b", "c");
        assertThat(history.tellings()).isEqualTo(Map.of(telling, first));
        history.add(telling, first.plusSeconds(9));
        assertThat(history.tellings()).isEqualTo(Map.of(telling, first.plusSeconds(9)));
    }

    @Test
    void learnsFrom_aSightingOrATelling_thatIsNews() {
        History history = new History();
        History other = new History();
        Telling telling = new Telling("f", "ALERTS", Severity.HIGH);
        history.add(telling, Instant.ofEpochSecond(5));
        other.add(telling, Instant.ofEpochSecond(5));
        assertThat(history.learnsFrom(other)).isFalse();
        other.add(telling, Instant.ofEpochSecond(6));
        assertThat(history.learnsFrom(other)).isTrue();
        assertThat(other.learnsFrom(history)).isFalse();
        assertThat(new History().learnsFrom(history)).isTrue();
        other.add(seen("s", SECOND));
        history.add(telling, Instant.ofEpochSecond(7));
        assertThat(history.learnsFrom(other)).isTrue();
    }

    private static History full() {
        History history = new History();
        for (long quarter = QUARTER; quarter < QUARTER + 3; quarter++) {
            history.add(seen("s" + quarter, quarter * 900));
            history.add(seen("s" + quarter, quarter * 900 + 899));
            history.add("f" + quarter, new Ledger(
                    Map.of("ALERTS", told(key("s", quarter), "f", Instant.ofEpochSecond(SECOND), false)), null));
        }
        history.add(new Observation(ROLE, "tool", new Sighting((QUARTER + 1) * 900 + 5, "tool"), "s", null, List.of(),
                List.of(), List.of(), null, new Downstream(new ToolCall("x", null, null), List.of("r-1"))));
        return history;
    }

    @Test
    void of_aQuarterHour_isItsPart() {
        History part = full().of(QUARTER + 1);
        assertThat(part.calls()).isEqualTo(2);
        assertThat(part.stories()).containsOnlyKeys(key("s" + (QUARTER + 1), QUARTER + 1));
        assertThat(part.told()).containsOnlyKeys("f" + (QUARTER + 1));
        assertThat(part.toolCalls()).hasSize(1);
        assertThat(part.quarters()).containsExactly(QUARTER + 1);
        assertThat(full().of(QUARTER).toolCalls()).isEmpty();
        assertThat(full().of(QUARTER + 2).toolCalls()).isEmpty();
        assertThat(full().quarters()).containsExactly(QUARTER, QUARTER + 1, QUARTER + 2);
    }

    @Test
    void quarters_areOfWhateverThereIs() {
        History story = new History();
        story.add(key("s", 5), new Story());
        assertThat(story.quarters()).containsExactly(5L);
        History told = new History();
        told.addTold("f", new Ledger(Map.of("ALERTS", told(key("s", 6), "f", Instant.EPOCH, false)), null));
        assertThat(told.quarters()).containsExactly(6L);
        History tool = new History();
        tool.add(new ToolCalls.Request(new Sighting(7 * 900, "t"), "r", new ToolCall("x", null, null)));
        assertThat(tool.quarters()).containsExactly(7L);
        assertThat(tool.isEmpty()).isFalse();
        assertThat(told.isEmpty()).isFalse();
        assertThat(new History().isEmpty()).isTrue();
    }

    /// A story's score compounds with the one before, whose deeds with the one before that.
    @Test
    void forgetBefore_keepsWhatIsNeededToJudgeWhatComesAfter() {
        History history = full();
        history.forgetBefore((QUARTER + 3) * 900 - 1);
        assertThat(history.stories()).hasSize(3);
        assertThat(history.told()).hasSize(3);

        history.forgetBefore((QUARTER + 3) * 900);

        assertThat(history.stories()).hasSize(2);
        assertThat(history.told()).containsOnlyKeys("f" + (QUARTER + 1), "f" + (QUARTER + 2));
        assertThat(history.toolCalls()).isEmpty();
        assertThat(history.calls()).isEqualTo(6);
        history.forgetBefore(Long.MIN_VALUE);
        assertThat(history.calls()).isEqualTo(6);
        history.forgetBefore(SECOND + 120 * 60 + 60);
        assertThat(history.calls()).as("the minutes of two hours").isEqualTo(5);
        assertThat(history.profile().calls().of(QUARTER)).as("counted before").isEqualTo(new CallCounts.Count(2, 1));
    }

    @Test
    void forgetLasting_whatIsTooOld() {
        History history = full();
        Telling telling = new Telling("old", "ALERTS", Severity.HIGH);
        history.add(telling, Instant.ofEpochSecond(SECOND - 1));
        history.forgetLasting(Long.MIN_VALUE);
        history.forgetLasting(SECOND + 7 * DAY - 1);
        assertThat(history.tellings()).containsKey(telling).hasSize(2);
        history.forgetLasting(SECOND + 7 * DAY);
        assertThat(history.tellings()).doesNotContainKey(telling).hasSize(1);
        long day = SECOND / DAY;
        history.forgetLasting((day + 120) * DAY + DAY - 1);
        assertThat(history.profile().hasTraits()).isTrue();
        history.forgetLasting((day + 121) * DAY);
        assertThat(history.profile().hasTraits()).isFalse();
    }

    /// What depends on something new falls away when it was not: also when it is long ago.
    @Test
    void forgetLasting_daysOfWhichAStoryIsStillJudged_areKnownExactly() {
        long midnight = (SECOND / DAY + 1) * DAY;
        History history = new History();
        history.add(seen("s", midnight - 100));
        history.forgetLasting(midnight + 1_799);
        assertThat(history.profile().seenBefore(REGION, new Sighting(midnight - 200, "x"), 0)).isFalse();
        history.forgetLasting(midnight + 1_800);
        assertThat(history.profile().seenBefore(REGION, new Sighting(midnight - 200, "x"), 0)).isTrue();
    }

    @Test
    void bound_ofMoreSessionsThanAreKept_theStrongestStay() {
        History history = new History();
        for (int i = 0; i < 45; i++) {
            history.add(seen("s" + i, SECOND, List.of(signal(20 + i, SECOND, "t", null))));
        }
        history.bound(new Profile());
        assertThat(history.stories()).hasSize(40).containsKeys(key("s44", QUARTER), key("s5", QUARTER))
                .doesNotContainKey(key("s4", QUARTER));
    }

    @Test
    void bound_ofMoreBytesThanAreKept_oneSignalOfEachStepStays() {
        History history = new History();
        String long1 = "a".repeat(900);
        String long2 = "b".repeat(900);
        for (int i = 0; i < 90; i++) {
            history.add(seen("s", SECOND + i, List.of(signal(80, SECOND + i, long1, null))));
        }
        history.add(seen("s", SECOND, List.of(signal(20, SECOND, long2, null))));
        history.bound(new Profile());
        Story story = history.stories().getOrDefault(key("s", QUARTER), new Story());
        List<Signal> left = story.signals();
        assertThat(left).hasSizeBetween(40, 60).anyMatch(signal -> long2.equals(signal.target()));
        int all = left.stream().mapToInt(Signal::weight).sum();
        assertThat(all + 91 * Long.BYTES).isLessThanOrEqualTo(96 * 1024);
        history.bound(new Profile());
        assertThat(story.signals()).isEqualTo(left);
    }

    @Test
    void bound_signalsWhosePremiseIsBroken_fallAway() {
        Premise premise = new Premise(REGION, 30);
        History history = new History();
        Signal fresh = signal(50, SECOND + 5, "t", premise);
        history.add(new Observation(ROLE, "e", fresh.at(), "s", null, List.of(), List.of(), List.of(fresh), null));
        history.bound(new Profile());
        assertThat(history.stories()).hasSize(1);
        Profile known = new Profile();
        known.add(REGION, new Sighting(SECOND, "before"));
        history.bound(known);
        assertThat(history.stories()).isEmpty();
    }

    @Test
    void bound_ofMoreTellingsThanAreKept_theNewestStay() {
        History history = new History();
        for (int i = 0; i < 200; i++) {
            history.add(new Telling("f" + i, "ALERTS", Severity.HIGH), Instant.ofEpochSecond(i));
        }
        history.bound(new Profile());
        assertThat(history.tellings()).hasSize(200);
        history.add(new Telling("newest", "ALERTS", Severity.HIGH), Instant.ofEpochSecond(1_000));
        history.bound(new Profile());
        assertThat(history.tellings()).hasSize(200).containsKey(new Telling("newest", "ALERTS", Severity.HIGH))
                .doesNotContainKey(new Telling("f0", "ALERTS", Severity.HIGH));
    }

    @Test
    void lasting_andAside_shareWhatLasts_andNothingElse() {
        History history = full();
        for (History part : List.of(history.lasting(), history.aside())) {
            assertThat(part.stories()).isEmpty();
            assertThat(part.tellings()).isEqualTo(history.tellings()).isNotEmpty();
            assertThat(part.profile()).isSameAs(history.profile());
        }
    }

    @Test
    void toolCallThatComesLater_isJoinedInTheQuarterHoursBeside() {
        for (long apart : new long[]{-900, 0, 900}) {
            History history = new History();
            Signal by = signal(50, SECOND, "t", null);
            Evidence evidence = new Evidence("e", null, null, null, null, null, null, null, null, null, null, null,
                    "r-1", null);
            history.add(seen("s", SECOND, List.of(new Signal(by.detector(), 50, by.outcome(), by.action(), "t", "did",
                    "why", by.at(), List.of(), evidence, null, null))));
            history.add(new Observation(ROLE, "tool", new Sighting(SECOND + apart, "tool"), "s", null, List.of(),
                    List.of(), List.of(), null, new Downstream(new ToolCall("x", null, null), List.of("r-1"))));
            assertThat(history.stories().getOrDefault(key("s", QUARTER), new Story()).signals()).singleElement()
                    .satisfies(signal -> assertThat(signal.evidence().toolCall()).isNotNull());
        }
    }

    @Test
    void merge_addsAllThatTheOtherHolds() {
        History history = new History();
        history.merge(full());
        assertThat(history.calls()).isEqualTo(6);
        assertThat(history.stories()).hasSize(3);
        assertThat(history.told()).isEqualTo(full().told());
        assertThat(history.tellings()).isEqualTo(full().tellings()).isNotEmpty();
        assertThat(history.toolCalls()).hasSize(1);
        assertThat(history.profile().calls().of(QUARTER)).as("with the open minutes")
                .isEqualTo(new CallCounts.Count(2, 1));
        assertThat(history.profile().hasTraits()).isTrue();
    }

    @Test
    void add_signalWhosePremiseIsBrokenAlready_isNotKept() {
        History history = new History();
        history.add(seen("s", SECOND, List.of()));
        assertThat(history.quarters()).as("there were calls").containsExactly(QUARTER);
        Signal known = signal(50, SECOND + 5, "t", new Premise(REGION, 30));
        history.add(new Observation(ROLE, "e", known.at(), "s", null, List.of(), List.of(), List.of(known), null));
        assertThat(history.stories()).isEmpty();
    }

    @Test
    void add_aPartOfAStory_isMerged() {
        Story part = new Story();
        part.add(signal(50, SECOND, "t", null));
        History history = new History();
        history.add(key("s", QUARTER), part);
        assertThat(history.stories().getOrDefault(key("s", QUARTER), new Story()).signals()).hasSize(1);
    }

    @Test
    void bound_valuesThatAreMadeUp_areBounded() {
        History history = new History();
        for (int i = 0; i < 40; i++) {
            history.activity().add(new Mark("denied", "v" + i), new Sighting(SECOND, "e" + i), null);
        }
        history.bound(new Profile());
        assertThat(history.activity().of("denied")).hasSize(32);
    }

    @Test
    void bound_sessions_areOrderedByTheirStrongest_whicheverStepThatIs() {
        History history = new History();
        for (int i = 0; i < 45; i++) {
            history.add(seen("s" + i, SECOND, List.of(signal(i % 2 == 0 ? 20 + i : 10, SECOND, "a", null),
                    signal(i % 2 == 0 ? 10 : 20 + i, SECOND, "b", null))));
        }
        Story counted = new Story();
        Story many = new Story();
        for (long second = SECOND; second < SECOND + 101; second++) {
            many.add(signal(50, second, "t", null));
        }
        many.more().forEach(counted::add);
        history.add(key("counted", QUARTER), counted);
        history.bound(new Profile());
        assertThat(history.stories().keySet()).extracting(Story.Key::session).contains("s44", "s5", "counted")
                .doesNotContain("s4", "s0");
    }

    @Test
    void bound_tellingsOfOneMoment_areTheFirstByName() {
        History history = new History();
        for (int i = 0; i < 201; i++) {
            history.add(new Telling(String.format("f%03d", i), "ALERTS", Severity.HIGH), Instant.EPOCH);
        }
        history.bound(new Profile());
        assertThat(history.tellings().keySet()).extracting(Telling::fingerprint).contains("f000", "f199")
                .doesNotContain("f200");
    }

    @Test
    void forgetBefore_forgetsTheLastingToo() {
        History history = new History();
        history.add(new Telling("f", "ALERTS", Severity.HIGH), Instant.ofEpochSecond(SECOND));
        history.forgetBefore(SECOND + 8 * DAY);
        assertThat(history.tellings()).isEmpty();
    }
}
