package io.trailsentry.finding;

import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;

/// What the readers of one topic have been told of one finding. Immutable; merges to the same result in any order.
///
/// @param story the finding's story
/// @param steps ids of the steps that were told
/// @param severity highest severity that was told
/// @param count number of events that was told last
/// @param fingerprint the finding's fingerprint when it was told last
/// @param at when it was told last; for one that was kept quiet as a repetition, when the original was told
/// @param words how often something was said of it
/// @param superseded whether they were told last that nothing is left of it
public record Told(Story.Key story, Set<String> steps, Severity severity, int count, String fingerprint, Instant at,
        int words, boolean superseded) {
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
                later.count, later.fingerprint, later.at, later.words, later.superseded);
    }
}
