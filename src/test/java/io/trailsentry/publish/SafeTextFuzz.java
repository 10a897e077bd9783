package io.trailsentry.publish;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/// Any text made safe in every way: nothing unseen, no markup, no link, no longer than allowed; and what is safe stays.
public final class SafeTextFuzz {
    private SafeTextFuzz() {
    }

    /// The first byte is the length that is allowed, the lowest bit whether the rest is UTF-8; the other way, halves of pairs
    /// come alone.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int longest = 4 + (input[0] & 0xff);
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        String raw = (input[0] & 1) == 0 ? new String(rest, UTF_8) : halves(rest);
        for (SafeText way : SafeText.values()) {
            String text = way.text(raw, longest);
            holds(way, text, longest);
            if (!text.endsWith("...")) {
                // The mark of a cut may follow `www`, which makes no link of it, but looks like the beginning of one.
                assertThat(way.text(text, longest)).as("%s", way).isEqualTo(text);
            }
            String name = way.name(raw, longest);
            if (way == SafeText.MARKDOWN) {
                assertThat(name).startsWith("`").endsWith("`").hasSizeGreaterThan(2);
                String inside = name.substring(1, name.length() - 1);
                assertThat(inside).doesNotContain("`", "<", ">", "&", "://");
                Danger.assertNoneIn(inside, way.name());
                assertThat(inside.codePointCount(0, inside.length())).isLessThanOrEqualTo(longest);
            } else {
                holds(way, name, longest);
            }
        }
        String html = new Html().open("p", "title", raw).text(raw).close().toString();
        assertThat(html).matches("(?s)<p title=\"[^<>\"]*\">[^<>\"]*</p>\\n");
        assertThat(Page.of(html).text("p")).isEqualTo(SafeText.PLAIN.text(raw, Integer.MAX_VALUE));
    }

    private static String halves(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i + 1 < bytes.length; i += 2) {
            text.append((char) ((bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff)));
        }
        return text.isEmpty() ? new String(bytes, UTF_16BE) : text.toString();
    }

    private static void holds(SafeText way, String text, int longest) {
        Danger.assertNoneIn(text, way.name());
        assertThat(text.codePointCount(0, text.length())).isLessThanOrEqualTo(longest);
        switch (way) {
            case PLAIN -> {
            }
            case EMAIL -> assertThat(text).doesNotContain("://");
            case ASCII -> assertThat(text).matches("[ -~]*").doesNotContain("://");
            case MARKDOWN -> assertThat(text).doesNotContain("&", "<", ">", "`", "*", "~", "|", "@", "[", "]", "://");
        }
    }
}
