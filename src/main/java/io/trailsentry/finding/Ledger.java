package io.trailsentry.finding;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What was told of one finding, by topic. Immutable; merges to the same result in any order.
///
/// @param byTopic what each topic's readers were told, by the topic's name
/// @param last the finding as it was told last; null where only the record is kept
public record Ledger(Map<String, Told> byTopic, @Nullable Finding last) {
    /// Nothing was told.
    public static final Ledger EMPTY = new Ledger(Map.of(), null);

    /// Copies the map.
    public Ledger {
        byTopic = Map.copyOf(byTopic);
    }

    /// What was told to a topic's readers; null when nothing was.
    public @Nullable Told told(String topic) {
        return byTopic.get(topic);
    }

    /// The finding's story; empty when nothing was told.
    public Optional<Story.Key> story() {
        return byTopic.values().stream().findAny().map(Told::story);
    }

    /// This, and what a topic's readers were told now.
    public Ledger with(String topic, Told told, Finding finding) {
        return merge(new Ledger(Map.of(topic, told), finding)).holding(finding);
    }

    /// What two records tell together.
    public Ledger merge(Ledger other) {
        Map<String, Told> merged = new TreeMap<>(byTopic);
        other.byTopic.forEach((topic, told) -> merged.merge(topic, told, Told::merge));
        return new Ledger(merged, last == null ? other.last : last);
    }

    /// The record alone.
    public Ledger withoutFinding() {
        return new Ledger(byTopic, null);
    }

    private Ledger holding(Finding finding) {
        return new Ledger(byTopic, finding);
    }
}
