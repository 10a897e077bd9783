package io.trailsentry.publish;

import io.trailsentry.finding.Finding;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of a finding that is to be told.
///
/// @param kind which step
/// @param finding the finding as it stands
/// @param changes what is new since the last step, in words; empty for the first
/// @param at when it is told
/// @param arrival the newest event for which it is told now; null when that is not known, or none is the cause
public record Notice(Kind kind, Finding finding, List<String> changes, Instant at, @Nullable Arrival arrival) {

    /// How an event came.
    ///
    /// @param happened when it happened
    /// @param fromLogFile whether it was read from the trail's log files
    public record Arrival(Instant happened, boolean fromLogFile) {
    }

    /// A step of which is not known how its event came.
    public Notice(Kind kind, Finding finding, List<String> changes, Instant at) {
        this(kind, finding, changes, at, null);
    }

    /// The same, with how its newest event came.
    public Notice arrived(@Nullable Arrival how) {
        return new Notice(kind, finding, changes, at, how);
    }

    /// Steps of a finding.
    public enum Kind {
        /// The first that is told of it.
        CREATE,
        /// It grew: something else was done, or it is more severe.
        UPDATE,
        /// Its time is over; counts grew since the last step.
        CLOSE,
        /// It is no finding any more: events that came late explain it, or what an audit found was mended.
        SUPERSEDED
    }

    /// Copies the list.
    public Notice {
        changes = List.copyOf(changes);
    }
}
