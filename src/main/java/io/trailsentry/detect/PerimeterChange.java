package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Roster;
import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.CloudTrailEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `perimeter-change`: somebody else changed what an agent may do: its role or user, its policies, its boundary, its trust.
/// The agent did nothing; the finding is about its perimeter, the session is the actor's. What counts as such a change is
/// what would be `iam-self-modification` had the agent done it. Immutable and thread-safe.
public final class PerimeterChange {
    /// Id of the detector.
    public static final String ID = "perimeter-change";
    private static final String SELF_MODIFICATION = "iam-self-modification";

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
        if (!event.eventSource().equals("iam.amazonaws.com") || Boolean.TRUE.equals(event.readOnly())) {
            return List.of();
        }
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
                Signal signal = signal(victim, entry, actor);
                if (signal != null) {
                    changes.add(new Change(victim, signal));
                }
            }
        }
        return changes;
    }

    /// The strongest rule that would hold had the victim done it.
    private @Nullable Signal signal(Call victim, Entry entry, Principal actor) {
        Target target = Target.of(victim, entry, List.of());
        Rule best = null;
        for (Rule rule : entry.rules()) {
            boolean stronger = best == null || rule.score() > best.score();
            if (rule.detector().equals(SELF_MODIFICATION) && stronger
                    && rule.when().stream().allMatch(condition -> condition.holds(victim, target))) {
                best = rule;
            }
        }
        if (best == null || (target.name() == null && entry.kind() != Target.Kind.POLICY)) {
            return null;
        }
        Outcome outcome = Outcome.of(victim.event());
        String did = best.did().replace("itself", "it").replace("its own", "its");
        String tried = best.tried().replace("itself", "it").replace("its own", "its");
        String who = (actor.kind() == Principal.Kind.USER
                ? "user "
                : actor.kind() == Principal.Kind.ROLE ? "role " : "")
                + actor.name();
        return Signals.of(ID, victim, outcome.worth(score(best.score()), null)).target(target.name())
                .attack(best.attack())
                .says("was changed from outside: " + who + " " + Phrases.told(outcome, did, tried),
                        "somebody else moved its perimeter; the agent did nothing")
                .signal();
    }

    /// People change roles for good reasons all the time: only the gravest changes wake anybody.
    private static int score(int asSelfModification) {
        if (asSelfModification >= 95) {
            return 70;
        }
        return asSelfModification >= 85 ? 55 : asSelfModification >= 60 ? 45 : 25;
    }
}
