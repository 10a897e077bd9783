package io.trailsentry.config;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// In which line of a configuration each key stands. Immutable.
///
/// @param lines counted from 1, by paths as faults have them: `agents[0].regions`
public record Outline(Map<String, Integer> lines) {
    /// Copies the map.
    public Outline {
        lines = Map.copyOf(lines);
    }

    /// The outline of a text; empty for one that cannot be read.
    public static Outline of(String text) {
        Map<String, Integer> lines = new LinkedHashMap<>();
        Node root = NodeReader.read(text);
        walk(new Place("", root.line(), root, new Problems()), lines);
        return new Outline(lines);
    }

    private static void walk(Place place, Map<String, Integer> lines) {
        if (!place.path().isEmpty()) {
            lines.put(place.path(), place.line());
        }
        switch (place.node()) {
            case Node.Mapping ignored -> place.entries().values().forEach(child -> walk(child, lines));
            case Node.Sequence ignored -> place.items().forEach(child -> walk(child, lines));
            case Node.Scalar ignored -> {
            }
            case Node.Broken ignored -> {
            }
        }
    }

    /// The line of a path; null when nothing stands there.
    public @Nullable Integer line(String path) {
        return lines.get(path);
    }
}
