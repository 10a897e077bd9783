package io.trailsentry.baseline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How many calls of each mark the open minutes held. Merges like its [Minutes]. Not thread-safe.
public final class Activity {
    private final Map<Mark, Minutes> marks = new HashMap<>();

    /// Counts an event under a mark.
    ///
    /// @param region Region of the event
    public void add(Mark mark, Sighting sighting, @Nullable String region) {
        marks.computeIfAbsent(mark, key -> new Minutes()).add(sighting, region);
    }

    /// Counts what another activity holds.
    public void merge(Activity other) {
        other.marks.forEach((mark, minutes) -> marks.computeIfAbsent(mark, key -> new Minutes()).merge(minutes));
    }

    /// The minutes of a mark; empty ones for a mark that was not seen.
    public Minutes of(Mark mark) {
        return marks.getOrDefault(mark, new Minutes());
    }

    /// The minutes of a series, by value.
    public Map<String, Minutes> of(String series) {
        Map<String, Minutes> values = new TreeMap<>();
        marks.forEach((mark, minutes) -> {
            if (mark.series().equals(series)) {
                values.put(mark.value(), minutes);
            }
        });
        return values;
    }

    /// A time in which a sliding window held at least so many distinct values.
    ///
    /// @param crossing event that made it so many
    /// @param region Region of that event's minute
    /// @param first first event of the window that crossed the threshold
    /// @param last last event while the window stayed at it
    /// @param values the values it held, in order
    /// @param count events of these values in the minutes from first to last
    public record Variety(Sighting crossing, @Nullable String region, Sighting first, Sighting last,
            List<String> values, int count) {
        /// Copies the list.
        public Variety {
            values = List.copyOf(values);
        }
    }

    /// A value's first or last event in a minute. Between them, the two tell exactly whether a window holds the value.
    private record Point(Sighting at, String value, @Nullable String region) {
    }

    /// The times at which a sliding window held many distinct values of a series, in order.
    ///
    /// @param seconds length of the window, at least 60: a value's first and last event of a minute stand for the rest
    /// @param threshold least number of values, at least 2
    public List<Variety> varieties(String series, int seconds, int threshold) {
        Map<String, Minutes> values = of(series);
        if (values.size() < threshold) {
            return List.of();
        }
        List<Point> points = new ArrayList<>();
        values.forEach((value, minutes) -> minutes.edges((at, region) -> points.add(new Point(at, value, region))));
        points.sort(Comparator.comparing(Point::at).thenComparing(Point::value));
        List<Variety> varieties = new ArrayList<>();
        Map<String, Integer> held = new TreeMap<>();
        int from = 0;
        Point crossing = null;
        Point first = null;
        Sighting last = null;
        TreeMap<String, Integer> seen = new TreeMap<>();
        for (Point point : points) {
            while (points.get(from).at().second() <= point.at().second() - seconds) {
                held.computeIfPresent(points.get(from++).value(), (value, n) -> n == 1 ? null : n - 1);
            }
            held.merge(point.value(), 1, Integer::sum);
            boolean many = held.size() >= threshold;
            if (crossing != null && first != null && last != null && !many) {
                varieties.add(variety(values, crossing, first, last, seen));
                crossing = null;
            }
            if (many) {
                if (crossing == null) {
                    crossing = point;
                    first = points.get(from);
                    seen = new TreeMap<>();
                }
                seen.putAll(held);
                last = point.at();
            }
        }
        if (crossing != null && first != null && last != null) {
            varieties.add(variety(values, crossing, first, last, seen));
        }
        return varieties;
    }

    private static Variety variety(Map<String, Minutes> values, Point crossing, Point first, Sighting last,
            Map<String, Integer> seen) {
        int count = seen.keySet().stream().mapToInt(
                value -> values.getOrDefault(value, new Minutes()).count(first.at().minute(), last.minute())).sum();
        return new Variety(crossing.at(), crossing.region(), first.at(), last, List.copyOf(seen.keySet()), count);
    }

    /// Drops the minutes before one.
    public void forgetBefore(long minute) {
        marks.values().forEach(minutes -> minutes.forgetBefore(minute));
        marks.values().removeIf(Minutes::isEmpty);
    }

    /// Whether nothing was counted.
    public boolean isEmpty() {
        return marks.isEmpty();
    }
}
