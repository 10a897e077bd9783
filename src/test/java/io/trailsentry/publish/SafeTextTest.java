package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"mcp-agent-role", "arn:aws:iam::111122223333:role/path/x", "Gr\u00F6\u00DFe \u65E5\u672C",
            "a_b+c=d,e.f@g", "\uD83D\uDE80", "10:14:03 (1 event)"})
    void plain_ordinaryText_staysAsItIs(String text) {
        assertThat(SafeText.PLAIN.text(text, 100)).isEqualTo(text);
        assertThat(SafeText.EMAIL.text(text, 100)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0x00", "0x07", "0x09", "0x0A", "0x0D", "0x1B", "0x7F", "0x80", "0x85", "0x9B", "0xA0", "0xAD", "0x34F",
            "0x61C", "0x115F", "0x180E", "0x200B", "0x200D", "0x200E", "0x200F", "0x2028", "0x2029", "0x202A",
            "0x202E", "0x2060", "0x2066", "0x2069", "0x2800", "0x3000", "0x3164", "0xFE0F", "0xFEFF", "0xFFA0",
            "0xD800", "0xDFFF", "0xE000", "0xFFFE", "0xE0001", "0xE0041", "0xE007F", "0xE0100", "0xE01EF",
            "0x10FFFF"})
    void anyForm_unseenCodePoint_isShownByItsNumber(String number) {
        int c = Integer.decode(number);
        String raw = "a" + Character.toString(c) + "b";
        String name = String.format("U+%04X", c);

        assertThat(SafeText.PLAIN.text(raw, 100)).isEqualTo("a<" + name + ">b");
        assertThat(SafeText.EMAIL.text(raw, 100)).isEqualTo("a<" + name + ">b");
        assertThat(SafeText.MARKDOWN.text(raw, 100)).isEqualTo("a\u2039" + name + "\u203Ab");
        assertThat(SafeText.ASCII.text(raw, 100)).isEqualTo("a?b");
    }

    @Test
    void plain_heapOfCombiningMarks_keepsThree() {
        assertThat(SafeText.PLAIN.text("e\u0301\u0302\u0303\u0304\u0305x\u0301", 100))
                .isEqualTo("e\u0301\u0302\u0303<U+0304><U+0305>x\u0301");
    }

    @ParameterizedTest
    @CsvSource({"abcdefgh,8,abcdefgh", "abcdefghi,8,abcde...",
            "\uD83D\uDE80\uD83D\uDE80\uD83D\uDE80\uD83D\uDE80\uD83D\uDE80,4,\uD83D\uDE80...",
            "abc\u202Edef,10,abc...", "abc\u202E,11,abc<U+202E>", "\u202E\u202E,8,..."})
    void text_longerThanAllowed_isCutWithMarkBetweenWholePieces(String raw, int longest, String expected) {
        assertThat(SafeText.PLAIN.text(raw, longest)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"see https://evil.example/x,see https[:]//evil.example/x", "ftp://h,ftp[:]//h",
            "go to www.evil.example,go to www[.]evil.example", "WWW.x.y,WWW[.]x.y", "awww.x,awww.x",
            "https://www.x,https[:]//www[.]x"})
    void email_link_isShownButBroken(String raw, String expected) {
        assertThat(SafeText.EMAIL.text(raw, 100)).isEqualTo(expected);
        assertThat(SafeText.ASCII.text(raw, 100)).isEqualTo(expected);
        String wide = expected.replace('[', '\uFF3B').replace(']', '\uFF3D');
        assertThat(SafeText.MARKDOWN.text(raw, 100)).isEqualTo(wide);
        assertThat(SafeText.MARKDOWN.name(raw, 100)).isEqualTo("`" + wide + "`");
    }

    @Test
    void link_behindALetterThatIsShownAsNone_isBroken() {
        assertThat(SafeText.EMAIL.text("\u3164www.evil.example", 100)).isEqualTo("<U+3164>www[.]evil.example");
        assertThat(SafeText.ASCII.text("\u05D3www.evil.example", 100)).isEqualTo("?www[.]evil.example");
        assertThat(SafeText.EMAIL.text("\u05D3www.x", 100)).isEqualTo("\u05D3www.x");
    }

    @Test
    void markup_behindALetterThatIsShownAsNone_losesItsMeaning() {
        assertThat(SafeText.MARKDOWN.text("\u3164_it_", 100)).isEqualTo("\u2039U+3164\u203A\u02CDit\u02CD");
        assertThat(SafeText.MARKDOWN.name("\u3164@here", 100)).isEqualTo("`\u2039U+3164\u203A\uFF20here`");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<!channel>", "<!here|x>", "<@U012345>", "<https://evil.example|click>", "@here",
            "@channel",
            "&lt;!channel&gt;", "*bold*", "_it_", "~no~", "`code`", "```", "||spoiler||", "[a](b)", "www.(b)",
            "> quote",
            "<at>Dana</at>"})
    void markdown_markup_losesItsMeaning(String raw) {
        assertThat(SafeText.MARKDOWN.text(raw, 100)).doesNotContain("<", ">", "&", "@", "*", "`", "~", "|", "[", "]")
                .doesNotContainPattern("(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])");
        assertThat(SafeText.MARKDOWN.name(raw, 100)).startsWith("`").endsWith("`")
                .satisfies(span -> assertThat(span.substring(1, span.length() - 1)).doesNotContain("<", ">", "&", "`")
                        .doesNotContainPattern("(?<![A-Za-z0-9])@"));
    }

    @Test
    void markdown_name_staysAsItIsInACodeSpan() {
        assertThat(SafeText.MARKDOWN.name("my_agent_role_", 100)).isEqualTo("`my_agent_role_`");
        assertThat(SafeText.MARKDOWN.name("dana@example.com", 100)).isEqualTo("`dana@example.com`");
        assertThat(SafeText.MARKDOWN.name("arn:aws:s3:::b/*", 100)).isEqualTo("`arn:aws:s3:::b/*`");
        assertThat(SafeText.MARKDOWN.name("", 100)).isEqualTo("`-`");
        assertThat(SafeText.MARKDOWN.text("role my_agent_role did", 100)).isEqualTo("role my_agent_role did");
    }

    @ParameterizedTest
    @EnumSource
    void anyForm_randomText_holdsOnlyWhatCanBeSeenAndIsNotTooLong(SafeText form) {
        long seed = 20_261_122;
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            String raw = random.ints(random.nextInt(60), 0, 0x11_0000).mapToObj(Character::toString)
                    .collect(Collectors.joining());
            int longest = 4 + random.nextInt(200);
            String shown = form.text(raw, longest);
            assertThat(shown.codePointCount(0, shown.length())).as("seed %d round %d", seed, round)
                    .isLessThanOrEqualTo(longest);
            Danger.assertNoneIn(shown, "seed " + seed + " round " + round);
        }
    }

    @Test
    void text_ofHundredMillionCharacters_isCutWithoutReadingThemAll() {
        assertThat(SafeText.PLAIN.text("x".repeat(100_000_000), 10)).isEqualTo("xxxxxxx...");
    }
}
