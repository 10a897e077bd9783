package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Any bytes as a trail file: nothing is thrown, places rise, the size of reads and packing make no difference, and no
/// record on a line of its own beside the bytes is lost without a word.
public final class TrailFuzz {
    private static final TrailFiles FILES = new TrailFiles();
    private static final byte[] BEFORE = (Sample.record("before") + "\n").getBytes(UTF_8);
    private static final byte[] BEHIND = ("\n" + Sample.record("behind") + "\n").getBytes(UTF_8);

    private TrailFuzz() {
    }

    /// Reads the bytes in whole, bit by bit, packed, and between records.
    public static void fuzzerTestOneInput(byte[] input) {
        if (new String(input, ISO_8859_1).indexOf('\u00ff') >= 0) {
            return; // no byte of UTF-8; whether Jackson takes it within a field's name depends on what it read before
        }
        Trail whole = read(new ByteArrayInputStream(input));
        long place = -1;
        for (int i = 0; i < whole.entries().size(); i++) {
            Position position = whole.positions().get(i);
            assertThat(position.offset()).isBetween(Math.max(0, place), (long) input.length << 10);
            place = position.offset();
        }

        Random random = new Random(input.length);
        assertThat(read(Trail.trickle(input, 1 << random.nextInt(8), random))).isEqualTo(whole);

        if (input.length < 2 || (input[0] & 0xff) != 0x1f || (input[1] & 0xff) != 0x8b) {
            assertThat(read(new ByteArrayInputStream(Trail.gzip(input)))).isEqualTo(whole);
        }

        Trail between = read(new ByteArrayInputStream(Trail.joined(BEFORE, input, BEHIND)));
        assertThat(ids(between)).startsWith("before");
        if (!ids(between).contains("behind")) {
            assertThat(between.entries()).hasAtLeastOneElementOfType(Unreadable.class);
        }
    }

    private static List<String> ids(Trail trail) {
        return trail.entries().stream().filter(Recorded.class::isInstance).map(e -> ((Recorded) e).event().eventId())
                .toList();
    }

    private static Trail read(InputStream in) {
        Trail trail = new Trail(new ArrayList<>(), new ArrayList<>());
        FILES.read(in, "in", (entry, position) -> {
            trail.entries().add(entry);
            trail.positions().add(position);
        });
        return trail;
    }
}
