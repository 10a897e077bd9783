package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.posture.Perimeters.Member;
import io.trailsentry.posture.Power.Grant;
import io.trailsentry.trail.Arn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// Whether agents are bounded: the checks of `unbounded-role`. Pure and thread-safe.
///
/// What is limited by a boundary is judged by what both allow. What conditions decide is told as unknown.
public final class Bounds {
    /// Services whose writes decide who may do what.
    private static final Set<String> IDENTITY = Set.of("iam", "organizations", "sso", "identitystore", "account");
    /// It is no API action, so the catalogue does not list it, and it lends another role's power.
    private static final String PASS_ROLE = "iam:PassRole";
    private static final int PASS_ROLE_SCORE = 50;
    private static final Set<String> ADMINISTRATORS = Set.of("AdministratorAccess", "PowerUserAccess",
            "IAMFullAccess");
    /// From here on an action of the catalogue gives power: below are descriptions and service-linked roles.
    private static final int GIVES_POWER = 50;
    private static final int MOST_OF_DEEDS = 60;
    private static final int MOST = 89;
    private static final int NAMED = 3;

    private final SortedMap<String, Integer> destructive = new TreeMap<>();
    private final SortedMap<String, Integer> powerful = new TreeMap<>();
    private final Map<String, String> environments;

    /// @param environments of accounts, by id, as far as the configuration tells them
    public Bounds(Catalogue catalogue, Map<String, String> environments) {
        this.environments = Map.copyOf(environments);
        powerful.put(PASS_ROLE, PASS_ROLE_SCORE);
        for (String detector : List.of("iam-self-modification", "privilege-escalation")) {
            catalogue.listed(detector, false).forEach((action, score) -> {
                if (IDENTITY.contains(service(action)) && score >= GIVES_POWER) {
                    powerful.merge(action, score, Math::max);
                }
            });
        }
        for (String detector : List.of("destructive-action", "audit-tampering")) {
            catalogue.listed(detector, true).forEach((action, score) -> {
                String permission = Power.permission(action);
                if (score >= 20 && !powerful.containsKey(permission)) {
                    destructive.merge(permission, score, Math::max);
                }
            });
        }
    }

    private static String service(String action) {
        return action.substring(0, Math.max(0, action.indexOf(':')));
    }

    /// The checks of some roles and users, in their order.
    public List<Check> of(List<Member> members) {
        List<Check> checks = new ArrayList<>();
        for (Member member : members) {
            checks.addAll(of(member));
        }
        checks.addAll(new BoundsTrust(environments).apart(members));
        return List.copyOf(checks);
    }

    private List<Check> of(Member member) {
        Subject subject = member.subject();
        Power power = Power.of(member.perimeter());
        List<Check> checks = new ArrayList<>(unreadable(member));
        checks.add(boundary(member));
        Set<String> told = new TreeSet<>();
        List<Check> administrator = administrator(subject, power, told);
        checks.addAll(administrator.isEmpty()
                ? List.of(Check.ok(Rule.NO_ADMINISTRATOR, subject, null, "is no administrator"))
                : administrator);
        checks.addAll(deeds(Rule.NO_IAM_WRITE, member, power, powerful, told));
        checks.addAll(deeds(Rule.NO_DESTRUCTIVE, member, power, destructive, told));
        if (power.unreadable()) {
            checks.replaceAll(Bounds::unlessUnread);
        }
        checks.addAll(deadDenials(member, power));
        checks.addAll(new BoundsTrust(environments).trust(member));
        return checks;
    }

    /// A document that cannot be read may allow anything.
    private static Check unlessUnread(Check check) {
        return check.verdict() == Verdict.OK && check.rule() != Rule.HAS_BOUNDARY
                ? Check.unknown(check.rule(), check.subject(), check.target(),
                        "cannot be checked: " + check.rule().title(), "One of its policies cannot be read.",
                        "Mend " + Rule.PERIMETER.id() + ".")
                : check;
    }

