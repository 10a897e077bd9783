package io.trailsentry.publish;

import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A step of a finding as plain-text email. Immutable, thread-safe, pure.
///
/// The first line alone tells what happened and whether it succeeded; lines are at most 76 columns wide, so that no
/// mail program breaks them, but for links, long names and policy documents.
public final class AlertText {
    /// SNS takes fewer than 100 characters.
    private static final int SUBJECT = 99;
    private static final int WIDTH = 76;
    private static final int INDENT = 9;
    private static final int STEP_MARGIN = 3;
    private static final int MOST_SIGNALS = 6;
    private static final int MOST_CHANGES = 6;

    private final Wording wording;
    private final Wording plain;

    /// @param accounts what accounts are called, by id
    public AlertText(Catalogue catalogue, Map<String, Account> accounts) {
        this.wording = new Wording(catalogue, accounts, SafeText.EMAIL);
        this.plain = new Wording(catalogue, accounts, SafeText.ASCII);
    }

    /// The subject: ASCII, fewer than 100 characters, no control characters.
    public String subject(Notice notice) {
        Finding finding = notice.finding();
        String severity = Wording.loud(finding.liveSeverity());
        String head = switch (notice.kind()) {
            case CREATE -> severity + ": ";
            case UPDATE -> severity + " update: ";
            case CLOSE -> severity + " final count: ";
            case SUPERSEDED -> Wording.over(finding) + ": ";
        };
        String tail = " (" + plain.place(finding) + ")";
        return head + Wording.subject(finding.title(), SUBJECT - head.length() - tail.length()) + tail;
    }

    /// The message.
    public String body(Notice notice) {
        Finding finding = notice.finding();
        Signal leading = finding.leading();
        Columns mail = new Columns(INDENT, WIDTH);
        mail.paragraph("", first(notice));
        if (notice.kind() != Notice.Kind.CREATE) {
            mail.paragraph("", Wording.loud(finding.liveSeverity()) + ": " + wording.verdict(finding));
        }
        mail.line("");
        mail.field("WHAT", wording.what(finding, leading));
        String error = wording.error(leading);
        mail.field("ERROR", error == null ? "" : error);
        mail.field("WHO", wording.who(finding));
        mail.field("WHERE", wording.where(finding));
        mail.field("WHEN", wording.when(finding) + wording.delay(notice));
        mail.field("LATE", wording.late(notice));
        String from = wording.from(leading);
        mail.field("FROM", from == null ? "" : from);
        mail.field("WHY", wording.why(leading));
        List<String> steps = wording.steps(finding, MOST_SIGNALS);
        for (int i = 0; i < steps.size(); i++) {
            mail.field(i == 0 ? "STEPS" : "", steps.get(i));
        }
        mail.field("ATT&CK", wording.attack(finding));
        if (notice.kind() != Notice.Kind.SUPERSEDED) {
            doNow(mail, finding);
            mail.line("");
            mail.field("OK IF", wording.okIf(finding));
            List<String> exception = Wording.exception(finding, notice.at());
            exception.forEach(part -> mail.line((part.equals(exception.getFirst()) ? "   " : "     ") + part));
        }
        mail.line("");
        String link = Links.event(leading.evidence());
        mail.line("Event    " + (link == null ? SafeText.EMAIL.name(leading.evidence().eventId(), 128) : link));
        mail.line("Runbook  " + Links.runbook(leading.detector()));
        mail.line("Finding  " + finding.id() + ", rules of TrailSentry " + Version.NUMBER);
        return mail.toString();
    }

    private String first(Notice notice) {
        Finding finding = notice.finding();
        String changes = String.join("; ", notice.changes().stream().limit(MOST_CHANGES)
                .map(change -> SafeText.EMAIL.text(change, 160)).toList())
                + (notice.changes().size() > MOST_CHANGES
                        ? "; and " + (notice.changes().size() - MOST_CHANGES) + " more"
                        : "");
        return switch (notice.kind()) {
            case CREATE -> Wording.loud(finding.liveSeverity()) + ": " + wording.verdict(finding);
            case UPDATE -> "UPDATE: " + changes + ".";
            case CLOSE -> "FINAL COUNT: " + changes + ". Its quarter hour is over; nothing is resolved by that.";
            case SUPERSEDED -> Wording.over(finding).toUpperCase(Locale.ROOT) + ": " + changes
                    + ". Nothing needs to be done.";
        };
    }

    private void doNow(Columns mail, Finding finding) {
        mail.line("");
        mail.line("DO NOW   with credentials for account " + wording.account(Wording.actor(finding).account()));
        List<NextStep> steps = NextSteps.of(finding);
        for (int i = 0; i < steps.size(); i++) {
            NextStep step = steps.get(i);
            mail.paragraph((i + 1) + ". ", step.what());
            if (!step.command().isEmpty()) {
                mail.command(STEP_MARGIN, step.command());
            }
            if (!step.undo().isEmpty()) {
                mail.line(" ".repeat(STEP_MARGIN) + "Undo:");
                mail.command(STEP_MARGIN, step.undo());
            }
        }
    }
}
