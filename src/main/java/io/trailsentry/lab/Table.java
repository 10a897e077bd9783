package io.trailsentry.lab;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.publish.SafeText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A table of an evaluation, for people and for programs. Immutable.
///
/// @param key name for programs
/// @param title name for people
/// @param note how to read it, in whole lines
/// @param columns its columns
/// @param rows cells in the order of the columns
record Table(String key, String title, String note, List<Column> columns, List<List<Cell>> rows) {
    /// Longest word, in code points. Rules' and tests' names are not ours.
    private static final int LONGEST = 160;

    Table {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
    }

    /// A column.
    ///
    /// @param key name for programs
    /// @param title name for people; empty: for programs only
    record Column(String key, String title) {
    }

    /// What stands in one place.
    sealed interface Cell {
        /// A text.
        record Words(String text) implements Cell {
        }

        /// A number.
        record Count(long number) implements Cell {
        }

        /// A part of a whole; nothing when there is no whole.
        record Share(long part, long of) implements Cell {
        }

        /// The same, of which people are shown the rate alone.
        record Rate(long part, long of) implements Cell {
        }

        /// Several texts, of which people are shown the first ones.
        record Names(List<String> texts, int shown) implements Cell {
            /// Copies the list.
            public Names {
                texts = List.copyOf(texts);
            }
        }

        /// The cell as people read it.
        default String text(SafeText form) {
            return switch (this) {
                case Words(String text) -> form.text(text, LONGEST);
                case Count(long number) -> Long.toString(number);
                case Share(long part, long of) -> of == 0 ? "-" : part + "/" + of + " " + percent(part, of);
                case Rate(long part, long of) -> of == 0 ? "-" : percent(part, of);
                case Names(List<String> texts, int shown) -> texts.stream().limit(shown)
                        .map(text -> form.text(text, LONGEST)).collect(Collectors.joining("; "))
                        + (texts.size() > shown ? " and " + (texts.size() - shown) + " more" : "");
            };
        }

        private static String percent(long part, long of) {
            return String.format(Locale.ROOT, "%.1f %%", 100.0 * part / of);
        }

        /// Adds the cell to a row for programs.
        default void put(ObjectNode row, String key) {
            switch (this) {
                case Words(String text) -> row.put(key, text);
                case Count(long number) -> row.put(key, number);
                case Share(long part, long of) -> row.putObject(key).put("part", part).put("of", of);
                case Rate(long part, long of) -> row.putObject(key).put("part", part).put("of", of);
                case Names(List<String> texts, int ignored) -> texts.forEach(row.putArray(key)::add);
            }
        }
    }

    /// The table for a terminal, in columns.
    String text() {
        List<List<String>> lines = lines(SafeText.PLAIN);
        int[] widths = new int[lines.getFirst().size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder out = new StringBuilder(title + "\n" + note);
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder("  ");
            for (int i = 0; i < widths.length; i++) {
                row.append(line.get(i)).repeat(' ', widths[i] - line.get(i).length() + 2);
            }
            out.append(row.toString().stripTrailing()).append('\n');
        }
        return out.append('\n').toString();
    }

    /// The table as GitHub's markdown.
    String markdown() {
        List<List<String>> lines = lines(SafeText.MARKDOWN);
        StringBuilder out = new StringBuilder("### " + title + "\n\n" + note + "\n");
        for (int i = 0; i < lines.size(); i++) {
            out.append(lines.get(i).stream().collect(Collectors.joining(" | ", "| ", " |\n")));
            if (i == 0) {
                out.append("|---".repeat(lines.getFirst().size())).append("|\n");
            }
        }
        return out.append('\n').toString();
    }

    /// The rows as objects.
    ArrayNode json() {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (List<Cell> row : rows) {
            ObjectNode object = array.addObject();
            for (int i = 0; i < columns.size(); i++) {
                row.get(i).put(object, columns.get(i).key());
            }
        }
        return array;
    }

    /// The columns that people are shown, titles first.
    private List<List<String>> lines(SafeText form) {
        int[] shown = IntStream.range(0, columns.size()).filter(i -> !columns.get(i).title().isEmpty()).toArray();
        List<List<String>> lines = new ArrayList<>();
        lines.add(Arrays.stream(shown).mapToObj(i -> columns.get(i).title()).toList());
        rows.forEach(row -> lines.add(Arrays.stream(shown).mapToObj(i -> row.get(i).text(form)).toList()));
        return lines;
    }
}
