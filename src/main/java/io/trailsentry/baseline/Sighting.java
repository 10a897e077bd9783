package io.trailsentry.baseline;

import java.time.Instant;

/// One event's place in the order of all events: by time, then by id.
///
/// @param second seconds since 1970
/// @param id the event's id, which orders events of the same second
public record Sighting(long second, String id) implements Comparable<Sighting> {
    @Override
    public int compareTo(Sighting other) {
        int order = Long.compare(second, other.second);
        return order == 0 ? id.compareTo(other.id) : order;
    }

    /// The earlier of two.
    public static Sighting earlier(Sighting a, Sighting b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /// The later of two.
    public static Sighting later(Sighting a, Sighting b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /// The sighting that stands for one on a UTC day of which nothing else is known: before any other of that day.
    static Sighting atSomeTimeOf(long day) {
        return new Sighting(day * 86_400, "");
    }

    /// When it was.
    public Instant time() {
        return Instant.ofEpochSecond(second);
    }

    /// Whole minutes since 1970.
    public long minute() {
        return Math.floorDiv(second, 60);
    }

    /// Whole UTC days since 1970.
    public long day() {
        return Math.floorDiv(second, 86_400);
    }
}
