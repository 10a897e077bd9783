package io.trailsentry.posture;

import io.trailsentry.posture.Perimeters.Member;
import io.trailsentry.posture.PolicyStatement.Trustee;
import io.trailsentry.trail.Arn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Who may become an agent. Pure and thread-safe.
///
/// Source: IAM user guide, "AWS JSON policy elements: Principal", "Creating a role for OpenID Connect federation".
///
/// @param environments of accounts, by id
record BoundsTrust(Map<String, String> environments) {
    private static final String NARROW = "Name the role or user that starts the agent.";

    /// Whether a role's trust policy names who it should.
    List<Check> trust(Member member) {
        String document = member.perimeter().trust();
        if (document == null) {
            return List.of();
        }
        Subject subject = member.subject();
        Policy policy = Policy.of(document);
        if (policy.fault() != null) {
            return List.of(Check.unknown(Rule.TRUST, subject, null, "has a trust policy that cannot be read",
                    "Of it, " + policy.fault() + ".", "Write the trust policy anew."));
        }
        boolean denies = policy.statements().stream().anyMatch(statement -> !statement.allows());
        SortedMap<String, Check> checks = new TreeMap<>();
        policy.statements().stream().filter(PolicyStatement::allows).forEach(statement -> statement.principals()
                .forEach(trustee -> {
                    Check check = check(subject, statement, trustee);
                    if (check != null) {
                        checks.merge(trustee.id(), denies ? unsure(check) : check,
                                (a, b) -> a.score() >= b.score() ? a : b);
                    }
                }));
        return checks.isEmpty()
                ? List.of(Check.ok(Rule.TRUST, subject, null, "trusts only whom its trust policy names"))
                : List.copyOf(checks.values());
    }

    private static Check unsure(Check check) {
        return Check.unknown(check.rule(), check.subject(), check.target(), check.said(),
                "The trust policy denies somebody too, and that decides.", check.mend());
    }

    private static @Nullable Check check(Subject subject, PolicyStatement statement, Trustee trustee) {
        String id = trustee.id();
        if (trustee.anybodyElse()) {
            return open(subject, id, statement, 70, "trusts everybody but " + id, "Anybody may become the agent.");
        }
        return switch (trustee.kind()) {
            case "Service" -> Check.warning(Rule.TRUST, subject, 25, id, "can be run by the service " + id,
                    "Whoever may hand roles to that service works with the agent's power.",
                    "Take it out, unless the agent runs there: then add an exception for this target.");
            case "Federated" -> federated(subject, id, statement);
            default -> account(subject, id, statement);
        };
    }

    private static @Nullable Check account(Subject subject, String id, PolicyStatement statement) {
        if (id.equals("*")) {
            return open(subject, id, statement, 75, "trusts everybody",
                    "Anybody with an AWS account may become the agent.");
        }
        Arn arn = Arn.parse(id);
        if (arn == null && !id.matches("\\d{12}")) {
            return Check.warning(Rule.TRUST, subject, 25, id, "trusts " + id + ", a principal that is no more",
                    "IAM puts an id where the principal was deleted.", "Take it out of the trust policy.");
        }
        boolean whole = arn == null || arn.resource().equals("root");
        String account = arn == null ? id : arn.account();
        if (!whole) {
            return null;
        }
        return account.equals(subject.principal().account())
                ? Check.warning(Rule.TRUST, subject, 25, id, "trusts its whole account",
                        "Whoever in the account may assume roles may become the agent.", NARROW)
                : open(subject, id, statement, 60, "trusts the whole of account " + account,
                        "Whoever that account lets may become the agent.");
    }

    private static @Nullable Check federated(Subject subject, String id, PolicyStatement statement) {
        boolean saml = id.contains(":saml-provider/");
        boolean audience = statement.conditions().stream().anyMatch(key -> key.endsWith(":aud"));
        boolean named = statement.conditions().stream()
                .anyMatch(key -> key.endsWith(":sub") || (saml && key.startsWith("saml:"))
                        || (id.equals("cognito-identity.amazonaws.com") && key.endsWith(":aud")));
        if (!named) {
            return Check.failure(Rule.TRUST, subject, audience ? 50 : 60, id,
                    "trusts everybody whom " + id + " signs in" + (audience ? " for that audience" : ""),
                    "The trust policy does not ask who it is.",
                    saml
                            ? "Add a condition on SAML:aud or SAML:sub."
                            : "Add a condition on the provider's sub.");
        }
        return saml
                ? null
                : Check.unknown(Rule.TRUST, subject, id, "trusts " + id + " under a condition",
                        "Whom its condition lets in cannot be told from the policy.",
                        "Read the condition on the provider's sub: it should name one repository, branch or workload.");
    }

