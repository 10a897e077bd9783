package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.AccessKeyLastUsed;
import software.amazon.awssdk.services.iam.model.AccessKeyMetadata;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.iam.model.RoleLastUsed;

/// IAM's knowledge of use by the AWS SDK: of a role its own, of a user that of its access keys. Thread-safe.
public final class AwsLastUse implements LastUse {
    private final IamClient iam;

    /// @param iam with the time limits of calls set
    public AwsLastUse(IamClient iam) {
        this.iam = iam;
    }

    @Override
    public @Nullable Use of(Principal principal) throws RefusedException {
        return switch (principal.kind()) {
            case ROLE -> ofRole(principal.name());
            case USER -> ofUser(principal.name());
            case ROOT, SERVICE, OUTSIDE -> null;
        };
    }

    private @Nullable Use ofRole(String name) throws RefusedException {
        RoleLastUsed used = Answers.find(() -> iam.getRole(request -> request.roleName(name)).role().roleLastUsed(),
                NoSuchEntityException.class::isInstance);
        return used == null ? null : use(used.lastUsedDate(), used.region());
    }

    private @Nullable Use ofUser(String name) throws RefusedException {
        List<AccessKeyMetadata> keys = Answers.find(
                () -> iam.listAccessKeysPaginator(request -> request.userName(name)).accessKeyMetadata().stream()
                        .toList(),
                NoSuchEntityException.class::isInstance);
        Use last = null;
        for (AccessKeyMetadata key : keys == null ? List.<AccessKeyMetadata>of() : keys) {
            AccessKeyLastUsed used = Answers.find(
                    () -> iam.getAccessKeyLastUsed(request -> request.accessKeyId(key.accessKeyId()))
                            .accessKeyLastUsed(),
                    NoSuchEntityException.class::isInstance);
            last = Stream.of(last, used == null ? null : use(used.lastUsedDate(), used.region()))
                    .filter(Objects::nonNull).max(Comparator.comparing(Use::at)).orElse(null);
        }
        return last;
    }

    private static @Nullable Use use(@Nullable Instant at, @Nullable String region) {
        return at == null ? null : new Use(at, region == null || region.equals("N/A") ? null : region);
    }
}
