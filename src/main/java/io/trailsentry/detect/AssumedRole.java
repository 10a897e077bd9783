package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Serves `privilege-escalation` where the roles that an agent may assume are learned: one that it never assumed before.
/// Only a role that it got is one of its roles.
final class AssumedRole implements Detector.OfCalls {
    private static final int NEW = 45;
    private static final String ROLE = "role";
    private static final List<String> ATTACK = List.of("T1548.005");

    @Override
    public String id() {
        return "privilege-escalation";
    }

    /// The role that a call assumes, and is not the caller itself; null when it assumes none.
    private static @Nullable String role(Call call) {
        String role = call.action().equals("sts:AssumeRole") && !call.channel().isService()
                ? Target.nameIn(call.event(), List.of("roleArn"))
                : null;
        return role == null || call.principal().is(role) ? null : role;
    }

    private static Trait trait(String role) {
        return new Trait(ROLE, role.toLowerCase(Locale.ROOT));
    }

    @Override
    public List<Trait> traits(Call call) {
        String role = role(call);
        return role == null || Outcome.of(call.event()) != Outcome.SUCCEEDED ? List.of() : List.of(trait(role));
    }

    @Override
    public List<Signal> examine(Call call, Predicate<Premise> broken) {
        String role = call.agent().assumableRoles() == null ? role(call) : null;
        if (role == null) {
            return List.of();
        }
        Outcome outcome = Outcome.of(call.event());
        return List.of(Signals.of(this, call, outcome.worth(NEW, null)).target(role).attack(ATTACK)
                .says(Phrases.told(outcome, "assumed a role that is new to it", "assume a role that is new to it"),
                        "it never worked with that role's power in the " + Novelty.DAYS + " days before")
                .premise(new Premise(trait(role), Novelty.DAYS, true)).signal());
    }

    @Override
    public Signal weighed(Signal signal, Premise premise, Sighting at, Profile profile) {
        return premise.unseen().kind().equals(ROLE)
                ? Novelty.of(profile, ROLE, at, "assumed", "role", "roles").weighed(signal, 100, "")
                : signal;
    }
}
