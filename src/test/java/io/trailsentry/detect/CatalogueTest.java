package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.detect.Catalogue.Entry;
import io.trailsentry.detect.Catalogue.Rule;
import io.trailsentry.testing.EventBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds every entry of the catalogue: it can fire, nothing hides it, and what it says reads well.
class CatalogueTest {
    /// The least score of a finding.
    private static final int LEAST = 20;

    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Detectors DETECTORS = Detectors.of(CATALOGUE, Map.of(), Map.of());
    private static final Agent AGENT = new Agent("coder", true, "dev", null, null, false, List.of("deployer-*"),
            Set.of(RuleEvents.ATTACHED));
    private static final Roster ROSTER = new Roster(
            List.of(new Roster.Entry(AGENT,
                    List.of(PrincipalPattern.of(EventBuilder.ROLE_ARN), PrincipalPattern.of(RuleEvents.USER_ARN)))),
            true, Map.of());

    private static Stream<Entry> entries() {
        Entry any = Objects.requireNonNull(CATALOGUE.anyAction());
        Entry anyOne = new Entry("lambda:CreateFunction", any.kind(), any.target(), any.source(), any.rules());
        return Stream.concat(Stream.of(anyOne), CATALOGUE.entries().stream());
    }

    private static List<Signal> signals(Rule rule, EventBuilder event) {
        Call call = Objects.requireNonNull(ROSTER.recognise(event.event()));
        return DETECTORS.ofCalls().stream().filter(detector -> detector.id().equals(rule.detector()))
                .flatMap(detector -> detector.examine(call).stream()).toList();
    }

    private static String name(Entry entry, Rule rule) {
        return entry.action() + " " + rule.detector() + " " + rule.when();
    }

    @Test
    void rule_whenItsConditionsHold_speaksForItsDetector() {
        assertThat(silent(event -> event, Outcome.SUCCEEDED)).isEmpty();
    }

    @Test
    void rule_whenTheCallIsRefused_saysWhatWasTried() {
        assertThat(silent(event -> event.error("AccessDenied", ""), Outcome.DENIED)).isEmpty();
    }

    /// The rules that speak for none of the calls that meet their conditions.
    private static List<String> silent(UnaryOperator<EventBuilder> ended, Outcome outcome) {
        List<String> silent = new ArrayList<>();
        entries().forEach(entry -> {
            for (Rule rule : entry.rules()) {
                List<String> said = new ArrayList<>();
                boolean speaks = RuleEvents.of(CATALOGUE, entry, rule).stream().anyMatch(event -> {
                    List<Signal> signals = signals(rule, ended.apply(event));
                    signals.forEach(signal -> said.add(signal.score() + " " + signal.headline()));
                    return signals.size() == 1 && isOf(signals.getFirst(), entry, rule, outcome);
                });
                if (!speaks) {
                    silent.add(name(entry, rule) + " said " + said);
                }
            }
        });
        return silent;
    }

    private static boolean isOf(Signal signal, Entry entry, Rule rule, Outcome outcome) {
        return signal.headline().equals(Phrases.told(outcome, rule.did(), rule.tried()))
                && signal.score() == outcome.worth(rule.score(), rule.denied()) && signal.outcome() == outcome
                && entry.action().equals(signal.action()) && signal.attack().equals(rule.attack())
                && !signal.reason().isBlank() && !signal.reason().contains("null") && !signal.reason().endsWith(".");
    }

    @Test
    void rule_hasNoOtherThatHoldsWheneverItHoldsAndSpeaksInItsPlace() {
        List<String> hidden = new ArrayList<>();
        entries().forEach(entry -> {
            for (int i = 0; i < entry.rules().size(); i++) {
                Rule rule = entry.rules().get(i);
                for (int j = 0; j < entry.rules().size(); j++) {
                    Rule other = entry.rules().get(j);
                    boolean asks = new HashSet<>(rule.when()).containsAll(other.when());
                    boolean first = other.score() > rule.score() || (other.score() == rule.score() && j < i);
                    if (i != j && other.detector().equals(rule.detector()) && asks && first) {
                        hidden.add(name(entry, rule) + " by " + other.when());
                    }
                }
            }
        });
        assertThat(hidden).isEmpty();
    }

    @Test
    void rule_thatAsksForMore_isWorthNoLessWhenRefused() {
        List<String> less = new ArrayList<>();
        entries().forEach(entry -> {
            for (Rule rule : entry.rules()) {
                for (Rule other : entry.rules()) {
                    boolean speaksInItsPlace = other.detector().equals(rule.detector())
                            && new HashSet<>(rule.when()).containsAll(other.when()) && rule.score() > other.score();
                    if (speaksInItsPlace && Outcome.DENIED.worth(rule.score(), rule.denied()) < Outcome.DENIED
                            .worth(other.score(), other.denied())) {
                        less.add(name(entry, rule) + " than " + other.when());
                    }
                }
            }
        });
        assertThat(less).isEmpty();
    }

    /// What was only tried tells as much of whoever tried it.
    @Test
    void rule_thatIsWorthAFindingWhenDone_isWorthOneWhenRefused() {
        assertThat(entries().flatMap(entry -> entry.rules().stream()
                .filter(rule -> rule.score() >= LEAST && Outcome.DENIED.worth(rule.score(), rule.denied()) < LEAST)
                .map(rule -> name(entry, rule)))).isEmpty();
    }

    @Test
    void rule_isWorthAFindingInOneOutcomeAtLeast() {
        assertThat(entries().flatMap(entry -> entry.rules().stream()
                .filter(rule -> rule.score() < LEAST && Outcome.DENIED.worth(rule.score(), rule.denied()) < LEAST)
                .map(rule -> name(entry, rule)))).isEmpty();
    }

    @Test
    void words_ofEveryRule_readBehindTheAgentsName() {
        assertThat(entries()).allSatisfy(entry -> assertThat(entry.rules()).allSatisfy(rule -> {
            assertThat(rule.did()).isNotBlank().doesNotEndWith(".").isEqualTo(rule.did().strip());
            assertThat(rule.tried()).isNotBlank().doesNotEndWith(".").isEqualTo(rule.tried().strip());
            if (rule.why() != null) {
                assertThat(rule.why()).isNotBlank().doesNotEndWith(".");
            }
            assertThat(rule.attack()).isNotEmpty();
        }));
    }

    @Test
    void anyAction_everyRule_asksForAWrite() {
        assertThat(Objects.requireNonNull(Catalogue.load().anyAction()).rules()).isNotEmpty()
                .as("else a read could not be taken in at a glance")
                .allSatisfy(rule -> assertThat(rule.when()).contains(Condition.Known.WRITE));
    }
}
