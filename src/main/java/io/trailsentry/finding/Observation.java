package io.trailsentry.finding;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one call of a watched agent showed, reduced to what is remembered of it. Small: most calls carry no signal.
///
/// @param principal whose call it was
/// @param eventId the event's id
/// @param at the event's place in time; null when it has none
/// @param session the caller's session
/// @param region Region that recorded it
/// @param counted whether it counts as an API call: an MCP tool call does not, the calls it made do
/// @param traits what it showed of the principal
/// @param signals what detectors said of it
public record Observation(Principal principal, String eventId, @Nullable Sighting at, String session,
        @Nullable String region, boolean counted, List<Trait> traits, List<Signal> signals) {
    /// Copies the lists.
    public Observation {
        traits = List.copyOf(traits);
        signals = List.copyOf(signals);
    }

    /// What a call showed, by every detector that is not off.
    public static Observation of(Call call, Detectors detectors, Map<String, Mode> modes) {
        Instant time = call.event().eventTime();
        Sighting at = time == null ? null : new Sighting(time.getEpochSecond(), call.event().eventId());
        List<Signal> signals = new ArrayList<>(0);
        for (Detector.OfCalls detector : detectors.ofCalls()) {
            if (modes.get(detector.id()) != Mode.OFF) {
                signals.addAll(detector.examine(call));
            }
        }
        return new Observation(call.principal(), call.event().eventId(), at, call.session(),
                call.event().awsRegion(), !call.event().isMcpToolCall(), traits(call), signals);
    }

    private static List<Trait> traits(Call call) {
        if (call.agent().listed()) {
            return List.of();
        }
        boolean wrote = !call.isRead() && Outcome.of(call.event()) == Outcome.SUCCEEDED;
        return wrote ? List.of(Trait.MCP, Trait.MCP_WRITE) : List.of(Trait.MCP);
    }
}
