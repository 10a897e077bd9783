package io.trailsentry.engine;

import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.LogFile;
import io.trailsentry.trail.LogFileStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// A trail's bucket without S3. Fails when told to.
final class FakeLogFiles implements LogFileStore {
    static final String BUCKET = "trail";

    final List<String> opened = new ArrayList<>();
    /// Faults of the next openings: a fault before the first byte.
    final Deque<String> failing = new ArrayDeque<>();
    /// Number of bytes after which the next streams break.
    final Deque<Integer> breaking = new ArrayDeque<>();
    private final Map<String, byte[]> objects = new HashMap<>();

    /// The key of a log file of the tests' account.
    static String key(String region, String name) {
        return "AWSLogs/" + EventBuilder.ACCOUNT + "/CloudTrail/" + region + "/2026/11/17/" + name + ".json.gz";
    }

    /// Delivers records as CloudTrail does.
    ///
    /// @return the file's key
    String deliver(String name, EventBuilder... records) {
        return put(key("us-east-1", name), Stream.of(records).map(EventBuilder::json)
                .collect(Collectors.joining(",", "{\"Records\":[", "]}")));
    }

    String put(String key, String text) {
        return put(key, packed(out -> out.write(text.getBytes(StandardCharsets.UTF_8))));
    }

    String put(String key, byte[] bytes) {
        objects.put(key, bytes);
        return key;
    }

    interface Text {
        void write(OutputStream out) throws IOException;
    }

    static byte[] packed(Text text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            text.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public String bucket() {
        return BUCKET;
    }

    @Override
    public InputStream open(LogFile file) throws IOException {
        opened.add(file.key());
        if (!failing.isEmpty()) {
            throw new IOException(failing.remove());
        }
        byte[] bytes = objects.get(file.key());
        if (bytes == null) {
            throw new IOException("NoSuchKey: there is no such object");
        }
        if (breaking.isEmpty()) {
            return new ByteArrayInputStream(bytes);
        }
        return new SequenceInputStream(new ByteArrayInputStream(bytes, 0, breaking.remove()), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                throw new IOException("connection reset");
            }
        });
    }
}
