package io.trailsentry.engine;

import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.LogFile;
import io.trailsentry.trail.LogFileStore;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailEntry;
import io.trailsentry.trail.TrailEntry.Announced;
import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/// Reads the trail's log files as streams, so many bytes and no more. Confined to one batch.
final class LogReader {
    private final LogFileStore store;
    private final TrailFiles files;
    private final long most;
    private long left;

    /// @param most bytes that are read of all files together, as unpacked
    LogReader(LogFileStore store, TrailFiles files, long most) {
        this.store = store;
        this.files = files;
        this.most = most;
        this.left = most;
    }

    /// One that may read as much again.
    LogReader again() {
        return new LogReader(store, files, most);
    }

    /// Takes what a file holds, in its order.
    interface Sink {
        /// An event. A file's events are of one account; those that name another are not given out.
        void event(CloudTrailEvent event);

        /// Something that is not believed.
        void refuse(String reason);

        /// Something that could not be read, or not now.
        void fault(String reason);
    }

    /// The bucket whose files are read; empty: none.
    String bucket() {
        return store.bucket();
    }

    /// Reads a file to its end. Faults say which file, and where in it.
    void read(LogFile file, Sink sink) {
        if (left <= 0) {
            sink.fault(file + ": there is no room for it in this batch");
            return;
        }
        Contents contents = new Contents(file, sink);
        try (InputStream in = store.open(file)) {
            long length = files.read(in, file.toString(), left, contents);
            left -= length;
            if (length == 0 && !contents.faulty) {
                sink.fault(file + ": it is empty");
            } else if (!contents.records && contents.others) {
                sink.fault(file + ": it holds no CloudTrail record");
            }
        } catch (IOException e) {
            sink.fault(file + ": " + e.getMessage());
        }
    }

    /// What one file holds. Confined to one reading.
    private static final class Contents implements TrailFiles.Sink {
        private final LogFile file;
        private final Sink sink;
        private boolean records;
        private boolean others;
        private boolean faulty;

        Contents(LogFile file, Sink sink) {
            this.file = file;
            this.sink = sink;
        }

        @Override
        public void accept(TrailEntry entry, Position position) {
            switch (entry) {
                case Recorded(CloudTrailEvent event, Envelope ignored, List<String> remarks) -> {
                    records = true;
                    String recipient = event.recipientAccountId();
                    if (recipient == null || recipient.equals(file.account())) {
                        sink.event(event);
                    } else {
                        sink.refuse(file + ": the event is of another account than the file");
                    }
                }
                case Announced ignored -> other("a notice of an object");
                case Skipped(Envelope ignored, String reason) -> other(reason);
                case Unreadable(long offset, String reason) -> {
                    faulty = true;
                    sink.fault(new Position(position.file(), position.record(), position.offset() + offset) + ": "
                            + reason);
                }
            }
        }

        private void other(String reason) {
            others = true;
            sink.refuse(file + ": " + reason);
        }
    }
}
