package io.trailsentry.engine;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.finding.Observation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// What was seen so far while files are read, in whatever order: enough to say of nearly every call that it shows nothing
/// new, so that no signals are made for it. What is let through is judged later by all that was seen.
///
/// Keeps one sighting of each trait, of [#MOST] traits a principal. Not thread-safe.
final class Known implements Watch.Known {
    private static final int MOST = 10_000;

    private record Latest(Trait trait, Sighting at) {
    }

    private final Map<Principal, Map<Trait, Latest>> known = new HashMap<>();

    /// Notes what a call showed.
    ///
    /// @return the observation, its traits shared with others that are alike
    Observation note(Observation observation) {
        Sighting at = observation.at();
        if (at == null || observation.traits().isEmpty()) {
            return observation;
        }
        Map<Trait, Latest> seen = known.computeIfAbsent(observation.principal(), key -> new HashMap<>());
        List<Trait> traits = new ArrayList<>(observation.traits().size());
        for (Trait trait : observation.traits()) {
            Latest before = seen.get(trait);
            Trait shared = before == null ? trait : before.trait();
            traits.add(shared);
            if (before == null ? seen.size() < MOST : before.at().compareTo(at) < 0) {
                seen.put(shared, new Latest(shared, at));
            }
        }
        return observation.with(traits, observation.signals());
    }

    @Override
    public Predicate<Premise> broken(Call call) {
        Map<Trait, Latest> seen = known.get(call.principal());
        Instant time = call.event().eventTime();
        if (seen == null || time == null) {
            return premise -> false;
        }
        Sighting at = new Sighting(time.getEpochSecond(), call.event().eventId());
        return premise -> {
            Latest before = seen.get(premise.unseen());
            return before != null && before.at().compareTo(at) < 0
                    && before.at().day() >= at.day() - premise.days();
        };
    }
}
