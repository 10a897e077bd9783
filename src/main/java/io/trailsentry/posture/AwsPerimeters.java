package io.trailsentry.posture;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Glob;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.posture.Perimeter.Boundary;
import io.trailsentry.trail.Arn;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.AttachedPermissionsBoundary;
import software.amazon.awssdk.services.iam.model.AttachedPolicy;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.iam.model.Role;
import software.amazon.awssdk.services.iam.model.Tag;
import software.amazon.awssdk.services.iam.model.User;

/// Perimeters by IAM. Thread-safe.
///
/// By single calls and not `GetAccountAuthorizationDetails`: that one cannot be limited to resources, so whoever has it
/// reads every policy of the account, and it sends every version of them for the sake of a few roles. A role costs
/// three calls, one for each inline policy, and two for each managed one.
public final class AwsPerimeters implements Perimeters {
    /// Policies change while they are read; twice in a row that is more than chance.
    private static final int ATTEMPTS = 2;
    /// Detectors whose checks need a perimeter.
    private static final Set<String> DETECTORS = Set.of("unbounded-role", "perimeter-drift");

    private final IamClient iam;
    private final String partition;
    private final String account;

    /// @param iam with the time limits of calls set
    /// @param account twelve digits, whose credentials the client has
    public AwsPerimeters(IamClient iam, String partition, String account) {
        this.iam = iam;
        this.partition = partition;
        this.account = account;
    }

    /// Something vanished between the call that named it and the one that asked for it.
    private static final class VanishedException extends Exception {
        private static final long serialVersionUID = 1;
    }

    @Override
    public Found find(List<Roster.Entry> entries) {
        return new Reading(new Roster(entries, false, Map.of())).find(entries);
    }

    /// One run: what it found, and the managed policies that it has read already. Confined to one thread.
    private final class Reading {
        private final Roster roster;
        private final Map<String, Member> members = new LinkedHashMap<>();
        private final List<Check> checks = new ArrayList<>();
        private final Map<String, String> managed = new HashMap<>();
        /// What was asked for, by the ARN that IAM gave.
        private final Map<Principal, Principal> known = new HashMap<>();
        private @Nullable List<Principal> everybody;

        Reading(Roster roster) {
            this.roster = roster;
        }

        Found find(List<Roster.Entry> entries) {
            entries.stream().flatMap(entry -> entry.principals().stream()).forEach(this::find);
            return new Found(members.values().stream()
                    .sorted(Comparator.comparing((Member member) -> member.agent().name())
                            .thenComparing(member -> member.perimeter().principal().arn()))
                    .toList(), checks);
        }

        private void find(PrincipalPattern pattern) {
            String text = pattern.toString();
            Arn arn = Arn.parse(text);
            if (arn != null && arn.account().matches("\\d{12}") && !arn.account().equals(account)) {
                checks.add(Check.unknown(Rule.PERIMETER, subject(text), text,
                        "belongs to account " + arn.account() + ", which this audit does not read",
                        "Only the account of its own credentials can be asked.",
                        "Run ./trailsentry doctor with credentials of that account."));
                return;
            }
            try {
                if (Glob.isGlob(text)) {
                    List<Principal> meant = everybody().stream().filter(pattern::matches)
                            .filter(principal -> !principal.isServiceLinkedRole()).toList();
                    for (Principal principal : meant) {
                        read(principal);
                    }
                    if (meant.isEmpty()) {
                        missing(text, "means no role or user of this account");
                    }
                } else if (candidates(text, arn).filter(this::read).count() == 0) {
                    missing(text, "is neither a role nor a user of this account");
                }
            } catch (RefusedException e) {
                checks.add(Check.refused(Rule.PERIMETER, subject(text), text, e,
                        "Allow the audit iam:ListRoles and iam:ListUsers, or name the principals."));
            }
        }

        private void missing(String text, String said) {
            checks.add(Check.warning(Rule.PERIMETER, subject(text), 20, text, said,
                    "The roster watches nobody by it, and whoever makes a role of that name decides what it may do.",
                    "Correct the name in trailsentry.yaml, or take it out."));
        }

