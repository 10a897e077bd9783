package io.trailsentry.agent;

import io.trailsentry.trail.Arn;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which managed policies are attached to which role or user, as the audit found it last. Immutable.
///
/// @param byPrincipal ARNs of the policies by ARN of the role or user
public record AttachedPolicies(Map<String, Set<String>> byPrincipal) {
    /// The name under which the audit leaves them in memory for the function.
    public static final String NOTE = "attached-policies";
    /// None are known.
    public static final AttachedPolicies NONE = new AttachedPolicies(Map.of());

    /// Copies the map.
    public AttachedPolicies {
        Map<String, Set<String>> copy = new TreeMap<>();
        byPrincipal.forEach((principal, policies) -> copy.put(principal, Set.copyOf(policies)));
        byPrincipal = Map.copyOf(copy);
    }

    /// Reads what [#text] wrote; lines of another form are passed over.
    public static AttachedPolicies of(String text) {
        Map<String, Set<String>> read = new TreeMap<>();
        text.lines().map(line -> line.split(" ", -1)).filter(parts -> parts.length == 2)
                .forEach(parts -> read.computeIfAbsent(parts[0], key -> new LinkedHashSet<>()).add(parts[1]));
        return new AttachedPolicies(read);
    }

    /// A line for each policy of each principal: two ARNs, in order. ARNs of IAM hold no space.
    public String text() {
        return new TreeMap<>(byPrincipal).entrySet().stream()
                .flatMap(entry -> new TreeSet<>(entry.getValue()).stream().map(policy -> entry.getKey() + " " + policy))
                .collect(Collectors.joining("\n"));
    }

    /// What another one knows, and of principals that it does not know what this one does.
    public AttachedPolicies and(AttachedPolicies newer) {
        Map<String, Set<String>> both = new TreeMap<>(byPrincipal);
        both.putAll(newer.byPrincipal);
        return new AttachedPolicies(both);
    }

    /// The principals to which a policy is attached, by ARN.
    Stream<Principal> holders(String policy) {
        return new TreeMap<>(byPrincipal).entrySet().stream().filter(entry -> entry.getValue().contains(policy))
                .map(entry -> Arn.parse(entry.getKey())).filter(Objects::nonNull).map(Principal::of)
                .filter(Objects::nonNull);
    }

    /// Those of a principal; empty when none are known.
    Set<String> of(Principal principal) {
        return byPrincipal.getOrDefault(principal.arn(), Set.of());
    }
}
