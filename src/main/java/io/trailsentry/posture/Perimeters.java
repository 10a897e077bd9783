package io.trailsentry.posture;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Roster;
import java.time.Instant;
import java.util.List;

/// The port to what bounds the agents of one account.
public interface Perimeters {
    /// The perimeters of the roles and users that a roster means. What cannot be read is among the checks; nothing is
    /// thrown.
    Found find(List<Roster.Entry> roster);

    /// What was found.
    ///
    /// @param members by the agent's name, then by ARN
    /// @param checks of [Rule#PERIMETER]: principals that are not there, and those of which AWS did not tell all
    record Found(List<Member> members, List<Check> checks) {
        /// Copies the lists.
        public Found {
            members = List.copyOf(members);
            checks = List.copyOf(checks);
        }
    }

    /// One role or user of an agent.
    ///
    /// @param created when it was made
    record Member(Agent agent, Perimeter perimeter, Instant created) {
        /// Whom checks of it are about.
        public Subject subject() {
            return new Subject(agent, perimeter.principal());
        }
    }
}
