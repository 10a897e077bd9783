package io.trailsentry.config;

import io.trailsentry.agent.AttachedPolicies;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Severity;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `trailsentry.yaml` as values. Immutable.
///
/// @param agents the roster's entries, in the order of the file; empty when it names none
/// @param accounts by account id
/// @param people names by id
/// @param modes of the detectors that are not live
/// @param thresholds configured ones, by detector and name
/// @param exceptions what is in order
/// @param alerting how people are told
public record Configuration(List<Roster.Entry> agents, Map<String, Account> accounts, Map<String, String> people,
        Map<String, Mode> modes, Map<String, Map<String, Integer>> thresholds, Exceptions exceptions,
        Alerting alerting) {
    /// Nothing configured: watches `mcp-agent-role` in every account and all other managed-MCP traffic, all learned.
    public static final Configuration EMPTY = new Configuration(List.of(), Map.of(), Map.of(), Map.of(), Map.of(),
            Exceptions.NONE, Alerting.DEFAULT);

    /// Copies the collections.
    public Configuration {
        agents = List.copyOf(agents);
        accounts = Map.copyOf(accounts);
        people = Map.copyOf(people);
        modes = Map.copyOf(modes);
        thresholds = Map.copyOf(thresholds);
    }

    /// Who is watched: the configured agents, or `mcp-agent-role` in every account when there are none, and all other
    /// managed-MCP traffic.
    public Roster roster() {
        return roster(AttachedPolicies.NONE);
    }

    /// The same, where the audit found which policies are attached to whom.
    public Roster roster(AttachedPolicies attached) {
        return new Roster(watched(), true, people, attached);
    }

    /// The roster's entries: the configured agents, or `mcp-agent-role` when there are none.
    public List<Roster.Entry> watched() {
        return agents.isEmpty() ? List.of(learned(List.of(Roster.DEFAULT_ROLE))) : agents;
    }

    /// A roster in place of the configured one: each principal that a pattern means is an agent of its own, of which all
    /// is learned, and nobody else is watched.
    ///
    /// @param patterns role or user ARNs, names, globs
    /// @throws IllegalArgumentException for a pattern that means no principal
    public Roster rosterOf(List<String> patterns) {
        return new Roster(List.of(learned(patterns)), false, people);
    }

    /// The environment of each account of which it is told, by account id.
    public Map<String, String> environments() {
        Map<String, String> environments = new HashMap<>();
        accounts.forEach((id, account) -> {
            if (account.environment() != null) {
                environments.put(id, account.environment());
            }
        });
        return environments;
    }

    /// The principals of the configured agent of a name, as the configuration writes them; empty when there is none.
    public List<String> principalsOf(String agent) {
        return agents.stream().filter(entry -> entry.agent() != null && entry.agent().name().equals(agent))
                .flatMap(entry -> entry.principals().stream()).map(PrincipalPattern::toString).toList();
    }

    /// The same with other exceptions.
    public Configuration withExceptions(Exceptions others) {
        return new Configuration(agents, accounts, people, modes, thresholds, others, alerting);
    }

    private static Roster.Entry learned(List<String> patterns) {
        return new Roster.Entry(null, patterns.stream().map(PrincipalPattern::of).toList());
    }

    /// What an account is called.
    ///
    /// @param name null when not told
    /// @param environment as in `dev`; null when not told
    public record Account(@Nullable String name, @Nullable String environment) {
    }

    /// How people are told.
    ///
    /// @param pageAt least severity that pages
    /// @param repeatAfter how long the same deed is not told to people again
    /// @param flood most alerts in a time before they are summed up
    public record Alerting(Severity pageAt, Duration repeatAfter, Flood flood) {
        /// Pages at high, repeats after an hour, sums up beyond 20 alerts in 10 minutes.
        public static final Alerting DEFAULT = new Alerting(Severity.HIGH, Duration.ofHours(1),
                new Flood(20, Duration.ofMinutes(10)));
    }

    /// A cap on alerts.
    ///
    /// @param alerts most alerts
    /// @param per in this time
    public record Flood(int alerts, Duration per) {
    }
}
