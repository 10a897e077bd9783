package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The port to what IAM knows of the use of a role or user.
@FunctionalInterface
public interface LastUse {
    /// When it was used last, as far as IAM knows: up to some hours ago, and of the last 400 days.
    ///
    /// @return null when IAM knows of no use
    @Nullable
    Use of(Principal principal) throws RefusedException;

    /// A use.
    ///
    /// @param region where; null when IAM does not say
    record Use(Instant at, @Nullable String region) {
    }
}
