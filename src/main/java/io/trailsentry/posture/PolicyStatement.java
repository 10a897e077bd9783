package io.trailsentry.posture;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One statement of a policy. Immutable but for the JSON, which nobody changes.
///
/// @param sid its id; null when it has none
/// @param allows whether it allows; else it denies
/// @param actions as they are written
/// @param others whether the actions are those that are not meant
/// @param resources empty for a trust policy, which is about its role
/// @param elsewhere whether the resources are those that are not meant
/// @param principals who, for a trust policy; empty for others
/// @param conditions keys that its conditions ask for, in lower case, those left out whose every value is `*`
/// @param conditional whether it has a condition at all
/// @param json canonical
record PolicyStatement(@Nullable String sid, boolean allows, List<String> actions, boolean others,
        List<PolicyPattern> resources, boolean elsewhere, List<Trustee> principals, Set<String> conditions,
        boolean conditional, JsonNode json) {

    /// Who is trusted.
    ///
    /// @param kind `AWS`, `Service`, `Federated`, `CanonicalUser`
    /// @param id `*`, an ARN, an account, a service, a provider
    /// @param anybodyElse whether it is the one that is not meant
    record Trustee(String kind, String id, boolean anybodyElse) {
    }

    PolicyStatement {
        actions = List.copyOf(actions);
        resources = List.copyOf(resources);
        principals = List.copyOf(principals);
        conditions = Set.copyOf(conditions);
    }

    /// Whether an IAM action is meant.
    boolean means(String action) {
        PolicyPattern asked = PolicyPattern.ofAction(action);
        return others != actions.stream().anyMatch(pattern -> PolicyPattern.ofAction(pattern).covers(asked));
    }

    /// Whether every resource of a pattern is meant for sure.
    boolean coversResource(PolicyPattern asked) {
        return resources.isEmpty() || (elsewhere
                ? resources.stream().noneMatch(pattern -> pattern.widest().overlaps(asked))
                : resources.stream().anyMatch(pattern -> pattern.covers(asked)));
    }

    /// Whether some resource of a pattern may be meant.
    boolean touchesResource(PolicyPattern asked) {
        return resources.isEmpty() || (elsewhere
                ? resources.stream().noneMatch(pattern -> pattern.covers(asked))
                : resources.stream().anyMatch(pattern -> pattern.widest().overlaps(asked)));
    }

    /// The resources that are meant, as patterns; where all but some are meant, all.
    List<PolicyPattern> reach() {
        return resources.isEmpty() || elsewhere ? List.of(PolicyPattern.ALL) : resources;
    }

    /// Whether it is about every action, or every one but those that it names.
    boolean isAboutEverything() {
        return others
                ? actions.stream().noneMatch(action -> PolicyPattern.ofAction(action).covers(PolicyPattern.ALL))
                : actions.stream().anyMatch(action -> PolicyPattern.ofAction(action)
                        .covers(PolicyPattern.ofAction("*:*")));
    }
}
