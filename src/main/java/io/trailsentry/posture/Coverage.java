package io.trailsentry.posture;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The audit of what TrailSentry can see: a detector that is blind looks like a quiet day. What AWS refuses to answer
/// fails the checks that need it, and no other. Thread-safe.
public final class Coverage {
    private final Regions regions;

    /// @param regions makes the clients
    public Coverage(Regions regions) {
        this.regions = regions;
    }

    /// What is audited. Immutable.
    ///
    /// @param account twelve digits
    /// @param homeRegion where the stack stands
    /// @param watchedRegions every Region whose calls are meant to arrive
    /// @param agentNames names that the rules match; empty: everybody's calls are delivered
    /// @param keyArn the key given to the stack; null: none was
    /// @param namespace of the metrics
    /// @param agents whose reach is known, with it
    /// @param now the time
    public record Scope(String partition, String account, String homeRegion, List<String> watchedRegions,
            List<String> agentNames, @Nullable String keyArn, String namespace, List<Agent> agents, Instant now) {
        /// Copies the lists.
        public Scope {
            watchedRegions = List.copyOf(watchedRegions);
            agentNames = List.copyOf(agentNames);
            agents = List.copyOf(agents);
        }

        /// ARN of a resource of the account in the home Region.
        String arn(String service, String resource) {
            return "arn:" + partition + ":" + service + ":" + homeRegion + ":" + account + ":" + resource;
        }

        Subject subject() {
            return Subject.account(partition, account);
        }
    }

    /// An agent's principal and what its policies let it do.
    public record Agent(Subject subject, Access access) {
    }

    /// Every check; each pair of rule, subject and target once.
    public List<Check> check(Scope scope) {
        TreeSet<String> watched = new TreeSet<>(scope.watchedRegions());
        String home = scope.homeRegion();
        List<Check> checks = new ArrayList<>();
        Trails trails = Trails.read(regions, home, watched);
        checks.addAll(TrailCoverage.judge(scope.subject(), watched, trails));
        if (!scope.agents().isEmpty()) {
            DataEvents events = DataEvents.read(regions, home);
            scope.agents().forEach(agent -> checks.add(events.judge(agent.subject(), agent.access(), scope, trails)));
        }
        Deployment deployment = Deployment.read(regions, scope);
        checks.addAll(Delivery.judge(scope, Delivery.read(regions, scope)));
        checks.addAll(Heartbeats.judge(scope, Heartbeats.read(regions, scope), deployment.since()));
        checks.addAll(deployment.judge(scope));
        String key = scope.keyArn();
        if (key != null) {
            checks.add(KeyUse.judge(scope, key, KeyUse.read(regions, home, key)));
        }
        return List.copyOf(checks);
    }
}
