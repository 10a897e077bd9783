package io.trailsentry.lab;

import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What was judged by itself: a record, a rule's test, a technique's file, or a whole ordinary log. Immutable.
///
/// @param expected what the log's maker says of it
/// @param name event id, rule and test, technique, or the log's name
/// @param tactics ATT&CK's names in lower case, as in `privilege-escalation`; empty when not told
/// @param actions `service:EventName` of its calls; empty for an ordinary log
/// @param outcome how its call ended; null where there is more than one
/// @param records number of calls of watched principals
/// @param findings what was found, in the order of their first event
public record Case(Expected expected, String name, Set<String> tactics, Set<String> actions, @Nullable Outcome outcome,
        long records, List<Finding> findings) {
    /// Copies the collections.
    public Case {
        tactics = Collections.unmodifiableSet(new TreeSet<>(tactics));
        actions = Collections.unmodifiableSet(new TreeSet<>(actions));
        findings = List.copyOf(findings);
    }

    /// What the log's maker says.
    public enum Expected {
        /// It is an attack.
        FOUND,
        /// It is ordinary: nothing of medium or above.
        QUIET,
        /// Nothing.
        UNTOLD
    }

    /// Whether a finding was made of it: a signal of 20 or more.
    boolean isFound() {
        return !findings.isEmpty();
    }

    /// Whether people would have been told: a finding of medium or above.
    boolean isAlarmed() {
        return findings.stream().anyMatch(Case::isAlarm);
    }

    static boolean isAlarm(Finding finding) {
        return finding.severity().isAtLeast(Severity.MEDIUM);
    }

    /// The most severe finding; null when there is none.
    @Nullable
    Finding best() {
        return findings.stream().max(Comparator.comparingInt(Finding::score)).orElse(null);
    }

    /// All signals of 20 or more.
    List<Signal> signals() {
        return findings.stream().flatMap(finding -> finding.signals().stream()).toList();
    }

    /// The signals that are worth people's time by themselves: 40 or more.
    List<Signal> strong() {
        return signals().stream().filter(signal -> Severity.of(signal.score()).isAtLeast(Severity.MEDIUM)).toList();
    }
}
