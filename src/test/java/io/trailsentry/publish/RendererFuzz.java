package io.trailsentry.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trailsentry.agent.Principal.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/// Any text in a field that an agent can choose: every form holds what [HostileTextTest] asserts of it.
///
/// The first byte says in which field the text stands, the second whose finding it is and in which form it is looked at.
public final class RendererFuzz {
    private static final HostileTextTest HOSTILE = new HostileTextTest();
    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final List<BiConsumer<Draft, String>> FIELDS = List.copyOf(HostileTextTest.FIELDS.values());

    private RendererFuzz() {
    }

    /// Renders a finding.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        Draft draft = HostileTextTest.draft(KINDS.get((input[1] & 0xff) % KINDS.size()));
        String text = new String(Arrays.copyOfRange(input, 2, input.length), UTF_8);
        int field = (input[0] & 0xff) % (FIELDS.size() + 1);
        if (field < FIELDS.size()) {
            FIELDS.get(field).accept(draft, text);
        } else {
            FIELDS.forEach(each -> each.accept(draft, text));
        }
        switch ((input[1] & 0xff) >> 4 & 7) {
            case 0 -> HOSTILE.subject_ofHostileText_isShortPrintableAscii("fuzz", draft);
            case 1, 2 -> HOSTILE.email_ofHostileText_keepsItsLinesAndLinks("fuzz", draft);
            case 3, 4 -> HOSTILE.chat_ofHostileText_keepsItsMarkupAndLinks("fuzz", draft);
            case 5 -> HOSTILE.json_ofHostileText_holdsOnlyWhatCanBeSeen("fuzz", draft);
            case 6 -> HOSTILE.terminal_ofHostileText_keepsItsLinesAndColours("fuzz", draft);
            default -> HOSTILE.report_ofHostileText_isInert("fuzz", draft);
        }
    }
}
