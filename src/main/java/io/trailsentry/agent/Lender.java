package io.trailsentry.agent;

/// Whose credentials a role's session holds that an agent assumed: what is done with them is the agent's doing.
///
/// @param principal the agent's principal that assumed the role
/// @param session the session in which it did
public record Lender(Principal principal, String session) {
}
