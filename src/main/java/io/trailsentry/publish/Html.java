package io.trailsentry.publish;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/// Writes HTML that is well-formed by construction: elements are closed in turn, and every text and attribute value is
/// escaped, what cannot be seen by its code point as [SafeText] does. There is no way around that. Tag and attribute names
/// are the program's own. What it writes is XML too, so that any parser can check it. Confined to one rendering.
final class Html {
    /// Elements without an end tag.
    private static final Set<String> VOID = Set.of("meta");

    /// Elements behind which a line's end would be seen, or is of no use.
    private static final Set<String> INLINE = Set.of("a", "b", "code", "small", "span", "time", "td", "th", "text",
            "title", "rect", "path", "line");

    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /// A document's first line.
    Html doctype() {
        out.append("<!DOCTYPE html>\n");
        return this;
    }

    /// Begins an element; one without content is complete.
    ///
    /// @param attributes names and values in turn; a flag's value is empty
    Html open(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
        if (VOID.contains(tag)) {
            out.append("/>");
        } else {
            out.append('>');
            open.push(tag);
        }
        return this;
    }

    /// Begins what a reader can open and close.
    Html details(boolean shown, String name, String id) {
        return shown ? open("details", "class", name, "id", id, "open", "") : open("details", "class", name, "id", id);
    }

    /// Ends the element that was begun last.
    Html close() {
        String tag = open.pop();
        out.append("</").append(tag).append('>');
        if (!INLINE.contains(tag)) {
            out.append('\n');
        }
        return this;
    }

    /// An element with nothing but a text.
    Html element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /// A text.
    Html text(String text) {
        escape(text);
        return this;
    }

    /// A line's end, for where it can be seen.
    Html newline() {
        out.append('\n');
        return this;
    }

    /// The program's own style sheet, as it is.
    Html style(String css) {
        open("style");
        out.append(css);
        return close();
    }

    private void escape(String text) {
        String safe = SafeText.PLAIN.text(text, Integer.MAX_VALUE);
        for (int i = 0; i < safe.length(); i++) {
            char c = safe.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
    }

    /// Number of characters so far.
    int length() {
        return out.length();
    }

    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("still open: " + open);
        }
        return out.toString();
    }
}
