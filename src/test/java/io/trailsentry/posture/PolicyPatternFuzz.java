package io.trailsentry.posture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Two lines as patterns, held against texts that they mean: what covers means all of them, what shares one overlaps.
public final class PolicyPatternFuzz {
    private static final int LONGEST = 30;

    private PolicyPatternFuzz() {
    }

    /// Compares the lines both ways.
    public static void fuzzerTestOneInput(byte[] input) {
        String[] line = new String(input, UTF_8).split("\n", 2);
        String one = line[0];
        String other = line.length > 1 ? line[1] : "";
        if (one.length() > LONGEST || other.length() > LONGEST) {
            return;
        }
        PolicyPattern a = new PolicyPattern(one);
        PolicyPattern b = new PolicyPattern(other);
        assertThat(a.covers(a)).isTrue();
        assertThat(PolicyPattern.ALL.covers(a)).isTrue();
        boolean share = a.overlaps(b);
        assertThat(b.overlaps(a)).isEqualTo(share).isEqualTo(meet(one, 0, other, 0));
        if (a.covers(b)) {
            assertThat(share).as("every pattern means something").isTrue();
            assertThat(meant(other)).allSatisfy(text -> assertThat(meet(one, 0, text, 0)).as(text).isTrue());
        }
        if (b.text().indexOf('*') < 0 && b.text().indexOf('?') < 0) {
            assertThat(a.covers(b)).isEqualTo(share);
        }
        if (a.widest().covers(b)) {
            assertThat(a.widest().overlaps(b)).isTrue();
        }
        a.isWide();
        b.isWide();
    }

    /// A few of the texts that a pattern means.
    private static List<String> meant(String pattern) {
        return List.of(pattern.replace("*", "").replace('?', 'x'), pattern.replace("*", "x").replace('?', 'A'),
                pattern.replace("*", "a:/b").replace('?', '\u0001'));
    }

    /// Whether some text is meant by both.
    private static boolean meet(String a, int i, String b, int j) {
        return meet(a, i, b, j, new byte[(a.length() + 1) * (b.length() + 1)]);
    }

    /// The same of the rest of both, told by cases; each pair of places is looked at once.
    private static boolean meet(String a, int i, String b, int j, byte[] known) {
        int place = i * (b.length() + 1) + j;
        if (known[place] == 0) {
            boolean met;
            if (i == a.length() && j == b.length()) {
                met = true;
            } else if (i < a.length() && a.charAt(i) == '*') {
                met = meet(a, i + 1, b, j, known) || (j < b.length() && meet(a, i, b, j + 1, known));
            } else if (j < b.length() && b.charAt(j) == '*') {
                met = meet(a, i, b, j + 1, known) || (i < a.length() && meet(a, i + 1, b, j, known));
            } else {
                met = i < a.length() && j < b.length()
                        && (a.charAt(i) == b.charAt(j) || a.charAt(i) == '?' || b.charAt(j) == '?')
                        && meet(a, i + 1, b, j + 1, known);
            }
            known[place] = (byte) (met ? 1 : 2);
        }
        return known[place] == 1;
    }
}
