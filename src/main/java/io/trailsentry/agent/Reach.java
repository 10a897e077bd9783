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

    /// A line for each principal of a roster whose calls are not delivered, with what to do about it; in the roster's order.
    ///
    /// A glob is taken as reached when one of the names is meant by it.
    public List<String> gaps(Roster roster) {
        return names.isEmpty() ? List.of() : roster.unless(this::delivers, Reach::gap);
    }

    private boolean delivers(PrincipalPattern pattern) {
        return pattern.isGlob()
                ? names.stream().anyMatch(pattern::mayMean)
                : names.contains(pattern.name()) && !pattern.isRoot();
    }

    private static String gap(String agent, PrincipalPattern pattern) {
        String remedy = pattern.isRoot()
                ? ""
                : "add " + (pattern.isGlob() ? "the names that it means" : pattern.name()) + " to AgentNames, or ";
        return "agent " + agent + ": " + pattern + ": no rule delivers its calls: " + remedy
                + "set Watch to everything";
    }
}
