package io.trailsentry.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Collects what is wrong with a configuration. Not thread-safe.
final class Problems {
    private record Problem(int line, String text) {
        @Override
        public String toString() {
            return "line " + line + ": " + text;
        }
    }

    private final List<Problem> faults = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    /// Notes what makes the configuration unusable.
    void fault(int line, String text) {
        faults.add(new Problem(line, text));
    }

    /// Notes what somebody should look at.
    void warn(int line, String text) {
        warnings.add(new Problem(line, text));
    }

    /// The faults in the order of the lines.
    List<String> faults() {
        return sorted(faults);
    }

    /// The warnings in the order of the lines.
    List<String> warnings() {
        return sorted(warnings);
    }

    private static List<String> sorted(List<Problem> problems) {
        return problems.stream().sorted(Comparator.comparingInt(Problem::line)).map(Problem::toString).toList();
    }
}
