package io.trailsentry.publish;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.trail.Arn;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A step of a finding as a custom notification of Amazon Q Developer in chat applications, which posts it to Slack or
/// Teams; all steps of a finding share a thread. Immutable, thread-safe, pure.
///
/// Amazon Q drops what it does not recognise without a word. Source: its administrator guide, "Sending custom
/// notifications".
public final class ChatNotification {
    /// Slack cuts a text block at 3,000 characters, and what a reader takes in ends earlier.
    private static final int DESCRIPTION = 1_490;
    private static final int TITLE = 180;
    private static final int MOST_SIGNALS = 4;
    /// Names that may stand in the command of a custom action: IAM's character set, no more.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_+=,.@-]{1,64}");

    private final Wording wording;

    /// @param accounts what accounts are called, by id
    public ChatNotification(Catalogue catalogue, Map<String, Account> accounts) {
        this.wording = new Wording(catalogue, accounts, SafeText.MARKDOWN);
    }

    /// The notification.
    public String render(Notice notice) {
        Finding finding = notice.finding();
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("version", "1.0");
        message.put("source", "custom");
        message.put("id", Steps.uid(notice));
        ObjectNode content = message.putObject("content");
        content.put("textType", "client-markdown");
        content.put("title", title(notice));
        content.put("description", description(notice));
        ArrayNode nextSteps = content.putArray("nextSteps");
        if (notice.kind() == Notice.Kind.CREATE || notice.kind() == Notice.Kind.UPDATE) {
            NextSteps.of(finding).forEach(step -> nextSteps.add(step.command().isEmpty()
                    ? step.what()
                    : step.what() + " `" + NextStep.line(step.command()) + "`" + (step.undo().isEmpty()
                            ? ""
                            : " Undo: `" + NextStep.line(step.undo()) + "`")));
            nextSteps.add("Runbook: " + Links.runbook(finding.leading().detector()));
        }
        ArrayNode keywords = content.putArray("keywords");
        keywords.add(Wording.loud(finding.liveSeverity()));
        finding.detectors().stream().limit(5).forEach(keywords::add);
        finding.attack().stream().limit(5).forEach(keywords::add);
        metadata(message.putObject("metadata"), finding);
        return message.toString();
    }

    private String title(Notice notice) {
        Finding finding = notice.finding();
        String title = SafeText.MARKDOWN.text(finding.title(), TITLE) + " (" + wording.place(finding) + ")";
        String severity = icon(finding.liveSeverity()) + " " + Wording.loud(finding.liveSeverity());
        return switch (notice.kind()) {
            case CREATE -> severity + ": " + title;
            case UPDATE -> severity + " update: " + title;
            case CLOSE -> severity + " final count: " + title;
            case SUPERSEDED -> Wording.over(finding) + ": " + title;
        };
    }

    /// Told by shape and colour, in characters that every client shows.
    static String icon(Severity severity) {
        return switch (severity) {
            case CRITICAL -> "\uD83D\uDEA8";
            case HIGH -> "\uD83D\uDD34";
            case MEDIUM -> "\uD83D\uDFE0";
            case LOW, INFORMATIONAL -> "\uD83D\uDD35";
        };
    }

    /// As many lines as fit, the most important first.
    private String description(Notice notice) {
        Finding finding = notice.finding();
        Signal leading = finding.leading();
        String changes = String.join("; ", notice.changes().stream().limit(3)
                .map(change -> SafeText.MARKDOWN.text(change, 160)).toList());
        String error = wording.error(leading);
        String from = wording.from(leading);
        String link = Links.event(leading.evidence());
        Stream<String> head = Stream.of(notice.kind() == Notice.Kind.CREATE ? "" : "*Changed* " + changes,
                "*What* " + wording.what(finding, leading), "*Who* " + wording.who(finding),
                "*Where* " + wording.where(finding),
                "*When* " + wording.when(finding) + wording.delay(notice),
                wording.late(notice).isEmpty() ? "" : "*Late* " + wording.late(notice),
                "*Why* " + wording.why(leading));
        Stream<String> also = wording.steps(finding, MOST_SIGNALS).stream().map(step -> "*Step* " + step);
        Stream<String> tail = Stream.of(link == null ? "" : "*Event* " + link,
                notice.kind() == Notice.Kind.SUPERSEDED ? "" : "*OK if* " + wording.okIf(finding),
                from == null ? "" : "*From* " + from, error == null ? "" : "*Error* " + error,
                finding.attack().isEmpty() ? "" : "*Technique* " + wording.attack(finding));
        return fitting(Stream.of(head, also, tail).flatMap(lines -> lines).filter(line -> !line.isEmpty()).toList());
    }

    /// Lines are left out whole, so that no markup is cut open.
    private static String fitting(List<String> lines) {
        StringBuilder text = new StringBuilder();
        boolean all = true;
        for (String line : lines) {
            if (text.length() + 1 + line.length() <= DESCRIPTION - 4) {
                text.append(text.isEmpty() ? "" : "\n").append(line);
            } else {
                all = false;
            }
        }
        return all ? text.toString() : text + "\n...";
    }

    private void metadata(ObjectNode metadata, Finding finding) {
        Signal leading = finding.leading();
        metadata.put("threadId", finding.id());
        metadata.put("summary", SafeText.MARKDOWN.text(finding.title(), TITLE) + " (" + wording.place(finding) + ")");
        metadata.put("eventType", "TrailSentryFinding");
        ArrayNode resources = metadata.putArray("relatedResources");
        Stream.of(leading.target(), finding.principal().arn()).filter(Objects::nonNull)
                .filter(text -> Arn.parse(text) != null).distinct()
                .forEach(arn -> resources.add(SafeText.MARKDOWN.text(arn, 300)));
        // A custom action may put these into a command, so nothing of free form is among them.
        ObjectNode context = metadata.putObject("additionalContext");
        context.put("severity", finding.liveSeverity().label());
        context.put("detector", leading.detector());
        context.put("findingId", finding.id());
        context.put("count", String.valueOf(finding.count()));
        if (NAME.matcher(finding.account()).matches()) {
            context.put("account", finding.account());
        }
        String region = Links.region(leading.evidence().awsRegion());
        if (region != null) {
            context.put("region", region);
        }
        String actor = Wording.actor(finding).name();
        // A button made to contain must not mean whoever runs a test.
        if (NAME.matcher(actor).matches() && !TestFinding.is(finding)) {
            context.put("roleName", actor);
        }
        if (Links.isEventId(leading.evidence().eventId())) {
            context.put("eventId", leading.evidence().eventId());
        }
    }
}
