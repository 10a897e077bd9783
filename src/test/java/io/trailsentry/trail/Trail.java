package io.trailsentry.trail;

import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/// What [TrailFiles] made of an input.
///
/// @param entries what was read
/// @param positions where, one for each entry
record Trail(List<TrailEntry> entries, List<Position> positions) {

    static Trail read(InputStream in) {
        Trail trail = new Trail(new ArrayList<>(), new ArrayList<>());
        new TrailFiles().read(in, "in", (entry, position) -> {
            trail.entries.add(entry);
            trail.positions.add(position);
        });
        return trail;
    }

    static Trail read(byte[] bytes) {
        return read(new ByteArrayInputStream(bytes));
    }

    static Trail read(String text) {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    TrailEntry only() {
        if (entries.size() != 1) {
            throw new AssertionError(entries.toString());
        }
        return entries.getFirst();
    }

    List<String> ids() {
        return entries.stream().filter(Recorded.class::isInstance).map(e -> ((Recorded) e).event().eventId()).toList();
    }

    List<Unreadable> unreadable() {
        return entries.stream().filter(Unreadable.class::isInstance).map(Unreadable.class::cast).toList();
    }

    List<Skipped> skipped() {
        return entries.stream().filter(Skipped.class::isInstance).map(Skipped.class::cast).toList();
    }

    /// Position in the input of each entry that could not be read: its value's, and the fault's inside it.
    List<Long> faults() {
        List<Long> faults = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i) instanceof Unreadable unreadable) {
                faults.add(positions.get(i).offset() + unreadable.offset());
            }
        }
        return faults;
    }

    static byte[] gzip(String text) {
        return gzip(text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /// A stream that gives 1 to `most` bytes at a time.
    static InputStream trickle(byte[] bytes, int most, Random random) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, 1 + random.nextInt(most)));
            }
        };
    }
}
