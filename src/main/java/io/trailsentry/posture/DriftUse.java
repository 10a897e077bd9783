package io.trailsentry.posture;

import io.trailsentry.posture.Perimeters.Member;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Which services an agent is granted and does not use. Thread-safe if its port is.
///
/// @param port to IAM's record
public record DriftUse(LastAccessed port) {
    private static final Duration LOOKBACK = Duration.ofDays(90);
    private static final int NAMED = 10;

    /// The check of one role or user.
    public Check of(Member member, Instant now) {
        Subject subject = member.subject();
        Instant since = now.minus(LOOKBACK);
        if (member.created().isAfter(since)) {
            return Check.unknown(Rule.UNUSED_SERVICES, subject, null, "is younger than 90 days",
                    "What it never uses shows after 90 days.", "Nothing yet.");
        }
        try {
            Set<String> unused = new TreeSet<>();
            for (LastAccessed.Use use : port.of(subject.principal())) {
                if (use.last() == null || use.last().isBefore(since)) {
                    unused.add(use.service().toLowerCase(Locale.ROOT));
                }
            }
            return unused.isEmpty()
                    ? Check.ok(Rule.UNUSED_SERVICES, subject, null, "uses every service that it is granted")
                    : Check.warning(Rule.UNUSED_SERVICES, subject, 20, null,
                            "is granted and has not used for 90 days: " + named(unused),
                            "What it does not use is of use only to who takes it over.", mend(member, unused));
        } catch (RefusedException e) {
            return Check.refused(Rule.UNUSED_SERVICES, subject, null, e,
                    "Allow the audit iam:GenerateServiceLastAccessedDetails and iam:GetServiceLastAccessedDetails.");
        }
    }

    private static String named(Set<String> services) {
        return services.stream().limit(NAMED).collect(Collectors.joining(", "))
                + (services.size() > NAMED ? " and " + (services.size() - NAMED) + " more" : "");
    }

    /// The statements that grant nothing else; where there is none, the one that denies.
    private static String mend(Member member, Set<String> unused) {
        List<String> statements = Power.of(member.perimeter()).policies().entrySet().stream()
                .flatMap(policy -> policy.getValue().statements().stream()
                        .filter(statement -> statement.allows() && !statement.others() && statement.actions().stream()
                                .allMatch(action -> unused.contains(service(action))))
                        .map(statement -> Map.entry(policy.getKey(), statement.json().toString())))
                .map(entry -> "from " + entry.getKey() + ": " + entry.getValue()).toList();
        return statements.isEmpty()
                ? "Deny them: {\"Effect\":\"Deny\",\"Action\":["
                        + unused.stream().map(service -> "\"" + service + ":*\"").collect(Collectors.joining(","))
                        + "],\"Resource\":\"*\"}"
                : "Remove " + String.join("; ", statements);
    }

    private static String service(String action) {
        return action.substring(0, Math.max(0, action.indexOf(':'))).toLowerCase(Locale.ROOT);
    }
}
