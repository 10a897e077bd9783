package io.trailsentry.detect;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.trail.Arn;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Denial;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a call acts upon: named by a parameter, or, where a denied call has none, by its error message.
///
/// @param kind what sort of thing the action acts upon
/// @param names names and ARNs of all that it acts upon, best first; empty when the event tells none
/// @param denial what the error message tells; all null for a call that was not denied
/// @param roleFields parameters of the action that hold a role, by name or ARN
record Target(Kind kind, List<String> names, Denial denial, List<String> roleFields) {
    Target {
        names = List.copyOf(names);
        roleFields = List.copyOf(roleFields);
    }

    /// Sorts of targets that are compared with the caller.
    enum Kind {
        @JsonProperty("role")
        ROLE, @JsonProperty("user")
        USER, @JsonProperty("policy")
        POLICY, @JsonProperty("resource")
        RESOURCE
    }

    /// The target of a call.
    ///
    /// @param entry what the catalogue knows of the action
    /// @param roleFields parameters of the action that hold a role
    static Target of(Call call, Catalogue.Entry entry, List<String> roleFields) {
        CloudTrailEvent event = call.event();
        return new Target(entry.kind(), names(event, entry.target()), denial(event), roleFields);
    }

    private static Denial denial(CloudTrailEvent event) {
        return Denial.isDenied(event.errorCode()) ? Denial.parse(event.errorMessage()) : new Denial(null, null, null);
    }

    /// Name or ARN of what an event acts upon; null when it tells neither.
    ///
    /// @param fields parameters that may name it, best first
    static @Nullable String nameIn(CloudTrailEvent event, List<String> fields) {
        List<String> names = names(event, fields);
        return names.isEmpty() ? null : names.getFirst();
    }

    private static List<String> names(CloudTrailEvent event, List<String> fields) {
        List<String> names = new ArrayList<>(2);
        for (String field : fields) {
            names.addAll(event.requestParameters().all(field));
        }
        String refused = denial(event).resource();
        if (refused != null && !refused.equals("*")) {
            names.add(refused);
        }
        names.addAll(event.resources());
        names.removeIf(String::isEmpty);
        return names;
    }

    /// Name or ARN of what it acts upon in the first place; null when the event tells neither.
    @Nullable
    String name() {
        return names.isEmpty() ? null : names.getFirst();
    }

    /// Whether the caller acts upon itself. IAM compares names without case, and a role's without its path; IAM acts
    /// only within the caller's account. A user that names no user means itself.
    boolean isSelf(Call call) {
        Principal self = call.principal();
        boolean comparable = switch (kind) {
            case ROLE -> self.kind() == Principal.Kind.ROLE;
            case USER -> self.kind() == Principal.Kind.USER;
            case POLICY, RESOURCE -> false;
        };
        if (!comparable) {
            return false;
        }
        String name = name();
        if (name == null) {
            return kind == Kind.USER && !Denial.isDenied(call.event().errorCode())
                    && !call.event().requestParameters().truncated();
        }
        if ("group".equals(denial.kind()) && name.equals(denial.resource())) {
            return false;
        }
        if (Arn.parse(name) != null) {
            return self.is(name);
        }
        String account = call.event().account();
        return name.substring(name.lastIndexOf('/') + 1).equalsIgnoreCase(self.name())
                && (account == null || account.equals(self.account()));
    }
}
