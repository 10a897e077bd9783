package io.trailsentry.publish;

/// Makes text that an agent can choose safe to show, one way for each place where it is shown. Pure and thread-safe.
///
/// What cannot be seen, or changes how its surroundings are seen, is shown by its code point: `<U+202E>`. That is every
/// control character, direction override and isolate, zero-width and other default-ignorable character, tag and
/// variation selector, space but the ordinary one, unpaired surrogate, private or unassigned code point, and a heap of
/// combining marks. What is left over its length is cut, and `...` says so. Lengths count code points of the result.
public enum SafeText {
    /// Terminals and JSON: the text stays what it is but for the above.
    PLAIN,
    /// Plain-text email, whose readers' programs make links of what looks like one: `https://` becomes `https[:]//`.
    EMAIL,
    /// Slack's and Teams' markdown. Characters of the markup become look-alikes that no client gives a meaning: a
    /// backslash or an entity is undone by one client and shown by the other.
    MARKDOWN,
    /// Email subjects and message attributes: ASCII, all else is `?`.
    ASCII;

    /// Marks on one character that are still plain to read.
    private static final int MARKS = 3;
    private static final String CUT = "...";

    /// A sentence, or a part of one.
    ///
    /// @param longest most code points of the result, at least 4
    public String text(String raw, int longest) {
        return clean(raw, longest, false);
    }

    /// A name or another value that a reader may want to copy: in markdown a code span, in which names stay as they
    /// are.
    ///
    /// @param longest most code points of the result, a code span's two marks left out; at least 4
    public String name(String raw, int longest) {
        return this == MARKDOWN
                ? "`" + clean(raw.isEmpty() ? "-" : raw, longest, true) + "`"
                : clean(raw, longest, false);
    }

    private String clean(String raw, int longest, boolean code) {
        StringBuilder shown = new StringBuilder(Math.min(raw.length(), longest) + CUT.length());
        int length = 0;
        int cut = 0;
        int marks = 0;
        for (int i = 0; i < raw.length();) {
            int c = raw.codePointAt(i);
            marks = isMark(c) ? marks + 1 : 0;
            String piece = isUnseen(c) || marks > MARKS ? unseen(c) : visible(raw, i, c, code);
            length += piece.codePointCount(0, piece.length());
            if (length > longest) {
                shown.setLength(cut);
                return shown.append(CUT).toString();
            }
            shown.append(piece);
            if (length <= longest - CUT.length()) {
                cut = shown.length();
            }
            i += Character.charCount(c);
        }
        return shown.toString();
    }

    private String unseen(int c) {
        return switch (this) {
            case PLAIN, EMAIL -> String.format("<U+%04X>", c);
            case MARKDOWN -> String.format("\u2039U+%04X\u203A", c);
            case ASCII -> "?";
        };
    }

    private String visible(String raw, int at, int c, boolean code) {
        return switch (this) {
            case PLAIN -> Character.toString(c);
            case EMAIL -> startsLink(raw, at) ? "[" + (char) c + "]" : Character.toString(c);
            case ASCII -> c > '~' ? "?" : startsLink(raw, at) ? "[" + (char) c + "]" : Character.toString(c);
            case MARKDOWN -> startsLink(raw, at)
                    ? "\uFF3B" + (char) c + "\uFF3D"
                    : code ? inCode(raw, at, c) : inSentence(raw, at, c);
        };
    }

    private static String inSentence(String raw, int at, int c) {
        return switch (c) {
            case '&' -> "\uFF06";
            case '<' -> "\u2039";
            case '>' -> "\u203A";
            case '`' -> "'";
            case '*' -> "\u2217";
            case '~' -> "\u223C";
            case '|' -> "\u2223";
            case '@' -> "\uFF20";
            case '[' -> "\uFF3B";
            case ']' -> "\uFF3D";
            // Within a word an underscore is no markup, and role names are full of them.
            case '_' -> isWord(raw, at - 1) && isWord(raw, at + 1) ? "_" : "\u02CD";
            default -> Character.toString(c);
        };
    }

    /// In a code span only its own end, Slack's `<...>` and `&` and a mention at a word's start have a meaning left.
    private static String inCode(String raw, int at, int c) {
        return switch (c) {
            case '&' -> "\uFF06";
            case '<' -> "\u2039";
            case '>' -> "\u203A";
            case '`' -> "'";
            case '@' -> isWord(raw, at - 1) ? "@" : "\uFF20";
            default -> Character.toString(c);
        };
    }

    /// Whether the character is the colon of `://`, or the dot of `www.` at a word's start.
    private boolean startsLink(String raw, int at) {
        return raw.startsWith("://", at)
                || (raw.startsWith(".", at) && at >= 3 && raw.regionMatches(true, at - 3, "www", 0, 3)
                        && !(isWord(raw, at - 4) && (this != ASCII || raw.charAt(at - 4) <= '~')));
    }

    /// Whether a letter or digit stands there, and is shown as one.
    private static boolean isWord(String raw, int at) {
        return at >= 0 && at < raw.length() && Character.isLetterOrDigit(raw.charAt(at))
                && !isUnseen(raw.charAt(at));
    }

    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
    }

    /// Sources: Unicode 16, `UnicodeData.txt` for the categories and `DerivedCoreProperties.txt` for the
    /// default-ignorable code points that are in none of them; U+2800 is an empty Braille cell.
    private static boolean isUnseen(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                    Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                true;
            case Character.SPACE_SEPARATOR -> c != ' ';
            default -> c == 0x034F || c == 0x2800 || c == 0x3164 || c == 0xFFA0 || within(c, 0x115F, 0x1160)
                    || within(c, 0x17B4, 0x17B5) || within(c, 0x180B, 0x180F) || within(c, 0xFE00, 0xFE0F)
                    || within(c, 0xE0100, 0xE01EF);
        };
    }

    private static boolean within(int c, int first, int last) {
        return c >= first && c <= last;
    }
}
