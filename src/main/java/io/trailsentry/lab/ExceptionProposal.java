package io.trailsentry.lab;

import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Exceptions.Entry;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.SafeText;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The exceptions that would take a finding out, each as narrow as an exception can be. Immutable and thread-safe.
///
/// An agent chooses targets, and an exception's target is a glob. So what would make it wider than the text that it
/// stands for, or unreadable, becomes `?`, which is any one character.
///
/// @param entries for the leading step, and for each other one of medium or above; at least one
/// @param notes in which way they are wider than those steps; empty when in none
public record ExceptionProposal(List<Entry> entries, List<String> notes) {
    /// The longest value that a configuration may hold.
    private static final int LONGEST = 1024;
    private static final String ANY = "*";

    /// Copies the lists.
    public ExceptionProposal {
        entries = List.copyOf(entries);
        notes = List.copyOf(notes);
    }

    /// What would take a finding out.
    ///
    /// @param anyTarget whether targets that are not the finding's are meant too
    public static ExceptionProposal of(Finding finding, LocalDate until, String reason, boolean anyTarget) {
        Set<Entry> entries = new LinkedHashSet<>();
        Set<String> notes = new LinkedHashSet<>();
        String agent = glob("agent", finding.agent(), notes);
        for (Signal signal : finding.signals()) {
            if (signal.equals(finding.leading()) || Severity.of(signal.score()).isAtLeast(Severity.MEDIUM)) {
                String action = signal.action();
                entries.add(new Entry(signal.detector(), agent, action == null ? null : actionGlob(action, notes),
                        anyTarget && action != null ? ANY : targetGlob(signal, notes), until, reason));
            }
        }
        return new ExceptionProposal(List.copyOf(entries), List.copyOf(notes));
    }

    private static @Nullable String targetGlob(Signal signal, Set<String> notes) {
        String target = signal.target();
        if (target != null && !target.isEmpty()) {
            return glob("target", target, notes);
        }
        notes.add(signal.action() == null
                ? signal.detector() + " is about how many calls there were: the exception holds for each of its signals"
                : signal.detector() + " names no target of " + SafeText.PLAIN.name(signal.action(), 128)
                        + ": the exception holds for any target");
        return null;
    }

    /// The narrowest glob that a configuration can hold for a text; null when there is none but any.
    private static @Nullable String glob(String what, String text, Set<String> notes) {
        StringBuilder glob = new StringBuilder(text);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean edge = (i == 0 || i == text.length() - 1) && Character.isWhitespace(c);
            if (c == '*' || edge || Character.isISOControl(c) || isUnpaired(text, i)) {
                glob.setCharAt(i, '?');
            }
        }
        return noted(what, text, glob, notes);
    }

    private static boolean isUnpaired(String text, int at) {
        char c = text.charAt(at);
        return Character.isHighSurrogate(c)
                ? at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1))
                : Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }

    /// The same for an action, of which a configuration takes the letters of IAM only.
    private static @Nullable String actionGlob(String action, Set<String> notes) {
        int colon = action.indexOf(':');
        StringBuilder glob = new StringBuilder(action);
        for (int i = 0; i < action.length(); i++) {
            char c = action.charAt(i);
            boolean usual = (c < 128 && Character.isLetterOrDigit(c)) || c == '-' || c == '.' || i == colon
                    || (c == '_' && i > colon);
            if (!usual) {
                glob.setCharAt(i, '?');
            }
        }
        if (colon == action.length() - 1) {
            glob.append(ANY);
        }
        if (colon == 0) {
            glob.insert(0, ANY);
        }
        return noted("action", action, glob, notes);
    }

    private static @Nullable String noted(String what, String text, StringBuilder glob, Set<String> notes) {
        if (glob.length() > LONGEST) {
            glob.setLength(LONGEST - 1);
            if (Character.isHighSurrogate(glob.charAt(LONGEST - 2))) {
                glob.setLength(LONGEST - 2);
            }
            glob.append(ANY);
        }
        if (glob.isEmpty()) {
            notes.add("there is no " + what + ": the exception holds for any");
            return null;
        }
        if (!text.contentEquals(glob)) {
            notes.add("the " + what + " " + SafeText.PLAIN.name(text, 128)
                    + " cannot be written exactly: ? stands for one character, * for the rest");
        }
        return glob.toString();
    }

    /// The entries as they stand under `exceptions:`, two spaces in.
    public String yaml() {
        return entries.stream().map(ExceptionProposal::yaml).collect(Collectors.joining());
    }

    private static String yaml(Entry entry) {
        List<String> lines = new ArrayList<>();
        lines.add("detector: " + entry.detector());
        add(lines, "agent", entry.agent());
        add(lines, "action", entry.action());
        add(lines, "target", entry.target());
        if (entry.until() != null) {
            lines.add("until: " + entry.until());
        }
        add(lines, "reason", entry.reason());
        return "  - " + String.join("\n    ", lines) + "\n";
    }

    private static void add(List<String> lines, String key, @Nullable String value) {
        if (value != null) {
            lines.add(key + ": " + quoted(value));
        }
    }

    /// A text in YAML's double quotes. What a reader would not see, or see elsewhere than it stands, is escaped: somebody
    /// is to look at this before it counts.
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            String itself = Character.toString(c);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(itself);
            } else if (Character.getType(c) != Character.NON_SPACING_MARK
                    && SafeText.PLAIN.text(itself, 16).equals(itself)) {
                quoted.append(itself);
            } else {
                quoted.append(String.format(c <= 0xFFFF ? "\\u%04X" : "\\U%08X", c));
            }
        });
        return quoted.append('"').toString();
    }
}
