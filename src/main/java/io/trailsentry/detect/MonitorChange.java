package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Roster;
import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.CloudTrailEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// `audit-tampering` by somebody who is no agent: whoever stops or weakens a trail, or changes TrailSentry, blinds the
/// watch over agents. Of what the catalogue knows of it, only rules about CloudTrail and TrailSentry count, from medium up.
/// Immutable and thread-safe.
public final class MonitorChange {
    /// Id of the detector.
    public static final String ID = "audit-tampering";
    private static final String CLOUD_TRAIL = "cloudtrail:";
    private static final int LEAST = 40;
    /// What CloudFormation does to TrailSentry for somebody who updates its stack. Of that update itself people are told.
    private static final int BY_STACK = 25;
    private static final int OF_STACK = 45;
    private static final String CLOUD_FORMATION = "service:cloudformation";
    private static final Set<String> STACK_UPDATES = Set.of("cloudformation:CreateChangeSet",
            "cloudformation:ExecuteChangeSet", "cloudformation:UpdateStack");

    private final Catalogue catalogue;
    private final Map<String, List<Rule>> rules = new HashMap<>();
    private final Set<String> operations;

    /// A detector over what a catalogue knows of tampering with the audit.
    public MonitorChange(Catalogue catalogue) {
        this.catalogue = catalogue;
        for (Entry entry : catalogue.entries()) {
            List<Rule> found = entry.rules().stream().filter(rule -> rule.detector().equals(ID)
                    && rule.score() >= LEAST
                    && (entry.action().startsWith(CLOUD_TRAIL) || rule.when().contains(Condition.Known.OWN_MONITOR)))
                    .toList();
            if (!found.isEmpty()) {
                rules.put(entry.action(), found);
            }
        }
        operations = rules.keySet().stream().map(action -> action.substring(action.indexOf(':') + 1))
                .collect(Collectors.toUnmodifiableSet());
    }

    /// What an event changed of the monitor.
    ///
    /// @param call the actor's
    /// @param signal what is said of it
    public record Change(Call call, Signal signal) {
    }

    /// The change that an event is, when no agent made it; null for nearly every event. Looks at nothing but the
    /// operation's name to tell so.
    public @Nullable Change examine(CloudTrailEvent event, Roster roster) {
        if (Boolean.TRUE.equals(event.readOnly()) || !operations.contains(ApiAction.operation(event.eventName()))) {
            return null;
        }
        String action = ApiAction.of(event.eventSource(), event.eventName());
        List<Rule> known = rules.get(action);
        Entry entry = known == null ? null : catalogue.find(action);
        Call call = known == null || entry == null ? null : roster.ofAnybody(event);
        if (known == null || entry == null || call == null) {
            return null;
        }
        Target target = Target.of(call, entry, List.of());
        Rule best = null;
        for (Rule rule : known) {
            boolean stronger = best == null || rule.score() > best.score();
            if (stronger && rule.holds(call, target)) {
                best = rule;
            }
        }
        return best == null ? null : new Change(call, signal(call, best, target));
    }

    private static Signal signal(Call call, Rule rule, Target target) {
        Outcome outcome = Outcome.of(call.event());
        boolean byStack = call.channel().name().equals(CLOUD_FORMATION)
                && Condition.Known.OWN_MONITOR.holds(call, target);
        boolean ofStack = STACK_UPDATES.contains(call.action());
        int score = Math.min(rule.score(), byStack ? BY_STACK : ofStack ? OF_STACK : rule.score());
        String excuse = byStack
                ? "CloudFormation did it while its stack was changed, as at an upgrade"
                : ofStack ? "an upgrade does this, and so does a change of parameters" : null;
        String reason = Stream.of(Stream.ofNullable(rule.why()),
                rule.when().stream().map(condition -> condition.because(call, target)).filter(Objects::nonNull),
                Stream.of("it is no watched agent, but agents may go unseen by it"), Stream.ofNullable(excuse))
                .flatMap(part -> part).collect(Collectors.joining("; "));
        return Signals.of(ID, call, outcome.worth(score, byStack || ofStack ? null : rule.denied()))
                .target(target.name()).attack(rule.attack())
                .says(Phrases.told(outcome, rule.did(), rule.tried()), reason).signal();
    }
}
