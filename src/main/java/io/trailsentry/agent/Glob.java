package io.trailsentry.agent;

/// A glob: `*` means any text, `?` one character; case is ignored. Immutable and thread-safe.
///
/// Matching takes at most the product of both lengths, whatever the text: an agent chooses what globs are held against.
///
/// @param text as it was written
public record Glob(String text) {

    /// Whether a text has a character that makes it more than a name.
    public static boolean isGlob(String text) {
        return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
    }

    /// Whether the whole of a text is meant.
    public boolean matches(String candidate) {
        int at = 0;
        int in = 0;
        int star = -1;
        int resume = 0;
        while (in < candidate.length()) {
            if (at < text.length() && text.charAt(at) == '*') {
                star = at++;
                resume = in;
            } else if (at < text.length() && (text.charAt(at) == '?' || same(text.charAt(at), candidate.charAt(in)))) {
                at++;
                in++;
            } else if (star >= 0) {
                // The last star takes one character more.
                at = star + 1;
                in = ++resume;
            } else {
                return false;
            }
        }
        while (at < text.length() && text.charAt(at) == '*') {
            at++;
        }
        return at == text.length();
    }

    private static boolean same(char a, char b) {
        return a == b || Character.toLowerCase(a) == Character.toLowerCase(b);
    }
}
