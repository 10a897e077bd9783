package io.trailsentry.baseline;

import org.jspecify.annotations.Nullable;

/// The distinct events of one minute. Adding an event twice changes nothing and order does not matter. Not thread-safe.
final class MinuteCount {
    private final DistinctCount events;
    private Sighting first;
    private @Nullable String region;
    private Sighting last;

    /// A minute with one event.
    ///
    /// @param region Region of the event
    MinuteCount(Sighting sighting, @Nullable String region) {
        this(new DistinctCount(), sighting, region, sighting);
        events.add(sighting.id());
    }

    private MinuteCount(DistinctCount events, Sighting first, @Nullable String region, Sighting last) {
        this.events = events;
        this.first = first;
        this.region = region;
        this.last = last;
    }

    /// Counts an event.
    void add(Sighting sighting, @Nullable String eventRegion) {
        span(sighting, eventRegion, sighting);
        events.add(sighting.id());
    }

    /// Counts the events of another count of the same minute.
    void merge(MinuteCount other) {
        span(other.first, other.region, other.last);
        events.merge(other.events);
    }

    private void span(Sighting from, @Nullable String fromRegion, Sighting to) {
        if (from.compareTo(first) < 0) {
            first = from;
            region = fromRegion;
        }
        last = Sighting.later(last, to);
    }

    /// The number of distinct events.
    int count() {
        return events.count();
    }

    /// The earliest event.
    Sighting first() {
        return first;
    }

    /// Region of the earliest event, or null.
    @Nullable
    String region() {
        return region;
    }

    /// The latest event.
    Sighting last() {
        return last;
    }

    /// A copy that shares nothing.
    MinuteCount copy() {
        return new MinuteCount(events.copy(), first, region, last);
    }
}
