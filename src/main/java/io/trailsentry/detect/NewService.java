package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.trail.ApiAction;
import java.util.List;
import java.util.function.Predicate;

/// `new-service`: a service, or a write action, that the agent never used before. Weak by itself: work changes. Many new
/// ones within a quarter hour are stronger, and so is a new one beside another sign.
///
/// Only calls that succeeded make an action usual: what an agent is refused it does not do. What a service does for the
/// agent is the service's habit.
final class NewService implements Detector.OfCalls {
    static final String ID = "new-service";
    private static final int READ = 22;
    private static final int WRITE = 20;
    private static final int SERVICE_WRITE = 24;
    /// For each further new one within a quarter hour.
    private static final int MORE = 3;
    /// By itself it wakes nobody.
    private static final int MOST = 39;
    private static final int QUARTER = 900;
    private static final String SERVICE = "service";
    private static final String ACTION = "write";
    private static final List<String> READING = List.of("T1526");
    private static final List<String> WRITING = List.of("T1059.009");

    @Override
    public String id() {
        return ID;
    }

    @Override
    public List<Trait> traits(Call call) {
        if (!counts(call) || Outcome.of(call.event()) != Outcome.SUCCEEDED) {
            return List.of();
        }
        return call.isRead() ? List.of(service(call)) : List.of(service(call), action(call));
    }

    private static boolean counts(Call call) {
        return !call.channel().isService() && !call.event().isMcpToolCall();
    }

    private static Trait service(Call call) {
        return new Trait(SERVICE, ApiAction.service(call.event().eventSource()));
    }

    private static Trait action(Call call) {
        return new Trait(ACTION, call.action());
    }

    @Override
    public List<Signal> examine(Call call, Predicate<Premise> broken) {
        if (!counts(call) || (call.isRead() && Outcome.isNotFound(call.event()))) {
            return List.of();
        }
        boolean read = call.isRead();
        Trait unseen = read ? service(call) : action(call);
        Premise premise = new Premise(unseen, Novelty.DAYS, true);
        if (broken.test(premise)) {
            return List.of();
        }
        Outcome outcome = Outcome.of(call.event());
        String what = read ? "a service that is new to it" : "an action that is new to it";
        return List.of(Signals.of(this, call, outcome.worth(read ? READ : WRITE, null)).target(service(call).value())
                .attack(read ? READING : WRITING)
                .says(Phrases.told(outcome, "used " + what, "use " + what),
                        unseen.value() + " was never used in the " + Novelty.DAYS + " days before")
                .premise(premise).signal());
    }

    @Override
    public Signal weighed(Signal signal, Premise premise, Sighting at, Profile profile) {
        String kind = premise.unseen().kind();
        boolean write = kind.equals(ACTION);
        Trait service = new Trait(SERVICE, String.valueOf(signal.target()));
        boolean newService = !write || !profile.seenDaysBefore(service, at, Novelty.DAYS);
        boolean onlyRead = write && profile.habit(ACTION, at, Novelty.DAYS).values().isEmpty();
        int further = profile.fresh(kind, at, QUARTER, Novelty.DAYS);
        int base = !write ? READ : newService || onlyRead ? SERVICE_WRITE : WRITE;
        int score = Math.min(MOST, signal.outcome().worth(base + MORE * further, null));
        StringBuilder more = new StringBuilder();
        if (onlyRead) {
            more.append(", nor any other write action");
        } else if (write && newService) {
            more.append(", nor was ").append(service.value()).append(" until now");
        }
        if (further > 0) {
            more.append("; after ").append(further).append(" other new ").append(write ? "write action" : "service")
                    .append(further == 1 ? "" : "s").append(" within 15 min");
        }
        Novelty novelty = newService || onlyRead
                ? Novelty.of(profile, SERVICE, at, "used", "service", "services")
                : Novelty.of(profile, ACTION, at, "used", "write action", "write actions");
        return novelty.weighed(signal.with(score, ""), 100, more.toString());
    }
}
