package io.trailsentry.posture;

import io.trailsentry.trail.Arn;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Whether a perimeter is still the one that was reviewed: the checks of `perimeter-drift`. Pure and thread-safe.
public final class Drift {
    private static final int CEILING_GONE = 75;
    private static final int TRUST = 60;
    private static final int POLICY = 50;
    private static final int TAKEN = 25;
    private static final String REVIEW = "If it is in order, ./trailsentry review; else put it back.";

    private Drift() {
    }

    /// One check for each thing that changed; one that all is well where nothing did.
    ///
    /// @param reviewed the state that somebody accepted; null: none was
    public static List<Check> between(Subject subject, @Nullable Perimeter reviewed, Perimeter present) {
        if (reviewed == null) {
            return List.of(Check.unknown(Rule.AS_REVIEWED, subject, null, "has not been reviewed",
                    "There is no reviewed state to compare with.", "./trailsentry review"));
        }
        Changes changes = new Changes(subject);
        changes.boundary(reviewed.boundary(), present.boundary());
        changes.trust(reviewed.trust(), present.trust());
        changes.policies(reviewed.attached(), present.attached());
        changes.policies(reviewed.inline(), present.inline());
        changes.tags(reviewed.tags(), present.tags());
        return changes.checks.isEmpty()
                ? List.of(Check.ok(Rule.AS_REVIEWED, subject, null, "is as it was reviewed"))
                : List.copyOf(changes.checks);
    }

    /// What changed so far. Confined to one comparison.
    private static final class Changes {
        private final Subject subject;
        private final List<Check> checks = new ArrayList<>();

        Changes(Subject subject) {
            this.subject = subject;
        }

        private void tell(int score, @Nullable String target, String said, List<String> lines, String reason) {
            String difference = String.join("\n", lines);
            checks.add(Check.failure(Rule.AS_REVIEWED, subject, score, target, said,
                    difference.isEmpty() ? reason : reason + "\n" + difference, REVIEW).of(difference));
        }

        void boundary(Perimeter.@Nullable Boundary before, Perimeter.@Nullable Boundary now) {
            if (before == null) {
                if (now != null) {
                    tell(TAKEN, now.arn(), "has a permissions boundary that was not reviewed",
                            whole("+ ", now.document()), "It may do less than before.");
                }
            } else if (now == null) {
                tell(CEILING_GONE, before.arn(), "lost its permissions boundary", List.of("- " + before.arn()),
                        "Whatever its policies allow holds now.");
            } else {
                DriftLines lines = DriftLines.between(before.document(), now.document());
                if (!before.arn().equals(now.arn())) {
                    List<String> shown = new ArrayList<>(List.of("- " + before.arn(), "+ " + now.arn()));
                    shown.addAll(lines.lines());
                    tell(lines.gives() ? TRUST : TAKEN, now.arn(), "has another permissions boundary", shown,
                            "The ceiling of its power is another.");
                } else if (!lines.lines().isEmpty()) {
                    tell(lines.gives() ? TRUST : TAKEN, now.arn(), "has a changed permissions boundary",
                            lines.lines(),
                            lines.gives() ? "The ceiling of its power is higher." : "It may do less than before.");
                }
            }
        }

        void trust(@Nullable String before, @Nullable String now) {
            if (!Objects.equals(before, now)) {
                DriftLines lines = DriftLines.between(before == null ? "{}" : before, now == null ? "{}" : now);
                if (!lines.lines().isEmpty()) {
                    tell(lines.gives() ? TRUST : TAKEN, null, "has a changed trust policy", lines.lines(),
                            lines.gives() ? "Others may become the agent." : "Fewer may become the agent.");
                }
            }
        }

        void policies(SortedMap<String, String> before, SortedMap<String, String> now) {
            Set<String> names = new TreeSet<>(before.keySet());
            names.addAll(now.keySet());
            for (String name : names) {
                String was = before.get(name);
                String is = now.get(name);
                if (was == null && is != null) {
                    boolean administrator = Bounds.isBroad(Policy.of(is));
                    boolean gives = isUnread(is) || Policy.of(is).statements().stream()
                            .anyMatch(PolicyStatement::allows);
                    tell(administrator ? CEILING_GONE : gives ? POLICY : TAKEN, name,
                            administrator ? "got a policy that allows everything" : "got a policy",
                            whole("+ ", is),
                            gives ? "It may do more than was reviewed." : "It may do less than before.");
                } else if (was != null && is == null) {
                    boolean gives = Policy.of(was).statements().stream().anyMatch(statement -> !statement.allows());
                    tell(gives ? POLICY : TAKEN, name, "lost a policy", whole("- ", was),
                            gives ? "What the policy denied is denied no longer." : "It may do less than before.");
                } else if (was != null && is != null) {
                    changed(name, was, is);
                }
            }
        }

        private void changed(String name, String was, String is) {
            DriftLines lines = DriftLines.between(was, is);
            if (lines.lines().isEmpty()) {
                return;
            }
            Arn arn = Arn.parse(name);
            boolean amazons = arn != null && arn.account().equals("aws");
            boolean administrator = Bounds.isBroad(Policy.of(is)) && !Bounds.isBroad(Policy.of(was));
            int score = administrator ? CEILING_GONE : lines.gives() && !amazons ? POLICY : TAKEN;
            tell(score, name, "has a changed policy", lines.lines(),
                    amazons
                            ? "AWS itself changed the policy."
                            : lines.gives() ? "It may do more than was reviewed." : "It may do less than before.");
        }

        void tags(SortedMap<String, String> before, SortedMap<String, String> now) {
            Set<String> keys = new TreeSet<>(before.keySet());
            keys.addAll(now.keySet());
            for (String key : keys) {
                String was = before.get(key);
                String is = now.get(key);
                if (!Objects.equals(was, is)) {
                    List<String> lines = new ArrayList<>();
                    if (was != null) {
                        lines.add("- " + key + "=" + was);
                    }
                    if (is != null) {
                        lines.add("+ " + key + "=" + is);
                    }
                    tell(TAKEN, key, "has a changed tag", lines, "Conditions of policies may go by tags.");
                }
            }
        }

        private static boolean isUnread(String document) {
            return Policy.of(document).fault() != null;
        }

        /// Every statement of a document.
        private static List<String> whole(String sign, String document) {
            String nothing = "{\"Statement\":[]}";
            DriftLines lines = sign.equals("+ ")
                    ? DriftLines.between(nothing, document)
                    : DriftLines.between(document, nothing);
            return lines.lines().stream().filter(line -> line.startsWith(sign) || line.startsWith("...")).toList();
        }
    }
}
