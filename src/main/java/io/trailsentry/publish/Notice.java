package io.trailsentry.publish;

import io.trailsentry.finding.Finding;
import java.time.Instant;
import java.util.List;

/// One step of a finding that is to be told.
///
/// @param kind which step
/// @param finding the finding as it stands
/// @param changes what is new since the last step, in words; empty for the first
/// @param at when it is told
public record Notice(Kind kind, Finding finding, List<String> changes, Instant at) {

    /// Steps of a finding.
    public enum Kind {
        /// The first that is told of it.
        CREATE,
        /// It grew: something else was done, or it is more severe.
        UPDATE,
        /// Its time is over; counts grew since the last step.
        CLOSE,
        /// Events that came late explain it: it is no finding any more.
        SUPERSEDED
    }

    /// Copies the list.
    public Notice {
        changes = List.copyOf(changes);
    }
}
