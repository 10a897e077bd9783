package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.util.List;

/// Any bytes as one value: what is read without a parser is read as the parser reads it, and what is said of bad input
/// is a plain line.
public final class PlainRecordsFuzz {
    private static final RecordReader PARSER = new RecordReader(false);
    private static final RecordReader QUICK = new RecordReader(true);

    private PlainRecordsFuzz() {
    }

    /// Reads the bytes, alone and within a larger buffer, as frames do.
    public static void fuzzerTestOneInput(byte[] input) {
        if (new String(input, ISO_8859_1).indexOf('\u00ff') >= 0) {
            return; // no byte of UTF-8; whether Jackson takes it within a field's name depends on what it read before
        }
        List<TrailEntry> expected = PARSER.read(input, 0, input.length);
        byte[] buffer = new byte[input.length + 19];
        System.arraycopy(input, 0, buffer, 3, input.length);
        assertThat(QUICK.read(input, 0, input.length)).as(() -> new String(input, UTF_8)).isEqualTo(expected);
        assertThat(QUICK.read(buffer, 3, input.length)).as(() -> new String(input, UTF_8)).isEqualTo(expected);

        assertThat(expected).isNotEmpty();
        expected.forEach(PlainRecordsFuzz::saysPlainly);
    }

    private static void saysPlainly(TrailEntry entry) {
        List<String> said = switch (entry) {
            case Recorded recorded -> recorded.remarks();
            case Skipped skipped -> List.of(skipped.reason());
            case Unreadable unreadable -> List.of(unreadable.reason());
            case TrailEntry.Announced ignored -> List.of();
        };
        assertThat(said).allSatisfy(text -> assertThat(text).matches("[ -~]{1,400}"));
    }
}
