package io.trailsentry.baseline;

import java.util.Arrays;
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
    }

    private static final int FEW = 16;

    /// In order; behind the first [#size], nothing.
    private long[] quarters = new long[FEW];
    private int[] calls = new int[FEW];
    private int[] peaks = new int[FEW];
    private int size;

    /// Notes that a quarter hour held at least so much.
    public void atLeast(long quarter, Count count) {
        atLeast(quarter, count.calls(), count.peak());
    }

    private void atLeast(long quarter, int callsHeld, int peak) {
        int at = size == 0 || quarters[size - 1] < quarter ? size : index(quarter);
        if (at == size || quarters[at] != quarter) {
            insert(at, quarter);
        }
        calls[at] = Math.max(calls[at], callsHeld);
        peaks[at] = Math.max(peaks[at], peak);
    }

    private void insert(int at, long quarter) {
        if (size == quarters.length) {
            quarters = Arrays.copyOf(quarters, size * 2);
            calls = Arrays.copyOf(calls, size * 2);
            peaks = Arrays.copyOf(peaks, size * 2);
        }
        System.arraycopy(quarters, at, quarters, at + 1, size - at);
        System.arraycopy(calls, at, calls, at + 1, size - at);
        System.arraycopy(peaks, at, peaks, at + 1, size - at);
        quarters[at] = quarter;
        calls[at] = 0;
        peaks[at] = 0;
        size++;
    }

    /// The first index at or after a quarter hour.
    private int index(long quarter) {
        int at = Arrays.binarySearch(quarters, 0, size, quarter);
        return at < 0 ? -at - 1 : at;
    }

    /// What a quarter hour held; nothing for one that is not known.
    public Count of(long quarter) {
        int at = index(quarter);
        return at < size && quarters[at] == quarter ? new Count(calls[at], peaks[at]) : Count.NONE;
    }

    /// Calls of the UTC hour that has the given number since 1970.
    public int inHour(long hour) {
        return (int) calls(index(hour * 4), index(hour * 4 + 4));
    }

    /// Calls before a quarter hour.
    public long before(long quarter) {
        return calls(0, index(quarter));
    }

    private long calls(int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += calls[i];
        }
        return sum;
    }

    /// The known quarter hours from one up to another that is not among them, in order.
    public void forEach(long from, long to, BiConsumer<Long, Count> each) {
        for (int i = index(from); i < size && quarters[i] < to; i++) {
            each.accept(quarters[i], new Count(calls[i], peaks[i]));
        }
    }

    /// The known quarter hours in order, with the calls and the peak of each: a copy.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Columns(long[] quarters, int[] calls, int[] peaks) {
    }

    Columns columns() {
        return new Columns(Arrays.copyOf(quarters, size), Arrays.copyOf(calls, size), Arrays.copyOf(peaks, size));
    }

    /// How many quarter hours are known.
    public int size() {
        return size;
    }

    /// The first known quarter hour; the largest long when none is known.
    public long first() {
        return size == 0 ? Long.MAX_VALUE : quarters[0];
    }

    /// Adds what another one knows.
    public void merge(CallCounts other) {
        for (int i = 0; i < other.size; i++) {
            atLeast(other.quarters[i], other.calls[i], other.peaks[i]);
        }
    }

    /// Writes the counts.
    public void write(ByteWriter out) {
        out.number(size);
        long before = 0;
        for (int i = 0; i < size; i++) {
            out.number(quarters[i] - before);
            out.number(calls[i]);
            out.number(peaks[i]);
            before = quarters[i];
        }
    }

    /// Reads counts.
    ///
    /// @throws IllegalArgumentException when they were not written so
    public void read(ByteReader in) {
        int count = in.count();
        long quarter = 0;
        for (int i = 0; i < count; i++) {
            quarter += in.number();
            atLeast(quarter, (int) in.number(), (int) in.number());
        }
    }

    /// Drops the counts of quarter hours before one.
    public void forgetBeforeQuarter(long quarter) {
        int gone = index(quarter);
        System.arraycopy(quarters, gone, quarters, 0, size - gone);
        System.arraycopy(calls, gone, calls, 0, size - gone);
        System.arraycopy(peaks, gone, peaks, 0, size - gone);
        size -= gone;
    }

    /// Drops the counts of days before one.
    public void forgetBefore(long day) {
        forgetBeforeQuarter(day * QUARTERS_A_DAY);
    }

    /// Whether nothing is known.
    public boolean isEmpty() {
        return size == 0;
    }
}
