package io.trailsentry.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.baseline.DistinctCount;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkingHoursTest {
    private static final Set<DayOfWeek> WEEK = EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY);
    /// Seven weeks over both ends of summer time, in Europe and in America.
    private static final LocalDate FIRST = LocalDate.parse("2026-10-05");
    private static final int DAYS = 49;

    private final SortedMap<Long, DistinctCount> quarters = new TreeMap<>();

    private void work(String zone, Set<DayOfWeek> days, int from, int hours) {
        for (int day = 0; day < DAYS; day++) {
            LocalDate date = FIRST.plusDays(day);
            if (days.contains(date.getDayOfWeek())) {
                call(date.atTime(LocalTime.of(from, 0)).atZone(ZoneId.of(zone)).toInstant(), hours * 4);
            }
        }
    }

    private void call(Instant begin, int number) {
        long first = begin.getEpochSecond() / 900;
        for (long quarter = first; quarter < first + number; quarter++) {
            quarters.computeIfAbsent(quarter, key -> new DistinctCount()).add("e" + quarter);
        }
    }

    @ParameterizedTest
    @CsvSource({"Europe/Berlin, 8, 10", "America/New_York, 9, 8", "America/Los_Angeles, 9, 9", "Asia/Kolkata, 9, 9",
            "Asia/Tokyo, 9, 9", "Australia/Sydney, 8, 10", "Europe/London, 9, 8"})
    void officeHours_overAChangeOfClocks_areFoundInTheirZone(String zone, int from, int hours) {
        work(zone, WEEK, from, hours);
        assertThat(WorkingHours.of(quarters)).returns(new io.trailsentry.agent.Hours(ZoneId.of(zone), WEEK,
                LocalTime.of(from, 0), LocalTime.of(from + hours, 0)), WorkingHours::hours);
    }

    @Test
    void nightWork_belongsToTheDayOnWhichItBegins() {
        work("UTC", WEEK, 20, 8);
        WorkingHours learned = WorkingHours.of(quarters);
        io.trailsentry.agent.Hours hours = Objects.requireNonNull(learned.hours());
        quarters.keySet().forEach(quarter -> assertThat(hours.contains(Instant.ofEpochSecond(quarter * 900))).isTrue());
        assertThat(hours.days()).hasSize(5);
    }

    @Test
    void strayNightsAndASaturday_areLeftOut() {
        work("UTC", WEEK, 9, 9);
        call(Instant.parse("2026-10-14T02:00:00Z"), 8);
        call(Instant.parse("2026-10-17T10:00:00Z"), 8);
        WorkingHours learned = WorkingHours.of(quarters);
        assertThat(Objects.requireNonNull(learned.hours()).toString()).isEqualTo("MON-FRI 09:00-18:00 UTC");
        assertThat(learned.why()).contains("16 were not, on 2 days");
        assertThat(learned.histogram().get(3)).startsWith("WED  . . 1 1 . .");
    }

    @Test
    void aroundTheClock_noHours() {
        work("UTC", EnumSet.allOf(DayOfWeek.class), 0, 24);
        assertThat(WorkingHours.of(quarters)).returns(null, WorkingHours::hours).returns(true,
                learned -> learned.why().contains("nearly any hour"));
    }

    @Test
    void dayWorkAndADailyJobByNight_noHours_becauseOneSpanCannotSayIt() {
        work("UTC", WEEK, 9, 9);
        work("UTC", WEEK, 1, 1);
        assertThat(WorkingHours.of(quarters).hours()).isNull();
    }

    @Test
    void tooFewDays_noHours() {
        for (int day = 0; day < 9; day++) {
            call(FIRST.plusDays(2L * day).atTime(9, 0).toInstant(java.time.ZoneOffset.UTC), 8);
        }
        assertThat(WorkingHours.of(quarters)).returns(null, WorkingHours::hours).returns(
                "calls on 9 days out of 17; it takes 10 days out of at least 14", WorkingHours::why);
        assertThat(WorkingHours.of(new TreeMap<>()).hours()).isNull();
    }
}
