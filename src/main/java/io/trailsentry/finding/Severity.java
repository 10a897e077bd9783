package io.trailsentry.finding;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How urgent a finding is, lowest first.
public enum Severity {
    /// Below 20: metrics only.
    INFORMATIONAL(0, 19),
    /// 20 to 39: for the feed.
    LOW(20, 39),
    /// 40 to 69: for people, in time.
    MEDIUM(40, 69),
    /// 70 to 89: for people, now.
    HIGH(70, 89),
    /// 90 and more: for people, now, and rare.
    CRITICAL(90, 100);

    private final int least;
    private final int most;

    Severity(int least, int most) {
        this.least = least;
        this.most = most;
    }

    /// The severity of a score from 0 to 100.
    public static Severity of(int score) {
        Severity found = INFORMATIONAL;
        for (Severity severity : values()) {
            if (score >= severity.least) {
                found = severity;
            }
        }
        return found;
    }

    /// The severity that a text means, in any case; null when it means none.
    public static @Nullable Severity parse(String text) {
        for (Severity severity : values()) {
            if (severity.label().equals(text.strip().toLowerCase(Locale.ROOT))) {
                return severity;
            }
        }
        return null;
    }

    /// The highest score of this severity.
    public int most() {
        return most;
    }

    /// The next higher one; the highest itself.
    public Severity next() {
        return of(Math.min(most + 1, 100));
    }

    /// Whether this is as urgent as another or more.
    public boolean isAtLeast(Severity other) {
        return compareTo(other) >= 0;
    }

    /// As it is written in findings: lower case.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
