package io.trailsentry.engine;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.MonitorChange;
import io.trailsentry.detect.PerimeterChange;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Observation;
import io.trailsentry.trail.CloudTrailEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What the configuration makes of an event: who is recognised, what is looked for, how it is judged and told.
/// Immutable and thread-safe.
///
/// @param roster who is watched
/// @param detectors what is looked for
/// @param modes of the detectors that are not live
/// @param judge how it is judged
/// @param alerting how people are told
public record Watch(Roster roster, Detectors detectors, Map<String, Mode> modes, Judge judge, Alerting alerting) {

    private static final Known NOTHING = call -> premise -> false;

    /// What is known of the past when a call is looked at: little, or nothing.
    @FunctionalInterface
    interface Known {
        /// Which premises are known not to hold for a call.
        Predicate<Premise> broken(Call call);
    }

    /// The watch that a configuration asks for.
    public static Watch of(Configuration configuration, Roster roster, Catalogue catalogue) {
        Detectors detectors = Detectors.of(catalogue, configuration.thresholds(), configuration.environments());
        return new Watch(roster, detectors, configuration.modes(),
                new Judge(detectors, configuration.modes(), configuration.exceptions()), configuration.alerting());
    }

    /// What an event showed of watched agents: of the one that made it, and of those whose perimeter it changed; and of
    /// anybody who changed what watches them. Empty for nearly every event of anybody else.
    public List<Observation> observe(CloudTrailEvent event) {
        return observe(event, roster.recognise(event), NOTHING);
    }

    /// The same, without what is known not to be new.
    ///
    /// @param call the call that the event is; null when nobody watched made it
    List<Observation> observe(CloudTrailEvent event, @Nullable Call call, Known known) {
        List<Observation> observations = new ArrayList<>(1);
        if (call != null) {
            observations.add(Observation.of(call, detectors, modes, known.broken(call)));
        } else if (modes.get(MonitorChange.ID) != Mode.OFF) {
            MonitorChange.Change change = detectors.monitorChange().examine(event, roster);
            if (change != null) {
                observations.add(Observation.of(change));
            }
        }
        if (modes.get(PerimeterChange.ID) != Mode.OFF) {
            detectors.perimeterChange().examine(event, roster)
                    .forEach(change -> observations.add(Observation.of(change)));
        }
        return observations;
    }

    /// What an event showed that was made with credentials which an agent got by assuming a role.
    public Observation observe(CloudTrailEvent event, Lender lender) {
        return Observation.of(roster.recognise(event, lender), detectors, modes, premise -> false);
    }

    /// The key of an event that may have been made with such credentials: by a session of a role. Null for any other event.
    public static @Nullable String borrowedKey(CloudTrailEvent event) {
        String key = event.userIdentity().accessKeyId();
        return "AssumedRole".equals(event.userIdentity().type()) ? key : null;
    }
}
