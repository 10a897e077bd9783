package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.MonitorChange;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.PerimeterChange;
import io.trailsentry.detect.Signal;
import io.trailsentry.testing.EventBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FindingTest {
    private static final Instant NOW = Instant.parse("2026-11-17T10:00:00Z");
    private static final Roster ROSTER = new Roster(
            List.of(new Roster.Entry(Agent.learned("coder"), List.of(PrincipalPattern.of("mcp-agent-role")))), true,
            Map.of());
    private static final Detectors DETECTORS = Detectors.of(Catalogue.load(), Map.of(), Map.of());

    private static Signal signal(String detector, String channel, String... attack) {
        return new Signal(detector, 50, Outcome.SUCCEEDED, "cloudtrail:StopLogging", "trail", "did", "why",
                new Sighting(NOW.getEpochSecond(), "e1"), List.of(attack), new Evidence("e1", null, null, null, null,
                        channel, null, null, null, null, null, null, null, null),
                null, null);
    }

    private static Finding finding(boolean listed, List<Signal> signals) {
        return new Finding("id", "fingerprint", Severity.MEDIUM, 50, Severity.MEDIUM, "title", "coder", listed,
                call(EventBuilder.agent()).principal(), "session", "cli", "111122223333", "eu-central-1", null, NOW,
                NOW,
                1, signals, List.of("e1"));
    }

    private static Call call(EventBuilder event) {
        return Objects.requireNonNull(ROSTER.recognise(event.event()));
    }

    private static Observation observation(EventBuilder event, Map<String, Mode> modes) {
        return Observation.of(call(event), DETECTORS, modes, premise -> false);
    }

    @Test
    void finding_withoutSignals_isNone() {
        assertThatThrownBy(() -> finding(true, List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void detectorsAndAttack_areEachNamedOnce_strongestFirst() {
        Finding finding = finding(true, List.of(signal("unusual-region", "cli", "T2", "T1"),
                signal("audit-tampering", "cli", "T1", "T3"), signal("unusual-region", "cli")));
        assertThat(finding.detectors()).containsExactly("unusual-region", "audit-tampering");
        assertThat(finding.attack()).containsExactly("T2", "T1", "T3");
        assertThat(finding.leading()).isEqualTo(finding.signals().getFirst());
        assertThat(finding.with(List.of(signal("x", "cli"))).signals()).containsExactly(signal("x", "cli"));
    }

    @Test
    void isAboutNoAgent_isSomebodyUnlistedWhoOnlyTampered() {
        Signal tampered = signal(MonitorChange.ID, "cli");
        assertThat(finding(false, List.of(tampered)).isAboutNoAgent()).isTrue();
        assertThat(finding(true, List.of(tampered)).isAboutNoAgent()).isFalse();
        assertThat(finding(false, List.of(tampered, signal("unlisted-agent", "cli"))).isAboutNoAgent()).isFalse();
        assertThat(finding(false, List.of(tampered, signal(MonitorChange.ID, "mcp"))).isAboutNoAgent()).isFalse();
    }

    @Test
    void isOfState_isOfTheAudit_andHasNeitherSessionNorEvents() {
        assertThat(finding(true, List.of(signal("coverage-gap", "cli"))).isOfState()).isTrue();
        assertThat(finding(true, List.of(signal("unusual-region", "cli"))).isOfState()).isFalse();
        assertThat(finding(true, List.of(signal("coverage-gap", "cli"))).ofState())
                .returns(null, Finding::session).returns(List.of(), Finding::eventIds).returns("cli", Finding::channel);
    }

    @Test
    void observation_ofACall_carriesWhatIsRememberedOfIt() {
        EventBuilder event = EventBuilder.agent().write("cloudtrail", "StopLogging").parameter("name", "trail");
        Observation seen = observation(event, Map.of());
        assertThat(seen.marks()).contains(Mark.CALL).doesNotHaveDuplicates().hasSizeGreaterThan(1);
        assertThat(seen.signals()).extracting(Signal::detector).contains("audit-tampering");
        assertThat(seen.isCounted()).isTrue();
        assertThat(seen.isByNoAgent()).isFalse();
        assertThat(seen.at()).isNotNull();
        assertThat(seen.lender().session()).isEqualTo(seen.session());
        assertThat(seen.lender().principal()).isEqualTo(seen.principal());
        assertThat(observation(event, Map.of("audit-tampering", Mode.OFF)).signals()).extracting(Signal::detector)
                .doesNotContain("audit-tampering");
        assertThat(observation(event.with("eventTime", null), Map.of()).at()).isNull();
        Observation less = seen.with(List.of(), List.of(), List.of());
        assertThat(less).returns(List.of(), Observation::marks).returns(List.of(), Observation::traits)
                .returns(List.of(), Observation::signals).returns(seen.eventId(), Observation::eventId);
        assertThat(less.isCounted()).isFalse();
    }

    @Test
    void observation_ofAToolCall_countsAsNothing() {
        Observation seen = observation(EventBuilder.toolCall("x", "r-1"), Map.of());
        assertThat(seen.marks()).isEmpty();
        assertThat(seen.downstream()).isNotNull();
        assertThat(seen.isCounted()).isFalse();
    }

    @Test
    void observation_ofSomebodyWhoIsNoAgent_isTheChangeAlone() {
        Call admin = Objects.requireNonNull(ROSTER.ofAnybody(EventBuilder.role("admin", "dana").event()));
        Signal signal = signal(MonitorChange.ID, "cli");
        Observation monitor = Observation.of(new MonitorChange.Change(admin, signal));
        assertThat(monitor.signals()).containsExactly(signal);
        assertThat(monitor.principal().name()).isEqualTo("admin");
        assertThat(monitor.isByNoAgent()).isTrue();
        Observation perimeter = Observation.of(new PerimeterChange.Change(admin, signal("perimeter-change", "cli")));
        assertThat(perimeter.isByNoAgent()).isFalse();
        assertThat(perimeter.signals()).hasSize(1);
        assertThat(monitor.with(List.of(Mark.CALL), List.of(), monitor.signals()).isByNoAgent()).isFalse();
        assertThat(monitor.with(List.of(), List.of(), List.of(signal, signal)).isByNoAgent()).isFalse();
    }

    @Test
    void heldBack_ofAFinding_isOneOfItsKind() {
        HeldBack one = HeldBack.of(finding(true, List.of(signal("unusual-region", "cli"))), Severity.HIGH,
                List.of("ALERTS", "PAGES"), NOW);
        assertThat(one).isEqualTo(new HeldBack(NOW, NOW, Map.of(Severity.HIGH, 1), Map.of("ALERTS", 1, "PAGES", 1),
                Map.of("coder", 1), Map.of("unusual-region", 1), Map.of("111122223333", 1), Map.of()));
        HeldBack later = HeldBack.of(finding(true, List.of(signal("x".repeat(129), "cli"))), Severity.CRITICAL,
                List.of("ALERTS"), NOW.plusSeconds(1));
        assertThat(later.detectors()).containsOnlyKeys("x".repeat(128));
        assertThat(HeldBack.of(finding(true, List.of(signal("x".repeat(128), "cli"))), Severity.LOW, List.of(), NOW)
                .detectors()).containsOnlyKeys("x".repeat(128));
        for (HeldBack both : List.of(one.and(later), later.and(one))) {
            assertThat(both).returns(NOW, HeldBack::from).returns(NOW.plusSeconds(1), HeldBack::last)
                    .returns(2, HeldBack::total).returns(Severity.CRITICAL, HeldBack::worst)
                    .returns(Map.of("ALERTS", 2, "PAGES", 1), HeldBack::topics);
        }
        assertThat(HeldBack.NONE.worst()).isEqualTo(Severity.INFORMATIONAL);
        assertThat(HeldBack.NONE.and(one)).isEqualTo(one).isEqualTo(one.and(HeldBack.NONE));
        assertThat(HeldBack.NONE.since(NOW)).isEqualTo(HeldBack.NONE);
        assertThat(one.isUnknownTo("ALERTS")).isTrue();
        assertThat(one.isUnknownTo("FINDINGS")).isFalse();
        assertThat(one.saying(Map.of("ALERTS", 1)).isUnknownTo("ALERTS")).isFalse();
    }

    @Test
    void alertWindow_whoseTimeIsOver_holdsWhatWasHeldBackAsOver() {
        HeldBack held = HeldBack.of(finding(true, List.of(signal("unusual-region", "cli"))), Severity.HIGH,
                List.of("ALERTS"), NOW);
        AlertWindow window = AlertWindow.NONE
                .with(List.of(new AlertWindow.Place("ALERTS", "s", Severity.HIGH)), NOW, Duration.ofMinutes(10), 1)
                .holding(held);
        assertThat(window.at(NOW.plusSeconds(599))).isEqualTo(window);
        AlertWindow over = window.at(NOW.plusSeconds(600));
        assertThat(over.over()).isEqualTo(held);
        assertThat(over.held()).isEqualTo(HeldBack.NONE);
        assertThat(over.at(NOW.plusSeconds(900))).isEqualTo(over);
        AlertWindow said = over.said(held, Map.of("ALERTS", 1), "me");
        assertThat(said.over()).isEqualTo(HeldBack.NONE);
        assertThat(said.said(held, Map.of("ALERTS", 1), "me")).isEqualTo(said);
    }

    private static Judge.@Nullable Judged judgeState(Map<String, Mode> modes, Exceptions exceptions, int signals) {
        List<Signal> found = new ArrayList<>();
        IntStream.range(0, signals).forEach(i -> found.add(new Signal("coverage-gap", 60, Outcome.SUCCEEDED,
                "audit:check-" + i, null, "lacks something", "why", new Sighting(NOW.getEpochSecond() + 90, "e" + i),
                List.of(), Evidence.ofWindow("e" + i, null, "111122223333"), null, null)));
        return new Judge(DETECTORS, modes, exceptions)
                .judgeState(Agent.learned("coder"), call(EventBuilder.agent()).principal(), "coverage-gap", found, NOW)
                .orElse(null);
    }

    @Test
    void judgeState_isOneFinding_namedByWhenItBegan() {
        assertThat(judgeState(Map.of(), Exceptions.NONE, 3)).isNotNull().satisfies(judged -> {
            assertThat(judged.story()).isEqualTo(new Story.Key("coverage-gap", NOW.getEpochSecond() / 900));
            assertThat(judged.finding()).returns(3, Finding::count).returns(NOW, Finding::firstSeen)
                    .returns(NOW.plusSeconds(90), Finding::lastSeen).returns(null, Finding::session)
                    .returns("coder lacks something, and 2 more", Finding::title);
        });
        assertThat(judgeState(Map.of("coverage-gap", Mode.OFF), Exceptions.NONE, 3)).isNull();
        assertThat(judgeState(Map.of(), Exceptions.NONE, 0)).isNull();
        assertThat(judgeState(Map.of(), new Exceptions(
                List.of(new Exceptions.Entry("coverage-gap", null, null, null, null, "known"))), 3)).isNull();
    }

    @Test
    void ledger_holdsTheFindingThatWasToldLast() {
        Told told = new Told(new Story.Key("s", 1), Set.of("a"), Severity.HIGH, 1, "f", NOW, 1, false, false);
        Finding one = finding(true, List.of(signal("unusual-region", "cli")));
        Finding other = finding(true, List.of(signal("audit-tampering", "cli")));
        Ledger ledger = Ledger.EMPTY.with("ALERTS", told, one).with("PAGES", told, other);
        assertThat(ledger.byTopic()).containsOnlyKeys("ALERTS", "PAGES");
        assertThat(ledger.last()).isEqualTo(other);
        assertThat(ledger.withoutFinding().last()).isNull();
        assertThat(ledger.withoutFinding().merge(ledger).last()).isEqualTo(other);
        assertThat(ledger.merge(Ledger.EMPTY.with("ALERTS", told, one)).last()).isEqualTo(other);
    }
}
