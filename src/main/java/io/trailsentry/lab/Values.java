package io.trailsentry.lab;

import io.trailsentry.baseline.Sighting;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The values of one kind that were seen: Regions, services, roles. Whatever the order of events, the same are kept. Not
/// thread-safe.
final class Values {
    /// Most values kept: an agent can invent as many as it likes. Beyond, the first ones in the order of text are.
    static final int MOST = 1_000;
    private static final int LONGEST = 1_024;

    private final TreeMap<String, Seen> values = new TreeMap<>();
    private boolean full;

    void add(String value, Sighting at) {
        String kept = value.length() > LONGEST ? value.substring(0, LONGEST) : value;
        values.computeIfAbsent(kept, key -> new Seen()).add(at);
        if (values.size() > MOST) {
            values.pollLastEntry();
            full = true;
        }
    }

    /// Whether there were more values than are kept.
    boolean isFull() {
        return full;
    }

    /// What was seen, most days first.
    List<Map.Entry<String, Seen>> byDays() {
        return values.entrySet().stream()
                .sorted(Map.Entry.<String, Seen>comparingByValue(Seen.MOST)
                        .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
                .toList();
    }

    boolean isEmpty() {
        return values.isEmpty();
    }
}
