package io.trailsentry.publish;

import io.trailsentry.agent.Hours;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A finding as a story: what happened, its steps in order, who, where, and what to do. Immutable, thread-safe, pure.
///
/// @param wording the sentences that all forms share
record HtmlStory(Wording wording) {
    private static final int MOST_STEPS = 12;
    private static final int HEADLINE = 160;
    private static final Sighting BEFORE_ALL = new Sighting(Long.MIN_VALUE, "");

    /// Writes the story.
    ///
    /// @param hours of the agent, whose zone its local time is told in; null: not told
    /// @param open whether it is shown at once
    void write(Html page, Finding finding, @Nullable Hours hours, boolean open) {
        Signal leading = finding.leading();
        page.details(open, "story " + finding.severity().label(), anchor(finding));
        page.open("summary");
        severity(page, finding.severity());
        page.element("h3", wording.verdict(finding));
        page.open("p", "class", "meta");
        if (finding.firstSeen() == null) {
            page.text("time not recorded");
        } else {
            HtmlTime.write(page, finding.firstSeen());
            if (hours != null) {
                page.text(" (" + HtmlTime.local(finding.firstSeen(), hours.zone()) + ")");
            }
        }
        page.text(" \u00B7 " + wording.place(finding) + " \u00B7 "
                + (leading.action() == null ? HtmlTime.some(finding.count(), "call") : wording.what(finding, leading)));
        page.close().close();
        page.open("div", "class", "body");
        page.open("div", "class", "told");
        page.open("p", "class", "why").element("span", "Why ").text(wording.why(leading)).close();
        steps(page, finding);
        facts(page, finding, leading);
        page.close();
        doNow(page, finding, leading);
        page.close().close();
    }

    /// The place of a finding's story in the page.
    static String anchor(Finding finding) {
        return "finding-" + finding.id();
    }

    /// A severity's mark: its name, never its colour alone.
    static void severity(Html page, Severity severity) {
        page.element("span", severity.label(), "class", "severity " + severity.label());
    }

    private void steps(Html page, Finding finding) {
        List<Signal> signals = finding.signals();
        if (signals.size() < 2) {
            return;
        }
        List<Signal> shown = signals.stream().limit(MOST_STEPS)
                .sorted(Comparator.comparing((Signal signal) -> signal.at() == null ? BEFORE_ALL : signal.at()))
                .toList();
        page.element("h4", signals.size() > MOST_STEPS
                ? "Steps, the gravest " + MOST_STEPS + " of " + signals.size()
                : "Steps");
        page.open("ol", "class", "timeline");
        Sighting start = null;
        for (Signal signal : shown) {
            Severity severity = Severity.of(signal.score());
            page.open("li", "class", severity.label());
            page.open("span", "class", "at");
            Sighting at = signal.at();
            if (at != null) {
                page.element("time", HtmlTime.second(at.time()), "datetime",
                        at.time().toString());
                if (start != null) {
                    page.element("small", HtmlTime.after(at.second() - start.second()));
                }
                start = start == null ? at : start;
            }
            page.close();
            page.open("div").open("p").element("b", wording.safe().text(signal.headline(), HEADLINE)).text(" ");
            severity(page, severity);
            page.close();
            page.element("p", wording.what(finding, signal), "class", "what");
            if (!signal.equals(finding.leading())) {
                page.element("p", wording.why(signal), "class", "because");
            }
            page.close().close();
        }
        page.close();
    }

    private void facts(Html page, Finding finding, Signal leading) {
        page.open("dl");
        if (finding.signals().size() == 1) {
            fact(page, "What", wording.what(finding, leading));
        }
        fact(page, "Error", wording.error(leading));
        fact(page, "Who", wording.who(finding));
        fact(page, "Where", wording.where(finding));
        fact(page, "When", wording.when(finding));
        fact(page, "From", wording.from(leading));
        fact(page, "ATT&CK", wording.attack(finding));
        page.element("dt", "Event").open("dd");
        String event = wording.safe().name(leading.evidence().eventId(), 128);
        String link = Links.event(leading.evidence());
        if (link == null) {
            page.element("code", event);
        } else {
            page.open("a", "href", link, "rel", "noreferrer").element("code", event).close();
        }
        page.close();
        page.element("dt", "Finding").open("dd").element("code", finding.id());
        page.text(", score " + finding.score()).close();
        page.close();
    }

    private static void fact(Html page, String name, @Nullable String text) {
        if (text != null && !text.isEmpty()) {
            page.element("dt", name).element("dd", text);
        }
    }

    private void doNow(Html page, Finding finding, Signal leading) {
        List<NextStep> steps = NextSteps.of(finding);
        page.details(false, "do", anchor(finding) + "-do").element("summary",
                "Do now, in " + HtmlTime.some(steps.size(), "step"));
        page.open("ol");
        for (NextStep step : steps) {
            page.open("li").element("p", step.what());
            command(page, step.command());
            if (!step.undo().isEmpty()) {
                page.element("p", "Undo:", "class", "undo");
                command(page, step.undo());
            }
            page.close();
        }
        page.close();
        page.open("p").element("b", "OK if ").text(wording.okIf(finding)).close();
        page.open("p").element("a", "Runbook: " + leading.detector(), "href", Links.runbook(leading.detector()), "rel",
                "noreferrer").close();
        page.close();
    }

    private static void command(Html page, List<String> parts) {
        if (parts.isEmpty()) {
            return;
        }
        page.open("pre", "tabindex", "0").open("code");
        for (int i = 0; i < parts.size(); i++) {
            page.text((i == 0 ? "" : "  ") + parts.get(i) + (i == parts.size() - 1 ? "" : " \\"));
            if (i < parts.size() - 1) {
                page.newline();
            }
        }
        page.close().close();
    }
}
