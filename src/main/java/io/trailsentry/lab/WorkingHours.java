package io.trailsentry.lab;

import io.trailsentry.agent.Hours;
import io.trailsentry.baseline.DistinctCount;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The hours at which a principal usually calls, as far as its history tells them. Immutable.
///
/// What counts is on how many days an hour was active, never how many calls it held: a burst in one night weighs as much
/// as one call.
///
/// @param hours null when they cannot be told
/// @param why evidence of the hours, or the reason why there are none; in one sentence
/// @param histogram on how many days it called in each hour of the week, as lines; empty without hours
/// @param doubts what somebody should check; empty when nothing
record WorkingHours(@Nullable Hours hours, String why, List<String> histogram, List<String> doubts) {
    /// Active days without which no hours are told.
    static final int DAYS = 10;
    /// Days from the first to the last, so that each day of the week is there twice.
    static final int SPAN = 14;
    /// An agent without so many hours of rest on end works around the clock.
    private static final int REST = 8;
    /// Least share of the dates on which an hour must be active.
    private static final double REGULAR = 0.25;
    /// Largest share of its hours, each of a date, that may lie outside.
    private static final double STRAY = 0.1;
    /// The middle of an ordinary working day.
    private static final double MIDDAY = 13;

    /// One zone for each offset and rule of daylight saving where many work; of equals, the first is taken.
    static final List<String> ZONES = List.of("UTC", "Europe/Berlin", "Europe/London", "America/New_York",
            "America/Los_Angeles", "America/Chicago", "America/Denver", "Asia/Kolkata", "Asia/Tokyo", "Asia/Singapore",
            "Australia/Sydney", "America/Sao_Paulo", "Europe/Athens", "Asia/Dubai", "Pacific/Auckland",
            "Africa/Johannesburg");

    WorkingHours {
        histogram = List.copyOf(histogram);
        doubts = List.copyOf(doubts);
    }

    private static WorkingHours none(String why) {
        return new WorkingHours(null, why, List.of(), List.of());
    }

    /// The hours behind calls.
    ///
    /// @param quarters calls by UTC quarter hour since 1970
    static WorkingHours of(SortedMap<Long, DistinctCount> quarters) {
        if (quarters.isEmpty()) {
            return none("there are no calls");
        }
        Set<LocalDate> days = new HashSet<>();
        quarters.keySet().forEach(quarter -> days.add(LocalDate.ofEpochDay(Math.floorDiv(quarter, 96L))));
        long span = Math.floorDiv(quarters.lastKey(), 96L) - Math.floorDiv(quarters.firstKey(), 96L) + 1;
        if (days.size() < DAYS || span < SPAN) {
            return none("calls on " + Seen.some(days.size(), "day") + " out of " + span + "; it takes " + DAYS
                    + " days out of at least " + SPAN);
        }
        Fit best = null;
        for (String zone : ZONES) {
            Fit fit = Fit.of(ZoneId.of(zone), quarters);
            if (fit != null && (best == null || fit.cost() < best.cost() - 1e-9)) {
                best = fit;
            }
        }
        if (best == null) {
            return none("it calls at nearly any hour, or at none regularly: there are no " + REST
                    + " hours on end at which it rests");
        }
        return best.told(quarters);
    }

    /// Hours in one zone.
    ///
    /// @param cost hours a week, and as many more as the middle of its day is off an ordinary one's
    private record Fit(Hours hours, double cost) {
        static @Nullable Fit of(ZoneId zone, SortedMap<Long, DistinctCount> quarters) {
            Map<Integer, Set<LocalDate>> byHour = new HashMap<>();
            Set<LocalDate> dates = new HashSet<>();
            quarters.keySet().forEach(quarter -> {
                ZonedDateTime local = local(quarter, zone);
                byHour.computeIfAbsent(local.getHour(), hour -> new HashSet<>()).add(local.toLocalDate());
                dates.add(local.toLocalDate());
            });
            double least = Math.max(Seen.DAYS, REGULAR * dates.size());
            boolean[] regular = new boolean[24];
            byHour.forEach((hour, on) -> regular[hour] = on.size() >= least);
            int rest = 0;
            int from = -1;
            for (int hour = 0; hour < 24; hour++) {
                int before = hour;
                int quiet = IntStream.range(1, 24).takeWhile(back -> !regular[(before + 24 - back) % 24])
                        .map(back -> 1).sum();
                if (regular[hour] && quiet > rest) {
                    rest = quiet;
                    from = hour;
                }
            }
            if (from < 0 || rest < REST) {
                return null;
            }
            int length = 24 - rest;
            Set<DayOfWeek> days = days(zone, quarters, from, length);
            if (days.isEmpty()) {
                return null;
            }
            double middle = (from + length / 2.0) % 24;
            double off = Math.abs(middle - MIDDAY);
            return new Fit(new Hours(zone, days, LocalTime.of(from, 0), LocalTime.of((from + length) % 24, 0)),
                    days.size() * (length + Math.min(off, 24 - off)));
        }

