package io.trailsentry.finding;

import io.trailsentry.agent.Glob;
import io.trailsentry.detect.Signal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
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

        /// Whether the exception holds for a signal.
        public boolean covers(String agentName, Signal signal) {
            return gap(agentName, signal) == null;
        }

        /// What keeps the exception from holding for a signal, by the order of [Gap]; null: it holds.
        public @Nullable Gap gap(String agentName, Signal signal) {
            if (!detector.equals(signal.detector())) {
                return Gap.DETECTOR;
            }
            if (!matches(action, signal.action())) {
                return Gap.ACTION;
            }
            if (!matches(agent, agentName)) {
                return Gap.AGENT;
            }
            if (!matches(target, signal.target())) {
                return Gap.TARGET;
            }
            if (until == null) {
                return Severity.of(signal.score()) == Severity.CRITICAL ? Gap.CRITICAL : null;
            }
            if (signal.at() == null) {
                return Gap.UNDATED;
            }
            return hasRunOut(signal.at().time()) ? Gap.OVER : null;
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

    /// What keeps an exception from holding for a signal.
    public enum Gap {
        /// Another detector speaks.
        DETECTOR,
        /// Another action.
        ACTION,
        /// Another agent.
        AGENT,
        /// Another target, or none where the exception names one.
        TARGET,
        /// An exception without end silences nothing critical.
        CRITICAL,
        /// The event has no time, so nobody can say that it came before the end.
        UNDATED,
        /// The exception had run out at the event's own time.
        OVER
    }

    /// These and more.
    public Exceptions and(Exceptions more) {
        return new Exceptions(Stream.concat(entries.stream(), more.entries.stream()).toList());
    }

    /// Whether any exception covers a signal.
    public boolean cover(String agentName, Signal signal) {
        return entries.stream().anyMatch(entry -> entry.covers(agentName, signal));
    }
}