        private Subject subject(String text) {
            Arn arn = Arn.parse(text);
            Principal named = arn == null ? null : Principal.of(arn);
            Principal principal = named == null ? principal(Kind.ROLE, text) : named;
            return new Subject(roster.agentOf(principal), principal);
        }

        /// Who can be meant by a name or an ARN. A bare name may be a role's, a user's, or both.
        private Stream<Principal> candidates(String text, @Nullable Arn arn) {
            return arn == null
                    ? Stream.of(principal(Kind.ROLE, text), principal(Kind.USER, text))
                    : Stream.ofNullable(Principal.of(arn));
        }

        private Principal principal(Kind kind, String name) {
            return new Principal(kind, account, "arn:" + partition + ":iam::" + account
                    + (kind == Kind.ROLE ? ":role/" : ":user/") + name, name);
        }

        private List<Principal> everybody() throws RefusedException {
            if (everybody == null) {
                everybody = Answers.ask(() -> Stream.concat(
                        iam.listRolesPaginator().roles().stream().map(Role::arn),
                        iam.listUsersPaginator().users().stream().map(User::arn))
                        .map(Arn::parse).filter(Objects::nonNull).map(Principal::of).filter(Objects::nonNull).toList());
            }
            return everybody;
        }

        /// Whether it is there, also where it cannot be read.
        private boolean read(Principal principal) {
            Subject subject = new Subject(roster.agentOf(principal), principal);
            if (principal.kind() == Kind.ROOT) {
                checks.add(Check.failure(Rule.HAS_BOUNDARY, subject, 70, null, "is the account's root user",
                        "Neither a boundary nor a policy of the account holds the root user.",
                        "Give the agent a role of its own, as in docs/agent-role.md."));
                return true;
            }
            try {
                Member member = member(principal, subject.agent());
                if (member == null) {
                    return false;
                }
                members.putIfAbsent(member.perimeter().principal().arn(), member);
            } catch (RefusedException e) {
                refused(new Subject(subject.agent(), known.getOrDefault(principal, principal)), e);
            }
            return true;
        }

        /// That nothing can be told of it: of no rule what was told before is mended by that.
        private void refused(Subject subject, RefusedException refusal) {
            checks.add(Check.refused(Rule.PERIMETER, subject, null, refusal,
                    "Allow the audit to read roles, users and their policies, or run it again."));
            Stream.of(Rule.values()).filter(rule -> rule != Rule.PERIMETER && DETECTORS.contains(rule.detector()))
                    .map(rule -> Check.unknown(rule, subject, null, "cannot be checked: " + rule.title(),
                            "Its policies cannot be read.", "Mend " + Rule.PERIMETER.id() + "."))
                    .forEach(checks::add);
        }

        private @Nullable Member member(Principal principal, Agent agent) throws RefusedException {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                try {
                    return principal.kind() == Kind.ROLE ? role(principal, agent) : user(principal, agent);
                } catch (VanishedException e) {
                    // What was read by arn may be what has changed.
                    managed.clear();
                }
            }
            throw new RefusedException("its policies changed while they were read");
        }

        private @Nullable Member role(Principal asked, Agent agent) throws RefusedException, VanishedException {
            String name = asked.name();
            Role role = askFor(() -> iam.getRole(request -> request.roleName(name)).role());
            if (role == null) {
                return null;
            }
            known.put(asked, known(asked, role.arn()));
            SortedMap<String, String> inline = new TreeMap<>();
            for (String policy : there(() -> iam.listRolePoliciesPaginator(request -> request.roleName(name))
                    .policyNames().stream().toList())) {
                inline.put(policy, decoded(there(() -> iam.getRolePolicy(
                        request -> request.roleName(name).policyName(policy)).policyDocument())));
            }
            SortedMap<String, String> attached = attached(
                    there(() -> iam.listAttachedRolePoliciesPaginator(request -> request.roleName(name))
                            .attachedPolicies().stream().toList()));
            return new Member(agent, new Perimeter(known(asked, role.arn()), decoded(role.assumeRolePolicyDocument()),
                    boundary(role.permissionsBoundary()), inline, attached, tags(role.tags())), role.createDate());
        }

