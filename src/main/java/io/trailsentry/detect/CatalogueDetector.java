package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A detector whose knowledge is all in the catalogue: of its rules whose conditions hold for a call, the one with the
/// highest score speaks.
final class CatalogueDetector implements Detector.OfCalls {
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
    public List<Signal> examine(Call call) {
        if (call.isRead() && Outcome.isNotFound(call.event())) {
            return List.of();
        }
        Match best = better(call, catalogue.anyAction(), better(call, catalogue.find(call.action()), null));
        return best == null ? List.of() : List.of(signal(call, best.rule(), best.target()));
    }

    private @Nullable Match better(Call call, @Nullable Entry entry, @Nullable Match best) {
        if (entry == null || entry.rules().stream().noneMatch(rule -> rule.detector().equals(id))) {
            return best;
        }
        Target target = Target.of(call, entry.kind(), entry.target());
        Match found = best;
        for (Rule rule : entry.rules()) {
            boolean stronger = found == null || rule.score() > found.rule().score();
            if (rule.detector().equals(id) && stronger
                    && rule.when().stream().allMatch(condition -> condition.holds(call, target))) {
                found = new Match(rule, target);
            }
        }
        return found;
    }

    private Signal signal(Call call, Rule rule, Target target) {
        Outcome outcome = Outcome.of(call.event());
        String because = rule.when().stream().map(condition -> condition.because(call, target))
                .filter(Objects::nonNull).collect(Collectors.joining(", and "));
        return Signals.of(this, call, outcome.worth(rule.score(), rule.denied())).target(target.name())
                .attack(rule.attack()).says(Phrases.told(outcome, rule.did(), rule.tried()), because).signal();
    }
}
