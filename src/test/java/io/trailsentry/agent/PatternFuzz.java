package io.trailsentry.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.trail.Arn;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Two lines as a pattern and a name: globs against a plain recursive matcher, patterns of principals against globs and
/// names, ARNs against what they were made of.
public final class PatternFuzz {
    /// The matcher to compare with takes exponential time.
    private static final int LONGEST = 40;

    /// Names of roles and users, as IAM takes them.
    private static final Pattern NAME = Pattern.compile("[\\w+=,.@-]+");

    private PatternFuzz() {
    }

    /// Holds the second line against the first.
    public static void fuzzerTestOneInput(byte[] input) {
        String[] line = new String(input, UTF_8).split("\n", 2);
        String pattern = line[0];
        String text = line.length > 1 ? line[1] : "";
        boolean small = pattern.length() <= LONGEST && text.length() <= LONGEST
                && pattern.chars().filter(c -> c == '*').count() <= 4;
        if (small) {
            assertThat(new Glob(pattern).matches(text)).isEqualTo(matches(pattern, 0, text, 0));
        }
        Principal principal = principal(text);
        PrincipalPattern of = pattern(pattern);
        if (of != null && principal != null) {
            boolean meant = of.matches(principal);
            // Of a path it is only asked whether a wildcard begins the last part, see PrincipalPattern.mayMean.
            if (meant && NAME.matcher(principal.name()).matches()
                    && principal.arn().indexOf('/') == principal.arn().lastIndexOf('/')) {
                assertThat(of.mayMean(principal.name())).as("%s may mean %s", of, principal.name()).isTrue();
            }
            PrincipalPattern exact = pattern(principal.arn());
            // IAM's names have no spaces around them, and patterns are read without.
            if (exact != null && !exact.isGlob() && principal.arn().equals(principal.arn().strip())) {
                assertThat(exact.matches(principal)).as("its own ARN").isTrue();
            }
        }
        identities(Arn.parse(pattern), Arn.parse(text), pattern);
    }

    private static void identities(@Nullable Arn one, @Nullable Arn other, String text) {
        if (one != null) {
            assertThat(String.join(":", "arn", one.partition(), one.service(), one.region(), one.account(),
                    one.resource())).isEqualTo(text);
            assertThat(one.resource()).startsWith(one.kind()).contains(one.name());
        }
        if (one != null && other != null) {
            assertThat(one.sameIdentity(other)).isEqualTo(other.sameIdentity(one));
        }
    }

    private static @Nullable Principal principal(String text) {
        Arn arn = Arn.parse(text);
        return arn == null ? new Principal(Kind.ROLE, "111122223333", text, text) : Principal.of(arn);
    }

    private static @Nullable PrincipalPattern pattern(String text) {
        try {
            return PrincipalPattern.of(text);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageFindingMatch("\\S");
            return null;
        }
    }

    private static boolean matches(String glob, int at, String text, int in) {
        if (at == glob.length()) {
            return in == text.length();
        }
        if (glob.charAt(at) == '*') {
            return matches(glob, at + 1, text, in) || (in < text.length() && matches(glob, at, text, in + 1));
        }
        return in < text.length()
                && (glob.charAt(at) == '?' || Character.toLowerCase(glob.charAt(at)) == Character
                        .toLowerCase(text.charAt(in)))
                && matches(glob, at + 1, text, in + 1);
    }
}
