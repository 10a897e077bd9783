package io.trailsentry.publish;

import java.util.List;
import java.util.regex.Pattern;

/// Lays out labelled text in two columns of a fixed width. Confined to one rendering.
///
/// Text is broken at spaces and continued under itself, so that nothing but a label ever begins a line; a word that is
/// too long for a line is left whole.
public final class Columns {
    private static final Pattern SPACES = Pattern.compile(" +");

    private final StringBuilder out = new StringBuilder();
    private final int indent;
    private final int width;

    /// @param indent width of the labels' column
    /// @param width of both columns together
    public Columns(int indent, int width) {
        this.indent = indent;
        this.width = width;
    }

    /// A line as it is.
    public Columns line(String text) {
        out.append(text.stripTrailing()).append('\n');
        return this;
    }

    /// A label and its text; nothing when the text is empty.
    ///
    /// @param shown how wide the label looks, where it has more characters than can be seen
    Columns field(String label, int shown, String text) {
        if (text.isEmpty()) {
            return this;
        }
        out.append(label).repeat(' ', Math.max(1, indent - shown));
        wrap(text, Math.max(indent, shown + 1), indent);
        return this;
    }

    /// A label and its text; nothing when the text is empty.
    public Columns field(String label, String text) {
        return field(label, label.length(), text);
    }

    /// A paragraph.
    ///
    /// @param first what begins it
    public Columns paragraph(String first, String text) {
        out.append(first);
        wrap(text, first.length(), first.length());
        return this;
    }

    /// A shell command: on one line if it fits, else each part on its own, continued by a backslash.
    public Columns command(int margin, List<String> parts) {
        String line = NextStep.line(parts);
        if (margin + line.length() <= width) {
            return line(" ".repeat(margin) + line);
        }
        for (int i = 0; i < parts.size(); i++) {
            boolean last = i == parts.size() - 1;
            // Behind `do` and `;` the shell goes on by itself, and a backslash does no harm.
            line(" ".repeat(i == 0 ? margin : margin + 2) + parts.get(i) + (last ? "" : " \\"));
        }
        return this;
    }

    private void wrap(String text, int column, int margin) {
        int at = column;
        boolean first = true;
        for (String word : SPACES.split(text.strip(), -1)) {
            int length = word.codePointCount(0, word.length());
            if (!first && at + 1 + length > width) {
                out.append('\n').repeat(' ', margin);
                at = margin;
                first = true;
            }
            out.append(first ? "" : " ").append(word);
            at += length + (first ? 0 : 1);
            first = false;
        }
        out.append('\n');
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
