package io.trailsentry.publish;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Roster;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.Exceptions.Entry;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.HtmlChart.Period;
import io.trailsentry.publish.Survey.Hidden;
import io.trailsentry.publish.Survey.Work;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A replay as one page of HTML that needs nothing but itself: no script, no network, no font, no image. A content security
/// policy forbids all but its own style sheet, and every text is escaped, so nothing that an agent wrote can run in it.
/// The same input gives the same bytes. Immutable, thread-safe, pure.
///
/// Its size is bounded whatever the input: stories and agents are shown in full as long as there is room for them, then in a
/// line each, then counted.
public final class HtmlReport {
    /// Most characters of a page; a character takes three bytes at most.
    public static final int LONGEST = 3_000_000;

    /// Characters up to which stories are told in full, and then in a line each; agents likewise. What is begun is finished,
    /// which takes less than the last stretch to [#LONGEST].
    private static final int STORIES = 1_200_000;
    private static final int STORY_LINES = 1_400_000;
    private static final int AGENTS = 2_300_000;
    private static final int AGENT_LINES = 2_500_000;
    private static final int REST = 2_800_000;

    private static final int MOST_OPEN = 5;
    private static final int TEXT = 300;
    private static final List<Severity> GRAVEST_FIRST = List.of(Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM,
            Severity.LOW, Severity.INFORMATIONAL);

    private final Roster roster;
    private final Wording wording;
    private final String style;
    private final String styleHash;

