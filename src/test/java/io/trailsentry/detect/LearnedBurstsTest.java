package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.CallCounts.Count;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `call-burst` and the learned half of `off-hours-burst`.
class LearnedBurstsTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    /// A Monday.
    private static final LocalDate START = LocalDate.of(2026, 6, 1);
    private static final Hours HOURS = new Hours(BERLIN, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
            LocalTime.of(8, 0), LocalTime.of(18, 0));
    private static final Principal PRINCIPAL = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role");
    private static final Detector.OfRates CALL_BURST = new CallBurst(30);
    private static final Detector.OfRates OFF_HOURS = new OffHoursBurst(30, 5);

    private final Profile profile = new Profile();
    private final Activity activity = new Activity();
    private int ids;

    private static long minute(ZoneId zone, LocalDateTime time) {
        return time.atZone(zone).toEpochSecond() / 60;
    }

    /// Notes a working week after another: from nine to five, five calls in each quarter hour.
    private void work(ZoneId zone, int weeks, int calls) {
        START.datesUntil(START.plusWeeks(weeks)).filter(day -> day.getDayOfWeek().getValue() < 6)
                .forEach(day -> quarters(zone, day, calls));
    }

    private void quarters(ZoneId zone, LocalDate day, int calls) {
        for (int i = 0; i < 32; i++) {
            int some = calls * (1 + i % 3) / 2;
            profile.calls().atLeast(minute(zone, day.atTime(9, 0)) / 15 + i, new Count(some, (some + 1) / 2));
        }
    }

    /// Makes calls, evenly from a time on.
    private void calls(ZoneId zone, LocalDateTime from, int calls, int minutes) {
        long second = minute(zone, from) * 60;
        for (int i = 0; i < calls; i++) {
            activity.add(Mark.CALL, new Sighting(second + (long) i * minutes * 60 / calls, "e" + ids++),
                    "eu-central-1");
        }
        activity.of(Mark.CALL).countInto(profile.calls());
    }

    private static Agent agent(@Nullable Hours hours) {
        return new Agent("coder", true, null, null, hours, false, null, Set.of());
    }

    private List<Signal> signals(Detector.OfRates detector, @Nullable Hours hours) {
        return detector.examine(agent(hours), PRINCIPAL, activity, profile);
    }

    @Test
    void callBurst_muchMoreThanTheHourExplains_saysItsNumbers() {
        work(BERLIN, 5, 8);
        calls(BERLIN, START.plusDays(36).atTime(10, 2), 212, 5);
        assertThat(signals(CALL_BURST, HOURS)).singleElement().satisfies(signal -> {
            assertThat(signal.reason()).isEqualTo("212 calls in 5 min from Tue 10:02; this hour explains at most 16"
                    + " (1 in 10^126); learned from 25 days");
            assertThat(signal.headline()).isEqualTo("made 212 calls in a burst");
            assertThat(signal.score()).isEqualTo(65);
            assertThat(signal.action()).isNull();
            assertThat(signal.at()).isNotNull();
        });
        assertThat(signals(OFF_HOURS, HOURS)).isEmpty();
        assertThat(signals(CALL_BURST, null)).singleElement()
                .satisfies(signal -> assertThat(signal.reason()).startsWith("212 calls in 5 min from Tue 08:02 UTC"));
    }

    @Test
    void callBurst_ordinaryWork_andFewCalls_areQuiet() {
        work(BERLIN, 5, 60);
        calls(BERLIN, START.plusDays(36).atTime(10, 2), 60, 5);
        calls(BERLIN, START.plusDays(36).atTime(14, 0), 100, 30);
        assertThat(signals(CALL_BURST, HOURS)).isEmpty();
        assertThat(new CallBurst(30).examine(agent(HOURS), PRINCIPAL, new Activity(), profile)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"5, 19", "8, 39", "12, 39", "15, 65"})
    void callBurst_scores_growWithWhatWasLearned(int day, int score) {
        work(BERLIN, 5, 8);
        calls(BERLIN, START.plusDays(day).atTime(10, 2), 212, 5);
        LocalDate today = START.plusDays(day);
        if (today.getDayOfWeek().getValue() < 6) {
            assertThat(signals(CALL_BURST, HOURS)).singleElement().returns(score, Signal::score);
        } else {
            assertThat(signals(CALL_BURST, HOURS)).isEmpty();
        }
    }

    @Test
    void callBurst_nothingKnownOfTheHour_saysNothing() {
        calls(BERLIN, START.atTime(10, 2), 212, 5);
        assertThat(signals(CALL_BURST, HOURS)).isEmpty();
        assertThat(signals(CALL_BURST, null)).isEmpty();
    }

    @Test
    void callBurst_aRateThatCreepsUp_isTold() {
        work(BERLIN, 4, 8);
        for (int i = 28; i < 60; i++) {
            LocalDate day = START.plusDays(i);
            if (day.getDayOfWeek().getValue() < 6) {
                quarters(BERLIN, day, 8 + (i - 28) * 6);
            }
        }
        LocalDateTime time = START.plusDays(59).atTime(10, 2);
        calls(BERLIN, time, 120, 5);
        assertThat(signals(CALL_BURST, HOURS)).singleElement().satisfies(signal -> {
            assertThat(signal.reason()).startsWith("120 calls in 5 min from Thu 10:04, which this hour explains by now;"
                    + " four weeks before, it explained at most 19: its rate creeps up; learned from ");
            assertThat(signal.score()).isEqualTo(35);
        });
    }

    @Test
    void callBurst_anHourThatWasNoneOfItsHours_isTold() {
        work(BERLIN, 8, 8);
        for (int i = 30; i < 55; i++) {
            profile.calls().atLeast(minute(BERLIN, START.plusDays(i).atTime(3, 0)) / 15, new Count(90, 60));
        }
        calls(BERLIN, START.plusDays(55).atTime(3, 2), 60, 5);
        assertThat(signals(CALL_BURST, null)).singleElement().satisfies(signal -> {
            assertThat(signal.reason()).contains("its rate creeps up");
            assertThat(signal.score()).isEqualTo(25);
        });
        assertThat(signals(OFF_HOURS, null)).isEmpty();
    }

    @Test
    void callBurst_callsThatGoOnForAnHour_areToldWhenTheyAreManyTimesTheUsual() {
        work(BERLIN, 5, 8);
        LocalDateTime time = START.plusDays(36).atTime(10, 0);
        calls(BERLIN, time, 200, 60);
        assertThat(signals(CALL_BURST, HOURS)).isEmpty();
        activity.forgetBefore(Long.MAX_VALUE);
        calls(BERLIN, time, 240, 60);
        assertThat(signals(CALL_BURST, HOURS)).singleElement().satisfies(signal -> {
            assertThat(signal.reason())
                    .isEqualTo("240 calls in an hour from Tue 10:00, steadily, where 30 are usual and"
                            + " 211 are a burst; learned from 25 days");
            assertThat(signal.headline()).isEqualTo("made 240 calls, steadily");
            assertThat(signal.score()).isEqualTo(40);
        });
    }

    @Test
    void offHours_learned_takesTheSmallerThreshold() {
        work(BERLIN, 5, 8);
        LocalDateTime night = START.plusDays(36).atTime(2, 0);
        calls(BERLIN, night, 22, 5);
        assertThat(signals(OFF_HOURS, HOURS)).singleElement().satisfies(signal -> {
            assertThat(signal.reason()).isEqualTo("22 calls in 5 min from Tue 02:04, outside its hours (MON-FRI"
                    + " 08:00-18:00 Europe/Berlin), where 21 are a burst; such an hour explains at most 20 (1 in 10^5);"
                    + " learned from 25 days");
            assertThat(signal.score()).isEqualTo(50);
        });
        assertThat(new OffHoursBurst(10, 5).examine(agent(HOURS), PRINCIPAL, activity, profile)).singleElement()
                .satisfies(signal -> assertThat(signal.reason()).contains("where 10 are a burst"));
    }

    @Test
    void offHours_notLearned_hasTheFixedThreshold() {
        LocalDateTime night = START.plusDays(3).atTime(2, 0);
        work(BERLIN, 1, 8);
        calls(BERLIN, night, 29, 5);
        assertThat(signals(OFF_HOURS, HOURS)).isEmpty();
        calls(BERLIN, night.plusMinutes(1), 1, 1);
        assertThat(signals(OFF_HOURS, HOURS)).singleElement().satisfies(signal -> {
            assertThat(signal.score()).isEqualTo(50);
            assertThat(signal.reason()).endsWith("where 30 are a burst");
        });
    }

    @ParameterizedTest
    @CsvSource({"3, 19", "9, 39", "36, 60"})
    void offHours_withoutHours_theLearnedOnesCount(int day, int score) {
        work(ZoneOffset.UTC, 6, 8);
        calls(ZoneOffset.UTC, START.plusDays(day).atTime(2, 0), 60, 5);
        assertThat(signals(OFF_HOURS, null)).singleElement().satisfies(signal -> {
            assertThat(signal.score()).isEqualTo(score);
            assertThat(signal.reason()).contains(" UTC, when it does not usually work, where ")
                    .contains(" are a burst; such an hour explains at most ");
        });
        assertThat(signals(CALL_BURST, null)).isEmpty();
    }

    @Test
    void offHours_withoutHours_atWork_isQuiet() {
        work(ZoneOffset.UTC, 6, 8);
        calls(ZoneOffset.UTC, START.plusDays(36).atTime(14, 0), 60, 5);
        assertThat(signals(OFF_HOURS, null)).isEmpty();
    }

    @Test
    void offHours_aLongerWindow_explainsSoMuchMore() {
        work(BERLIN, 5, 8);
        calls(BERLIN, START.plusDays(36).atTime(2, 0), 40, 10);
        assertThat(new OffHoursBurst(50, 10).examine(agent(HOURS), PRINCIPAL, activity, profile)).isEmpty();
        calls(BERLIN, START.plusDays(36).atTime(2, 0), 10, 10);
        assertThat(new OffHoursBurst(50, 10).examine(agent(HOURS), PRINCIPAL, activity, profile)).hasSize(1);
        assertThat(new OffHoursBurst(90, 10).examine(agent(HOURS), PRINCIPAL, activity, profile)).isEmpty();
    }

    @Test
    void offHours_aHigherThreshold_raisesTheLearnedOneToo() {
        work(BERLIN, 5, 8);
        calls(BERLIN, START.plusDays(36).atTime(2, 0), 60, 5);
        Sighting at = new Sighting(minute(BERLIN, START.plusDays(36).atTime(2, 2)) * 60, "x");
        Gauge gauge = OFF_HOURS.gauges(agent(HOURS), profile, at).getFirst();
        int above = gauge.above(60);
        assertThat(new OffHoursBurst(above + 1, 5).examine(agent(HOURS), PRINCIPAL, activity, profile)).isEmpty();
        assertThat(new OffHoursBurst(above - 2, 5).examine(agent(HOURS), PRINCIPAL, activity, profile)).hasSize(1);
    }

    @Test
    void offHours_whereItWorksOutsideItsHours_isHeldAgainstTheFixedThresholdOnly() {
        work(BERLIN, 5, 8);
        for (int week = 0; week < 5; week++) {
            profile.calls().atLeast(minute(BERLIN, START.plusWeeks(week).atTime(2, 0)) / 15, new Count(25, 25));
        }
        calls(BERLIN, START.plusDays(35).atTime(2, 1), 28, 3);
        assertThat(signals(OFF_HOURS, HOURS)).isEmpty();
        calls(BERLIN, START.plusDays(35).atTime(2, 2), 5, 1);
        assertThat(signals(OFF_HOURS, HOURS)).singleElement().satisfies(
                signal -> assertThat(signal.reason()).endsWith("where 30 are a burst"));
    }

    @Test
    void gauges_sayWhatIsUsual() {
        work(BERLIN, 5, 8);
        Sighting at = new Sighting(minute(BERLIN, START.plusDays(36).atTime(10, 2)) * 60, "x");
        assertThat(CALL_BURST.gauges(agent(HOURS), profile, at)).singleElement().returns(30, Gauge::threshold);
        assertThat(CALL_BURST.gauges(agent(HOURS), new Profile(), at)).isEmpty();
        Sighting night = new Sighting(minute(BERLIN, START.plusDays(36).atTime(4, 2)) * 60, "x");
        assertThat(OFF_HOURS.gauges(agent(HOURS), profile, night)).singleElement().returns(21, Gauge::threshold)
                .returns(true, Gauge::isLearned);
        assertThat(OFF_HOURS.gauges(agent(HOURS), new Profile(), night)).singleElement()
                .returns(30, Gauge::threshold).returns(false, Gauge::isLearned);
        assertThat(OFF_HOURS.gauges(agent(null), new Profile(), night)).isEmpty();
    }
}
