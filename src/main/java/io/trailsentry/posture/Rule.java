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
    AGENT_SILENT("agent-silent", "the agent works as usual");

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
