package io.trailsentry.posture;

import java.util.Locale;

/// Every check of the audit. `docs/posture.md` has a row for each.
public enum Rule {
    /// A trail of the account logs.
    TRAIL_LOGS("coverage-gap", "a trail that logs");

    private final String detector;
    private final String title;

    Rule(String detector, String title) {
        this.detector = detector;
        this.title = title;
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
