package io.trailsentry.finding;

import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What the readers of one topic have been told of one finding. Immutable; merges to the same result in any order.
///
/// @param story the finding's story
/// @param steps ids of the steps that were told
/// @param severity highest severity that was told
/// @param count number of events that was told last
/// @param fingerprint the finding's fingerprint when it was told last
/// @param at when it was told last; for one that was kept quiet as a repetition, when the original was told
/// @param words how often something was said of it, or was to be said
/// @param superseded whether they were told last that nothing is left of it
/// @param quiet whether they were told nothing at all: it was kept from them as a repetition, or held back in a flood
public record Told(Story.Key story, Set<String> steps, Severity severity, int count, String fingerprint, Instant at,
        int words, boolean superseded, boolean quiet) {
    private static final Comparator<Told> LATER = Comparator.comparingInt(Told::words).thenComparing(Told::at)
            .thenComparingInt(Told::count)
            .thenComparing(Told::fingerprint);

    /// Copies and sorts the set.
    public Told {
        steps = Collections.unmodifiableSet(new TreeSet<>(steps));
    }

    /// What two records of the same finding and topic tell together.
    public Told merge(Told other) {
        Set<String> union = new TreeSet<>(steps);
        union.addAll(other.steps);
        Told later = LATER.compare(this, other) >= 0 ? this : other;
        return new Told(story, union, severity.isAtLeast(other.severity) ? severity : other.severity,
                later.count, later.fingerprint, later.at, later.words, later.superseded, quiet && other.quiet);
    }

    /// What they have been told when this was held back: it is not to be told again, but they know no more than before.
    ///
    /// @param before what they had been told; null: nothing
    public Told heldBack(@Nullable Told before) {
        return before == null
                ? new Told(story, steps, severity, count, fingerprint, at, words, superseded, true)
                : new Told(story, steps, severity, before.count, before.fingerprint, before.at, words, superseded,
                        before.quiet);
    }
}
