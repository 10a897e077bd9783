package io.trailsentry.publish;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.finding.HeldBack;
import io.trailsentry.finding.Severity;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The one message that stands for the alerts which were held back, in the forms of email, chat and pagers. Immutable,
/// thread-safe, pure.
public final class FloodText {
    private static final int SUBJECT = 99;
    private static final int WIDTH = 76;
    private static final int INDENT = 9;
    private static final int MOST_NAMES = 3;
    private static final int NAME = 64;
    /// Names that may stand in a command.
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_+=,.@][A-Za-z0-9_+=,.@ -]{0,63}");
    private static final String RUNBOOK = Links.runbook("flood");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final Map<String, Account> accounts;

    /// @param accounts what accounts are called, by id
    public FloodText(Map<String, Account> accounts) {
        this.accounts = Map.copyOf(accounts);
    }

    /// The name that stands for most; empty where the many are not known by name.
    public static String most(Map<String, Integer> counts) {
        return counts.entrySet().stream().filter(entry -> !entry.getKey().isEmpty()).max(RISING).map(Map.Entry::getKey)
                .orElse("");
    }

    private static final Comparator<Map.Entry<String, Integer>> RISING = Map.Entry
            .<String, Integer>comparingByValue().thenComparing(Map.Entry.<String, Integer>comparingByKey().reversed());

    /// The email's subject: ASCII, fewer than 100 characters.
    public String subject(FloodNotice notice) {
        String head = Wording.loud(notice.held().worst()) + (notice.over() ? " final count: " : ": ");
        return head + SafeText.ASCII.text(headline(notice, SafeText.ASCII), SUBJECT - head.length());
    }

    /// The page's subject, as CloudWatch writes it.
    public String pageSubject(FloodNotice notice) {
        String head = "ALARM: \"" + Wording.loud(notice.held().worst()) + " ";
        String tail = "\" in " + account(SafeText.ASCII, most(notice.held().accounts()));
        return head + SafeText.ASCII.text(headline(notice, SafeText.ASCII).replace('"', '\''),
                SUBJECT - head.length() - tail.length()) + tail;
    }

    private static String headline(FloodNotice notice, SafeText safe) {
        HeldBack held = notice.held();
        String agent = most(held.agents());
        int total = held.total();
        return number(total, "alert") + " held back" + (notice.over() ? "" : " so far") + (agent.isEmpty()
                ? ""
                : ", "
                        + (held.agents().getOrDefault(agent, 0) == total ? "all" : held.agents().get(agent))
                        + " of " + safe.text(agent, NAME));
    }

    private static String number(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    private static String first(FloodNotice notice) {
        HeldBack held = notice.held();
        String were = held.total() == 1 ? " was" : " were";
        return number(held.total(), "alert") + were + " held back" + (notice.over() ? "" : " so far")
                + ": of each severity and above, people get at most " + notice.cap().alerts() + " in "
                + span(notice.cap().per()) + ". The findings topic has all of them.";
    }

    private static String span(Duration time) {
        return time.toSeconds() % 3_600 == 0
                ? time.toHours() + " h"
                : time.toSeconds() % 60 == 0 ? time.toMinutes() + " min" : time.toSeconds() + " s";
    }

    private static String severities(HeldBack held) {
        return held.severities().entrySet().stream().sorted(Map.Entry.<Severity, Integer>comparingByKey().reversed())
                .map(entry -> entry.getValue() + " " + entry.getKey().label()).collect(Collectors.joining(", "));
    }

    private static String when(HeldBack held) {
        Instant from = held.from();
        Instant last = held.last();
        String end = TIME.format(last);
        return TIME.format(from) + (last.isAfter(from)
                ? " to " + (TIME.format(from).regionMatches(0, end, 0, 10) ? end.substring(11) : end)
                : "") + " UTC";
    }

    private interface Naming {
        String name(String raw);
    }

    /// The names that stand for most, with how much they do.
    private static String top(Map<String, Integer> counts, Naming naming) {
        List<String> names = counts.entrySet().stream().filter(entry -> !entry.getKey().isEmpty())
                .sorted(RISING.reversed()).limit(MOST_NAMES)
                .map(entry -> naming.name(entry.getKey()) + " " + entry.getValue())
                .collect(Collectors.toCollection(ArrayList::new));
        int named = counts.entrySet().stream().filter(entry -> !entry.getKey().isEmpty()).sorted(RISING.reversed())
                .limit(MOST_NAMES).mapToInt(Map.Entry::getValue).sum();
        int rest = counts.values().stream().mapToInt(Integer::intValue).sum() - named;
        if (rest > 0) {
            names.add("others " + rest);
        }
        return String.join(", ", names);
    }

    private String account(SafeText safe, String id) {
        Account account = accounts.get(id);
        String name = account == null ? null : account.name();
        return name == null ? id.isEmpty() ? "no account" : safe.text(id, 24) : safe.text(name, 24);
    }

    /// The email.
    public String body(FloodNotice notice) {
        HeldBack held = notice.held();
        Columns mail = new Columns(INDENT, WIDTH);
        mail.paragraph("", (notice.over() ? "FINAL COUNT: " : Wording.loud(held.worst()) + ": ") + first(notice));
        mail.line("");
        mail.field("HOW MANY", severities(held) + pages(held));
        mail.field("AGENTS", top(held.agents(), name -> SafeText.EMAIL.name(name, NAME)));
        mail.field("DETECTED", top(held.detectors(), name -> name));
        mail.field("WHERE", top(held.accounts(), name -> "account " + account(SafeText.EMAIL, name)));
        mail.field("WHEN", when(held));
        mail.line("");
        if (notice.over()) {
            mail.line("That time is over; nothing is resolved by that.");
        } else {
            mail.line("DO NOW");
            List<String> steps = steps(notice);
            for (int i = 0; i < steps.size(); i++) {
                mail.paragraph((i + 1) + ". ", steps.get(i));
            }
        }
        mail.line("");
        mail.field("OK IF", okIf(notice));
        mail.line("");
        mail.line("Runbook  " + RUNBOOK);
        return mail.toString();
    }

    private static String pages(HeldBack held) {
        int pages = held.topics().getOrDefault(Topic.PAGES.name(), 0);
        return pages == 0 ? "" : "; " + number(pages, "page") + " not sent";
    }

    private static List<String> steps(FloodNotice notice) {
        return List.of("Read the alerts that came before this one. They hold what to do about each agent.",
                "Look in your SIEM for the rest, by agent and severity, since " + TIME.format(notice.held().from())
                        + " UTC. The final count follows.",
                "If it is one agent and nobody expected it, stop that agent; this tells how and changes nothing:"
                        + " ./trailsentry contain " + agent(notice));
    }

    /// The agent that stands for most, as a shell takes it; a place for the name where that is not plain.
    private static String agent(FloodNotice notice) {
        String agent = most(notice.held().agents());
        return PLAIN.matcher(agent).matches() ? "'" + agent + "'" : "AGENT";
    }

    private static String okIf(FloodNotice notice) {
        return "so much is planned: then say what is in order under exceptions in trailsentry.yaml, or raise "
                + "alerting.flood (now " + notice.cap().alerts() + " in " + notice.cap().per() + ").";
    }

    /// The notification of Amazon Q Developer in chat applications; both that are sent of one time share a thread.
    public String chat(FloodNotice notice) {
        HeldBack held = notice.held();
        String id = "flood-" + held.from().getEpochSecond();
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("version", "1.0");
        message.put("source", "custom");
        message.put("id", id + (notice.over() ? "-final" : "-first"));
        ObjectNode content = message.putObject("content");
        content.put("textType", "client-markdown");
        content.put("title", ChatNotification.icon(held.worst()) + " " + Wording.loud(held.worst())
                + (notice.over() ? " final count: " : ": ") + headline(notice, SafeText.MARKDOWN));
        content.put("description", String.join("\n", first(notice), "*How many* " + severities(held) + pages(held),
                "*Agents* " + top(held.agents(), name -> SafeText.MARKDOWN.name(name, NAME)),
                "*Detected* " + top(held.detectors(), name -> name),
                "*Where* " + top(held.accounts(), name -> "account " + account(SafeText.MARKDOWN, name)),
                "*When* " + when(held), "*OK if* " + okIf(notice)));
        ArrayNode nextSteps = content.putArray("nextSteps");
        if (!notice.over()) {
            steps(notice).forEach(nextSteps::add);
        }
        nextSteps.add("Runbook: " + RUNBOOK);
        content.putArray("keywords").add(Wording.loud(held.worst())).add("flood");
        ObjectNode metadata = message.putObject("metadata");
        metadata.put("threadId", id);
        metadata.put("summary", headline(notice, SafeText.MARKDOWN));
        metadata.put("eventType", "TrailSentryFlood");
        metadata.putArray("relatedResources");
        ObjectNode context = metadata.putObject("additionalContext");
        context.put("severity", held.worst().label());
        context.put("count", String.valueOf(held.total()));
        return message.toString();
    }

    /// The page.
    public String page(FloodNotice notice) {
        HeldBack held = notice.held();
        String severity = held.worst().label();
        String agents = top(held.agents(), name -> SafeText.EMAIL.name(name, NAME));
        String detectors = top(held.detectors(), name -> name);
        String account = most(held.accounts());
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("severity", severity);
        metadata.put("agents", agents);
        metadata.put("detectors", detectors);
        metadata.put("runbook", RUNBOOK);
        return new Alarm("TrailSentry-flood-" + held.from().getEpochSecond() + "-" + severity,
                Wording.loud(held.worst()) + ": " + headline(notice, SafeText.EMAIL),
                headline(notice, SafeText.EMAIL) + pages(held) + ". Agents: " + agents + ". Detected: " + detectors
                        + ".",
                String.join("\n", first(notice), "How many: " + severities(held) + pages(held), "Agents: " + agents,
                        "Detected: " + detectors,
                        "Where: " + top(held.accounts(), name -> "account " + account(SafeText.EMAIL, name)),
                        "When: " + when(held), "Do now: " + steps(notice).getFirst(), "Runbook: " + RUNBOOK),
                account.isEmpty() ? "unknown" : account, null, severity, true, held.from(), notice.at(), RUNBOOK,
                metadata).toString();
    }
}
