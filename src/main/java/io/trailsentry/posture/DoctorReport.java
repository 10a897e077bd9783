package io.trailsentry.posture;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.publish.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What an audit found, for a terminal and for programs. Pure.
public final class DoctorReport {
    private static final int LONG = 4_000;
    private static final int NAME = 200;

    private final Place place;
    private final Audit.Report report;

    /// @param place what was audited
    public DoctorReport(Place place, Audit.Report report) {
        this.place = place;
        this.report = report;
    }

    /// A line for each check; below those that are not well, why and how to mend it.
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Check check : report.checks()) {
            text.append(String.format(Locale.ROOT, "%-11s %-24s %s %s%n", word(check.verdict()), check.rule().id(),
                    safe(check.subject().agent().name(), NAME), safe(check.said(), LONG) + of(check)));
            // The lines below the first are those of a difference.
            check.reason().lines().forEach(reason -> line(text, "why", reason));
            line(text, "mend", check.mend());
        }
        return text.append(System.lineSeparator()).append("account ").append(place.account()).append(", ")
                .append(place.region()).append(": ").append(report.checks().size()).append(" checks, ")
                .append(counts()).append(System.lineSeparator()).toString();
    }

    /// What of the subject's it is, where the words do not say it.
    private static String of(Check check) {
        return check.rule() != Rule.AS_REVIEWED || check.verdict() == Verdict.OK || check.target() == null
                ? ""
                : ": " + safe(check.target(), NAME);
    }

    private static void line(StringBuilder text, String label, String value) {
        if (!value.isEmpty()) {
            text.append(String.format(Locale.ROOT, "%-11s %-24s %s%n", "", label, safe(value, LONG)));
        }
    }

    private String counts() {
        List<String> counts = new ArrayList<>();
        for (Verdict verdict : List.of(Verdict.FAILURE, Verdict.WARNING, Verdict.UNKNOWN, Verdict.OK)) {
            counts.add(report.count(verdict) + " " + word(verdict));
        }
        return String.join(", ", counts);
    }

    private static String word(Verdict verdict) {
        return switch (verdict) {
            case OK -> "ok";
            case WARNING -> "warning";
            case FAILURE -> "failure";
            case UNKNOWN -> "cannot tell";
        };
    }

    /// The same as a JSON document.
    public String json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("account", place.account())
                .put("region", place.region());
        ObjectNode counts = root.putObject("counts");
        for (Verdict verdict : Verdict.values()) {
            counts.put(verdict.name().toLowerCase(Locale.ROOT), report.count(verdict));
        }
        ArrayNode checks = root.putArray("checks");
        for (Check check : report.checks()) {
            checks.addObject().put("rule", check.rule().id()).put("detector", check.rule().detector())
                    .put("verdict", check.verdict().name().toLowerCase(Locale.ROOT)).put("score", check.score())
                    .put("agent", safe(check.subject().agent().name(), NAME))
                    .put("principal", safe(check.subject().principal().arn(), NAME))
                    .put("action", check.action() == null ? null : safe(check.action(), NAME))
                    .put("target", check.target() == null ? null : safe(check.target(), LONG))
                    .put("said", safe(check.said(), LONG)).put("reason", safe(check.reason(), LONG))
                    .put("mend", safe(check.mend(), LONG));
        }
        return root.toPrettyString() + System.lineSeparator();
    }

    private static String safe(String text, int longest) {
        return SafeText.PLAIN.text(text, longest);
    }
}
