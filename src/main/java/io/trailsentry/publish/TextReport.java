package io.trailsentry.publish;

import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import java.util.List;
import java.util.Map;

/// A finding for a person at a terminal, in at most 96 columns but for commands and long names. Immutable, thread-safe,
/// pure. The only control characters are line ends and, with colours, its own.
public final class TextReport {
    private static final int WIDTH = 96;
    private static final int INDENT = 10;
    private static final int MOST_SIGNALS = 6;
    /// What changes nothing, and for a grave finding how to contain it; the rest is in the runbook.
    private static final int MOST_STEPS = 2;

    private final Wording wording;
    private final boolean colours;

    /// @param accounts what accounts are called, by id
    /// @param colours whether severities and labels are coloured
    public TextReport(Catalogue catalogue, Map<String, Account> accounts, boolean colours) {
        this.wording = new Wording(catalogue, accounts, SafeText.PLAIN);
        this.colours = colours;
    }

    /// The report of one finding: several lines, each with its end.
    public String render(Finding finding) {
        Signal leading = finding.leading();
        Columns page = new Columns(INDENT, WIDTH);
        String severity = Wording.loud(finding.severity());
        page.field(paint(colour(finding.severity()), severity), severity.length(), wording.verdict(finding));
        field(page, "what", wording.what(finding, leading));
        String error = wording.error(leading);
        field(page, "error", error == null ? "" : error);
        field(page, "why", wording.why(leading));
        field(page, "who", wording.who(finding));
        field(page, "where", wording.where(finding));
        field(page, "when", wording.when(finding));
        String from = wording.from(leading);
        field(page, "from", from == null ? "" : from);
        field(page, "ATT&CK", wording.attack(finding));
        label(page, "steps", wording.steps(finding, MOST_SIGNALS));
        List<NextStep> steps = NextSteps.of(finding);
        int most = finding.severity().isAtLeast(Severity.HIGH) ? MOST_STEPS : 1;
        for (int i = 0; i < Math.min(most, steps.size()); i++) {
            field(page, i == 0 ? "do now" : "", steps.get(i).what());
            if (!steps.get(i).command().isEmpty()) {
                page.command(INDENT + 2, steps.get(i).command());
            }
        }
        field(page, "ok if", wording.okIf(finding));
        field(page, "event", SafeText.PLAIN.name(leading.evidence().eventId(), 128) + ", finding " + finding.id());
        return page.toString();
    }

    private void label(Columns page, String label, List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            field(page, i == 0 ? label : "", lines.get(i));
        }
    }

    private void field(Columns page, String label, String text) {
        String shown = "  " + label;
        page.field(label.isEmpty() ? shown : "  " + paint("2", label), shown.length(), text);
    }

    private String paint(String code, String text) {
        return colours ? "\u001B[" + code + "m" + text + "\u001B[0m" : text;
    }

    /// SGR codes: bold red, red, yellow, cyan, dim.
    private static String colour(Severity severity) {
        return switch (severity) {
            case CRITICAL -> "1;31";
            case HIGH -> "31";
            case MEDIUM -> "33";
            case LOW -> "36";
            case INFORMATIONAL -> "2";
        };
    }
}
