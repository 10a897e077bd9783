package io.trailsentry.engine;

import io.trailsentry.finding.Observation;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailEntry;
import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the messages of a queue: what they showed, and which of them must not be believed or cannot be read.
///
/// Anybody with `events:PutEvents` can put an event with any detail on a bus, but none whose source begins with `aws.`.
/// So an event without such an envelope, or whose envelope is of another account than its record, is refused.
final class Intake {
    private static final String AWS = "aws.";
    private static final String SCHEDULED = "Scheduled Event";

    private final RecordReader reader = new RecordReader();

    /// What one message held.
    ///
    /// @param delivery the message
    /// @param observations what its calls showed
    /// @param times times of its calls, for their age
    /// @param rejected why events were refused
    /// @param poison why the message cannot be read; null when it can
    /// @param heartbeats number of scheduled heartbeats
    /// @param others events by sessions of roles that nobody watches: an agent may have assumed them
    record Message(Delivery delivery, List<Observation> observations, List<Instant> times, List<String> rejected,
            @Nullable String poison, int heartbeats, List<CloudTrailEvent> others) {

        /// The same with more observations.
        Message and(List<Observation> more) {
            List<Observation> all = new ArrayList<>(observations);
            all.addAll(more);
            return new Message(delivery, all, times, rejected, poison, heartbeats, others);
        }

    }

    /// Reads one message.
    Message read(Delivery delivery, Watch watch) {
        List<Observation> observations = new ArrayList<>(1);
        List<Instant> times = new ArrayList<>(1);
        List<String> rejected = new ArrayList<>(0);
        String poison = null;
        int heartbeats = 0;
        List<CloudTrailEvent> others = new ArrayList<>(0);
        for (TrailEntry entry : reader.read(delivery.body())) {
            switch (entry) {
                case Recorded(CloudTrailEvent event, Envelope envelope, List<String> ignored) -> {
                    String forged = forged(event, envelope);
                    if (forged != null) {
                        rejected.add(forged);
                        continue;
                    }
                    List<Observation> showed = watch.observe(event);
                    observations.addAll(showed);
                    if (showed.stream().noneMatch(Observation::isCounted) && Watch.borrowedKey(event) != null) {
                        others.add(event);
                    }
                    if (!showed.isEmpty() && event.eventTime() != null) {
                        times.add(event.eventTime());
                    }
                }
                case Skipped(Envelope envelope, String ignored) when isHeartbeat(envelope) -> heartbeats++;
                case Skipped(Envelope ignored, String reason) -> rejected.add(reason);
                case Unreadable(long offset, String reason) -> poison = "byte " + offset + ": " + reason;
            }
        }
        return new Message(delivery, observations, times, rejected, poison, heartbeats, others);
    }

    private static @Nullable String forged(CloudTrailEvent event, @Nullable Envelope envelope) {
        if (envelope == null || envelope.source() == null || !envelope.source().startsWith(AWS)) {
            return "the event did not come from AWS: its source does not begin with aws.";
        }
        String recipient = event.recipientAccountId();
        if (envelope.account() != null && recipient != null && !envelope.account().equals(recipient)) {
            return "the event is of another account than the bus it came over";
        }
        return null;
    }

    private static boolean isHeartbeat(@Nullable Envelope envelope) {
        return envelope != null && "aws.events".equals(envelope.source()) && SCHEDULED.equals(envelope.detailType());
    }
}
