package io.trailsentry.engine;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.finding.Observation;
import io.trailsentry.trail.Memo;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// What was seen so far while files are read, in whatever order: enough to say of nearly every call that it shows nothing
/// new, so that no signals are made for it. What is let through is judged later by all that was seen.
///
/// Keeps two sightings of each trait, the first and the last: log files are read Region by Region, so that the last one may
/// lie weeks after the call. Of [#MOST] traits a principal. Not thread-safe.
final class Known implements Watch.Known {
    private static final int MOST = 10_000;

    /// The first and the last sighting of a trait.
    private static final class Seen {
        private Sighting first;
        private Sighting last;

        Seen(Sighting at) {
            first = at;
            last = at;
        }

        void add(Sighting at) {
            first = Sighting.earlier(first, at);
            last = Sighting.later(last, at);
        }

        boolean isBefore(Sighting at, int days) {
            return isBefore(first, at, days) || isBefore(last, at, days);
        }

        private static boolean isBefore(Sighting one, Sighting at, int days) {
            return one.compareTo(at) < 0 && one.day() >= at.day() - days;
        }
    }

    private final Map<Principal, Map<Trait, Seen>> known = new HashMap<>();
    /// Lists that are alike are kept once: traits and marks are short and few.
    private final Memo<List<Trait>, List<Trait>> traits = new Memo<>(same -> same);
    private final Memo<List<Mark>, List<Mark>> marks = new Memo<>(same -> same);

    /// Notes what a call showed.
    ///
    /// @return the observation, its traits and marks shared with others that are alike
    Observation note(Observation observation) {
        Sighting at = observation.at();
        if (at == null || observation.traits().isEmpty()) {
            return observation;
        }
        Map<Trait, Seen> seen = known.computeIfAbsent(observation.principal(), key -> new HashMap<>());
        for (Trait trait : observation.traits()) {
            Seen before = seen.get(trait);
            if (before != null) {
                before.add(at);
            } else if (seen.size() < MOST) {
                seen.put(trait, new Seen(at));
            }
        }
        return observation.with(marks.of(observation.marks(), 0), traits.of(observation.traits(), 0),
                observation.signals());
    }

    @Override
    public Predicate<Premise> broken(Call call) {
        Map<Trait, Seen> seen = known.get(call.principal());
        Instant time = call.event().eventTime();
        if (seen == null || time == null) {
            return premise -> false;
        }
        Sighting at = new Sighting(time.getEpochSecond(), call.event().eventId());
        return premise -> {
            Seen before = seen.get(premise.unseen());
            return before != null && before.isBefore(at, premise.days());
        };
    }
}