    private static List<Check> unreadable(Member member) {
        List<Check> checks = new ArrayList<>();
        documents(member.perimeter()).forEach((name, document) -> {
            String fault = Policy.of(document).fault();
            if (fault != null) {
                checks.add(Check.unknown(Rule.PERIMETER, member.subject(), name, "has a policy that cannot be read",
                        "Of " + name + ", " + fault + ".", "Write the policy anew."));
            }
        });
        return checks;
    }

    /// Every document by what a reader calls it; the boundary and the trust policy too.
    static SortedMap<String, String> documents(Perimeter perimeter) {
        SortedMap<String, String> documents = new TreeMap<>(perimeter.inline());
        documents.putAll(perimeter.attached());
        if (perimeter.boundary() != null) {
            documents.put(perimeter.boundary().arn(), perimeter.boundary().document());
        }
        if (perimeter.trust() != null) {
            documents.put("its trust policy", perimeter.trust());
        }
        return documents;
    }

    private static Check boundary(Member member) {
        Subject subject = member.subject();
        Perimeter.Boundary boundary = member.perimeter().boundary();
        Principal principal = subject.principal();
        if (boundary == null) {
            String mend = principal.isIdentityCenterRole()
                    ? "Set a permissions boundary in its permission set, and provision the set anew."
                    : "aws iam put-" + (principal.kind() == Principal.Kind.USER ? "user" : "role")
                            + "-permissions-boundary --" + (principal.kind() == Principal.Kind.USER ? "user" : "role")
                            + "-name " + principal.name() + " --permissions-boundary POLICY_ARN";
            return Check.failure(Rule.HAS_BOUNDARY, subject, 40, null, "has no permissions boundary",
                    "Each policy that it gets by mistake holds at once.", mend);
        }
        Policy policy = Policy.of(boundary.document());
        return isBroad(policy) && policy.statements().stream().allMatch(PolicyStatement::allows)
                ? Check.failure(Rule.HAS_BOUNDARY, subject, 40, boundary.arn(),
                        "has a permissions boundary that allows everything",
                        "Each policy that it gets by mistake holds at once.",
                        "Let the boundary allow what the agent may ever need, and no more.")
                : Check.ok(Rule.HAS_BOUNDARY, subject, boundary.arn(), "has a permissions boundary");
    }

    /// Whether a policy allows everything, or everything but what it names, without a condition.
    static boolean isBroad(Policy policy) {
        return policy.statements().stream().anyMatch(statement -> isBroad(statement) && !statement.conditional());
    }

    private static boolean isBroad(PolicyStatement statement) {
        return statement.allows() && statement.isAboutEverything()
                && (statement.others() || statement.coversResource(PolicyPattern.ALL) || statement.elsewhere()
                        || statement.resources().stream().anyMatch(PolicyPattern::isWide))
                && statement.reach().stream().anyMatch(PolicyPattern::isWide);
    }

