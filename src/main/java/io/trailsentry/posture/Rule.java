package io.trailsentry.posture;

import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Every check of the audit. `docs/posture.md` has a row for each.
public enum Rule {
    /// A trail of the account logs.
    TRAIL_LOGS("coverage-gap", "a trail that logs"),
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
