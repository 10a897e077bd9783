package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HoursTest {
    private static final Set<DayOfWeek> WORKDAYS = EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY);

    @ParameterizedTest
    @CsvSource({"2026-05-04T06:00:00Z, true", "2026-05-04T05:59:59Z, false", "2026-05-04T15:59:59Z, true",
            "2026-05-04T16:00:00Z, false", "2026-05-09T10:00:00Z, false", "2026-05-10T10:00:00Z, false",
            "2026-01-05T07:00:00Z, true", "2026-01-05T06:59:59Z, false", "2026-01-05T16:59:59Z, true"})
    void contains_officeHours_followTheZone(Instant moment, boolean expected) {
        assertThat(hours(WORKDAYS, "08:00", "18:00").contains(moment)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"2026-03-29T00:59:00Z, true", "2026-03-29T01:00:00Z, false", "2026-03-29T00:00:00Z, true",
            "2026-03-28T23:59:00Z, false", "2026-10-24T23:00:00Z, true", "2026-10-25T00:30:00Z, true",
            "2026-10-25T01:30:00Z, true", "2026-10-25T01:59:59Z, true", "2026-10-25T02:00:00Z, false"})
    void contains_nightOfTheClockChange_countsWhatTheClockShows(Instant moment, boolean expected) {
        assertThat(hours(EnumSet.of(DayOfWeek.SUNDAY), "01:00", "03:00").contains(moment)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"2026-05-08T19:59:59Z, false", "2026-05-08T20:00:00Z, true", "2026-05-08T23:59:00Z, true",
            "2026-05-09T03:59:59Z, true", "2026-05-09T04:00:00Z, false", "2026-05-09T20:00:00Z, false",
            "2026-05-04T03:00:00Z, false"})
    void contains_hoursPastMidnight_belongToTheDayTheyBegin(Instant moment, boolean expected) {
        assertThat(hours(EnumSet.of(DayOfWeek.FRIDAY), "22:00", "06:00").contains(moment)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"2026-05-03T21:59:59Z, false", "2026-05-03T22:00:00Z, true", "2026-05-04T21:59:59Z, true",
            "2026-05-04T22:00:00Z, false"})
    void contains_midnightToMidnight_isTheWholeDay(Instant moment, boolean expected) {
        assertThat(hours(EnumSet.of(DayOfWeek.MONDAY), "00:00", "00:00").contains(moment)).isEqualTo(expected);
    }

    @Test
    void contains_fromEqualToTo_isADayFromThere() {
        Hours hours = hours(EnumSet.of(DayOfWeek.MONDAY), "08:00", "08:00");
        assertThat(hours.contains(Instant.parse("2026-05-04T06:00:00Z"))).isTrue();
        assertThat(hours.contains(Instant.parse("2026-05-05T05:59:59Z"))).isTrue();
        assertThat(hours.contains(Instant.parse("2026-05-05T06:00:00Z"))).isFalse();
        assertThat(hours.contains(Instant.parse("2026-05-04T05:59:59Z"))).isFalse();
    }

    @Test
    void toString_days_areWrittenAsPeopleDo() {
        assertThat(hours(WORKDAYS, "08:00", "18:00")).hasToString("MON-FRI 08:00-18:00 Europe/Berlin");
        assertThat(hours(EnumSet.of(DayOfWeek.MONDAY, DayOfWeek.WEDNESDAY), "08:00", "18:30"))
                .hasToString("MON,WED 08:00-18:30 Europe/Berlin");
        assertThat(hours(EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY), "00:00", "00:00"))
                .hasToString("SAT,SUN 00:00-00:00 Europe/Berlin");
        assertThat(hours(EnumSet.allOf(DayOfWeek.class), "00:00", "06:00"))
                .hasToString("MON-SUN 00:00-06:00 Europe/Berlin");
    }

    @Test
    void hours_withoutDays_areRefused() {
        assertThatThrownBy(() -> hours(Set.of(), "08:00", "18:00")).isInstanceOf(IllegalArgumentException.class);
    }

    private static Hours hours(Set<DayOfWeek> days, String from, String to) {
        return new Hours(ZoneId.of("Europe/Berlin"), days, LocalTime.parse(from), LocalTime.parse(to));
    }
}