    /// @param accounts what accounts are called, by id
    /// @param roster who is watched
    public HtmlReport(Catalogue catalogue, Map<String, Account> accounts, Roster roster) {
        this.roster = roster;
        this.wording = new Wording(catalogue, accounts, SafeText.PLAIN);
        this.style = "\n" + resource("report.css");
        this.styleHash = sha256(style);
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder().encodeToString(
                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    /// What was read.
    ///
    /// @param files number of files
    /// @param records events that were read, each once
    /// @param skipped JSON values that are no CloudTrail record
    /// @param duplicates events of watched agents that had come before
    /// @param unreadable values that could not be read
    public record Input(int files, long records, long skipped, long duplicates, long unreadable) {
    }

    /// The page.
    ///
    /// @param all findings, in any order
    /// @param from least severity that is shown; of the rest there is the number
    /// @param survey what was seen
    public String render(Input input, List<Finding> all, Severity from, Survey survey) {
        List<Finding> findings = all.stream().filter(finding -> finding.severity().isAtLeast(from))
                .sorted(Comparator.comparingInt(Finding::score).reversed().thenComparing(Judge.FIRST_SEEN)).toList();
        List<HtmlAgent> agents = agents(findings, survey);
        Html page = new Html();
        page.doctype().open("html", "lang", "en");
        head(page, findings);
        page.open("body").element("a", "To the findings", "href", "#findings", "class", "skip");
        banner(page, period(agents), agents);
        page.open("main");
        verdict(page, findings, all.size() - findings.size(), from, survey);
        stories(page, findings);
        agents(page, agents);
        hidden(page, survey.hidden());
        input(page, input);
        page.close().close().close();
        return page.toString();
    }

    private List<HtmlAgent> agents(List<Finding> findings, Survey survey) {
        Map<Principal, List<Finding>> byPrincipal = new HashMap<>();
        findings.forEach(finding -> byPrincipal.computeIfAbsent(finding.principal(), key -> new ArrayList<>())
                .add(finding));
        Set<Principal> principals = new HashSet<>(survey.works().keySet());
        principals.addAll(byPrincipal.keySet());
        return principals.stream()
                .map(principal -> new HtmlAgent(roster.agentOf(principal), principal, survey.works().get(principal),
                        byPrincipal.getOrDefault(principal, List.of())))
                .sorted(Comparator.comparingInt(HtmlAgent::gravest).thenComparingLong(HtmlAgent::calls).reversed()
                        .thenComparing(agent -> agent.principal().toString()))
                .toList();
    }

    private static @Nullable Period period(List<HtmlAgent> agents) {
        Period whole = null;
        for (HtmlAgent agent : agents) {
            Period period = agent.period();
            whole = period == null ? whole : period.and(whole);
        }
        return whole;
    }

    private void head(Html page, List<Finding> findings) {
        page.open("head").open("meta", "charset", "utf-8").newline();
        page.open("meta", "http-equiv", "Content-Security-Policy", "content", "default-src 'none'; style-src 'sha256-"
                + styleHash + "'; base-uri 'none'; form-action 'none'").newline();
        page.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").newline();
        page.open("meta", "name", "color-scheme", "content", "light dark").newline();
        page.open("meta", "name", "referrer", "content", "no-referrer").newline();
        page.open("meta", "name", "generator", "content", "TrailSentry " + Version.NUMBER).newline();
        page.element("title", (findings.isEmpty()
                ? "All quiet"
                : Wording.loud(findings.getFirst().severity()) + ": " + wording.verdict(findings.getFirst()))
                + " \u2013 TrailSentry report");
        page.style(style).close();
    }

    private static void banner(Html page, @Nullable Period period, List<HtmlAgent> agents) {
        page.open("header").open("p").element("b", "TrailSentry").text(" replay report");
        if (period != null) {
            page.text(" \u00B7 ");
            HtmlTime.writeMinute(page, Instant.ofEpochSecond(period.from()), ZoneOffset.UTC);
            page.text(" to ");
            HtmlTime.writeMinute(page, Instant.ofEpochSecond(period.to()), ZoneOffset.UTC);
            page.text(" UTC");
        }
        page.close().open("nav", "aria-label", "Parts of this page").open("ul");
        page.open("li").element("a", "Findings", "href", "#findings").close();
        page.open("li").element("a", agents.size() == 1 ? "Agent" : "Agents", "href", "#agents").close();
        page.open("li").element("a", "Exceptions", "href", "#exceptions").close();
        page.open("li").element("a", "Input", "href", "#input").close();
        page.close().close().close();
    }

    private void verdict(Html page, List<Finding> findings, int below, Severity from, Survey survey) {
        long calls = survey.works().values().stream().mapToLong(Work::calls).sum();
        Severity gravest = findings.isEmpty() ? Severity.INFORMATIONAL : findings.getFirst().severity();
        page.open("section", "class", "verdict " + gravest.label(), "aria-labelledby", "verdict");
        page.open("h1", "id", "verdict");
        if (findings.isEmpty()) {
            page.text(calls == 0
                    ? "No call of a watched agent is in these files."
                    : "All quiet: nothing in " + HtmlTime.some(calls, "call") + " is worth telling.");
        } else {
            page.element("span", switch (gravest) {
                case CRITICAL -> "Act now: ";
                case HIGH -> "Look at this first: ";
                case MEDIUM -> "Look at this in time: ";
                case LOW, INFORMATIONAL -> "Nothing urgent: ";
            }, "class", "urge").text(wording.verdict(findings.getFirst()));
        }
        page.close();
        page.open("ul", "class", "counts");
        Map<Severity, Long> counts = new EnumMap<>(Severity.class);
        findings.forEach(finding -> counts.merge(finding.severity(), 1L, Long::sum));
        for (Severity severity : GRAVEST_FIRST) {
            long count = counts.getOrDefault(severity, 0L);
            if (severity != Severity.INFORMATIONAL || count > 0) {
                page.open("li", "class", count == 0 ? "zero" : severity.label());
                page.element("b", HtmlTime.number(count)).text(" " + severity.label()).close();
            }
        }
        page.open("li").element("b", HtmlTime.number(calls)).text(calls == 1 ? " call" : " calls").close();
        int agents = survey.works().size();
        page.open("li").element("b", HtmlTime.number(agents)).text(agents == 1 ? " agent" : " agents").close();
        page.close();
        if (below > 0) {
            page.element("p", HtmlTime.some(below, "finding") + " below " + from.label()
                    + (below == 1 ? " is" : " are") + " left out.", "class", "none");
        }
        page.close();
    }

    private void stories(Html page, List<Finding> findings) {
        page.open("section", "id", "findings", "aria-labelledby", "findings-title").element("h2", "Findings", "id",
                "findings-title");
        HtmlStory story = new HtmlStory(wording);
        int told = 0;
        while (told < findings.size() && page.length() < STORIES) {
            Finding finding = findings.get(told);
            boolean open = told == 0 || (told < MOST_OPEN && finding.severity() == Severity.CRITICAL);
            story.write(page, finding, roster.agentOf(finding.principal()).hours(), open);
            told++;
        }
        if (findings.isEmpty()) {
            page.element("p", "None.", "class", "none");
        }
        if (told < findings.size()) {
            page.open("table", "class", "more").element("caption", "More findings, less grave");
            page.open("thead").open("tr");
            for (String name : List.of("Severity", "When (UTC)", "What", "Finding")) {
                page.element("th", name, "scope", "col");
            }
            page.close().close().open("tbody");
            while (told < findings.size() && page.length() < STORY_LINES) {
                line(page, findings.get(told++));
            }
            page.close().close();
        }
        if (told < findings.size()) {
            page.element("p", "And " + HtmlTime.number(findings.size() - told) + " more. --format jsonl prints all.",
                    "class", "none");
        }
        page.close();
    }

    private void line(Html page, Finding finding) {
        page.open("tr").open("td");
        HtmlStory.severity(page, finding.severity());
        page.close().open("td");
        if (finding.firstSeen() != null) {
            HtmlTime.writeMinute(page, finding.firstSeen(), ZoneOffset.UTC);
        }
        page.close().element("td", wording.verdict(finding));
        page.open("td").element("code", finding.id()).close().close();
    }

    private void agents(Html page, List<HtmlAgent> agents) {
        page.open("section", "id", "agents", "aria-labelledby", "agents-title").element("h2",
                agents.size() == 1 ? "The agent" : "Agents", "id", "agents-title");
        int shown = 0;
        while (shown < agents.size() && page.length() < AGENTS) {
            agents.get(shown).write(page, shown, wording, shown < 3);
            shown++;
        }
        if (agents.isEmpty()) {
            page.element("p", "None.", "class", "none");
        }
        if (shown < agents.size()) {
            page.open("table", "class", "more").element("caption", "More agents, with fewer calls and nothing graver");
            page.open("thead").open("tr").element("th", "Agent", "scope", "col");
            page.element("th", "Principal", "scope", "col").element("th", "Calls", "scope", "col", "class", "n");
            page.element("th", "Findings", "scope", "col", "class", "n").close().close().open("tbody");
            while (shown < agents.size() && page.length() < AGENT_LINES) {
                HtmlAgent agent = agents.get(shown++);
                page.open("tr").element("th", SafeText.PLAIN.name(agent.agent().name(), TEXT), "scope", "row");
                page.open("td").element("code", SafeText.PLAIN.name(agent.principal().arn(), TEXT)).close();
                page.element("td", HtmlTime.number(agent.calls()), "class", "n");
                page.element("td", HtmlTime.number(agent.findings().size()), "class", "n").close();
            }
            page.close().close();
        }
        if (shown < agents.size()) {
            page.element("p", "And " + HtmlTime.number(agents.size() - shown) + " more.", "class", "none");
        }
        page.close();
    }

    private static void hidden(Html page, List<Hidden> hidden) {
        page.open("section", "id", "exceptions", "aria-labelledby", "exceptions-title").element("h2",
                "What exceptions hid", "id", "exceptions-title");
        if (hidden.isEmpty()) {
            page.element("p", "Nothing: none is configured.", "class", "none").close();
            return;
        }
        page.open("table").element("caption",
                "Each exception, with the steps that it took out of stories; a step counts for the first that covers it");
        page.open("thead").open("tr");
        for (String name : List.of("Exception", "Why", "Until", "Steps hidden", "Gravest", "Last hid (UTC)")) {
            page.element("th", name, "scope", "col");
        }
        page.close().close().open("tbody");
        int left = hidden.size();
        for (Hidden exception : hidden) {
            if (page.length() > REST) {
                break;
            }
            exception(page, exception);
            left--;
        }
        page.close().close();
        if (left > 0) {
            page.element("p", "And " + HtmlTime.number(left) + " more.", "class", "none");
        }
        page.close();
    }

    private static void exception(Html page, Hidden hidden) {
        Entry entry = hidden.entry();
        page.open("tr").open("th", "scope", "row").element("code", entry.detector());
        List<String> limits = new ArrayList<>();
        if (entry.agent() != null) {
            limits.add("of " + SafeText.PLAIN.name(entry.agent(), TEXT));
        }
        if (entry.action() != null) {
            limits.add("for " + SafeText.PLAIN.name(entry.action(), TEXT));
        }
        if (entry.target() != null) {
            limits.add("on " + SafeText.PLAIN.name(entry.target(), TEXT));
        }
        page.text(limits.isEmpty() ? "" : " " + String.join(" ", limits)).close();
        page.element("td", SafeText.PLAIN.text(entry.reason(), TEXT));
        page.open("td").element("time", entry.until() == null ? "no end" : entry.until().toString()).close();
        page.element("td", HtmlTime.number(hidden.steps()), "class", "n").open("td");
        Sighting last = hidden.last();
        if (hidden.steps() > 0) {
            HtmlStory.severity(page, hidden.gravest());
        }
        page.close().open("td");
        if (last != null) {
            HtmlTime.writeMinute(page, last.time(), ZoneOffset.UTC);
        }
        page.close().close();
    }

    private static void input(Html page, Input input) {
        page.open("section", "id", "input", "aria-labelledby", "input-title").element("h2", "Input", "id",
                "input-title");
        page.open("p").text(String.join(", ", HtmlTime.some(input.files(), "file"),
                HtmlTime.some(input.records(), "record"),
                HtmlTime.number(input.skipped()) + " skipped", HtmlTime.some(input.duplicates(), "duplicate"),
                HtmlTime.number(input.unreadable()) + " unreadable") + ". Written by TrailSentry " + Version.NUMBER
                + "; the same input gives the same page.");
        page.close().close();
    }
}
