package io.trailsentry.posture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Gathers what is wrong with one thing into the one check of it. Confined to one thread.
final class Faults {
    private static final int MOST = 12;

    private final Rule rule;
    private final Subject subject;
    private final @Nullable String target;
    private final List<Check> found = new ArrayList<>();

    Faults(Rule rule, Subject subject, @Nullable String target) {
        this.rule = rule;
        this.subject = subject;
        this.target = target;
    }

    void failure(int score, String said, String reason, String mend) {
        found.add(Check.failure(rule, subject, score, target, said, reason, mend));
    }

    void warning(int score, String said, String reason, String mend) {
        found.add(Check.warning(rule, subject, score, target, said, reason, mend));
    }

    void unknown(String said, String reason, String mend) {
        found.add(Check.unknown(rule, subject, target, said, reason, mend));
    }

    void refused(RefusedException refusal, String action) {
        found.add(Check.refused(rule, subject, target, refusal, mend(action)));
    }

    /// Some Regions were refused, all for the reason of the first.
    void refused(Map<String, RefusedException> byRegion, String action) {
        byRegion.values().stream().findFirst().ifPresent(refusal -> {
            RefusedException where = new RefusedException(names(byRegion.keySet()) + ": " + refusal.reason());
            where.initCause(refusal);
            refused(where, action);
        });
    }

    /// The answer; null, and a fault, when it was refused.
    <T> @Nullable T value(Answer<T> answer, String action) {
        if (answer.refusal() != null) {
            refused(answer.refusal(), action);
        }
        return answer.value();
    }

    /// The check: the worst fault's verdict, score and reason, and every fault's words.
    ///
    /// @param ok what is said when there is none
    Check check(String ok) {
        if (found.isEmpty()) {
            return Check.ok(rule, subject, target, ok);
        }
        Check worst = found.getFirst();
        for (Check check : found) {
            if (rank(check) > rank(worst)) {
                worst = check;
            }
        }
        return new Check(rule, subject, worst.verdict(), worst.score(), null, target, join(Check::said, "; "),
                worst.reason(), join(Check::mend, " "), "");
    }

    private static int rank(Check check) {
        return switch (check.verdict()) {
            case FAILURE -> 2000 + check.score();
            case WARNING -> 1000 + check.score();
            case UNKNOWN -> check.score();
            case OK -> -1;
        };
    }

    private String join(Function<Check, String> text, String between) {
        return found.stream().map(text).filter(said -> !said.isEmpty()).distinct().limit(MOST)
                .collect(Collectors.joining(between));
    }

    /// What lets the audit ask.
    static String mend(String action) {
        return "Allow " + action + " to who runs the audit.";
    }

    /// The first names, and how many more there are.
    static String names(Iterable<String> names) {
        List<String> all = new ArrayList<>();
        names.forEach(all::add);
        String first = all.stream().limit(MOST).map(name -> name.length() > 200 ? name.substring(0, 200) : name)
                .collect(Collectors.joining(", "));
        return all.size() > MOST ? first + " and " + (all.size() - MOST) + " more" : first;
    }
}
