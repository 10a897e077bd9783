package io.trailsentry.engine;

import io.trailsentry.agent.OwnRoles;
import io.trailsentry.finding.Observation;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.LogFile;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailEntry;
import io.trailsentry.trail.TrailEntry.Announced;
import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the messages of one batch, and the log files that they announce: what they showed, and which of them must not be
/// believed or cannot be read.
///
/// Anybody with `events:PutEvents` can put an event with any detail on a bus, but none whose source begins with `aws.`.
/// So an event without such an envelope, or whose envelope is of another account than its record, is refused. Anybody
/// who may write to the queue can announce any object. So only log files of the trail's own bucket are read, and a record
/// of another account than its file is refused. A batch reads so much and no more: what does not fit is handed back.
final class Intake {
    /// Most bytes of log files that a batch unpacks: a few seconds' work.
    static final long MOST_BYTES = 256L << 20;
    /// Most calls of log files that a batch keeps; one takes about a kilobyte.
    static final int MOST_CALLS = 20_000;

    private static final String AWS = "aws.";
    private static final String SCHEDULED = "Scheduled Event";
    private static final int LONGEST_NAME = 300;
    private static final Pattern NOT_PLAIN = Pattern.compile("[^ -~]");

    private final RecordReader reader;
    private final Watch watch;
    private final LogReader logs;
    private int callsLeft = MOST_CALLS;

    /// @param reader reads the messages
    /// @param logs reads the log files
    Intake(RecordReader reader, Watch watch, LogReader logs) {
        this.reader = reader;
        this.watch = watch;
        this.logs = logs;
    }

    /// What one message held. Equal when it is the same message.
    ///
    /// @param delivery the message
    /// @param observations what its calls showed
    /// @param times times of its calls, for their age
    /// @param refused why events or announcements were refused, and how many
    /// @param poison why the message cannot be read, or not all of it; null when it can
    /// @param heartbeats number of scheduled heartbeats
    /// @param canaries Regions whose canary came over EventBridge
    /// @param others events by sessions of roles that nobody watches: an agent may have assumed them
    /// @param log what it held of the trail's log files; null when it announced none
    record Message(Delivery delivery, List<Observation> observations, List<Instant> times,
            Map<String, Integer> refused, @Nullable String poison, int heartbeats, List<String> canaries,
            List<CloudTrailEvent> others, @Nullable Log log) {

        /// The same with what agents did with borrowed credentials.
        Message and(List<Observation> more) {
            if (more.isEmpty()) {
                return this;
            }
            // What an agent did under a role that it assumed is told of the agent, not of the role as well.
            Set<String> ids = more.stream().map(Observation::eventId).collect(Collectors.toSet());
            List<Observation> all = new ArrayList<>(observations);
            all.removeIf(observation -> observation.isByNoAgent() && ids.contains(observation.eventId()));
            all.addAll(more);
            return new Message(delivery, all, times, refused, poison, heartbeats, canaries, others, log);
        }

        /// Access key ids of sessions of roles that nobody watches.
        Set<String> borrowedKeys() {
            Set<String> keys = new HashSet<>(log == null ? Set.of() : log.keys());
            others.forEach(event -> keys.add(String.valueOf(Watch.borrowedKey(event))));
            return keys;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Message message && delivery.id().equals(message.delivery.id());
        }

        @Override
        public int hashCode() {
            return delivery.id().hashCode();
        }
    }

    /// What a message announced of the trail's log files.
    ///
    /// @param files those that were read to their end
    /// @param keys access key ids of sessions of roles that nobody watches and whose events are in them
    /// @param skipped number of objects that belong beside log files and were passed over
    record Log(List<LogFile> files, Set<String> keys, int skipped) {
    }

    /// Reads one message.
    Message read(Delivery delivery) {
        Reading reading = new Reading();
        if (delivery.body().startsWith(Announced.VALIDATION)) {
            return reading.message(delivery);
        }
        for (TrailEntry entry : reader.read(delivery.body())) {
            switch (entry) {
                case Recorded(CloudTrailEvent event, Envelope envelope, List<String> ignored) -> {
                    String forged = forged(event, envelope);
                    if (forged != null) {
                        reading.refuse(forged);
                    } else if (OwnRoles.isCanary(event)) {
                        reading.canary(event);
                    } else if (reading.take(event)) {
                        reading.others.add(event);
                    }
                }
                case Announced announced -> reading.announced(announced);
                case Skipped(Envelope envelope, String ignored) when isHeartbeat(envelope) -> reading.heartbeats++;
                case Skipped(Envelope ignored, String reason) -> reading.refuse(reason);
                case Unreadable(long offset, String reason) -> reading.fault("byte " + offset + ": " + reason);
            }
        }
        return reading.message(delivery);
    }

