package io.trailsentry.engine;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Observation;
import io.trailsentry.trail.CloudTrailEvent;
import java.util.Map;
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

    /// The watch that a configuration asks for.
    public static Watch of(Configuration configuration, Roster roster, Catalogue catalogue) {
        Detectors detectors = Detectors.of(catalogue, configuration.thresholds());
        return new Watch(roster, detectors, configuration.modes(),
                new Judge(detectors, configuration.modes(), configuration.exceptions()), configuration.alerting());
    }

    /// What an event showed of a watched agent; null when nobody watched made it.
    public @Nullable Observation observe(CloudTrailEvent event) {
        Call call = roster.recognise(event);
        return call == null ? null : Observation.of(call, detectors, modes);
    }
}
