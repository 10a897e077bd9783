package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What bounds a role or user, as IAM has it: the documents are JSON texts. Immutable.
///
/// @param principal the role or user, by its full ARN
/// @param trust who may assume the role; null for a user
/// @param boundary the permissions boundary; null when there is none
/// @param inline inline policies by name; of a user those of its groups too, as `group NAME/POLICY`
/// @param attached default versions of the managed policies, of a user's groups too, by ARN
/// @param tags by key
public record Perimeter(Principal principal, @Nullable String trust, @Nullable Boundary boundary,
        SortedMap<String, String> inline, SortedMap<String, String> attached, SortedMap<String, String> tags) {
    /// Copies the maps.
    public Perimeter {
        inline = copy(inline);
        attached = copy(attached);
        tags = copy(tags);
    }

    private static SortedMap<String, String> copy(Map<String, String> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }

    /// A permissions boundary.
    ///
    /// @param arn of the managed policy
    /// @param document its default version
    public record Boundary(String arn, String document) {
    }
}
