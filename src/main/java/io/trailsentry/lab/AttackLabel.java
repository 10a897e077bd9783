package io.trailsentry.lab;

import java.time.Instant;
import java.util.List;

/// What was injected, for holding findings against it.
///
/// @param kind what was done, as in `night-burst`
/// @param agent number of the agent, from 0
/// @param name the agent's name
/// @param principal ARN of its role
/// @param firstSeen first event; of silence, its begin
/// @param lastSeen last event; of silence, its end
/// @param eventIds its events in order; none of silence
/// @param detectors ids of the detectors that should tell of it
public record AttackLabel(String kind, int agent, String name, String principal, Instant firstSeen, Instant lastSeen,
        List<String> eventIds, List<String> detectors) {
    /// Copies the lists.
    public AttackLabel {
        eventIds = List.copyOf(eventIds);
        detectors = List.copyOf(detectors);
    }
}
