package io.trailsentry.publish;

import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A step of a finding in the form of a CloudWatch alarm, which the stock integrations of pagers read. Immutable,
/// thread-safe, pure.
///
/// PagerDuty passes over a message whose subject does not begin with the state that the body names. Pagers fold by the
/// alarm's name or ARN, so both hold the finding's id and its severity: the same step folds, and a rise pages again
/// even when the first page was acknowledged.
public final class PageMessage {
    private static final int SUBJECT = 99;
    private static final int MOST_SIGNALS = 6;

    private final Wording wording;
    private final Wording plain;

    /// @param accounts what accounts are called, by id
    public PageMessage(Catalogue catalogue, Map<String, Account> accounts) {
        this.wording = new Wording(catalogue, accounts, SafeText.EMAIL);
        this.plain = new Wording(catalogue, accounts, SafeText.ASCII);
    }

    /// The subject, as CloudWatch writes it: `ALARM: "..." in ...`; ASCII, fewer than 100 characters.
    public String subject(Notice notice) {
        Finding finding = notice.finding();
        String head = state(notice) + ": \"" + Wording.loud(finding.liveSeverity()) + " ";
        String tail = "\" in " + plain.place(finding);
        return head + Wording.subject(finding.title().replace('"', '\''),
                SUBJECT - head.length() - tail.length()) + tail;
    }

    /// The message: CloudWatch's fields first, then those that a custom template of a pager may name.
    public String body(Notice notice) {
        Finding finding = notice.finding();
        Signal leading = finding.leading();
        String severity = finding.liveSeverity().label();
        String name = "TrailSentry-" + finding.id() + "-" + severity;
        String sentence = wording.verdict(finding);
        String reason = sentence + " Why: " + wording.why(leading);
        String description = String.join("\n", description(notice));
        String region = Links.region(finding.region());
        String link = Links.event(leading.evidence());
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("severity", severity);
        metadata.put("detector", leading.detector());
        metadata.put("agent", SafeText.PLAIN.text(finding.agent(), 128));
        metadata.put("account", SafeText.PLAIN.text(finding.account(), 40));
        metadata.put("finding", finding.id());
        metadata.put("version", Version.NUMBER);
        metadata.put("runbook", Links.runbook(leading.detector()));
        return new Alarm(name,
                Wording.loud(finding.liveSeverity()) + ": " + sentence + " (" + wording.place(finding) + ")", reason,
                description, finding.account(), region, severity, state(notice).equals("ALARM"), seen(notice),
                notice.at(),
                link == null ? Links.runbook(leading.detector()) : link, metadata).toString();
    }

    private List<String> description(Notice notice) {
        Finding finding = notice.finding();
        Signal leading = finding.leading();
        List<NextStep> steps = NextSteps.of(finding);
        List<String> lines = new ArrayList<>(List.of(wording.verdict(finding),
                "What: " + wording.what(finding, leading),
                "Who: " + wording.who(finding), "Where: " + wording.where(finding), "When: " + wording.when(finding)
                        + wording.delay(notice) + (wording.late(notice).isEmpty() ? "" : ", " + wording.late(notice)),
                "Why: " + wording.why(leading)));
        wording.steps(finding, MOST_SIGNALS).forEach(step -> lines.add("Step: " + step));
        lines.add(("Do now: " + steps.getFirst().what() + " " + NextStep.line(steps.getFirst().command())).strip());
        if (notice.kind() != Notice.Kind.SUPERSEDED) {
            lines.add("OK if: " + wording.okIf(finding));
        }
        String link = Links.event(leading.evidence());
        if (link != null) {
            lines.add("Event: " + link);
        }
        lines.add("Runbook: " + Links.runbook(leading.detector()));
        return lines;
    }

    /// Only what proves to be no finding is resolved; that its time is over resolves nothing.
    private static String state(Notice notice) {
        return notice.kind() == Notice.Kind.SUPERSEDED ? "OK" : "ALARM";
    }

    private static Instant seen(Notice notice) {
        Instant first = notice.finding().firstSeen();
        return first == null ? notice.at() : first;
    }
}
