package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.trail.Seed;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GlobTest {
    @Test
    void matches_randomGlobs_areThoseOfTheRegularExpression() {
        Random random = Seed.random("GlobTest", 6);
        int hits = 0;
        for (int i = 0; i < 20_000; i++) {
            String glob = text(random, "ab*?A(");
            String candidate = text(random, "abAB*?(");
            StringBuilder regex = new StringBuilder();
            glob.chars().forEach(c -> regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote("" + (char) c)));
            boolean expected = Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE).matcher(candidate).matches();
            assertThat(new Glob(glob).matches(candidate)).as("%s against %s", glob, candidate).isEqualTo(expected);
            hits += expected ? 1 : 0;
        }
        assertThat(hits).isGreaterThan(400);
    }

    @Test
    void matches_manyStarsAgainstALongText_ends() {
        assertThat(new Glob("*a*a*a*a*a*a*a*a*b").matches("a".repeat(100_000))).isFalse();
    }

    @Test
    void isGlob_starOrQuestionMark_isOne() {
        assertThat(Glob.isGlob("mcp-*")).isTrue();
        assertThat(Glob.isGlob("mcp?")).isTrue();
        assertThat(Glob.isGlob("*")).isTrue();
        assertThat(Glob.isGlob("?")).isTrue();
        assertThat(Glob.isGlob("mcp.agent+role")).isFalse();
    }

    private static String text(Random random, String letters) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }
}
