package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import io.trailsentry.detect.Signal.Premise;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A detector whose knowledge is all in the catalogue: of its rules whose conditions hold for a call, the one with the
/// highest score speaks.
final class CatalogueDetector implements Detector.OfCalls {
    private static final String DESTRUCTIVE = "destructive-action";
    /// How long somebody may take down what they put up themselves, in days.
    private static final int CREATED_DAYS = 90;
    /// What a service does for an agent is mostly the service's own business: only grave things count, and less.
    private static final int GRAVE = 70;
    /// What a refused call is worth whose parameters are not told.
    private static final int UNKNOWN = 20;
    private static final String CREDENTIALS = "credential-access";
    /// Reads of this score and more are told however often they are done.
    private static final int GRAVE_READ = 40;
    /// What is added when an agent reads in a way in which it never read, and the score from which that is worth telling.
    private static final int FIRST = 20;
    private static final int LEAST_FIRST = 15;
    private static final String READING = "reading";
    private static final String SECRET = "secret";
    private static final String SELF_MODIFICATION = "iam-self-modification";
    private static final String AUDIT_TAMPERING = "audit-tampering";

    private final String id;
    private final Catalogue catalogue;

    CatalogueDetector(String id, Catalogue catalogue) {
        this.id = id;
        this.catalogue = catalogue;
    }

    @Override
    public String id() {
        return id;
    }

    private record Match(Rule rule, Target target) {
    }

    @Override
    public List<Signal> examine(Call call, Predicate<Premise> broken) {
        if (call.isRead() && Outcome.isNotFound(call.event())) {
            return List.of();
        }
        Match best = match(call);
        return best == null ? unknown(call) : signal(call, best.rule(), best.target());
    }

    private @Nullable Match match(Call call) {
        return better(call, catalogue.anyAction(), better(call, catalogue.find(call.action()), null));
    }

    @Override
    public List<Trait> traits(Call call) {
        if (!id.equals(CREDENTIALS) || !call.isRead() || call.channel().isService()
                || Outcome.of(call.event()) != Outcome.SUCCEEDED) {
            return List.of();
        }
        Match best = match(call);
        return best == null || best.rule().score() >= GRAVE_READ
                ? List.of()
                : List.of(new Trait(READING, call.action()), secret(call, best.target()));
    }

    /// One secret, read in one way.
    private static Trait secret(Call call, Target target) {
        return new Trait(SECRET, call.action() + ' ' + (target.name() == null ? "" : target.name()));
    }

    /// A secret that the agent does not read every day is told as the rule says; the first that it reads in this way at
    /// all, once enough of it was seen, is worth more.
    @Override
    public Signal weighed(Signal signal, Premise premise, Sighting at, Profile profile) {
        if (!premise.unseen().kind().equals(SECRET)) {
            return signal;
        }
        Trait reading = new Trait(READING, String.valueOf(signal.action()));
        boolean first = !profile.seenDaysBefore(reading, at, Novelty.DAYS);
        Profile.Experience experience = profile.experience(at);
        if (!first || !experience.isEnough() || signal.outcome() != Outcome.SUCCEEDED
                || signal.score() < LEAST_FIRST) {
            return signal.with(signal.score(), first ? "" : "; it did this before, but not with this one");
        }
        double surprise = 1 - profile.habit(READING, at, Novelty.DAYS).drift();
        return signal.with(signal.score() + (int) Math.round(FIRST * surprise),
                "; it did this for the first time in " + Math.min(Novelty.DAYS, experience.days()) + " days");
    }

    /// A refused call seldom tells its parameters. Where only they would have told what is suspicious, and nothing else is
    /// known, the worst that it could have been is worth a line.
    private List<Signal> unknown(Call call) {
        Entry entry = catalogue.find(call.action());
        if (entry == null || call.isRead() || call.channel().isService()
                || Outcome.of(call.event()) != Outcome.DENIED || !call.event().requestParameters().isEmpty()) {
            return List.of();
        }
        Target target = Target.of(call, entry, List.of());
        Rule worst = entry.rules().stream()
                .filter(rule -> rule.when().stream().allMatch(Condition::ofParameters))
                .max(Comparator.comparingInt(Rule::score)).orElse(null);
        if (worst == null || !worst.detector().equals(id)
                || entry.rules().stream().anyMatch(rule -> rule.holds(call, target))) {
            return List.of();
        }
        return List.of(Signals.of(this, call, UNKNOWN).target(target.name()).attack(worst.attack())
                .says(Phrases.told(Outcome.DENIED, worst.did(), "make a call that can " + worst.tried()),
                        "a refused call does not tell its parameters, so this is the worst that it could have been")
                .signal());
    }

    private @Nullable Match better(Call call, @Nullable Entry entry, @Nullable Match best) {
        if (entry == null) {
            return best;
        }
        Match found = best;
        Target target = null;
        for (Rule rule : entry.rules()) {
            if (rule.asks(id, call) && (found == null || rule.score() > found.rule().score())) {
                Target of = target == null ? Target.of(call, entry, catalogue.roleFields(call.action())) : target;
                target = of;
                if (rule.holds(call, of)) {
                    found = new Match(rule, of);
                }
            }
        }
        return found;
    }

    private List<Signal> signal(Call call, Rule rule, Target target) {
        Outcome outcome = Outcome.of(call.event());
        boolean full = id.equals(SELF_MODIFICATION) || (id.equals(AUDIT_TAMPERING) && rule.score() >= GRAVE);
        boolean byService = call.channel().isService() && !full;
        if (byService && rule.score() < GRAVE) {
            return List.of();
        }
        int score = byService ? rule.score() * 6 / 10 : rule.score();
        String because = Stream.concat(Stream.ofNullable(rule.why()),
                rule.when().stream().map(condition -> condition.because(call, target)).filter(Objects::nonNull))
                .collect(Collectors.joining("; "));
        String reason = because.isEmpty() ? "an agent's work seldom needs this" : because;
        Signals signal = Signals.of(this, call, outcome.worth(score, byService ? null : rule.denied()))
                .target(target.name()).attack(rule.attack())
                .says(Phrases.told(outcome, rule.did(), rule.tried()), reason);
        boolean takesDown = id.equals(DESTRUCTIVE) || (id.equals(AUDIT_TAMPERING) && rule.score() < GRAVE);
        if (takesDown && target.name() != null) {
            signal.premise(new Premise(Traits.created(target.name()), CREATED_DAYS));
        }
        if (id.equals(CREDENTIALS) && call.isRead() && rule.score() < GRAVE_READ) {
            signal.premise(new Premise(secret(call, target), Novelty.DAYS));
        }
        return List.of(signal.signal());
    }
}
