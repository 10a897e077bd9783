package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.finding.Severity;
import io.trailsentry.trail.Seed;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What agents' lives bring, told day by day by `call-burst` and `off-hours-burst`: the one keeps quiet, the other speaks.
class LivesTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    /// A Monday, seven weeks before the clocks go back.
    private static final LocalDate START = LocalDate.of(2026, 9, 7);
    private static final Hours HOURS = new Hours(BERLIN, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
            LocalTime.of(7, 0), LocalTime.of(20, 0));
    private static final Principal PRINCIPAL = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role");
    private static final List<Detector.OfRates> DETECTORS = List.of(new OffHoursBurst(30, 5), new CallBurst(30));

    private final Random random = Seed.random("LivesTest", 21);
    private final Profile profile = new Profile();
    private @Nullable Hours hours;
    private Activity today = new Activity();
    private int ids;

    private static boolean isWorkday(LocalDate date) {
        return date.getDayOfWeek().getValue() < 6;
    }

    /// So many calls within so many minutes.
    private void calls(LocalDateTime from, int count, int minutes) {
        long begin = from.atZone(BERLIN).toEpochSecond();
        for (int i = 0; i < count; i++) {
            today.add(Mark.CALL, new Sighting(begin + (long) i * minutes * 60 / count, "e" + ids++), "eu-central-1");
        }
    }

    /// A day from nine to five, of scripts of all sizes.
    private void work(LocalDate date, double pace) {
        for (int minute = 9 * 60; minute < 17 * 60; minute++) {
            if (random.nextInt(8) == 0) {
                int size = 1 + (int) (-8 * Math.log(1 - random.nextDouble()));
                calls(date.atTime(minute / 60, minute % 60), (int) Math.ceil(Math.min(60, size) * pace), 1);
            }
        }
    }

    private void weeks(LocalDate from, int weeks) {
        from.datesUntil(from.plusWeeks(weeks)).filter(LivesTest::isWorkday).forEach(date -> {
            work(date, 1);
            assertThat(told()).as("%s", date).isEmpty();
        });
    }

    /// Ends the day: what was said of it, low or graver, strongest first.
    private List<Signal> told() {
        today.of(Mark.CALL).countInto(profile.calls());
        Agent agent = new Agent("coder", true, null, null, hours, false, null, Set.of());
        List<Signal> signals = new ArrayList<>(DETECTORS.stream()
                .flatMap(detector -> detector.examine(agent, PRINCIPAL, today, profile).stream())
                .filter(signal -> signal.score() >= 20).sorted(Signal.STRONGEST).toList());
        today = new Activity();
        return signals;
    }

    private List<Signal> told(LocalDateTime from, int count, int minutes) {
        calls(from, count, minutes);
        return told();
    }

    private static boolean isMedium(Signal signal) {
        return Severity.of(signal.score()).isAtLeast(Severity.MEDIUM);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void holidays_twoWeeksAway_changeNothing(boolean configured) {
        hours = configured ? HOURS : null;
        weeks(START, 5);
        LocalDate back = START.plusWeeks(7);
        assertThat(told(back.minusDays(4).atTime(3, 10), 60, 5)).as("a burst while everybody is away")
                .anyMatch(LivesTest::isMedium);
        weeks(back, 2);
        assertThat(told(back.plusWeeks(2).atTime(10, 10), 240, 5)).anyMatch(LivesTest::isMedium);
    }

    @Test
    void anAgentBackAfterAMonth_isKnown_afterThreeItBeginsAnew() {
        weeks(START, 3);
        LocalDate back = START.plusWeeks(8);
        weeks(back, 1);
        assertThat(told(back.plusWeeks(1).atTime(3, 10), 60, 5)).anyMatch(LivesTest::isMedium);
        LocalDate anew = back.plusWeeks(13);
        profile.forgetBefore(anew.toEpochDay() - Profile.DAYS_KEPT);
        work(anew, 1);
        work(anew.plusDays(1), 4);
        assertThat(told()).isEmpty();
        assertThat(told(anew.plusDays(2).atTime(3, 10), 60, 5)).isEmpty();
    }

    @Test
    void aNewAgent_isLearnedFirst_thenToldLow_thenForWhatItIs() {
        for (int day = 0; day < 25; day++) {
            LocalDate date = START.plusDays(day);
            if (isWorkday(date)) {
                work(date, 1);
                assertThat(told()).isEmpty();
            }
            // Judged and forgotten: a burst by night each day, as if it were the first.
            Profile before = new Profile();
            before.merge(profile);
            calls(date.atTime(3, 10), 60, 5);
            Agent agent = new Agent("coder", true, null, null, null, false, null, Set.of());
            int score = DETECTORS.stream()
                    .flatMap(detector -> detector.examine(agent, PRINCIPAL, today, before).stream())
                    .mapToInt(Signal::score).max().orElse(0);
            today = new Activity();
            assertThat(score).as("day %d", day).isBetween(day < 8 ? 0 : day < 15 ? 39 : 50,
                    day < 8 ? 19 : day < 15 ? 39 : 100);
        }
    }

    @Test
    void aJobByNightByDesign_isLearned_andStillHidesNothingElse() {
        for (int day = 0; day < 70; day++) {
            LocalDate date = START.plusDays(day);
            calls(date.atTime(2, 30), 80 + random.nextInt(80), 4);
            if (isWorkday(date)) {
                work(date, 1);
            }
            assertThat(told()).as("day %d, over the change of clocks", day).noneMatch(LivesTest::isMedium);
        }
        LocalDate date = START.plusDays(70);
        assertThat(told(date.atTime(4, 30), 60, 5)).as("beside the job").anyMatch(LivesTest::isMedium);
        assertThat(told(date.plusDays(1).atTime(2, 30), 1_500, 5)).as("a job that is much larger")
                .anyMatch(LivesTest::isMedium);
    }

    @Test
    void aNewJobByNight_isToldUntilItIsLearned_andLowForAWhile() {
        weeks(START, 5);
        LocalDate first = START.plusWeeks(5);
        List<LocalDate> medium = new ArrayList<>();
        List<LocalDate> low = new ArrayList<>();
        first.datesUntil(first.plusWeeks(6)).forEach(date -> {
            calls(date.atTime(2, 30), 80 + random.nextInt(40), 4);
            if (isWorkday(date)) {
                work(date, 1);
            }
            List<Signal> told = told();
            (told.stream().anyMatch(LivesTest::isMedium) ? medium : told.isEmpty() ? new ArrayList<LocalDate>() : low)
                    .add(date);
        });
        assertThat(medium).contains(first).allMatch(date -> date.isBefore(first.plusDays(8)));
        assertThat(low).isNotEmpty().allMatch(date -> date.isBefore(first.plusWeeks(6)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clocksGoBack_theWorkMovesWithThem_andNobodyIsTold(boolean configured) {
        hours = configured ? HOURS : null;
        weeks(START, 10);
        LocalDate date = START.plusWeeks(10);
        assertThat(told(date.atTime(5, 10), 60, 5)).anyMatch(LivesTest::isMedium);
    }

    /// Somebody takes a little more every day, up to what is explained at that hour, so that nothing is told.
    @ParameterizedTest
    @ValueSource(doubles = {1.02, 1.03, 1.05, 1.1, 1.2})
    void slowPoisoning_doesNotDoubleAThresholdWithoutAWord(double aDay) {
        hours = HOURS;
        weeks(START, 6);
        LocalDate begin = START.plusWeeks(6);
        int[] usual = IntStream.range(9, 17).map(hour -> limit(begin.atTime(hour, 24))).toArray();
        double more = 1;
        double silent = 0;
        Signal told = null;
        for (LocalDate date : begin.datesUntil(begin.plusWeeks(16)).filter(LivesTest::isWorkday).toList()) {
            more *= aDay;
            double most = 0;
            for (int i = 0; i < usual.length; i++) {
                int calls = (int) Math.min(more * usual[i], limit(date.atTime(9 + i, 24))) - 1;
                calls(date.atTime(9 + i, 20), calls, 4);
                most = Math.max(most, (double) calls / usual[i]);
            }
            told = told().stream().findFirst().orElse(null);
            if (told != null) {
                break;
            }
            silent = Math.max(silent, most);
        }
        System.out.printf("LivesTest: %.0f %% a day: silent up to %.2f times, %s%n", 100 * (aDay - 1), silent,
                told == null ? "never told" : told.reason());
        assertThat(silent).isLessThan(2);
        assertThat(told).isNotNull();
        assertThat(Stream.of(told)).allSatisfy(signal -> assertThat(signal.reason()).contains("creeps up"));
    }

    private int limit(LocalDateTime at) {
        Agent agent = new Agent("coder", true, null, null, hours, false, null, Set.of());
        return new CallBurst(30).gauges(agent, profile, new Sighting(at.atZone(BERLIN).toEpochSecond(), "x")).getFirst()
                .threshold();
    }
}
