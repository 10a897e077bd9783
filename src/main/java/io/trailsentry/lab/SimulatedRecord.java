package io.trailsentry.lab;

import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailEntry.Recorded;
import java.time.Instant;

/// A CloudTrail record of a simulation.
///
/// @param eventTime when the call was made, whole seconds
/// @param eventId its id
/// @param agent number of the agent that made it, from 0
/// @param account account that recorded it
/// @param region Region that recorded it
/// @param attack number of the attack that it belongs to, in the order of [Simulation#labels]; -1: ordinary work
/// @param json the record, UTF-8; not copied, not to be changed
@SuppressWarnings("ArrayRecordComponent") // A copy for each of millions of records would cost more than it protects.
public record SimulatedRecord(Instant eventTime, String eventId, int agent, String account, String region, int attack,
        byte[] json) {

    /// What the record reads as.
    public CloudTrailEvent event(RecordReader reader) {
        if (reader.read(json, 0, json.length).getFirst() instanceof Recorded recorded) {
            return recorded.event();
        }
        throw new IllegalStateException("a simulated record cannot be read");
    }
}
