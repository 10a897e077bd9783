package io.trailsentry.posture;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.memory.Memory;
import java.time.InstantSource;
import software.amazon.awssdk.services.iam.IamClient;

/// Makes the audit of an account over AWS.
public final class AwsAudit {
    private AwsAudit() {
    }

    /// The audit.
    ///
    /// @param iam of the account
    public static Audit of(Place place, Configuration configuration, Memory memory, Regions regions, IamClient iam,
            Catalogue catalogue) {
        return new Audit(place, configuration.watched(),
                new Audit.Ports(new AwsPerimeters(iam, place.partition(), place.account()),
                        new AwsLastAccessed(iam, Thread::sleep), new AwsLastUse(iam), new Coverage(regions)),
                new Bounds(catalogue, configuration.environments()), memory, InstantSource.system());
    }
}
