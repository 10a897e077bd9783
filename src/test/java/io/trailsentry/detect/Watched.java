package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge.Judgement;
import io.trailsentry.finding.Mode;
import io.trailsentry.testing.EventBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An agent under watch: `coder`, which is `mcp-agent-role` and the user `agent-user`, in development. Immutable.
///
/// @param watch what is made of events
record Watched(Watch watch) {
    /// A managed policy that is attached to the agent.
    static final String POLICY = "arn:aws:iam::" + EventBuilder.ACCOUNT + ":policy/mcp-agent-policy";
    static final String USER = "agent-user";
    static final String USER_ARN = "arn:aws:iam::" + EventBuilder.ACCOUNT + ":user/" + USER;
    /// The environment of this account is production.
    static final String PRODUCTION = "444455556666";
    /// An account that is nobody's here.
    static final String OUTSIDE = "999988887777";

    private static final Catalogue CATALOGUE = Catalogue.load();

    /// The agent.
    static Agent coder(boolean mcpOnly) {
        return new Agent("coder", true, "dev", null, null, mcpOnly, List.of("deployer-*"), Set.of(POLICY));
    }

    /// The agent, free to use any channel, all detectors live.
    static Watched agent() {
        return with(coder(false), Map.of(), Exceptions.NONE);
    }

    /// The agent behind the MCP server alone.
    static Watched mcpAgent() {
        return with(coder(true), Map.of(), Exceptions.NONE);
    }

    /// The agent, with modes and exceptions.
    static Watched with(Agent agent, Map<String, Mode> modes, Exceptions exceptions) {
        List<Roster.Entry> roster = List.of(new Roster.Entry(agent,
                List.of(PrincipalPattern.of(EventBuilder.ROLE_ARN), PrincipalPattern.of(USER_ARN))));
        Configuration configuration = new Configuration(roster,
                Map.of(EventBuilder.ACCOUNT, new Account("sandbox", "dev"), PRODUCTION, new Account("shop", "prod")),
                Map.of(), modes, Map.of(), exceptions, Alerting.DEFAULT);
        return new Watched(Watch.of(configuration, configuration.roster(), CATALOGUE));
    }

    /// A watch over patterns instead of a roster, as `--agent` asks for it.
    static Watched patterns(String... patterns) {
        return new Watched(Watch.of(Configuration.EMPTY, Configuration.EMPTY.rosterOf(Arrays.asList(patterns)),
                CATALOGUE));
    }

    /// What a detector of single calls says of an event that the agent made.
    List<Signal> signals(String detector, EventBuilder event) {
        Call call = Objects.requireNonNull(watch.roster().recognise(event.event()), "nobody watched made the call");
        return watch.detectors().ofCalls().stream().filter(found -> found.id().equals(detector))
                .flatMap(found -> found.examine(call).stream()).toList();
    }

    /// The one thing that a detector of single calls says of an event; null when it says nothing.
    @Nullable
    Signal signal(String detector, EventBuilder event) {
        List<Signal> signals = signals(detector, event);
        assertThat(signals).hasSizeLessThanOrEqualTo(1);
        return signals.isEmpty() ? null : signals.getFirst();
    }

    /// What all detectors of single calls say of an event by rules alone, without asking what was seen before.
    List<Signal> signals(EventBuilder event) {
        return watch.observe(event.event()).stream().flatMap(observation -> observation.signals().stream())
                .filter(signal -> !signal.isLearned()).toList();
    }

    /// The judgement on all principals that events are about.
    List<Judgement> judge(List<EventBuilder> events) {
        Map<Principal, History> histories = new LinkedHashMap<>();
        events.forEach(event -> watch.observe(event.event()).forEach(observation -> histories
                .computeIfAbsent(observation.principal(), key -> new History()).add(observation)));
        List<Judgement> judgements = new ArrayList<>();
        histories.forEach((principal, history) -> judgements.add(
                watch.judge().judge(watch.roster().agentOf(principal), principal, history, Long.MIN_VALUE)));
        return judgements;
    }

    /// The findings that events make.
    List<Finding> findings(List<EventBuilder> events) {
        return judge(events).stream()
                .flatMap(judgement -> judgement.findings().values().stream().map(judged -> judged.finding())).toList();
    }

    /// The findings that events make.
    List<Finding> findings(EventBuilder... events) {
        return findings(Arrays.asList(events));
    }
}
