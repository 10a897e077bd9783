package io.trailsentry.lab;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.MonthDay;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;
import java.util.Map;
import java.util.Set;

/// Days on which offices are closed: weekends, the holidays with a fixed date, and Thanksgiving.
final class Holidays {
    private static final Set<MonthDay> EVERYWHERE = Set.of(MonthDay.of(1, 1), MonthDay.of(12, 25));
    private static final Map<String, Set<MonthDay>> FIXED = Map.of("Europe/Berlin",
            Set.of(MonthDay.of(5, 1), MonthDay.of(10, 3), MonthDay.of(12, 26)), "Europe/London",
            Set.of(MonthDay.of(12, 26)), "America/New_York",
            Set.of(MonthDay.of(6, 19), MonthDay.of(7, 4), MonthDay.of(11, 11)), "Australia/Sydney",
            Set.of(MonthDay.of(1, 26), MonthDay.of(4, 25), MonthDay.of(12, 26)));

    private Holidays() {
    }

    static boolean isOff(ZoneId zone, LocalDate date) {
        DayOfWeek day = date.getDayOfWeek();
        MonthDay monthDay = MonthDay.from(date);
        return day == DayOfWeek.SATURDAY || day == DayOfWeek.SUNDAY || EVERYWHERE.contains(monthDay)
                || FIXED.getOrDefault(zone.getId(), Set.of()).contains(monthDay)
                || (zone.getId().equals("America/New_York") && date.getMonthValue() == 11
                        && date.equals(date.with(TemporalAdjusters.dayOfWeekInMonth(4, DayOfWeek.THURSDAY))));
    }
}