    /// Reads the log files of a message again, for the events of certain sessions.
    ///
    /// @param keys access key ids of the sessions
    /// @return the message with these events among its others
    Message again(Message message, Set<String> keys) {
        Log log = message.log();
        if (log == null || log.keys().stream().noneMatch(keys::contains)) {
            return message;
        }
        Reading second = new Reading();
        LogReader again = logs.again();
        log.files().forEach(file -> second.read(again, file, event -> {
            String key = Watch.borrowedKey(event);
            if (key != null && keys.contains(key)) {
                second.others.add(event);
                callsLeft--;
            }
        }));
        second.others.addAll(message.others());
        return new Message(message.delivery(), message.observations(), message.times(), message.refused(),
                message.poison() == null ? second.poison() : message.poison(), message.heartbeats(), message.canaries(),
                second.others, log);
    }

    /// One message on its way. Confined to one reading.
    private final class Reading {
        private final List<Observation> observations = new ArrayList<>(1);
        private final List<Instant> times = new ArrayList<>(1);
        private final Map<String, Integer> refused = new LinkedHashMap<>();
        private final List<CloudTrailEvent> others = new ArrayList<>(0);
        private final List<LogFile> read = new ArrayList<>(0);
        private final Set<String> keys = new HashSet<>();
        private final List<String> canaries = new ArrayList<>(0);
        private @Nullable String fault;
        private int faults;
        private int heartbeats;
        private boolean announcing;
        private int skipped;

        Message message(Delivery delivery) {
            return new Message(delivery, observations, times, refused, poison(), heartbeats, canaries, others,
                    announcing ? new Log(read, keys, skipped) : null);
        }

        @Nullable
        String poison() {
            return faults > 1 ? fault + "; and " + (faults - 1) + " more faults" : fault;
        }

        void refuse(String reason) {
            refused.merge(reason, 1, Integer::sum);
        }

        void fault(String reason) {
            fault = fault == null ? reason : fault;
            faults++;
        }

        void canary(CloudTrailEvent event) {
            if (event.awsRegion() != null) {
                canaries.add(event.awsRegion());
            }
        }

        /// Takes what an event showed.
        ///
        /// @return whether it may be an agent's doing with credentials of a role that it assumed
        boolean take(CloudTrailEvent event) {
            List<Observation> showed = watch.observe(event);
            observations.addAll(showed);
            if (!showed.isEmpty() && event.eventTime() != null) {
                times.add(event.eventTime());
            }
            return showed.stream().noneMatch(Observation::isCounted) && Watch.borrowedKey(event) != null;
        }

        void announced(Announced announced) {
            Envelope envelope = announced.envelope();
            if (envelope != null && !(AWS + "s3").equals(envelope.source())) {
                refuse("it names an object, but its source is not aws.s3");
                return;
            }
            announcing = true;
            for (String key : announced.keys()) {
                LogFile file = LogFile.of(announced.bucket(), key);
                if (announced.bucket().isEmpty() || !announced.bucket().equals(logs.bucket())) {
                    refuse(address(announced.bucket(), key) + " is not read: "
                            + (logs.bucket().isEmpty()
                                    ? "TRAIL_BUCKET names no bucket"
                                    : "TRAIL_BUCKET is " + logs.bucket()));
                } else if (file != null && (envelope == null || "Object Created".equals(envelope.detailType()))) {
                    read(file);
                } else if (file != null || LogFile.isNeighbour(key)) {
                    skipped++;
                } else {
                    refuse(address(announced.bucket(), key)
                            + " is not read: its key is not AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/NAME.json.gz");
                }
            }
        }

        private void read(LogFile file) {
            int before = faults;
            read(logs, file, event -> {
                if (OwnRoles.isCanary(event)) {
                    return;
                }
                int kept = observations.size();
                if (take(event)) {
                    keys.add(String.valueOf(Watch.borrowedKey(event)));
                }
                callsLeft -= observations.size() - kept;
            });
            if (faults == before) {
                read.add(file);
            }
        }

        /// Reads a log file, as long as there is room for more calls.
        void read(LogReader logReader, LogFile file, Consumer<CloudTrailEvent> events) {
            logReader.read(file, new LogReader.Sink() {
                private boolean full;

                @Override
                public void event(CloudTrailEvent event) {
                    if (callsLeft > 0) {
                        events.accept(event);
                    } else if (!full) {
                        full = true;
                        fault(file + ": there is no room for its calls in this batch");
                    }
                }

                @Override
                public void refuse(String reason) {
                    Reading.this.refuse(reason);
                }

                @Override
                public void fault(String reason) {
                    Reading.this.fault(reason);
                }
            });
        }
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

    /// An address that anybody may have written, safe for a line of a log.
    private static String address(String bucket, String key) {
        String address = "s3://" + bucket + "/" + key;
        String cut = address.length() <= LONGEST_NAME ? address : address.substring(0, LONGEST_NAME - 3) + "...";
        return NOT_PLAIN.matcher(cut).replaceAll("?");
    }
}
