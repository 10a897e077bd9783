package io.trailsentry.trail;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a reader made of one JSON value: an event, something else, or nothing it could read.
public sealed interface TrailEntry {

    /// A CloudTrail record.
    ///
    /// @param event its value
    /// @param envelope the EventBridge envelope it came in, or null
    /// @param remarks what was odd about it and how it was taken; empty when nothing was
    record Recorded(CloudTrailEvent event, @Nullable Envelope envelope, List<String> remarks) implements TrailEntry {
        public Recorded {
            remarks = List.copyOf(remarks);
        }
    }

    /// Valid JSON that is no CloudTrail record.
    ///
    /// @param envelope the EventBridge envelope it came in, or null
    /// @param reason what it lacks or is
    record Skipped(@Nullable Envelope envelope, String reason) implements TrailEntry {
    }

    /// A notice that objects were put into a bucket, in one of its three forms: EventBridge's, S3's own, or that of a
    /// trail's SNS topic. Anybody can write one.
    ///
    /// @param envelope the EventBridge envelope it came in, or null
    /// @param bucket the bucket; empty where AWS only tries out whether notices arrive
    /// @param keys the objects' keys, as S3 has them; none where AWS only tries it out
    record Announced(@Nullable Envelope envelope, String bucket, List<String> keys) implements TrailEntry {
        /// How the text begins by which CloudTrail tries out a trail's SNS topic.
        public static final String VALIDATION = "CloudTrail validation message";

        public Announced {
            keys = List.copyOf(keys);
        }
    }

    /// Bytes that could not be read as a record.
    ///
    /// @param offset position of the fault in bytes from the start of the value; 0 where that is not known, as in JSON
    ///        that is a string of other JSON
    /// @param reason the rule that was broken
    record Unreadable(long offset, String reason) implements TrailEntry {
    }

    /// The EventBridge envelope of an event; each part is null when absent.
    ///
    /// @param source who put the event on the bus; `aws.` and a service for real CloudTrail events
    /// @param detailType kind of event
    /// @param account account of the bus
    /// @param time when the event was put on the bus, as it was written
    /// @param resources ARNs that the event is about; for a scheduled event the rule's
    record Envelope(@Nullable String source, @Nullable String detailType, @Nullable String account,
            @Nullable String time, List<String> resources) {
        public Envelope {
            resources = List.copyOf(resources);
        }
    }
}
