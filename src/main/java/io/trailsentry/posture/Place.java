package io.trailsentry.posture;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where TrailSentry stands and what it is meant to see. Immutable.
///
/// @param partition `aws`, for most
/// @param account twelve digits
/// @param region of the stack
/// @param watchedRegions every Region whose calls are meant to arrive
/// @param agentNames names that the rules match; empty: everybody's calls are delivered
/// @param keyArn the key given to the stack; null: none was
/// @param namespace of the metrics
public record Place(String partition, String account, String region, List<String> watchedRegions,
        List<String> agentNames, @Nullable String keyArn, String namespace) {
    /// Copies the lists.
    public Place {
        watchedRegions = List.copyOf(watchedRegions);
        agentNames = List.copyOf(agentNames);
    }
}
