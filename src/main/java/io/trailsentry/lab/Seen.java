package io.trailsentry.lab;

import io.trailsentry.baseline.DistinctCount;
import io.trailsentry.baseline.Sighting;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.Locale;
import java.util.TreeMap;

/// On which days something was seen, and in how many calls. Adding an event twice changes nothing and order does not
/// matter. Not thread-safe.
final class Seen {
    /// On so many UTC days something must have been seen to be taken for ordinary: an intruder's one night is not.
    static final int DAYS = 3;
    /// And in so many calls.
    static final int CALLS = 5;
    /// Most days first, then most calls.
    static final Comparator<Seen> MOST = Comparator.comparingInt(Seen::days).thenComparingLong(Seen::calls).reversed();

    private final TreeMap<Long, DistinctCount> days = new TreeMap<>();

    void add(Sighting at) {
        days.computeIfAbsent(at.day(), day -> new DistinctCount()).add(at.id());
    }

    /// Number of UTC days.
    int days() {
        return days.size();
    }

    /// Number of calls; an estimate where a day had [DistinctCount#KEPT] or more.
    long calls() {
        return days.values().stream().mapToLong(DistinctCount::count).sum();
    }

    LocalDate first() {
        return LocalDate.ofEpochDay(days.firstKey());
    }

    LocalDate last() {
        return LocalDate.ofEpochDay(days.lastKey());
    }

    /// Whether it was seen often enough to be taken for ordinary.
    boolean isOrdinary() {
        return days() >= DAYS && calls() >= CALLS;
    }

    /// `26 days, 1,204 calls, 2026-10-01 to 2026-11-05`.
    @Override
    public String toString() {
        boolean estimated = days.values().stream().anyMatch(count -> count.count() >= DistinctCount.KEPT);
        return some(days(), "day") + ", " + (estimated ? "about " : "") + some(calls(), "call") + ", "
                + (days() == 1 ? first().toString() : first() + " to " + last());
    }

    /// Why it is not taken for ordinary: `seen on 1 day only`.
    String tooLittle() {
        return "seen " + (days() < DAYS ? "on " + some(days(), "day") : "in " + some(calls(), "call")) + " only";
    }

    /// `1 day`, `1,204 calls`.
    static String some(long number, String noun) {
        return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
    }
}