        /// The days of the week on which it usually works: on half as many dates as on the busiest one, and not on one alone.
        private static Set<DayOfWeek> days(ZoneId zone, SortedMap<Long, DistinctCount> quarters, int from,
                int length) {
            Map<DayOfWeek, Set<LocalDate>> dates = new EnumMap<>(DayOfWeek.class);
            quarters.keySet().forEach(quarter -> {
                ZonedDateTime local = local(quarter, zone);
                if ((local.getHour() + 24 - from) % 24 < length) {
                    // Hours past midnight belong to the day on which they began.
                    LocalDate date = local.getHour() < from
                            ? local.toLocalDate().minusDays(1)
                            : local.toLocalDate();
                    dates.computeIfAbsent(date.getDayOfWeek(), day -> new HashSet<>()).add(date);
                }
            });
            int most = dates.values().stream().mapToInt(Set::size).max().orElse(0);
            Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
            dates.forEach((day, on) -> {
                if (on.size() >= 2 && 2 * on.size() >= most) {
                    days.add(day);
                }
            });
            return days;
        }

        WorkingHours told(SortedMap<Long, DistinctCount> quarters) {
            long calls = 0;
            long strayCalls = 0;
            Set<LocalDateTime> active = new HashSet<>();
            Set<LocalDateTime> stray = new HashSet<>();
            Map<DayOfWeek, Map<Integer, Set<LocalDate>>> week = new EnumMap<>(DayOfWeek.class);
            for (Map.Entry<Long, DistinctCount> quarter : quarters.entrySet()) {
                ZonedDateTime local = local(quarter.getKey(), hours.zone());
                LocalDateTime hour = local.toLocalDateTime().truncatedTo(ChronoUnit.HOURS);
                week.computeIfAbsent(local.getDayOfWeek(), day -> new TreeMap<>())
                        .computeIfAbsent(local.getHour(), key -> new HashSet<>()).add(local.toLocalDate());
                active.add(hour);
                calls += quarter.getValue().count();
                if (!hours.contains(Instant.ofEpochSecond(quarter.getKey() * 900))) {
                    stray.add(hour);
                    strayCalls += quarter.getValue().count();
                }
            }
            if (stray.size() > STRAY * active.size()) {
                return none(String.format(Locale.ROOT,
                        "in %,d of the %,d hours in which it called it was outside its regular ones, which would be %s",
                        stray.size(), active.size(), hours));
            }
            List<String> doubts = new ArrayList<>();
            doubts.add("the zone is a guess, the one of " + ZONES.size() + " that makes the hours shortest and nearest"
                    + " to an ordinary day");
            if (local(quarters.firstKey(), hours.zone()).getOffset()
                    .equals(local(quarters.lastKey(), hours.zone()).getOffset())
                    && !hours.zone().getRules().isFixedOffset()) {
                doubts.add("the history shows no change of the clocks: whether it keeps this zone's summer time is"
                        + " not known");
            }
            return new WorkingHours(hours,
                    String.format(Locale.ROOT, "%,d of %,d calls were within them; %,d were not, on %s",
                            calls - strayCalls, calls, strayCalls,
                            Seen.some(stray.stream().map(LocalDateTime::toLocalDate).distinct().count(), "day")),
                    histogram(week), doubts);
        }

        private static List<String> histogram(Map<DayOfWeek, Map<Integer, Set<LocalDate>>> week) {
            List<String> lines = new ArrayList<>();
            lines.add("     0     3     6     9     12    15    18    21");
            for (DayOfWeek day : DayOfWeek.values()) {
                StringBuilder line = new StringBuilder(day.name().substring(0, 3)).append(' ');
                for (int hour = 0; hour < 24; hour++) {
                    int on = week.getOrDefault(day, Map.of()).getOrDefault(hour, Set.of()).size();
                    line.append(' ').append(on == 0 ? "." : on > 9 ? "+" : Integer.toString(on));
                }
                lines.add(line.toString());
            }
            return lines;
        }

        private static ZonedDateTime local(long quarter, ZoneId zone) {
            return Instant.ofEpochSecond(quarter * 900).atZone(zone);
        }
    }

    /// The days as the configuration takes them: `MON-FRI`, else `MON,WED`.
    static String days(Hours hours) {
        List<DayOfWeek> sorted = hours.days().stream().sorted().toList();
        int width = sorted.getLast().getValue() - sorted.getFirst().getValue();
        return sorted.size() > 2 && width == sorted.size() - 1
                ? name(sorted.getFirst()) + "-" + name(sorted.getLast())
                : String.join(",", sorted.stream().map(WorkingHours::name).toList());
    }

    private static String name(DayOfWeek day) {
        return day.name().substring(0, 3);
    }
}
