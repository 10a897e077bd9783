package io.trailsentry.finding;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Downstream;
import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Glance;
import io.trailsentry.detect.MonitorChange;
import io.trailsentry.detect.PerimeterChange;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What one call of a watched agent showed, reduced to what is remembered of it. Small: most calls carry no signal.
///
/// @param principal whose call it was
/// @param eventId the event's id
/// @param at the event's place in time; null when it has none
/// @param session the caller's session
/// @param region Region that recorded it
/// @param marks what it counts as; an MCP tool call counts as nothing, the calls it made do
/// @param traits what it showed of the principal
/// @param signals what detectors said of it
/// @param openedKey access key id of the session that it opened by assuming a role; null when it opened none
/// @param downstream the API calls that it made, when it is an MCP tool call; null otherwise
public record Observation(Principal principal, String eventId, @Nullable Sighting at, String session,
        @Nullable String region, List<Mark> marks, List<Trait> traits, List<Signal> signals,
        @Nullable String openedKey, @Nullable Downstream downstream) {
    /// Copies the lists.
    public Observation {
        marks = List.copyOf(marks);
        traits = List.copyOf(traits);
        signals = List.copyOf(signals);
    }

    /// What a call showed that is no MCP tool call.
    public Observation(Principal principal, String eventId, @Nullable Sighting at, String session,
            @Nullable String region, List<Mark> marks, List<Trait> traits, List<Signal> signals,
            @Nullable String openedKey) {
        this(principal, eventId, at, session, region, marks, traits, signals, openedKey, null);
    }

    /// What a call showed, by every detector that is not off.
    ///
    /// @param broken whether a premise is known not to hold
    public static Observation of(Call call, Detectors detectors, Map<String, Mode> modes, Predicate<Premise> broken) {
        Instant time = call.event().eventTime();
        Sighting at = time == null ? null : new Sighting(time.getEpochSecond(), call.event().eventId());
        Glance glance = detectors.glance(call);
        if (glance != null && areAll(broken, glance.premises())) {
            return new Observation(call.principal(), call.event().eventId(), at, call.session(),
                    call.event().awsRegion(), glance.marks(), glance.traits(), List.of(), null, null);
        }
        List<Signal> signals = new ArrayList<>(0);
        for (Detector.OfCalls detector : detectors.ofCalls()) {
            if (modes.get(detector.id()) != Mode.OFF) {
                signals.addAll(detector.examine(call, broken));
            }
        }
        return new Observation(call.principal(), call.event().eventId(), at, call.session(),
                call.event().awsRegion(), detectors.marks(call), detectors.traits(call), signals, call.openedKey(),
                Downstream.of(call.event()));
    }

    private static boolean areAll(Predicate<Premise> broken, List<Premise> premises) {
        for (Premise premise : premises) {
            if (!broken.test(premise)) {
                return false;
            }
        }
        return true;
    }

    /// What a change of an agent's perimeter by somebody else showed: nothing but the change.
    public static Observation of(PerimeterChange.Change change) {
        return of(change.victim(), change.signal());
    }

    /// What a change of the monitor by somebody who is no agent showed: nothing but the change.
    public static Observation of(MonitorChange.Change change) {
        return of(change.call(), change.signal());
    }

    private static Observation of(Call call, Signal signal) {
        return new Observation(call.principal(), call.event().eventId(), signal.at(), call.session(),
                call.event().awsRegion(), List.of(), List.of(), List.of(signal), null);
    }

    /// The same with other marks, traits and signals.
    public Observation with(List<Mark> newMarks, List<Trait> newTraits, List<Signal> newSignals) {
        return new Observation(principal, eventId, at, session, region, newMarks, newTraits, newSignals, openedKey,
                downstream);
    }

    /// Whose credentials the session is given that the call opened.
    public Lender lender() {
        return new Lender(principal, session);
    }

    /// Whether it is a change of the monitor by somebody who is no agent, as far as the event tells.
    public boolean isByNoAgent() {
        return marks.isEmpty() && signals.size() == 1 && signals.getFirst().detector().equals(MonitorChange.ID);
    }

    /// Whether it counts as an API call.
    public boolean isCounted() {
        return marks.contains(Mark.CALL);
    }
}
