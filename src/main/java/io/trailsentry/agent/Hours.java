package io.trailsentry.agent;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The hours at which an agent is expected to work.
///
/// @param zone where those hours are read from the clock; daylight saving is the zone's
/// @param days days of the week, at least one
/// @param from first minute that counts
/// @param to first minute that no longer counts; at or before `from` the hours run past midnight and belong to the
///         day on which they begin
public record Hours(ZoneId zone, Set<DayOfWeek> days, LocalTime from, LocalTime to) {
    /// Copies the days.
    public Hours {
        if (days.isEmpty()) {
            throw new IllegalArgumentException("hours need at least one day");
        }
        days = Set.copyOf(days);
    }

    /// Whether a moment lies within the hours.
    public boolean contains(Instant moment) {
        ZonedDateTime local = moment.atZone(zone);
        LocalTime time = local.toLocalTime();
        if (from.isBefore(to)) {
            return days.contains(local.getDayOfWeek()) && !time.isBefore(from) && time.isBefore(to);
        }
        boolean evening = days.contains(local.getDayOfWeek()) && !time.isBefore(from);
        boolean morning = days.contains(local.getDayOfWeek().minus(1)) && time.isBefore(to);
        return evening || morning;
    }

    /// As people write it: `MON-FRI 08:00-18:00 Europe/Berlin`.
    @Override
    public String toString() {
        List<DayOfWeek> sorted = days.stream().sorted().toList();
        boolean run = sorted.size() > 2
                && sorted.getLast().getValue() - sorted.getFirst().getValue() == sorted.size() - 1;
        String names = run
                ? shortName(sorted.getFirst()) + "-" + shortName(sorted.getLast())
                : sorted.stream().map(Hours::shortName).collect(Collectors.joining(","));
        return names + " " + from + "-" + to + " " + zone;
    }

    private static String shortName(DayOfWeek day) {
        return day.name().substring(0, 3);
    }
}