    private List<Check> administrator(Subject subject, Power power, Set<String> told) {
        List<Check> checks = new ArrayList<>();
        Policy boundary = power.boundary();
        power.policies().forEach((name, policy) -> {
            List<PolicyStatement> broad = policy.statements().stream().filter(Bounds::isBroad).toList();
            boolean byName = isAwsManaged(name) && ADMINISTRATORS.contains(lastPart(name));
            boolean iam = byName && power.left("iam:AttachRolePolicy", new Grant(PolicyPattern.ALL, true)).stream()
                    .anyMatch(Grant::sure);
            if (broad.isEmpty() && !iam) {
                return;
            }
            boolean bounded = boundary != null && boundary.statements().stream().noneMatch(Bounds::isBroad);
            if (power.deniesEverything() || (bounded && !iam)) {
                checks.add(Check.ok(Rule.NO_ADMINISTRATOR, subject, name,
                        "has a policy for everything, which its "
                                + (bounded ? "boundary limits" : "denials take back")));
                return;
            }
            told.add(name);
            boolean unsure = !iam && (broad.stream().allMatch(PolicyStatement::conditional)
                    || (boundary != null && !isBroad(boundary)));
            if (unsure) {
                checks.add(Check.unknown(Rule.NO_ADMINISTRATOR, subject, name,
                        "has a policy for everything, under a condition",
                        "What its condition decides cannot be told from the policy.",
                        "Allow by name what the agent needs, and no more."));
                return;
            }
            boolean all = broad.stream().anyMatch(statement -> !statement.others() && !statement.elsewhere());
            checks.add(Check.failure(Rule.NO_ADMINISTRATOR, subject, all || iam ? 80 : 70, name,
                    iam && broad.isEmpty()
                            ? "may do everything with IAM"
                            : all ? "may do everything" : "may do everything but what the policy names",
                    "Whoever steers the agent has the account.",
                    "Detach " + name + ", and allow by name what the agent needs."));
        });
        return checks;
    }

