package io.trailsentry.baseline;

import java.util.ArrayList;
import java.util.Arrays;
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
    /// What was added to last: most events come in order.
    private @Nullable MinuteCount newest;

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
        long minute = sighting.minute();
        MinuteCount count = newest != null && newest.minute() == minute ? newest : counts.get(minute);
        if (count == null) {
            count = new MinuteCount(sighting, region, kept);
            counts.put(minute, count);
        } else {
            count.add(sighting, region);
        }
        newest = count;
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
        private final MinuteCount[] held = new MinuteCount[counts.size()];
        /// Events before each minute; behind the last one, all.
        private final long[] before = new long[counts.size() + 1];

        Sums() {
            int i = 0;
            for (var entry : counts.entrySet()) {
                minutes[i] = entry.getKey();
                held[i] = entry.getValue();
                before[i + 1] = before[i] + held[i].count();
                i++;
            }
        }

        /// Events from one of the minutes to another, both included.
        int between(int first, int last) {
            return (int) Math.min(Integer.MAX_VALUE, before[last + 1] - before[first]);
        }

        /// The first of the minutes at or after one.
        int index(long minute) {
            int at = Arrays.binarySearch(minutes, minute);
            return at < 0 ? -at - 1 : at;
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
        return new Search(window, least, threshold, counted, share).bursts();
    }

    /// A search for bursts. Confined to one call.
    private final class Search {
        private static final byte COUNTED = 1;
        private static final byte NOT_COUNTED = 2;

        private final int window;
        private final int least;
        private final LongToIntFunction threshold;
        private final LongPredicate counted;
        private final double share;
        private final Sums sums = new Sums();
        /// Whether each minute counts, once that was asked.
        private final byte[] asked = new byte[sums.minutes.length];

        Search(int window, int least, LongToIntFunction threshold, LongPredicate counted, double share) {
            this.window = window;
            this.least = least;
            this.threshold = threshold;
            this.counted = counted;
            this.share = share;
        }

        List<Burst> bursts() {
            List<Burst> bursts = new ArrayList<>();
            Open open = null;
            int back = 0;
            for (int i = 0; i < sums.minutes.length; i++) {
                long minute = sums.minutes[i];
                while (sums.minutes[back] <= minute - window) {
                    back++;
                }
                boolean many = sums.between(back, i) >= least;
                if (many && !isCounted(i)) {
                    continue;
                }
                if (open != null && minute > sums.minutes[open.last] + 1
                        && !isAbove(sums.minutes[open.last] + 1, minute)) {
                    bursts.add(open.close());
                    open = null;
                }
                int sum = many ? sum(back, i) : 0;
                if (sum < least || !isAbove(sum, back, i + 1, minute)) {
                    if (open != null) {
                        bursts.add(open.close());
                        open = null;
                    }
                } else if (open == null) {
                    open = new Open(i, back, sum);
                } else {
                    open.extend(i, sum);
                }
            }
            if (open != null) {
                bursts.add(open.close());
            }
            return bursts;
        }

        private boolean isCounted(int i) {
            if (asked[i] == 0) {
                asked[i] = counted.test(sums.minutes[i]) ? COUNTED : NOT_COUNTED;
            }
            return asked[i] == COUNTED;
        }

        /// Events from one of the minutes to another, both included, of those that count.
        private int sum(int first, int last) {
            long sum = 0;
            for (int i = first; i <= last; i++) {
                if (isCounted(i)) {
                    sum += sums.between(i, i);
                }
            }
            return (int) Math.min(Integer.MAX_VALUE, sum);
        }

        /// Whether the window was at the threshold in every minute from one up to another: it may be so over minutes without
        /// events.
        private boolean isAbove(long from, long to) {
            for (long minute = from; minute < to; minute++) {
                int first = sums.index(minute - window + 1);
                int end = sums.index(minute + 1);
                int sum = sum(first, end - 1);
                if (sum == 0 || !isAbove(sum, first, end, minute)) {
                    return false;
                }
            }
            return true;
        }

        /// @param first first of the minutes in the window
        /// @param end behind its last one
        private boolean isAbove(int sum, int first, int end, long minute) {
            int limit = threshold.applyAsInt(minute);
            if (sum < limit || share == 0) {
                return sum >= limit;
            }
            double even = window * (1 - Math.pow(1 - 1.0 / window, limit));
            return end - first >= share * even;
        }

        /// A burst that may go on.
        private final class Open {
            private final MinuteCount crossing;
            private final int first;
            private int last;
            private Sighting lastEvent;
            private int peak;

            /// @param back first of the minutes in the window that crossed
            Open(int crossing, int back, int sum) {
                this.crossing = sums.held[crossing];
                int counting = back;
                while (!isCounted(counting)) {
                    counting++;
                }
                this.first = counting;
                this.last = crossing;
                this.lastEvent = this.crossing.last();
                this.peak = sum;
            }

            void extend(int minute, int sum) {
                lastEvent = Sighting.later(lastEvent, sums.held[minute].last());
                last = minute;
                peak = Math.max(peak, sum);
            }

            Burst close() {
                return new Burst(crossing.first(), crossing.region(), sums.held[first].first(), lastEvent,
                        sum(first, last), peak);
            }
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
        newest = null;
    }

    /// Drops the minutes before one.
    public void forgetBefore(long minute) {
        counts.headMap(minute).clear();
        newest = null;
    }

    /// Events in the minutes from one to another, both included.
    int count(long from, long to) {
        return (int) Math.min(Integer.MAX_VALUE,
                counts.subMap(from, true, to, true).values().stream().mapToLong(MinuteCount::count).sum());
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
