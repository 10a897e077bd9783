package io.trailsentry.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A value in a configuration text, with the line where it begins, counted from 1. Immutable.
sealed interface Node {
    /// Where it begins.
    int line();

    /// A value that is neither list nor mapping.
    ///
    /// @param text exactly as it is written, whatever YAML would make of it: `012`, `off`, `08:00`; null for YAML's null
    ///         and for nothing at all
    record Scalar(int line, @Nullable String text) implements Node {
    }

    /// A list.
    record Sequence(int line, List<Node> items) implements Node {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /// A mapping, doubled keys included.
    record Mapping(int line, List<Field> fields) implements Node {
        public Mapping {
            fields = List.copyOf(fields);
        }
    }

    /// What cannot be read.
    ///
    /// @param why a sentence, and how to mend it
    record Broken(int line, String why) implements Node {
    }

    /// A key with its value.
    ///
    /// @param line of the key
    record Field(int line, String key, Node value) {
    }
}
