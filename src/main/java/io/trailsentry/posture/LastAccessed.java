package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The port to IAM's record of which granted services a role or user has used.
public interface LastAccessed {
    /// Every service that its policies grant.
    List<Use> of(Principal principal) throws RefusedException;

    /// One service.
    ///
    /// @param service its IAM prefix: `s3`
    /// @param last when it was last tried; null: not within the 400 days that IAM looks back
    record Use(String service, @Nullable Instant last) {
    }
}
