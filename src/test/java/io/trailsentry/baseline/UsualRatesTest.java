package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.trailsentry.baseline.CallCounts.Count;
import io.trailsentry.trail.Seed;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UsualRatesTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    /// A Monday.
    private static final LocalDate START = LocalDate.of(2026, 6, 1);

    private final CallCounts counts = new CallCounts();

    private static long minute(ZoneId zone, LocalDate date, int hour, int minute) {
        return date.atTime(LocalTime.of(hour, minute)).atZone(zone).toEpochSecond() / 60;
    }

    /// Notes quarter hours of days at a time of the clock.
    private void work(ZoneId zone, LocalDate from, int days, Predicate<LocalDate> which, int hour, int quarters,
            int calls) {
        from.datesUntil(from.plusDays(days)).filter(which).forEach(date -> {
            for (int i = 0; i < quarters; i++) {
                counts.atLeast(minute(zone, date, hour, 0) / 15 + i, new Count(calls, (calls + 1) / 2));
            }
        });
    }

    private static boolean isWorkday(LocalDate date) {
        return date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) < 0;
    }

    private static boolean always(LocalDate date) {
        return date.isAfter(LocalDate.MIN);
    }

    private UsualRates rates(@Nullable ZoneId zone) {
        return new UsualRates(counts, zone, null);
    }

    private static int threshold(@Nullable Usual usual) {
        return Objects.requireNonNull(usual).least(UsualRates.UNLIKELY);
    }

    @Test
    void isWorked_isLearnedFromThreeDays_oneDayLate() {
        work(BERLIN, START, 14, UsualRatesTest::isWorkday, 14, 2, 20);
        UsualRates rates = rates(BERLIN);
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(3), 14, 20))).as("two days count yet").isFalse();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(4), 14, 20))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(4), 18, 0))).isFalse();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(12), 14, 20))).as("a Saturday").isFalse();
    }

    @Test
    void isWorked_onTheSameWeekday_takesTwoWeeks() {
        work(BERLIN, START, 30, date -> date.getDayOfWeek() == DayOfWeek.SUNDAY, 3, 2, 200);
        UsualRates rates = rates(BERLIN);
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(13), 3, 10))).isFalse();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(20), 3, 10))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(21), 3, 10))).as("a Monday").isFalse();
    }

    @Test
    void isWorked_betweenScatteredWork_isTrue_besideANightlyJobItIsNot() {
        for (int i = 0; i < 10; i++) {
            LocalDate day = START.plusDays(i);
            for (int j = 0; j < 4; j++) {
                counts.atLeast(minute(BERLIN, day, 9 + (i * 3 + j * 5) % 8, 15 * ((i + j) % 4)) / 15, new Count(10, 5));
            }
            counts.atLeast(minute(BERLIN, day, 2, 0) / 15, new Count(300, 200));
        }
        UsualRates rates = rates(BERLIN);
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(11), 12, 40))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(11), 2, 10))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(11), 3, 0))).isFalse();
        assertThat(rates.isWorked(minute(BERLIN, START.plusDays(11), 1, 10))).isFalse();
    }

    @Test
    void at_changesOfTheLastDay_changeNothing() {
        Random random = Seed.random("UsualRatesTest.late", 3);
        work(BERLIN, START, 30, UsualRatesTest::always, 10, 12, 30);
        long minute = minute(BERLIN, START.plusDays(30), 11, 0);
        Usual before = rates(BERLIN).at(minute);
        Usual outside = rates(BERLIN).outside(minute);
        for (int i = 0; i < 200; i++) {
            long quarter = minute / 15 - 3 - random.nextInt(97);
            counts.atLeast(quarter, new Count(5_000 + i, 4_000 + i));
        }
        counts.forgetBefore(minute / 1_440 - CallCounts.DAYS_KEPT);
        assertThat(rates(BERLIN).at(minute)).isEqualTo(before);
        assertThat(rates(BERLIN).outside(minute)).isEqualTo(outside);
        assertThat(rates(BERLIN).isLearned(minute)).isTrue();
    }

    @Test
    void at_whatIsForgotten_didNotCount() {
        work(BERLIN, START.minusDays(30), 90, UsualRatesTest::always, 10, 12, 30);
        work(BERLIN, START.minusDays(30), 10, UsualRatesTest::always, 10, 12, 300);
        long minute = minute(BERLIN, START.plusDays(60), 11, 0);
        Usual all = rates(BERLIN).at(minute);
        counts.forgetBefore(minute / 1_440 - CallCounts.DAYS_KEPT + 1);
        assertThat(rates(BERLIN).at(minute)).isEqualTo(all);
    }

    @Test
    void at_summerTimeBegins_theHourStaysTheClocks() {
        LocalDate change = LocalDate.of(2026, 10, 25);
        work(BERLIN, change.minusDays(28), 35, UsualRatesTest::always, 9, 2, 100);
        UsualRates rates = rates(BERLIN);
        assertThat(rates.isWorked(minute(BERLIN, change, 9, 10))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, change, 8, 10))).isFalse();
        assertThat(rates.isWorked(minute(BERLIN, change, 10, 10))).isFalse();
        assertThat(rates(ZoneOffset.UTC).isWorked(minute(BERLIN, change, 9, 10))).as("another zone").isFalse();
    }

    @Test
    void at_zoneUnknown_theClocksThatFitCount() {
        LocalDate change = LocalDate.of(2026, 10, 25);
        work(BERLIN, change.minusDays(28), 35, UsualRatesTest::always, 3, 2, 100);
        UsualRates rates = rates(null);
        assertThat(rates.isWorked(minute(BERLIN, change, 3, 10))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, change.plusDays(1), 2, 10))).as("as if the clock had not changed")
                .isTrue();
        assertThat(rates.isWorked(minute(BERLIN, change.plusDays(6), 3, 10))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, change.plusDays(6), 2, 10))).as("it had").isFalse();
    }

    @Test
    void at_isOfTheHour_nightJobOrDay() {
        work(BERLIN, START, 28, UsualRatesTest::always, 2, 2, 400);
        work(BERLIN, START, 28, UsualRatesTest::isWorkday, 9, 32, 20);
        UsualRates rates = rates(BERLIN);
        LocalDate day = START.plusDays(29);
        assertThat(threshold(rates.at(minute(BERLIN, day, 2, 10)))).isGreaterThan(400);
        assertThat(threshold(rates.at(minute(BERLIN, day, 13, 0)))).isLessThan(60);
    }

    @Test
    void at_afterAMonthAway_isWhatItWas() {
        work(BERLIN, START, 14, UsualRatesTest::isWorkday, 9, 32, 20);
        UsualRates rates = rates(BERLIN);
        LocalDate back = START.plusDays(44);
        assertThat(rates.isLearned(minute(BERLIN, back, 11, 0))).isTrue();
        assertThat(rates.isWorked(minute(BERLIN, back, 11, 0))).isTrue();
        assertThat(threshold(rates.at(minute(BERLIN, back, 11, 0))))
                .isCloseTo(threshold(rates.at(minute(BERLIN, START.plusDays(16), 11, 0))),
                        within(5));
    }

    @Test
    void at_holidays_changeNothing() {
        work(BERLIN, START, 28, UsualRatesTest::isWorkday, 9, 32, 20);
        long minute = minute(BERLIN, START.plusDays(29), 11, 0);
        int without = threshold(rates(BERLIN).at(minute));
        CallCounts all = new CallCounts();
        counts.forEach(0, Long.MAX_VALUE, (quarter, count) -> {
            long day = quarter * 15 / 1_440 - START.toEpochDay();
            if (day < 14 || day > 16) {
                all.atLeast(quarter, count);
            }
        });
        assertThat(threshold(new UsualRates(all, BERLIN, null).at(minute))).isEqualTo(without);
    }

    @Test
    void at_nothingKnown_isNull_andNothingIsLearned() {
        long minute = minute(BERLIN, START, 12, 0);
        UsualRates rates = rates(BERLIN);
        assertThat(rates.at(minute)).isNull();
        assertThat(rates.then(minute)).isNull();
        assertThat(rates.isLearned(minute)).isFalse();
        assertThat(rates.isSettled(minute)).isFalse();
        assertThat(rates.wasLearned(minute)).isFalse();
        assertThat(rates.isWorked(minute)).isFalse();
        assertThat(rates.outside(minute).days()).isZero();
        assertThat(rates(null).at(minute)).isNull();
    }

    @Test
    void isLearned_agreesWithTheProfile() {
        Random random = Seed.random("UsualRatesTest.learned", 4);
        for (int round = 0; round < 200; round++) {
            Profile profile = new Profile();
            long begin = START.toEpochDay() * 96;
            for (int i = 0; i < 40; i++) {
                profile.calls().atLeast(begin + random.nextInt(14 * 96), new Count(1 + random.nextInt(12), 1));
            }
            long second = begin * 900 + random.nextInt(15 * 86_400);
            long quarter = second / 900;
            UsualRates rates = new UsualRates(profile.calls(), BERLIN, null);
            boolean near = profile.calls().before(quarter - 96) != profile.calls().before(quarter - 100);
            assertThat(near || rates.isLearned(second / 60) == profile.isLearned(new Sighting(second, "x"))).isTrue();
        }
    }

    @Test
    void then_isWhatWasUsualFourWeeksAgo_orInTheFirstWeek() {
        work(BERLIN, START, 14, UsualRatesTest::always, 10, 12, 20);
        work(BERLIN, START.plusDays(14), 28, UsualRatesTest::always, 10, 12, 200);
        UsualRates rates = rates(BERLIN);
        long young = minute(BERLIN, START.plusDays(20), 11, 0);
        long old = minute(BERLIN, START.plusDays(41), 11, 0);
        int before = threshold(rates.then(young));
        assertThat(before).isLessThan(60);
        assertThat(threshold(rates.at(young))).isGreaterThan(3 * before);
        assertThat(threshold(rates.then(old))).isCloseTo(before, within(5));
        assertThat(rates.wasLearned(old)).isTrue();
        assertThat(rates.then(minute(BERLIN, START.plusDays(41), 3, 0))).isNull();
    }

    @Test
    void outside_fallsWithEveryDayOnWhichItWasSeen() {
        long night = minute(BERLIN, START.plusDays(9), 3, 0);
        work(BERLIN, START, 60, UsualRatesTest::always, 10, 12, 20);
        int last = threshold(rates(BERLIN).outside(night));
        for (int day = 10; day < 60; day += 10) {
            Usual usual = rates(BERLIN).outside(minute(BERLIN, START.plusDays(day), 3, 0));
            assertThat(usual.days()).isEqualTo(Math.min(UsualRates.DAYS, day - 1));
            assertThat(threshold(usual)).isLessThanOrEqualTo(last).isBetween(15, 30);
            last = threshold(usual);
        }
    }
}
