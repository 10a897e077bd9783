package io.trailsentry.baseline;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.LongPredicate;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;

/// How many events of one kind each minute held. Merges like its [MinuteCount]s. Not thread-safe.
public final class Minutes {
    static final int QUARTER = 15;
    private static final int PEAK = 5;

    private final TreeMap<Long, MinuteCount> counts = new TreeMap<>();
    private final int kept;

    /// Minutes without events.
    public Minutes() {
        this(DistinctCount.KEPT);
    }

    /// @param kept hashes kept of each minute
    Minutes(int kept) {
        this.kept = kept;
    }

    /// Counts an event in its minute.
    public void add(Sighting sighting, @Nullable String region) {
        MinuteCount count = counts.get(sighting.minute());
        if (count == null) {
            counts.put(sighting.minute(), new MinuteCount(sighting, region, kept));
        } else {
            count.add(sighting, region);
        }
    }

    /// Counts what other minutes hold.
    public void merge(Minutes other) {
        other.counts.forEach((minute, count) -> {
            MinuteCount own = counts.get(minute);
            if (own == null) {
                counts.put(minute, count.copy());
            } else {
                own.merge(count);
            }
        });
    }

    /// Notes how many events each quarter hour held.
    public void countInto(CallCounts quarters) {
        Sums sums = new Sums();
        for (int first = 0; first < sums.minutes.length;) {
            long quarter = Math.floorDiv(sums.minutes[first], QUARTER);
            int peak = 0;
            int end = first;
            for (int back = first; end < sums.minutes.length
                    && sums.minutes[end] < (quarter + 1) * QUARTER; end++) {
                while (sums.minutes[back] <= sums.minutes[end] - PEAK) {
                    back++;
                }
                peak = Math.max(peak, sums.between(back, end));
            }
            quarters.atLeast(quarter, new CallCounts.Count(sums.between(first, end - 1), peak));
            first = end;
        }
    }

    /// The minutes in order, and how many events there were up to each: so that windows are summed at no cost.
    private final class Sums {
        private final long[] minutes = new long[counts.size()];
        /// Events before each minute; behind the last one, all.
        private final long[] before = new long[counts.size() + 1];

        Sums() {
            int i = 0;
            for (var entry : counts.entrySet()) {
                minutes[i] = entry.getKey();
                before[i + 1] = before[i] + entry.getValue().count();
                i++;
            }
        }

        /// Events from one of the minutes to another, both included.
        int between(int first, int last) {
            return (int) Math.min(Integer.MAX_VALUE, before[last + 1] - before[first]);
        }
    }

    /// A time in which a sliding window held at least so many events.
    ///
    /// @param crossing first event of the minute that crossed the threshold
    /// @param region Region of that event
    /// @param first first event of the window that crossed it
    /// @param last last event while the window stayed at the threshold
    /// @param count events from first to last
    /// @param peak most events that one window held
    public record Burst(Sighting crossing, @Nullable String region, Sighting first, Sighting last, int count,
            int peak) {
    }

    /// The bursts among the minutes that count, in order.
    ///
    /// @param window length of the sliding window in minutes
    /// @param threshold least number of events in a window that is a burst, at least 1
    /// @param counted which minutes (since 1970) count at all
    public List<Burst> bursts(int window, int threshold, LongPredicate counted) {
        return bursts(window, threshold, minute -> threshold, counted);
    }

    /// The bursts among the minutes that count, in order, by thresholds that change with time.
    ///
    /// @param window length of the sliding window in minutes
    /// @param least least that a threshold is, at least 1: of minutes whose window holds less nothing is asked
    /// @param threshold by minute (since 1970), least number of events in the window that ends with it that is a burst
    /// @param counted which minutes count at all
    public List<Burst> bursts(int window, int least, LongToIntFunction threshold, LongPredicate counted) {
        return bursts(window, least, threshold, counted, 0);
    }

    /// The same, of those bursts alone that come steadily: in at least a share of the minutes of the window that as many
    /// calls as the threshold would be in if each came in any minute alike.
    ///
    /// @param share 0 to 1; 0: however they come
    public List<Burst> bursts(int window, int least, LongToIntFunction threshold, LongPredicate counted,
            double share) {
        List<Burst> bursts = new ArrayList<>();
        Open open = null;
        Sums sums = new Sums();
        int back = 0;
        for (int i = 0; i < sums.minutes.length; i++) {
            long minute = sums.minutes[i];
            while (sums.minutes[back] <= minute - window) {
                back++;
            }
            boolean many = sums.between(back, i) >= least;
            if (many && !counted.test(minute)) {
                continue;
            }
            if (open != null && minute > open.lastMinute + 1
                    && !isAbove(open.lastMinute + 1, minute, window, threshold, counted, share)) {
                bursts.add(open.close());
                open = null;
            }
            int sum = many ? sum(minute - window + 1, minute, counted) : 0;
            if (sum < least || !isAbove(sum, minute, window, threshold.applyAsInt(minute), share)) {
                if (open != null) {
                    bursts.add(open.close());
                    open = null;
                }
            } else if (open == null) {
                open = new Open(minute, minute - window + 1, counted, sum);
            } else {
                open.extend(minute, sum);
            }
        }
        if (open != null) {
            bursts.add(open.close());
        }
        return bursts;
    }

