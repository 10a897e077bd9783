package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import java.util.List;
import java.util.function.Predicate;

/// Looks for one way in which a perimeter gives. Immutable and thread-safe; no clock, no network, no memory of its own.
public sealed interface Detector {
    /// The detector's id, as in findings and configuration.
    String id();

    /// Judges calls one by one. What was seen before is not its business: a signal that holds only for something new
    /// says so in its [Premise].
    non-sealed interface OfCalls extends Detector {
        /// The signals of a call; empty when there is nothing to say.
        ///
        /// @param broken whether a premise is known not to hold. It need not be asked: such a signal is dropped later, too.
        ///         Where nearly every call may be new, asking saves the making of it
        List<Signal> examine(Call call, Predicate<Premise> broken);

        /// The signals of a call of whose past nothing is known.
        default List<Signal> examine(Call call) {
            return examine(call, premise -> false);
        }

        /// What is remembered of a call, so that a later signal can say that something is new; empty when nothing is.
        default List<Trait> traits(Call call) {
            return List.of();
        }

        /// A signal of this detector that holds for something new, as it is worth given what its agent did before.
        ///
        /// @param at when its event was
        /// @param profile of which only what came before the event may be asked
        default Signal weighed(Signal signal, Premise premise, Sighting at, Profile profile) {
            return signal;
        }
    }

    /// Judges how many calls an agent made, over all its sessions.
    non-sealed interface OfRates extends Detector {
        /// Length of its longest sliding window in minutes, 1 to 60: as far back from a call as it must see every call.
        default int minutes() {
            return 15;
        }

        /// What a call counts as for this detector; empty when it does not count.
        List<Mark> marks(Call call);

        /// The signals of an agent's open minutes, one for each window that crossed a threshold.
        ///
        /// @param agent what is expected
        /// @param principal whose calls they are
        /// @param activity calls by mark and minute
        /// @param profile what is usual, of which only what is a day older than a window may be asked for that window:
        ///         late events change nothing there any more
        List<Signal> examine(Agent agent, Principal principal, Activity activity, Profile profile);

        /// What an agent's calls are held against: one gauge for each threshold.
        ///
        /// @param agent what is expected
        /// @param profile what is usual, of which only what is a day older than the moment may be asked
        /// @param at the moment at which the thresholds are asked for
        default List<Gauge> gauges(Agent agent, Profile profile, Sighting at) {
            return List.of();
        }
    }
}
