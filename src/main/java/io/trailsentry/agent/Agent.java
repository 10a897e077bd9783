package io.trailsentry.agent;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is expected of one watched agent. Immutable.
///
/// @param name as it appears in findings; empty: each principal goes by its own name
/// @param listed whether it is on the roster; an unlisted one is managed-MCP traffic under other credentials
/// @param environment as in `dev`; null when not told
/// @param regions Regions it is expected to use; null: learned
/// @param hours when it is expected to work; null: learned
/// @param mcpOnly whether use outside the MCP server is a leak of its credentials
/// @param assumableRoles ARNs, names or globs of the roles it may assume; null: learned
/// @param attachedPolicies ARNs of the managed policies attached to it
public record Agent(String name, boolean listed, @Nullable String environment, @Nullable Set<String> regions,
        @Nullable Hours hours, boolean mcpOnly, @Nullable List<String> assumableRoles, Set<String> attachedPolicies) {
    /// Copies the collections.
    public Agent {
        regions = regions == null ? null : Set.copyOf(regions);
        assumableRoles = assumableRoles == null ? null : List.copyOf(assumableRoles);
        attachedPolicies = Set.copyOf(attachedPolicies);
    }

    /// The same under a principal's name, when it has none of its own.
    Agent namedAfter(Principal principal) {
        return name.isEmpty()
                ? new Agent(principal.name(), listed, environment, regions, hours, mcpOnly, assumableRoles,
                        attachedPolicies)
                : this;
    }

    /// The same with more policies that are attached to it.
    Agent attached(Set<String> more) {
        if (attachedPolicies.containsAll(more)) {
            return this;
        }
        Set<String> all = new HashSet<>(attachedPolicies);
        all.addAll(more);
        return new Agent(name, listed, environment, regions, hours, mcpOnly, assumableRoles, all);
    }

    /// An agent of which everything is learned.
    public static Agent learned(String name) {
        return new Agent(name, true, null, null, null, false, null, Set.of());
    }

    /// A principal that is seen behind a managed MCP server without being on the roster.
    public static Agent unlisted(String name) {
        return new Agent(name, false, null, null, null, false, null, Set.of());
    }
}