        private @Nullable Member user(Principal asked, Agent agent) throws RefusedException, VanishedException {
            String name = asked.name();
            User user = askFor(() -> iam.getUser(request -> request.userName(name)).user());
            if (user == null) {
                return null;
            }
            known.put(asked, known(asked, user.arn()));
            SortedMap<String, String> inline = new TreeMap<>();
            for (String policy : there(() -> iam.listUserPoliciesPaginator(request -> request.userName(name))
                    .policyNames().stream().toList())) {
                inline.put(policy, decoded(there(() -> iam.getUserPolicy(
                        request -> request.userName(name).policyName(policy)).policyDocument())));
            }
            SortedMap<String, String> attached = attached(
                    there(() -> iam.listAttachedUserPoliciesPaginator(request -> request.userName(name))
                            .attachedPolicies().stream().toList()));
            for (String group : there(() -> iam.listGroupsForUserPaginator(request -> request.userName(name)).groups()
                    .stream().map(found -> found.groupName()).toList())) {
                for (String policy : there(() -> iam.listGroupPoliciesPaginator(
                        request -> request.groupName(group)).policyNames().stream().toList())) {
                    inline.put("group " + group + "/" + policy, decoded(there(() -> iam.getGroupPolicy(
                            request -> request.groupName(group).policyName(policy)).policyDocument())));
                }
                attached.putAll(attached(there(() -> iam.listAttachedGroupPoliciesPaginator(
                        request -> request.groupName(group)).attachedPolicies().stream().toList())));
            }
            return new Member(agent, new Perimeter(known(asked, user.arn()), null,
                    boundary(user.permissionsBoundary()), inline, attached, tags(user.tags())), user.createDate());
        }

        private SortedMap<String, String> attached(List<AttachedPolicy> policies)
                throws RefusedException, VanishedException {
            SortedMap<String, String> attached = new TreeMap<>();
            for (AttachedPolicy policy : policies) {
                attached.put(policy.policyArn(), document(policy.policyArn()));
            }
            return attached;
        }

        private @Nullable Boundary boundary(@Nullable AttachedPermissionsBoundary boundary)
                throws RefusedException, VanishedException {
            return boundary == null
                    ? null
                    : new Boundary(boundary.permissionsBoundaryArn(), document(boundary.permissionsBoundaryArn()));
        }

        /// The default version of a managed policy.
        private String document(String arn) throws RefusedException, VanishedException {
            String read = managed.get(arn);
            if (read != null) {
                return read;
            }
            String version = there(() -> iam.getPolicy(request -> request.policyArn(arn)).policy().defaultVersionId());
            String document = decoded(there(() -> iam.getPolicyVersion(
                    request -> request.policyArn(arn).versionId(version)).policyVersion().document()));
            managed.put(arn, document);
            return document;
        }
    }

    /// With the ARN that IAM gives: it has the path.
    private static Principal known(Principal asked, String arn) {
        Arn parts = Arn.parse(arn);
        Principal principal = parts == null ? null : Principal.of(parts);
        return principal == null ? asked : principal;
    }

    private static SortedMap<String, String> tags(List<Tag> tags) {
        SortedMap<String, String> byKey = new TreeMap<>();
        tags.forEach(tag -> byKey.put(tag.key(), tag.value()));
        return byKey;
    }

    /// IAM gives a document percent-encoded, with a plus sign that means itself.
    private static String decoded(String document) {
        try {
            return document.startsWith("%")
                    ? URLDecoder.decode(document.replace("+", "%2B"), StandardCharsets.UTF_8)
                    : document;
        } catch (IllegalArgumentException e) {
            return document;
        }
    }

    private static <T> @Nullable T askFor(Supplier<T> request) throws RefusedException {
        return Answers.find(request, NoSuchEntityException.class::isInstance);
    }

    private static <T> T there(Supplier<T> request) throws RefusedException, VanishedException {
        T answer = askFor(request);
        if (answer == null) {
            throw new VanishedException();
        }
        return answer;
    }
}
