package io.trailsentry.baseline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// How many calls of each mark the open minutes held. Merges like its [Minutes]. Not thread-safe.
public final class Activity {
    /// Hashes kept of a minute where a series tells values apart.
    private static final int KEPT = 16;
    /// Values of a series that one minute keeps, and what one quarter hour keeps of it in all.
    private static final int MOST_A_MINUTE = 32;
    private static final int MOST_A_QUARTER = 256;

    private final Map<Mark, Minutes> marks = new HashMap<>();

    /// Counts an event under a mark.
    ///
    /// @param region Region of the event
    public void add(Mark mark, Sighting sighting, @Nullable String region) {
        minutes(mark).add(sighting, region);
    }

    private Minutes minutes(Mark mark) {
        return marks.computeIfAbsent(mark, key -> new Minutes(mark.value().isEmpty() ? DistinctCount.KEPT : KEPT));
    }

    /// Counts what another activity holds.
    public void merge(Activity other) {
        other.marks.forEach((mark, minutes) -> minutes(mark).merge(minutes));
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

    /// The part in the minutes from one up to another that is not in it, shared with this one.
    public Activity between(long from, long to) {
        Activity part = new Activity();
        marks.forEach((mark, minutes) -> {
            Minutes between = minutes.between(from, to);
            if (!between.isEmpty()) {
                part.marks.put(mark, between);
            }
        });
        return part;
    }

    /// The minutes that held events.
    public Set<Long> minutes() {
        Set<Long> all = new TreeSet<>();
        marks.values().forEach(minutes -> all.addAll(minutes.minutes()));
        return all;
    }

    /// Writes all minutes, the same always for the same.
    ///
    /// @param origin minute that the reader knows
    public void write(ByteWriter out, long origin) {
        out.number(marks.size());
        new TreeMap<>(marks).forEach((mark, minutes) -> {
            out.name(mark.series());
            out.name(mark.value());
            minutes.write(out, origin);
        });
    }

    /// Reads minutes.
    ///
    /// @throws IllegalArgumentException when they were not written so
    public void read(ByteReader in, long origin) {
        int size = in.count();
        for (int i = 0; i < size; i++) {
            minutes(new Mark(in.known(), in.known())).read(in, origin);
        }
    }

    /// What a value was seen in.
    private record Place(long order, String value, long minute, Minutes minutes) {
        private static final Comparator<Place> ORDER = Comparator.comparingLong(Place::order)
                .thenComparing(Place::value).thenComparingLong(Place::minute);
    }

    /// Drops values where a series has more than can be kept, as when somebody makes them up: those with the largest
    /// hashes, so that the same are left however the rest came.
    public void bound() {
        Map<String, List<Place>> places = new HashMap<>();
        marks.forEach((mark, minutes) -> {
            if (!mark.value().isEmpty()) {
                List<Place> of = places.computeIfAbsent(mark.series(), key -> new ArrayList<>());
                long order = DistinctCount.hash(mark.value());
                minutes.minutes().forEach(minute -> of.add(new Place(order, mark.value(), minute, minutes)));
            }
        });
        places.values().removeIf(of -> of.size() <= MOST_A_MINUTE);
        for (List<Place> of : places.values()) {
            of.sort(Place.ORDER);
            Map<Long, Integer> inMinute = new HashMap<>();
            Map<Long, Integer> inQuarter = new HashMap<>();
            for (Place place : of) {
                long quarter = Math.floorDiv(place.minute(), Minutes.QUARTER);
                if (inMinute.getOrDefault(place.minute(), 0) < MOST_A_MINUTE
                        && inQuarter.getOrDefault(quarter, 0) < MOST_A_QUARTER) {
                    inMinute.merge(place.minute(), 1, Integer::sum);
                    inQuarter.merge(quarter, 1, Integer::sum);
                } else {
                    place.minutes().forget(place.minute());
                }
            }
        }
        if (!places.isEmpty()) {
            marks.values().removeIf(Minutes::isEmpty);
        }
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
