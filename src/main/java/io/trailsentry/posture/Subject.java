package io.trailsentry.posture;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;

/// Whom a check is about: an agent and one of its principals, or the account itself. Immutable.
///
/// @param agent whose name findings carry
/// @param principal the role or user; the account's root where it is about the account
public record Subject(Agent agent, Principal principal) {
    /// The account itself.
    ///
    /// @param account twelve digits
    public static Subject account(String partition, String account) {
        return new Subject(Agent.learned("account " + account), new Principal(Principal.Kind.ROOT, account,
                "arn:" + partition + ":iam::" + account + ":root", "root"));
    }
}
