package io.trailsentry.lab;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How a log says what it holds. Told by the files themselves, whatever their folder is called.
public enum Form {
    /// Records beside a [#LABELS] that names them by event id. Each record is judged alone.
    RECORDS,
    /// A file named after the Stratus Red Team technique that was detonated. Each file is judged as one history.
    TECHNIQUES,
    /// Lines with an `event` and whether a rule is `expected` to match it. Each event is judged alone.
    TESTS,
    /// Anything else: ordinary work, judged as `replay` does.
    ORDINARY;

    /// The file that labels the records beside it.
    static final String LABELS = "labels.jsonl";

    private static final Pattern TECHNIQUE = Pattern.compile("(aws\\.([a-z-]+)\\.[a-z0-9-]+)\\.jsonl?(?:\\.gz)?");
    private static final Pattern LINES = Pattern.compile(".*\\.jsonl(?:\\.gz)?", Pattern.CASE_INSENSITIVE);

    /// A technique as a file's name tells it.
    ///
    /// @param id as in `aws.persistence.iam-backdoor-role`
    /// @param tactic as in `persistence`
    record Technique(String id, String tactic) {
        /// The technique that a file is named after, or null.
        static @Nullable Technique of(Path file) {
            Matcher name = TECHNIQUE.matcher(String.valueOf(file.getFileName()));
            return name.matches() ? new Technique(name.group(1), name.group(2)) : null;
        }
    }

    /// The form of a file.
    static Form of(Path file) {
        if (Files.isRegularFile(file.resolveSibling(LABELS))) {
            return RECORDS;
        }
        if (Technique.of(file) != null) {
            return TECHNIQUES;
        }
        return LINES.matcher(file.toString()).matches() && holdsTests(file) ? TESTS : ORDINARY;
    }

    /// Whether the first value of a file is a rule's test. A file that cannot be read is left to be judged, and
    /// complained of, as ordinary.
    private static boolean holdsTests(Path file) {
        try (JsonLineFile lines = JsonLineFile.open(file); JsonParser parser = lines.parser()) {
            boolean event = false;
            boolean expected = false;
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String field = parser.currentName();
                    JsonToken value = parser.nextToken();
                    event |= field.equals("event") && value == JsonToken.START_OBJECT;
                    expected |= field.equals("expected") && value.isBoolean();
                    parser.skipChildren();
                }
            }
            return event && expected;
        } catch (IOException e) {
            return false;
        }
    }
}
