package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Observation;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/// An agent with a past: what it did before, from 26 October 2026 on, and what is found of what it does on its last day.
/// Everything of it is learned. Not thread-safe.
final class Past {
    private static final Instant START = Instant.parse("2026-10-26T00:00:00Z");
    /// Days of a past that is long enough to rely on.
    static final int LONG = 26;

    private final Watched agent;
    private final List<EventBuilder> events = new ArrayList<>();
    private int number;

    private Past(Agent agent) {
        this.agent = Watched.with(agent, Map.of(), Exceptions.NONE);
    }

    static Past none() {
        return of(new Agent("coder", true, null, null, null, false, null, Set.of()));
    }

    static Past of(Agent agent) {
        return new Past(agent);
    }

    /// An agent that made twenty calls a day for some days.
    ///
    /// @param call the calls of a day, by their number
    static Past of(int days, IntFunction<EventBuilder> call) {
        return none().daily(0, days, call);
    }

    /// Twenty calls on each of the days from one up to another.
    Past daily(int from, int to, IntFunction<EventBuilder> call) {
        for (int day = from; day < to; day++) {
            for (int i = 0; i < 20; i++) {
                at(day, 9 * 3_600 + i * 60, call.apply(day * 20 + i));
            }
        }
        return this;
    }

    /// A call on a day, so many seconds after midnight.
    Past at(int day, int second, EventBuilder event) {
        events.add(event.at(START.plusSeconds(day * 86_400L + second).toString(), "past-%05d".formatted(number++)));
        return this;
    }

    /// What calls show, in the order in which they came.
    List<Observation> observations() {
        return events.stream().flatMap(event -> agent.watch().observe(event.event()).stream()).toList();
    }

    /// What is found in a history.
    List<Finding> findings(Map<Principal, History> histories) {
        List<Finding> findings = new ArrayList<>();
        histories.forEach((principal, history) -> agent.watch().judge()
                .judge(agent.watch().roster().agentOf(principal), principal, history, Long.MIN_VALUE).findings()
                .values()
                .stream().map(Judged::finding).forEach(findings::add));
        return findings;
    }

    /// What is found on a day.
    List<Finding> findings(int day) {
        History history = new History();
        List<Observation> observations = observations();
        observations.forEach(history::add);
        Instant from = START.plusSeconds(day * 86_400L);
        return findings(Map.of(observations.getFirst().principal(), history)).stream()
                .filter(finding -> finding.firstSeen() != null && !finding.firstSeen().isBefore(from)).toList();
    }

    /// What a detector says on a day, strongest first.
    List<Signal> signals(int day, String detector) {
        return findings(day).stream().flatMap(finding -> finding.signals().stream())
                .filter(signal -> signal.detector().equals(detector)).sorted(Signal.STRONGEST).toList();
    }
}
