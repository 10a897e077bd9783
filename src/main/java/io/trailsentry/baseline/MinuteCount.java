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
    /// @param kept hashes kept, see [DistinctCount]
    MinuteCount(Sighting sighting, @Nullable String region, int kept) {
        this(new DistinctCount(kept), sighting, region, sighting);
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

    /// Whether an event was counted, as far as that is known.
    boolean contains(String id) {
        return events.contains(id);
    }

    /// The minute, since 1970.
    long minute() {
        return first.minute();
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

    /// Writes the count; the minute itself is known to the reader.
    void write(ByteWriter out) {
        long minute = first.minute() * 60;
        boolean one = first.equals(last) && events.count() == 1;
        out.number(first.second() - minute + (one ? 60 : 0));
        out.id(first.id());
        out.name(region);
        if (!one) {
            out.number(last.second() - minute);
            out.id(last.id());
            events.write(out, first.id(), last.id());
        }
    }

    /// Reads a count.
    ///
    /// @param minute since 1970
    /// @param kept hashes kept
    static MinuteCount read(ByteReader in, long minute, int kept) {
        long second = in.number();
        boolean one = second >= 60;
        Sighting first = new Sighting(minute * 60 + second % 60, in.id());
        MinuteCount count = new MinuteCount(first, in.name(), kept);
        if (!one) {
            count.last = new Sighting(minute * 60 + in.number(), in.id());
            count.events.add(count.last.id());
            count.events.read(in);
        }
        return count;
    }

    /// A copy that shares nothing.
    MinuteCount copy() {
        return new MinuteCount(events.copy(), first, region, last);
    }
}
