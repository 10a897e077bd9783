package io.trailsentry.trail;

import java.util.List;
import java.util.Random;

/// Writes random valid JSON: with every kind of value, space between any two tokens, and strings full of what looks
/// like structure.
final class JsonText {
    private static final List<String> SPACES = List.of("", "", "", " ", "\n", "\r\n", "\t", "  \n ");
    private static final List<String> KEYS = List.of("Records", "Events", "detail", "eventVersion", "a", "b", "",
            "Record", "records", "{", "}", "\\\"", "\\\\", "ä€😀", "[\\n]");
    private static final List<String> PIECES = List.of("{", "}", "[", "]", ",", ":", "\\\"", "\\\\", "\\n", "\\u0022",
            "\\u000a", "x", "é", "😀", "\\/", "Records", "{\\\"eventVersion\\\":");
    private static final List<String> SCALARS = List.of("null", "true", "false", "0", "-1.5e3", "12345678901234567890");
    private static final int DEEPEST = 5;

    private final Random random;
    private final StringBuilder text = new StringBuilder();

    JsonText(Random random) {
        this.random = random;
    }

    /// One to four values, one behind the other.
    String document() {
        space();
        int values = 1 + random.nextInt(4);
        for (int i = 0; i < values; i++) {
            value(0);
            text.append(i + 1 < values ? "\n" : "");
            space();
        }
        return text.toString();
    }

    private void value(int depth) {
        int kind = random.nextInt(depth >= DEEPEST ? 2 : 6);
        switch (kind) {
            case 0 -> text.append(SCALARS.get(random.nextInt(SCALARS.size())));
            case 1 -> string();
            case 2, 3 -> list(depth);
            default -> object(depth);
        }
    }

    private void list(int depth) {
        text.append('[');
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            space();
            value(depth + 1);
            space();
            text.append(i + 1 < size ? "," : "");
        }
        space();
        text.append(']');
    }

    private void object(int depth) {
        text.append('{');
        int first = random.nextInt(KEYS.size());
        int size = random.nextInt(5);
        for (int i = 0; i < size; i++) {
            space();
            text.append('"').append(KEYS.get((first + i * 4) % KEYS.size())).append('"');
            space();
            text.append(':');
            space();
            value(depth + 1);
            space();
            text.append(i + 1 < size ? "," : "");
        }
        space();
        text.append('}');
    }

    private void string() {
        text.append('"');
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        text.append('"');
    }

    private void space() {
        text.append(SPACES.get(random.nextInt(SPACES.size())));
    }
}
