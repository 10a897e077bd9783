package io.trailsentry.agent;

import java.util.List;
import java.util.stream.Stream;

/// Whose calls are delivered at all: EventBridge's rules name roles and users, and heed case. Immutable and thread-safe.
///
/// @param names bare names of roles and users; empty: everybody's calls are delivered
public record Reach(List<String> names) {
    /// Copies the list.
    public Reach {
        names = List.copyOf(names);
    }

    /// Whom a text names: separated by commas.
    public static Reach of(String text) {
        return new Reach(Stream.of(text.split(",", -1)).map(String::strip).filter(name -> !name.isEmpty()).toList());
    }

    /// A configured principal whose calls are not delivered. Its text is a line of a log.
    ///
    /// @param agent the agent's name
    /// @param mend what to do about it: `add coder to AgentNames, or set Watch to everything`
    public record Gap(String agent, PrincipalPattern principal, String mend) {
        @Override
        public String toString() {
            return "agent " + agent + ": " + principal + ": no rule delivers its calls: " + mend;
        }
    }

    /// Each principal of a roster whose calls are not delivered, in the roster's order.
    ///
    /// A glob is taken as reached when one of the names is meant by it.
    public List<Gap> gaps(Roster roster) {
        return names.isEmpty() ? List.of() : roster.unless(this::delivers, Reach::gap);
    }

    /// Whether a principal's calls are delivered.
    public boolean delivers(Principal principal) {
        return names.isEmpty() || (principal.kind() != Principal.Kind.ROOT && names.contains(principal.name()));
    }

    private boolean delivers(PrincipalPattern pattern) {
        return pattern.isGlob()
                ? names.stream().anyMatch(pattern::mayMean)
                : names.contains(pattern.name()) && !pattern.isRoot();
    }

    private static Gap gap(String agent, PrincipalPattern pattern) {
        String add = pattern.isRoot()
                ? ""
                : "add " + (pattern.isGlob() ? "the names that it means" : pattern.name()) + " to AgentNames, or ";
        return new Gap(agent, pattern, add + "set Watch to everything");
    }
}
