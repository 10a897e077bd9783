package io.trailsentry.posture;

import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Every check of the audit. `docs/posture.md` has a row for each.
public enum Rule {
    /// A trail of the account logs.
    TRAIL_LOGS("coverage-gap", "a trail that logs"),
    /// A trail records every watched Region.
    TRAIL_MULTI_REGION("coverage-gap", "a trail of every watched Region"),
    /// Trails record management events, reads and writes.
    TRAIL_MANAGEMENT_EVENTS("coverage-gap", "management events, reads and writes"),
    /// A trail records services without a Region.
    TRAIL_GLOBAL_SERVICES("coverage-gap", "events of global services"),
    /// Trails record data events of what an agent can reach.
    DATA_EVENTS("coverage-gap", "data events of what an agent can reach"),
    /// A rule that delivers stands as deployed.
    RULE_STATE("coverage-gap", "the rules that deliver"),
    /// The rules that deliver name every agent.
    AGENT_MATCHED("coverage-gap", "rules that deliver every agent's calls"),
    /// Events of each watched Region arrive.
    REGION_DELIVERS("coverage-gap", "events of every watched Region arrive"),
    /// A queue stands as deployed.
    QUEUES("coverage-gap", "the queues"),
    /// No event was lost.
    DEAD_LETTERS("coverage-gap", "nothing in the dead letters"),
    /// The detector works and is fed.
    FUNCTION("coverage-gap", "the function"),
    /// A topic is there.
    TOPICS("coverage-gap", "the topics"),
    /// Somebody gets the alerts.
    SUBSCRIPTIONS("coverage-gap", "confirmed subscriptions"),
    /// The services may use the given key.
    KEY("coverage-gap", "the key's policy"),
    /// The memory stands as deployed.
    TABLE("coverage-gap", "the memory's table"),
    /// What IAM knows of an agent's use is seen here too.
    AGENT_SEEN("coverage-gap", "calls of the agent arrive"),
    /// An agent is not quiet for longer than its own past explains.
    AGENT_SILENT("agent-silent", "the agent works as usual"),

    /// Every configured principal is there and its policies can be read.
    PERIMETER("unbounded-role", "policies that can be read"),
    /// A permissions boundary limits the principal.
    HAS_BOUNDARY("unbounded-role", "a permissions boundary"),
    /// No policy allows everything.
    NO_ADMINISTRATOR("unbounded-role", "no administrator's power"),
    /// No policy allows what gives more power.
    NO_IAM_WRITE("unbounded-role", "no power to widen its power"),
    /// No policy allows what cannot be taken back or blinds the audit, wherever it is.
    NO_DESTRUCTIVE("unbounded-role", "no destructive action everywhere"),
    /// No statement denies actions that are no more.
    DEAD_DENY("unbounded-role", "denials that have effect"),
    /// The trust policy names who may assume the role.
    TRUST("unbounded-role", "a trust policy that names who"),
    /// Agents of different environments share nobody who may become them.
    ENVIRONMENTS("unbounded-role", "environments apart"),

    /// The perimeter is the one that somebody reviewed.
    AS_REVIEWED("perimeter-drift", "a perimeter as reviewed"),
    /// Every service that is granted is used.
    UNUSED_SERVICES("perimeter-drift", "no service granted and unused");

    private final String detector;
    private final String title;

    Rule(String detector, String title) {
        this.detector = detector;
        this.title = title;
    }

    /// The rule of a name; null when this version has none of it.
    public static @Nullable Rule of(String id) {
        return Stream.of(values()).filter(rule -> rule.id().equals(id)).findFirst().orElse(null);
    }

    /// The detector whose finding it is when the check fails.
    public String detector() {
        return detector;
    }

    /// What is checked, in a few words: `a trail that logs`.
    public String title() {
        return title;
    }

    /// The name by which exceptions and `doctor` know it: `trail-logs`.
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