    /// Whether the window was at the threshold in every minute from one up to another: it may be so over minutes without
    /// events.
    private boolean isAbove(long from, long to, int window, LongToIntFunction threshold, LongPredicate counted,
            double share) {
        for (long minute = from; minute < to; minute++) {
            int sum = sum(minute - window + 1, minute, counted);
            if (sum == 0 || !isAbove(sum, minute, window, threshold.applyAsInt(minute), share)) {
                return false;
            }
        }
        return true;
    }

    private boolean isAbove(int sum, long minute, int window, int threshold, double share) {
        if (sum < threshold || share == 0) {
            return sum >= threshold;
        }
        double even = window * (1 - Math.pow(1 - 1.0 / window, threshold));
        return counts.subMap(minute - window + 1, true, minute, true).size() >= share * even;
    }

    private int sum(long from, long to, LongPredicate counted) {
        long sum = 0;
        for (var entry : counts.subMap(from, true, to, true).entrySet()) {
            if (counted.test(entry.getKey())) {
                sum += entry.getValue().count();
            }
        }
        return (int) Math.min(Integer.MAX_VALUE, sum);
    }

    private final class Open {
        private final Sighting crossing;
        private final @Nullable String region;
        private final Sighting first;
        private final long firstMinute;
        private final LongPredicate counted;
        private Sighting last;
        private long lastMinute;
        private int peak;

        Open(long minute, long from, LongPredicate counted, int sum) {
            this.crossing = at(minute).first();
            this.region = at(minute).region();
            this.counted = counted;
            this.firstMinute = counts.subMap(from, true, minute, true).keySet().stream().filter(counted::test)
                    .findFirst().orElse(minute);
            this.first = at(firstMinute).first();
            this.last = at(minute).last();
            this.lastMinute = minute;
            this.peak = sum;
        }

        private MinuteCount at(long minute) {
            MinuteCount count = counts.get(minute);
            if (count == null) {
                throw new IllegalStateException("no events in minute " + minute);
            }
            return count;
        }

        void extend(long minute, int sum) {
            last = Sighting.later(last, at(minute).last());
            lastMinute = minute;
            peak = Math.max(peak, sum);
        }

        Burst close() {
            return new Burst(crossing, region, first, last, sum(firstMinute, lastMinute, counted), peak);
        }
    }

    /// The minutes from one up to another that is not among them, shared with this one.
    Minutes between(long from, long to) {
        Minutes part = new Minutes(kept);
        part.counts.putAll(counts.subMap(from, to));
        return part;
    }

    /// Whether an event was counted, as far as that is known: of a minute with very many, it may not be.
    public boolean contains(Sighting sighting) {
        MinuteCount count = counts.get(sighting.minute());
        return count != null && count.contains(sighting.id());
    }

    /// The minutes that held events, in order.
    Set<Long> minutes() {
        return counts.keySet();
    }

    /// Writes the minutes.
    ///
    /// @param origin minute that the reader knows
    void write(ByteWriter out, long origin) {
        out.number(counts.size());
        long before = origin;
        for (var entry : counts.entrySet()) {
            out.number(entry.getKey() - before);
            before = entry.getKey();
            entry.getValue().write(out);
        }
    }

    /// Reads minutes.
    void read(ByteReader in, long origin) {
        int size = in.count();
        long minute = origin;
        for (int i = 0; i < size; i++) {
            minute += in.number();
            counts.put(minute, MinuteCount.read(in, minute, kept));
        }
    }

    /// Drops a minute.
    void forget(long minute) {
        counts.remove(minute);
    }

    /// Drops the minutes before one.
    public void forgetBefore(long minute) {
        counts.headMap(minute).clear();
    }

    /// Events in the minutes from one to another, both included.
    int count(long from, long to) {
        return sum(from, to, minute -> true);
    }

    /// Events in all minutes.
    public int count() {
        return (int) Math.min(Integer.MAX_VALUE, counts.values().stream().mapToLong(MinuteCount::count).sum());
    }

    /// Gives out the first and the last event of each minute, with the Region of the first.
    void edges(BiConsumer<Sighting, @Nullable String> edge) {
        for (MinuteCount count : counts.values()) {
            edge.accept(count.first(), count.region());
            if (!count.first().equals(count.last())) {
                edge.accept(count.last(), count.region());
            }
        }
    }

    /// Whether nothing was counted.
    public boolean isEmpty() {
        return counts.isEmpty();
    }
}
