package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Roster;
import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.CloudTrailEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `perimeter-change`: somebody else changed what an agent may do: its role or user, its policies, its boundary, its trust;
/// or, as may be, its permission set or a ceiling of its account. The agent did nothing; the finding is about its
/// perimeter, the session is the actor's. What counts as such a change of a role is what would be `iam-self-modification`
/// had the agent done it. Immutable and thread-safe.
public final class PerimeterChange {
    /// Id of the detector.
    public static final String ID = "perimeter-change";
    private static final String SELF_MODIFICATION = "iam-self-modification";
    private static final String ESCALATION = "privilege-escalation";
    private static final String PERMISSION_SET = "permissionSetArn";
    private static final Set<String> CEILINGS = Set.of("AttachPolicy", "DetachPolicy", "UpdatePolicy", "DeletePolicy",
            "DisablePolicyType");
    /// What a change is worth that may mean an agent, and one that takes a ceiling away.
    private static final int UNCERTAIN = 30;
    private static final int CEILING = 45;
    private static final int GRAVE = 75;

    private final Catalogue catalogue;

    /// A detector over what a catalogue knows of self-modification.
    public PerimeterChange(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /// A change, seen as the victim's.
    ///
    /// @param victim the agent's principal, with the actor's session and the event
    /// @param signal what is said of it
    public record Change(Call victim, Signal signal) {
    }

    /// The changes that an event makes to the perimeters of a roster's agents; empty for nearly every event.
    public List<Change> examine(CloudTrailEvent event, Roster roster) {
        if (Boolean.TRUE.equals(event.readOnly())) {
            return List.of();
        }
        return switch (event.eventSource()) {
            case "iam.amazonaws.com" -> ofRoles(event, roster);
            case "sso.amazonaws.com" -> ofPermissionSets(event, roster);
            case "organizations.amazonaws.com" -> ofCeilings(event, roster);
            default -> List.of();
        };
    }

    private List<Change> ofRoles(CloudTrailEvent event, Roster roster) {
        Entry entry = catalogue.find(ApiAction.of(event.eventSource(), event.eventName()));
        Principal actor = Principal.of(event.userIdentity(), event.recipientAccountId());
        if (entry == null || actor == null || entry.kind() == Target.Kind.RESOURCE) {
            return List.of();
        }
        boolean policy = entry.kind() == Target.Kind.POLICY;
        Call caller = roster.recognise(event);
        List<Change> changes = new ArrayList<>(0);
        for (Call victim : roster.victims(event, Target.nameIn(event, entry.target()), policy)) {
            // A policy of its own that an agent rewrites is attached to all of its principals.
            boolean own = policy && caller != null && caller.agent().equals(victim.agent());
            if (!own && !victim.principal().is(actor.arn())) {
                Signal signal = signal(victim, entry);
                if (signal != null) {
                    changes.add(new Change(victim, signal));
                }
            }
        }
        return changes;
    }

    /// Changes of permission sets: an agent in a role that Identity Center made of one may be meant. The role has the set's
    /// name, and the event its ARN, so that nobody can tell.
    private List<Change> ofPermissionSets(CloudTrailEvent event, Roster roster) {
        Entry entry = catalogue.find(ApiAction.of(event.eventSource(), event.eventName()));
        if (entry == null || !entry.target().contains(PERMISSION_SET) || entry.target().contains("principalId")) {
            return List.of();
        }
        List<Change> changes = new ArrayList<>(0);
        for (Call victim : bystanders(event, roster, null)) {
            if (victim.principal().isIdentityCenterRole()) {
                String role = victim.principal().name();
                String set = role.substring(role.indexOf('_') + 1,
                        Math.max(role.lastIndexOf('_'), role.indexOf('_') + 1));
                changes.addAll(
                        possible(victim, entry, true, "the event names a permission set by its ARN alone: it may be "
                                + (set.isEmpty() ? "the one" : set + ", the one") + " that its role is made of"));
            }
        }
        return changes;
    }

    /// Changes of an organization's policies: a ceiling over the accounts of agents. One agent of each account stands for
    /// all of them.
    private List<Change> ofCeilings(CloudTrailEvent event, Roster roster) {
        Entry entry = CEILINGS.contains(event.eventName())
                ? catalogue.find(ApiAction.of(event.eventSource(), event.eventName()))
                : null;
        if (entry == null) {
            return List.of();
        }
        String target = event.requestParameters().first("targetId");
        String account = target != null && target.length() == 12 && Character.isDigit(target.charAt(0)) ? target : null;
        List<Change> changes = new ArrayList<>(0);
        Set<String> accounts = new HashSet<>();
        for (Call victim : bystanders(event, roster, account)) {
            if (accounts.add(victim.principal().account())) {
                changes.addAll(possible(victim, entry, account == null, account == null
                        ? "a policy of the organization is a ceiling for the accounts under it, and its account may be "
                                + "one of them"
                        : "a policy of the organization is a ceiling of its account"));
            }
        }
        return changes;
    }

    /// Who may be meant, when no agent did it: what agents do is told of them.
    private static List<Call> bystanders(CloudTrailEvent event, Roster roster, @Nullable String account) {
        Principal actor = Principal.of(event.userIdentity(), event.recipientAccountId());
        return actor == null || actor.kind() == Principal.Kind.SERVICE || roster.recognise(event) != null
                ? List.of()
                : roster.bystanders(event, account);
    }

    private static List<Change> possible(Call victim, Entry entry, boolean uncertain, String why) {
        Target target = Target.of(victim, entry, List.of());
        Rule best = strongest(victim, entry, target, ESCALATION);
        if (best == null) {
            return List.of();
        }
        Outcome outcome = Outcome.of(victim.event());
        int score = entry.target().contains(PERMISSION_SET) || best.score() < GRAVE ? UNCERTAIN : CEILING;
        return List.of(new Change(victim, Signals.of(ID, victim, outcome.worth(score, null)).target(target.name())
                .attack(best.attack())
                .says((uncertain ? "may have been changed from outside: " : "was changed from outside: ")
                        + who(victim) + " " + Phrases.told(outcome, best.did(), best.tried()),
                        why + "; the agent did nothing")
                .signal()));
    }

    /// The strongest rule that would hold had the victim done it.
    private @Nullable Signal signal(Call victim, Entry entry) {
        Target target = Target.of(victim, entry, List.of());
        Rule best = strongest(victim, entry, target, SELF_MODIFICATION);
        if (best == null || (target.name() == null && entry.kind() != Target.Kind.POLICY)) {
            return null;
        }
        Outcome outcome = Outcome.of(victim.event());
        String did = best.did().replace("itself", "it").replace("its own", "its");
        String tried = best.tried().replace("itself", "it").replace("its own", "its");
        return Signals.of(ID, victim, outcome.worth(score(best.score()), null)).target(target.name())
                .attack(best.attack())
                .says("was changed from outside: " + who(victim) + " " + Phrases.told(outcome, did, tried),
                        "somebody else moved its perimeter; the agent did nothing")
                .signal();
    }

    private static @Nullable Rule strongest(Call victim, Entry entry, Target target, String detector) {
        Rule best = null;
        for (Rule rule : entry.rules()) {
            boolean stronger = best == null || rule.score() > best.score();
            if (rule.detector().equals(detector) && stronger && rule.holds(victim, target)) {
                best = rule;
            }
        }
        return best;
    }

    private static String who(Call victim) {
        Principal actor = Principal.of(victim.event().userIdentity(), victim.event().recipientAccountId());
        if (actor == null) {
            return "somebody";
        }
        return switch (actor.kind()) {
            case USER -> "user " + actor.name();
            case ROLE -> "role " + actor.name();
            case ROOT, SERVICE, OUTSIDE -> actor.name();
        };
    }

    /// People change roles for good reasons all the time: only the gravest changes wake anybody.
    private static int score(int asSelfModification) {
        if (asSelfModification >= 95) {
            return 70;
        }
        return asSelfModification >= 85 ? 55 : asSelfModification >= 60 ? 45 : 25;
    }
}
