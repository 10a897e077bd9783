package io.trailsentry.posture;

import java.util.Locale;
import java.util.regex.Pattern;

/// An action or resource as a policy writes it: `*` means any text, `?` one character. Immutable and thread-safe.
///
/// Comparing takes at most the product of both lengths. Source: IAM user guide, "IAM JSON policy elements".
///
/// @param text as it is compared: actions in lower case, since IAM ignores their case
record PolicyPattern(String text) {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{[^}]*}");
    /// What stands before a resource's own name: `instance/`, `log-group:`.
    private static final Pattern KIND = Pattern.compile("[A-Za-z][A-Za-z0-9-]*[/:]");

    /// Everything.
    static final PolicyPattern ALL = new PolicyPattern("*");

    static PolicyPattern ofAction(String text) {
        return new PolicyPattern(text.toLowerCase(Locale.ROOT));
    }

    /// Whether a policy variable decides what is meant.
    boolean isVariable() {
        return text.contains("${");
    }

    /// The same with each policy variable as any text: the most that it can mean.
    PolicyPattern widest() {
        return isVariable() ? new PolicyPattern(VARIABLE.matcher(text).replaceAll("*")) : this;
    }

    /// Whether every text that the other means is meant.
    boolean covers(PolicyPattern other) {
        return compare(other.text, false);
    }

    /// Whether some text is meant by both.
    boolean overlaps(PolicyPattern other) {
        return compare(other.text, true);
    }

    /// By rows over this text. A star of the other is a character like any other that only a star covers; where sharing
    /// is enough it may stand for nothing or for more.
    private boolean compare(String other, boolean share) {
        boolean[] row = new boolean[other.length() + 1];
        row[0] = true;
        for (int j = 0; share && j < other.length() && other.charAt(j) == '*'; j++) {
            row[j + 1] = true;
        }
        for (int i = 0; i < text.length(); i++) {
            char own = text.charAt(i);
            boolean[] next = new boolean[row.length];
            next[0] = own == '*' && row[0];
            for (int j = 0; j < other.length(); j++) {
                char its = other.charAt(j);
                if (own == '*') {
                    next[j + 1] = row[j + 1] || next[j];
                } else if (share && its == '*') {
                    next[j + 1] = row[j] || row[j + 1] || next[j];
                } else {
                    boolean same = own == its || (own == '?' && its != '*') || (share && its == '?');
                    next[j + 1] = row[j] && same;
                }
            }
            row = next;
        }
        return row[other.length()];
    }

    /// Whether a resource names no one thing: `*`, every bucket, every instance of an account. A bucket's objects, and
    /// names with a beginning of their own, are not.
    boolean isWide() {
        String[] part = text.split(":", 6);
        if (part.length < 6) {
            return text.startsWith("*") || text.startsWith("?") || (text.startsWith("arn:") && text.endsWith("*"));
        }
        String resource = part[5];
        boolean named = part[2].equals("s3");
        String name = named ? resource : KIND.matcher(resource).replaceFirst("");
        return name.startsWith("*") && !(name.length() > 1 && isWord(name.substring(1)));
    }

    /// Whether text behind a star names something: `*-agent` does, `*` and `*/*` do not.
    private static boolean isWord(String text) {
        return text.chars().anyMatch(Character::isLetterOrDigit);
    }
}
