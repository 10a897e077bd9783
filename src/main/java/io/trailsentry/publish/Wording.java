package io.trailsentry.publish;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.trail.Arn;
import io.trailsentry.trail.UserIdentity;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The sentences that all forms for people share, in the spelling of one form. Immutable, thread-safe, pure.
///
/// @param catalogue names ATT&CK techniques
/// @param accounts what accounts are called, by id
/// @param safe how agent-chosen text is made safe
record Wording(Catalogue catalogue, Map<String, Account> accounts, SafeText safe) {
    private static final int TITLE = 200;
    private static final int NAME = 160;
    /// A user agent's first words name the program; the rest is for machines.
    private static final int AGENT = 80;
    private static final int REASON = 300;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /// EventBridge has an event within this time as a rule.
    private static final Duration AT_ONCE = Duration.ofMinutes(3);
    private static final Pattern MORE = Pattern.compile(", and (\\d+) more( steps?)?$");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9 _+=,.@:/-]{1,200}");

    Wording {
        accounts = Map.copyOf(accounts);
    }

    /// Upper case, for the eye: `CRITICAL`.
    static String loud(Severity severity) {
        return severity.name();
    }

    /// What a finding is of which nothing is left: what it tells of was mended, or it never was.
    static String over(Finding finding) {
        return finding.isOfState() ? "Mended" : "Withdrawn";
    }

    /// The name that a caller chose for a session; null where the session is no more than the principal's own id.
    static @Nullable String sessionName(@Nullable String session) {
        int colon = session == null ? -1 : session.indexOf(':');
        return session == null || colon < 0 || session.startsWith("arn:") ? null : session.substring(colon + 1);
    }

    /// A title for a subject: ASCII, cut at its end; that there are more steps is told more shortly before anything is cut.
    static String subject(String title, int longest) {
        String shown = SafeText.ASCII.text(title, title.length() + longest);
        return SafeText.ASCII.text(shown.length() > longest ? MORE.matcher(title).replaceFirst(" (+$1)") : title,
                longest);
    }

    /// What happened and whether it succeeded: `coder attached a policy to itself. It succeeded.`; of several steps how many.
    String verdict(Finding finding) {
        return safe.text(finding.title(), TITLE) + "."
                + (finding.isOfState()
                        ? ""
                        : finding.signals().size() == 1
                                ? ending(finding.leading())
                                : endings(finding.signals()));
    }

    /// How it ended, where neither the headline says so nor it is about many calls.
    private static String ending(Signal signal) {
        if (signal.window() != null || signal.detector().equals(TestFinding.DETECTOR)) {
            return "";
        }
        return switch (signal.outcome()) {
            case SUCCEEDED -> " It succeeded.";
            case DENIED -> signal.headline().contains("was blocked") ? "" : " It was blocked.";
            case FAILED -> signal.headline().contains("failed to") ? "" : " It failed.";
        };
    }

    private static String endings(List<Signal> signals) {
        List<String> parts = new ArrayList<>();
        for (Outcome outcome : Outcome.values()) {
            int number = (int) signals.stream().filter(signal -> signal.outcome() == outcome).count();
            if (number > 0) {
                String many = number < signals.size() ? String.valueOf(number) : number == 2 ? "Both" : "All " + number;
                parts.add(many + switch (outcome) {
                    case SUCCEEDED -> " succeeded";
                    case DENIED -> number == 1 ? " was blocked" : " were blocked";
                    case FAILED -> " failed";
                });
            }
        }
        return " " + String.join(", ", parts) + ".";
    }

    /// The call behind a signal: `iam:AttachRolePolicy on mcp-agent-role succeeded`.
    String what(Finding finding, Signal signal) {
        String action = signal.action();
        if (TestFinding.is(finding)) {
            return "nothing; a real alert tells the call here";
        }
        if (finding.isOfState()) {
            String target = signal.target();
            return (target == null ? "how it stands" : safe.name(target, NAME))
                    + (action == null ? "" : ", by " + safe.name(action, NAME)) + "; there was no call";
        }
        if (action == null) {
            int count = signal.window() == null ? 1 : signal.window().count();
            return (count == 1 ? "1 call" : count + " calls") + ", over all its sessions"
                    + (signal.outcome() == Outcome.DENIED ? ": blocked" : "");
        }
        String target = signal.target();
        Evidence evidence = signal.evidence();
        String on = target == null || !isResource(finding, signal) ? "" : " on " + safe.name(target, NAME);
        return safe.name(action, NAME) + on + " " + outcome(signal.outcome(), evidence.errorCode());
    }

    /// Whether a signal's target is something acted upon. A signal about the caller, the way or the place has that for
    /// its target, which stands elsewhere.
    static boolean isResource(Finding finding, Signal signal) {
        String target = signal.target();
        Evidence evidence = signal.evidence();
        return target != null && !target.equals(finding.principal().arn()) && !target.equals(evidence.awsRegion())
                && !target.equals(evidence.channel()) && !target.equals(evidence.account());
    }

    private String outcome(Outcome outcome, @Nullable String errorCode) {
        String code = errorCode == null ? "" : " (" + safe.text(errorCode, 80) + ")";
        return switch (outcome) {
            case SUCCEEDED -> "succeeded";
            case DENIED -> "was blocked" + code;
            case FAILED -> "failed" + code;
        };
    }

    /// Who acted: the agent, its principal and session, the person and the program behind it, and the way it came; or
    /// who else did, and to which agent.
    String who(Finding finding) {
        Principal actor = actor(finding);
        if (TestFinding.is(finding)) {
            return principal(actor) + ", who ran ./trailsentry test-alert";
        }
        if (finding.isOfState() && actor.kind() == Principal.Kind.ROOT) {
            return "the account itself, nobody did anything";
        }
        boolean own = actor.equals(finding.principal());
        Evidence evidence = finding.leading().evidence();
        List<String> parts = new ArrayList<>();
        parts.add(own ? agent(finding) : principal(actor));
        String session = sessionName(finding.session());
        if (session != null) {
            parts.add("session " + safe.name(session, NAME));
        }
        String human = finding.human();
        if (human != null && !human.equals(session) && !human.equals(actor.name())) {
            parts.add("for " + safe.name(human, NAME));
        }
        String program = evidence.program();
        if (program != null) {
            parts.add("client " + safe.name(program, NAME));
        }
        String channel = channel(finding.channel());
        if (channel != null && (program == null || !isProgram(finding.channel()))) {
            parts.add(channel);
        }
        return String.join(", ", parts) + (own ? "" : "; " + agent(finding) + ", did nothing");
    }

    private String agent(Finding finding) {
        if (finding.isAboutNoAgent()) {
            return principal(finding.principal()) + ", no watched agent";
        }
        return finding.agent().equals(finding.principal().name())
                ? "AI agent as " + principal(finding.principal())
                : "AI agent " + safe.name(finding.agent(), NAME) + ", " + principal(finding.principal());
    }

    private String principal(Principal principal) {
        String name = safe.name(principal.name(), NAME);
        return switch (principal.kind()) {
            case ROLE -> "role " + name;
            case USER -> "IAM user " + name;
            case ROOT -> "the root user";
            case SERVICE -> "AWS service " + name;
            case OUTSIDE -> name + ", from outside IAM";
        };
    }

    /// The principal that made the call: the finding's own, but for a change that somebody else made to it.
    static Principal actor(Finding finding) {
        String caller = finding.leading().evidence().callerArn();
        if (caller == null || !finding.leading().detector().equals("perimeter-change")) {
            return finding.principal();
        }
        Arn arn = Arn.parse(caller);
        Principal actor = Principal.of(new UserIdentity(null, null, caller, arn == null ? null : arn.account(), null,
                null, null, null, null, null, null, null, null, null, null), finding.account());
        return actor == null ? finding.principal() : actor;
    }

    /// Whether a channel says no more than the client's name does.
    private static boolean isProgram(@Nullable String channel) {
        return "cli".equals(channel) || "sdk".equals(channel);
    }

    private @Nullable String channel(@Nullable String channel) {
        if (channel == null) {
            return null;
        }
        return switch (channel) {
            case "mcp" -> "through an AWS MCP server";
            case "cli" -> "with the AWS CLI";
            case "sdk" -> "with an SDK";
            case "console" -> "in the console";
            default -> channel.startsWith("service:")
                    ? "through the AWS service " + safe.name(channel.substring("service:".length()), NAME)
                    : "through " + safe.name(channel, NAME);
        };
    }

    /// `account 111122223333 (sandbox, dev), us-east-1`.
    String where(Finding finding) {
        return "account " + account(finding.account())
                + (finding.region() == null ? "" : ", " + safe.name(finding.region(), 60));
    }

    /// `111122223333 (sandbox, dev)`.
    String account(String id) {
        Account account = accounts.get(id);
        List<String> known = new ArrayList<>();
        if (account != null && account.name() != null) {
            known.add(safe.text(account.name(), 60));
        }
        if (account != null && account.environment() != null) {
            known.add(safe.text(account.environment(), 60));
        }
        return safe.name(id, 40) + (known.isEmpty() ? "" : " (" + String.join(", ", known) + ")");
    }

    /// The shortest account and Region that a person knows: `sandbox us-east-1`.
    String place(Finding finding) {
        Account account = accounts.get(finding.account());
        String name = account == null || account.name() == null ? finding.account() : account.name();
        return safe.text(name, 24) + (finding.region() == null ? "" : " " + safe.text(finding.region(), 24));
    }

    /// First and last event in UTC, and how many there are.
    String when(Finding finding) {
        String events = finding.count() == 1 ? "1 event" : finding.count() + " events";
        Instant first = finding.firstSeen();
        Instant last = finding.lastSeen();
        if (first == null) {
            return "time not recorded, " + events;
        }
        if (finding.isOfState()) {
            return "found " + TIME.format(first) + " UTC";
        }
        String until = last == null || last.equals(first)
                ? ""
                : " to " + (day(first).equals(day(last)) ? CLOCK.format(last) : TIME.format(last));
        return TIME.format(first) + until + " UTC, " + events;
    }

    private static String day(Instant moment) {
        return TIME.format(moment).substring(0, 10);
    }

    /// How long after the last event it is told, as in `, told 12 s later`; empty when the time is not known, or [#late]
    /// says more.
    String delay(Notice notice) {
        Instant last = notice.finding().lastSeen();
        return last == null || notice.finding().isOfState() || notice.at().isBefore(last) || !late(notice).isEmpty()
                ? ""
                : ", told " + span(Duration.between(last, notice.at())) + " later";
    }

    /// That the event for which people are told now came late, and how; empty when it came within a few minutes.
    String late(Notice notice) {
        Notice.Arrival arrival = notice.arrival();
        if (arrival == null || Duration.between(arrival.happened(), notice.at()).compareTo(AT_ONCE) < 0) {
            return "";
        }
        return "seen " + span(Duration.between(arrival.happened(), notice.at())) + " after it happened"
                + (arrival.fromLogFile() ? " (from the trail's log files)" : "");
    }

    private static String span(Duration time) {
        return time.toSeconds() < 120
                ? time.toSeconds() + " s"
                : time.toMinutes() < 120 ? time.toMinutes() + " min" : time.toHours() + " h";
    }

    /// Where the call came from and what the caller says it is, or the MCP tool call that made it; null when nothing tells.
    @Nullable
    String from(Signal signal) {
        ToolCall by = signal.evidence().toolCall();
        if (by == null) {
            return direct(signal.evidence());
        }
        return (by.address() == null ? "" : safe.name(by.address(), NAME) + ", ") + "by the MCP tool "
                + safe.name(by.tool(), NAME) + (by.client() == null ? "" : " of " + safe.name(by.client(), NAME));
    }

    private @Nullable String direct(Evidence evidence) {
        String address = evidence.sourceIpAddress();
        String agent = evidence.userAgent();
        if (address == null) {
            return agent == null ? null : "user agent " + safe.name(agent, AGENT);
        }
        if (address.endsWith(".amazonaws.com")) {
            return safe.name(address, NAME) + ", which hides the caller's own address"
                    + (agent == null || agent.equals(address) ? "" : "; user agent " + safe.name(agent, AGENT));
        }
        return safe.name(address, NAME) + (agent == null ? "" : ", user agent " + safe.name(agent, AGENT));
    }

    /// Why a signal is unusual, with its detector and score.
    String why(Signal signal) {
        return (safe.text(signal.reason(), REASON) + " (" + signal.detector() + ", score " + signal.score() + ")")
                .strip();
    }

    /// The steps of a story that has several, in the order in which they happened; empty for a story of one step.
    ///
    /// @param most most of them that are told; of more, the strongest
    List<String> steps(Finding finding, int most) {
        List<Signal> signals = finding.signals();
        if (signals.size() < 2) {
            return List.of();
        }
        List<String> steps = new ArrayList<>(signals.stream().limit(most)
                .sorted(Comparator.comparing((Signal signal) -> signal.at() == null ? BEFORE_ALL : signal.at()))
                .map(signal -> step(finding, signal)).toList());
        if (signals.size() > most) {
            steps.add("... and " + (signals.size() - most) + " more");
        }
        return steps;
    }

    private static final Sighting BEFORE_ALL = new Sighting(Long.MIN_VALUE, "");

    private String step(Finding finding, Signal signal) {
        if (finding.isOfState()) {
            return safe.text(signal.headline(), NAME)
                    + (signal.target() == null ? "" : " (" + safe.name(signal.target(), NAME) + ")")
                    + (signal.reason().equals(finding.leading().reason()) ? "" : ": " + why(signal));
        }
        String clock = signal.at() == null ? "" : CLOCK.format(signal.at().time()) + " ";
        return clock + safe.text(signal.headline(), NAME) + ": " + what(finding, signal)
                + (signal.reason().equals(finding.leading().reason()) ? "" : "; " + why(signal));
    }

    /// The error's text; null when there is none.
    @Nullable
    String error(Signal signal) {
        String message = signal.evidence().errorMessage();
        return message == null ? null : safe.text(message, REASON);
    }

    /// ATT&CK ids with their names; empty when there are none.
    String attack(Finding finding) {
        return String.join("; ", finding.attack().stream().limit(8)
                .map(id -> catalogue.attackName(id).equals(id) ? id : id + " " + catalogue.attackName(id)).toList());
    }

    /// The benign explanation, and which line of the configuration then says so.
    String okIf(Finding finding) {
        Signal leading = finding.leading();
        String agent = safe.name(finding.agent(), NAME);
        return switch (leading.detector()) {
            case "unusual-region" -> "the work of " + agent + " was moved to "
                    + safe.name(leading.target() == null ? "that Region" : leading.target(), 60)
                    + ": then add the Region to its regions in trailsentry.yaml.";
            case "off-hours-burst" -> "a planned job runs at this hour: then widen the hours of " + agent
                    + ", or raise its threshold, in trailsentry.yaml.";
            case "call-burst" ->
                agent + " was given much more work on purpose: then nothing is to be done, it is learned "
                        + "within days; or raise its threshold in trailsentry.yaml.";
            case "unlisted-agent" -> safe.name(finding.human() == null ? finding.agent() : finding.human(), NAME)
                    + " lets an agent work with these credentials and may: then add the principal to agents in "
                    + "trailsentry.yaml.";
            case "denied-burst" ->
                agent + " was given work for which it has no permission: then grant what it needs, or "
                        + "tell it that it has not.";
            case "credential-leak" -> "a person used these credentials by hand on purpose: then give the person a role "
                    + "of their own, or set the channel of " + agent + " to any.";
            case TestFinding.DETECTOR ->
                "a colleague tests the alerts. If nobody does, ask who uses the credentials named above.";
            case "perimeter-change" ->
                "whoever looks after " + agent + " made this change on purpose: then nothing is to "
                        + "be done.";
            case "agent-silent" -> agent + " was given no work: then nothing is to be done, it is learned.";
            case "perimeter-drift" -> "whoever looks after " + agent + " changed this on purpose: then accept it by "
                    + "./trailsentry review.";
            case "coverage-gap", "unbounded-role" -> "it is meant to be so, and somebody answers for it: then add to "
                    + "exceptions in trailsentry.yaml, with an end.";
            default -> finding.isAboutNoAgent()
                    ? agent + " did this on purpose and can say so: then add to exceptions in trailsentry.yaml, with "
                            + "an end."
                    : "a person asked " + agent
                            + " for exactly this and can say so: then add to exceptions in trailsentry.yaml, with an end.";
        };
    }

    /// The exception that would cover the leading signal for thirty days, as parts of one YAML line; empty where another
    /// line of the configuration fits better, or a name is not plain enough to be pasted.
    static List<String> exception(Finding finding, Instant told) {
        Signal leading = finding.leading();
        String action = leading.action();
        String target = leading.target();
        boolean fits = switch (leading.detector()) {
            case "unusual-region", "unlisted-agent", "credential-leak", "perimeter-change", "perimeter-drift",
                    "agent-silent",
                    TestFinding.DETECTOR ->
                false;
            default -> action != null;
        };
        if (!fits || !isPlain(finding.agent()) || !isPlain(action) || (target != null && !isPlain(target))) {
            return List.of();
        }
        return List.of("- { detector: " + leading.detector() + ", agent: \"" + finding.agent() + "\",",
                "action: \"" + action + "\"," + (target == null ? "" : " target: \"" + target + "\","),
                "until: " + LocalDate.ofInstant(told, ZoneOffset.UTC).plusDays(30) + ", reason: \"why\" }");
    }

    /// Whether a text stands for itself in double quotes, in YAML and in an exception's glob.
    private static boolean isPlain(@Nullable String text) {
        return text != null && PLAIN.matcher(text).matches();
    }
}