    private static Check open(Subject subject, String id, PolicyStatement statement, int score, String said,
            String reason) {
        return statement.conditions().isEmpty()
                ? Check.failure(Rule.TRUST, subject, score, id, said, reason, NARROW)
                : Check.unknown(Rule.TRUST, subject, id, said + " under a condition",
                        "Whom its condition lets in cannot be told from the policy.", NARROW);
    }

    /// Whether roles of different environments share nobody who may become them, and stay in their accounts.
    List<Check> apart(List<Member> members) {
        SortedMap<String, Set<String>> shared = new TreeMap<>();
        members.forEach(member -> {
            String environment = member.agent().environment();
            if (environment != null) {
                trusted(member).forEach(arn -> shared.computeIfAbsent(arn, key -> new TreeSet<>()).add(environment));
            }
        });
        List<Check> checks = new ArrayList<>();
        members.forEach(member -> {
            if (member.agent().environment() != null) {
                checks.addAll(apart(member, member.agent().environment(), shared));
            }
        });
        return checks;
    }

    private List<Check> apart(Member member, String environment, SortedMap<String, Set<String>> shared) {
        Subject subject = member.subject();
        List<Check> checks = new ArrayList<>();
        String stands = environments.get(subject.principal().account());
        if (stands != null && !stands.equals(environment)) {
            checks.add(Check.failure(Rule.ENVIRONMENTS, subject, 45, null,
                    "is an agent of " + environment + " in an account of " + stands,
                    "A mistake in one environment is a mistake in the other.",
                    "Give each environment a role of its own, in its own account."));
        }
        for (String arn : trusted(member)) {
            String account = accountOf(arn);
            String other = environments.get(account);
            Set<String> users = Objects.requireNonNullElse(shared.get(arn), new TreeSet<>());
            if (other != null && !other.equals(environment)) {
                checks.add(Check.failure(Rule.ENVIRONMENTS, subject, 50, arn,
                        "is an agent of " + environment + " and trusts " + arn + " of " + other,
                        "Who holds the one environment holds the other.",
                        "Trust a principal of the same environment."));
            } else if (users.size() > 1) {
                checks.add(Check.failure(Rule.ENVIRONMENTS, subject, 50, arn,
                        "shares " + arn + " with agents of " + String.join(", ", users),
                        "The same credentials lead to agents of more than one environment.",
                        "Give each environment a principal of its own that starts its agents."));
            } else if (other == null && !account.equals(subject.principal().account())) {
                checks.add(Check.unknown(Rule.ENVIRONMENTS, subject, arn,
                        "trusts " + arn + " of an account whose environment is not told",
                        "Whether that crosses environments cannot be told.",
                        "Add account " + account + " to accounts in trailsentry.yaml, with its environment."));
            }
        }
        return checks.isEmpty()
                ? List.of(Check.ok(Rule.ENVIRONMENTS, subject, null,
                        "shares nobody who may become it with another environment"))
                : checks;
    }

    private static String accountOf(String principal) {
        Arn arn = Arn.parse(principal);
        return arn == null ? principal : arn.account();
    }

    /// Roles, users and accounts that a role trusts.
    private static Set<String> trusted(Member member) {
        Set<String> trusted = new TreeSet<>();
        if (member.perimeter().trust() != null) {
            Policy.of(member.perimeter().trust()).statements().stream().filter(PolicyStatement::allows)
                    .flatMap(statement -> statement.principals().stream())
                    .filter(trustee -> trustee.kind().equals("AWS") && !trustee.anybodyElse()
                            && accountOf(trustee.id()).matches("\\d{12}"))
                    .map(Trustee::id).forEach(trusted::add);
        }
        return trusted;
    }
}
