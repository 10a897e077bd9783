package io.trailsentry.posture;

import io.trailsentry.agent.Roster;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

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
    /// @param place where TrailSentry stands and what it is meant to see
    /// @param roster whom it is meant to see
    /// @param agents whose reach is known, with it
    /// @param now the time
    public record Scope(Place place, Roster roster, List<Agent> agents, Instant now) {
        /// Copies the list.
        public Scope {
            agents = List.copyOf(agents);
        }

        /// ARN of a resource of the account in the home Region.
        String arn(String service, String resource) {
            return "arn:" + place.partition() + ":" + service + ":" + place.region() + ":" + place.account() + ":"
                    + resource;
        }

        Subject subject() {
            return Subject.account(place.partition(), place.account());
        }
    }

    /// An agent's principal and what its policies let it do.
    public record Agent(Subject subject, Access access) {
    }

    /// Every check; each pair of rule, subject and target once.
    public List<Check> check(Scope scope) {
        TreeSet<String> watched = new TreeSet<>(scope.place().watchedRegions());
        String home = scope.place().region();
        List<Check> checks = new ArrayList<>();
        Trails trails = Trails.read(regions, home, watched);
        checks.addAll(TrailCoverage.judge(scope.subject(), watched, trails));
        if (!scope.agents().isEmpty()) {
            DataEvents events = DataEvents.read(regions, home);
            scope.agents().forEach(agent -> checks.add(events.judge(agent.subject(), agent.access(), scope, trails)));
        }
        Deployment deployment = Deployment.read(regions, scope);
        checks.addAll(Delivery.judge(scope, Delivery.read(regions, scope)));
        checks.addAll(Delivery.reach(scope));
        checks.addAll(Heartbeats.judge(scope, Heartbeats.read(regions, scope), deployment.since()));
        checks.addAll(deployment.judge(scope));
        String key = scope.place().keyArn();
        if (key != null) {
            checks.add(KeyUse.judge(scope, key, KeyUse.read(regions, home, key)));
        }
        return List.copyOf(checks);
    }

    /// The checks of [Rule#REGION_DELIVERS] alone.
    public List<Check> deliveries(Scope scope) {
        return Heartbeats.judge(scope, Heartbeats.read(regions, scope), Deployment.since(regions, scope));
    }
}
