package io.trailsentry.finding;

import io.trailsentry.agent.Glob;
import io.trailsentry.detect.Signal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which signals somebody has declared to be in order. Immutable and thread-safe.
///
/// @param entries the exceptions, in the order of the configuration
public record Exceptions(List<Entry> entries) {
    /// Copies the list.
    public Exceptions {
        entries = List.copyOf(entries);
    }

    /// No exceptions.
    public static final Exceptions NONE = new Exceptions(List.of());

    /// One exception. Agent, action and target are globs; null means any.
    ///
    /// @param detector id of the detector
    /// @param agent agent's name
    /// @param action `service:EventName`
    /// @param target what is acted upon
    /// @param until last day (UTC) on which it holds; null: without end, and then never for a critical signal
    /// @param reason why
    public record Entry(String detector, @Nullable String agent, @Nullable String action, @Nullable String target,
            @Nullable LocalDate until, String reason) {

        /// Whether the exception holds for a signal. Whether it has run out is judged at the event's own time; a signal
        /// without a time is excepted only by an exception without end.
        public boolean covers(String agentName, Signal signal) {
            return detector.equals(signal.detector()) && matches(agent, agentName) && matches(action, signal.action())
                    && matches(target, signal.target()) && holdsAt(signal);
        }

        private boolean holdsAt(Signal signal) {
            if (until == null) {
                return !Severity.of(signal.score()).equals(Severity.CRITICAL);
            }
            return signal.at() != null && !hasRunOut(signal.at().time());
        }

        /// Whether the exception no longer holds at a moment.
        public boolean hasRunOut(Instant moment) {
            return until != null && moment.atZone(ZoneOffset.UTC).toLocalDate().isAfter(until);
        }

        private static boolean matches(@Nullable String glob, @Nullable String text) {
            if (glob == null || glob.equals("*")) {
                return true;
            }
            return text != null && new Glob(glob).matches(text);
        }
    }

    /// Whether any exception covers a signal.
    public boolean cover(String agentName, Signal signal) {
        return entries.stream().anyMatch(entry -> entry.covers(agentName, signal));
    }
}
