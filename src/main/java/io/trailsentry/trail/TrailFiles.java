package io.trailsentry.trail;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Reads trail files, folders of them and standard input, value by value, in a stable order.
///
/// Files in folders count when their name ends in `.json` or `.jsonl`, with or without `.gz`; a file named itself
/// is read whatever its name. Gzip is known by its first bytes. Links to folders are not followed. Immutable and
/// thread-safe.
public final class TrailFiles {
    private static final List<String> ENDINGS = List.of(".json", ".jsonl", ".json.gz", ".jsonl.gz");

    private final RecordReader reader = new RecordReader();

    /// Takes what was read, in the order of the input.
    @FunctionalInterface
    public interface Sink {
        /// Takes one entry and its place.
        void accept(TrailEntry entry, Position position);
    }

    /// The files behind paths: folders walked depth first in the order of names.
    ///
    /// @param paths files, folders, or `-` for standard input, which comes back as it is
    /// @throws NoSuchFileException for a path that does not exist
    /// @throws IOException when a folder cannot be listed
    public List<String> files(List<String> paths) throws IOException {
        List<String> files = new ArrayList<>();
        for (String path : paths) {
            if (path.equals("-")) {
                files.add(path);
            } else if (!Files.exists(Path.of(path))) {
                throw new NoSuchFileException(path);
            } else {
                collect(Path.of(path), true, files);
            }
        }
        return files;
    }

    private static void collect(Path path, boolean named, List<String> files) throws IOException {
        if (Files.isDirectory(path)) {
            List<Path> children;
            try (Stream<Path> listing = Files.list(path)) {
                children = listing.filter(p -> Files.isRegularFile(p) || Files.isDirectory(p, NOFOLLOW_LINKS)).sorted()
                        .toList();
            }
            for (Path child : children) {
                collect(child, false, files);
            }
        } else if (named || isTrailFile(path)) {
            files.add(path.toString());
        }
    }

    private static boolean isTrailFile(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(name::endsWith);
    }

    /// Reads one file of [#files] to its end. What cannot be read is an entry as well; nothing is thrown.
    public void read(String file, Sink sink) {
        try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
            read(in, file, sink);
        } catch (IOException e) {
            sink.accept(new Unreadable(0, "cannot be opened: " + e.getMessage()), new Position(file, 0, 0));
        }
    }

    /// Reads a stream to its end and closes it, unpacking it when it is gzip. What cannot be read is an entry as well.
    ///
    /// @param name what positions call it
    public void read(InputStream stream, String name, Sink sink) {
        read(stream, name, Long.MAX_VALUE, sink);
    }

    /// As [#read(InputStream,String,Sink)], up to a number of bytes: what is longer ends in an [Unreadable].
    ///
    /// @param most most bytes that are read, as unpacked
    /// @return bytes that were read, as unpacked
    public long read(InputStream stream, String name, long most, Sink sink) {
        try (Bounded in = new Bounded(unpacked(stream), most)) {
            read(new JsonFrames(in, reader.plain()), name, sink);
            return in.count;
        } catch (IOException e) {
            stopped(e, sink, new Position(name, 1, 0));
            return 0;
        }
    }

    private void read(JsonFrames frames, String name, Sink sink) {
        long record = 0;
        long offset = 0;
        try {
            for (JsonFrames.Frame frame = frames.next(); frame != null; frame = frames.next()) {
                record++;
                offset = frames.offset();
                Position position = new Position(name, record, frame.offset());
                if (frame.recorded() != null) {
                    sink.accept(frame.recorded(), position);
                    frames.found();
                    continue;
                }
                String fault = frame.fault();
                if (fault != null) {
                    sink.accept(new Unreadable(0, fault), position);
                    frames.resync(frame, 0);
                    continue;
                }
                List<TrailEntry> entries = new ArrayList<>(1);
                boolean whole = reader.read(frame.bytes(), frame.start(), frame.length(), entries);
                boolean hit = false;
                for (TrailEntry entry : entries) {
                    hit |= entry instanceof Recorded;
                    sink.accept(entry, position);
                }
                if (hit) {
                    frames.found();
                }
                if (!whole) {
                    frames.resync(frame, entries.size() > 1 ? faultOffset(entries.getLast(), frame.length()) : 0);
                }
            }
        } catch (IOException e) {
            stopped(e, sink, new Position(name, record + 1, offset));
        }
    }

    private static void stopped(IOException e, Sink sink, Position position) {
        sink.accept(new Unreadable(0, "reading stopped: " + e.getMessage()), position);
    }

    /// A stream that fails behind a number of bytes.
    private static final class Bounded extends FilterInputStream {
        private final long most;
        private long count;

        Bounded(InputStream in, long most) {
            super(in);
            this.most = most;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (count >= most) {
                throw new IOException("it is longer than " + most + " bytes");
            }
            int read = in.read(bytes, offset, (int) Math.min(length, most - count));
            count += Math.max(0, read);
            return read;
        }
    }

    private static int faultOffset(TrailEntry last, int most) {
        return last instanceof Unreadable fault ? (int) Math.min(most, fault.offset()) : 0;
    }

    private static InputStream unpacked(InputStream stream) throws IOException {
        BufferedInputStream in = new BufferedInputStream(stream, 1 << 16);
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return gzip ? new Gunzip(in) : in;
    }
}
