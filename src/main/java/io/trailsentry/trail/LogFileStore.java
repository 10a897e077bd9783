package io.trailsentry.trail;

import java.io.IOException;
import java.io.InputStream;

/// The port to the bucket into which a trail delivers its log files. Implementations are thread-safe.
public interface LogFileStore {
    /// No bucket: no log file is read.
    LogFileStore NONE = new LogFileStore() {
        @Override
        public String bucket() {
            return "";
        }

        @Override
        public InputStream open(LogFile file) throws IOException {
            throw new IOException("no bucket is configured");
        }
    };

    /// The only bucket whose files are read; empty when there is none.
    String bucket();

    /// A log file as it is stored, to be closed by the caller.
    ///
    /// @throws IOException that says what is wrong, when it cannot be opened now or at all; the stream throws it as well
    InputStream open(LogFile file) throws IOException;
}
