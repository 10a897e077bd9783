package io.trailsentry.baseline;

import java.util.TreeMap;
import java.util.function.BiConsumer;

/// How many calls a principal made in each quarter hour: what its rates are learned from.
///
/// Counts only ever grow, so merging takes the larger of two and may be done twice and in any order. Quarter hours are
/// whole UTC ones since 1970; one without calls is not held. Not thread-safe.
public final class CallCounts {
    /// Days for which counts are kept: eight weeks.
    public static final int DAYS_KEPT = 56;
    /// Quarter hours of a day.
    public static final int QUARTERS_A_DAY = 96;

    /// What one quarter hour held.
    ///
    /// @param calls number of calls
    /// @param peak most calls in five minutes on end within it
    public record Count(int calls, int peak) {
        private static final Count NONE = new Count(0, 0);

        private Count max(Count other) {
            return new Count(Math.max(calls, other.calls), Math.max(peak, other.peak));
        }
    }

    private final TreeMap<Long, Count> counts = new TreeMap<>();

    /// Notes that a quarter hour held at least so much.
    public void atLeast(long quarter, Count count) {
        counts.merge(quarter, count, Count::max);
    }

    /// What a quarter hour held; nothing for one that is not known.
    public Count of(long quarter) {
        return counts.getOrDefault(quarter, Count.NONE);
    }

    /// Calls of the UTC hour that has the given number since 1970.
    public int inHour(long hour) {
        return counts.subMap(hour * 4, hour * 4 + 4).values().stream().mapToInt(Count::calls).sum();
    }

    /// Calls before a quarter hour.
    public long before(long quarter) {
        return counts.headMap(quarter).values().stream().mapToLong(Count::calls).sum();
    }

    /// The known quarter hours from one up to another that is not among them, in order.
    public void forEach(long from, long to, BiConsumer<Long, Count> each) {
        counts.subMap(from, Math.max(from, to)).forEach(each);
    }

    /// How many quarter hours are known.
    public int size() {
        return counts.size();
    }

    /// The first known quarter hour; the largest long when none is known.
    public long first() {
        return counts.isEmpty() ? Long.MAX_VALUE : counts.firstKey();
    }

    /// Adds what another one knows.
    public void merge(CallCounts other) {
        other.counts.forEach(this::atLeast);
    }

    /// Writes the counts.
    public void write(ByteWriter out) {
        out.number(counts.size());
        long before = 0;
        for (var entry : counts.entrySet()) {
            out.number(entry.getKey() - before);
            out.number(entry.getValue().calls());
            out.number(entry.getValue().peak());
            before = entry.getKey();
        }
    }

    /// Reads counts.
    ///
    /// @throws IllegalArgumentException when they were not written so
    public void read(ByteReader in) {
        int size = in.count();
        long quarter = 0;
        for (int i = 0; i < size; i++) {
            quarter += in.number();
            atLeast(quarter, new Count((int) in.number(), (int) in.number()));
        }
    }

    /// Drops the counts of quarter hours before one.
    public void forgetBeforeQuarter(long quarter) {
        counts.headMap(quarter).clear();
    }

    /// Drops the counts of days before one.
    public void forgetBefore(long day) {
        counts.headMap(day * QUARTERS_A_DAY).clear();
    }

    /// Whether nothing is known.
    public boolean isEmpty() {
        return counts.isEmpty();
    }
}