    private static boolean isAwsManaged(String name) {
        Arn arn = Arn.parse(name);
        return arn != null && arn.account().equals("aws");
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    /// What the grants of one pattern of one policy come to.
    private static final class Deeds {
        private final SortedMap<String, Integer> sure = new TreeMap<>();
        private final SortedMap<String, Integer> unsure = new TreeMap<>();
        /// Whether all of them are about things of other names.
        private boolean narrow = true;
    }

    private static List<Check> deeds(Rule rule, Member member, Power power, SortedMap<String, Integer> catalogue,
            Set<String> told) {
        List<Check> checks = new ArrayList<>();
        int[] taken = new int[1];
        power.policies().forEach((name, policy) -> {
            if (told.contains(name)) {
                return;
            }
            Map<String, Deeds> byPattern = new LinkedHashMap<>();
            for (PolicyStatement statement : policy.statements()) {
                if (statement.allows() && !statement.others()) {
                    for (String pattern : new TreeSet<>(statement.actions())) {
                        Deeds deeds = byPattern.computeIfAbsent(pattern, key -> new Deeds());
                        catalogue.forEach((action, score) -> {
                            if (PolicyPattern.ofAction(pattern).covers(PolicyPattern.ofAction(action))) {
                                taken[0] += weigh(rule, member, power, statement, action, score, deeds);
                            }
                        });
                    }
                }
            }
            byPattern.forEach((pattern, deeds) -> checks.addAll(check(rule, member, name, pattern, deeds)));
        });
        if (checks.isEmpty() && told.isEmpty()) {
            checks.add(Check.ok(rule, member.subject(), null, (rule == Rule.NO_IAM_WRITE
                    ? "may not widen its own power"
                    : "may do nothing destructive everywhere")
                    + (taken[0] == 0 ? "" : ": what its policies allow of that, boundary and denials take back")));
        }
        return checks;
    }

    /// Takes down what is left of a grant.
    ///
    /// @return 1 when nothing is
    private static int weigh(Rule rule, Member member, Power power, PolicyStatement statement, String action,
            int score, Deeds deeds) {
        int taken = 0;
        for (PolicyPattern resource : statement.reach()) {
            boolean matters = rule == Rule.NO_IAM_WRITE || resource.widest().isWide();
            if (!matters) {
                continue;
            }
            boolean certain = !statement.conditional() && !resource.isVariable();
            List<Grant> left = power.left(action, new Grant(resource.widest(), certain)).stream()
                    .filter(grant -> rule == Rule.NO_IAM_WRITE || grant.on().isWide()).toList();
            for (Grant grant : left) {
                (grant.sure() ? deeds.sure : deeds.unsure).merge(action, score, Math::max);
                deeds.narrow &= !grant.on().isWide() && own(member.perimeter()).stream().noneMatch(
                        arn -> grant.on().covers(new PolicyPattern(arn)));
            }
            taken |= left.isEmpty() ? 1 : 0;
        }
        return taken;
    }

    /// ARNs of what decides over the principal.
    private static List<String> own(Perimeter perimeter) {
        List<String> own = new ArrayList<>(perimeter.attached().keySet());
        own.add(perimeter.principal().arn());
        if (perimeter.boundary() != null) {
            own.add(perimeter.boundary().arn());
        }
        return own;
    }

    private static List<Check> check(Rule rule, Member member, String policy, String pattern, Deeds deeds) {
        Subject subject = member.subject();
        boolean power = rule == Rule.NO_IAM_WRITE;
        String where = !deeds.narrow || !power ? power ? "" : " everywhere" : " of others";
        if (!deeds.sure.isEmpty()) {
            int worst = deeds.sure.values().stream().mapToInt(Integer::intValue).max().orElse(0);
            int score = power ? Math.clamp(worst, GIVES_POWER, MOST) : Math.clamp(worst, 25, MOST_OF_DEEDS);
            String said = "may " + pattern + where + listed(pattern, deeds.sure);
            String mend = "Take " + pattern + " out of " + policy + ", limit it to named resources, or deny it in the"
                    + " boundary; if it must be, add an exception for this action and target.";
            return List.of((deeds.narrow && power
                    ? Check.warning(rule, subject, 35, policy, said,
                            "It can widen the power of others, and use theirs.", mend)
                    : Check.failure(rule, subject, score, policy, said,
                            power
                                    ? "It can give itself more power."
                                    : "What it does by mistake, or is talked into, cannot be taken back.",
                            mend))
                    .about(pattern));
        }
        return deeds.unsure.isEmpty()
                ? List.of()
                : List.of(Check.unknown(rule, subject, policy,
                        "may " + pattern + where + " under a condition" + listed(pattern, deeds.unsure),
                        "What a condition or a policy variable decides cannot be told from the policy.",
                        "Read the conditions; if they do not hold it, deny it in the boundary.").about(pattern));
    }

    /// What a pattern grants, the worst first; nothing for a pattern that names the action.
    private static String listed(String pattern, SortedMap<String, Integer> actions) {
        if (actions.size() == 1 && actions.firstKey().equalsIgnoreCase(pattern)) {
            return "";
        }
        List<String> worst = actions.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(NAMED).map(Map.Entry::getKey).toList();
        int more = actions.size() - worst.size();
        return ", so " + String.join(", ", worst) + (more == 0 ? "" : " and " + more + " more");
    }

    private static List<Check> deadDenials(Member member, Power power) {
        List<Check> checks = new ArrayList<>();
        SortedMap<String, Policy> policies = new TreeMap<>(power.policies());
        if (power.boundary() != null && member.perimeter().boundary() != null) {
            policies.put(member.perimeter().boundary().arn(), power.boundary());
        }
        policies.forEach((name, policy) -> {
            boolean dead = policy.statements().stream().filter(statement -> !statement.allows())
                    .flatMap(statement -> statement.actions().stream())
                    .anyMatch(action -> action.toLowerCase(Locale.ROOT).startsWith("aws-mcp:"));
            if (dead) {
                checks.add(Check.warning(Rule.DEAD_DENY, member.subject(), 25, name,
                        "denies actions of aws-mcp, which has no effect",
                        "AWS no longer asks for the actions that the preview of its MCP server had.",
                        "Deny the API actions themselves, with the condition"
                                + " {\"Bool\":{\"aws:ViaAWSMCPService\":\"true\"}}, or for one server"
                                + " {\"StringEquals\":{\"aws:CalledViaAWSMCP\":\"aws-mcp.amazonaws.com\"}}.")
                        .about("aws-mcp:*"));
            }
        });
        return checks.isEmpty()
                ? List.of(Check.ok(Rule.DEAD_DENY, member.subject(), null, "denies nothing that is no more"))
                : checks;
    }
}
