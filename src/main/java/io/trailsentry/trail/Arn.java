package io.trailsentry.trail;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The parts of an Amazon Resource Name. Source: IAM user guide, "ARN format".
///
/// @param partition `aws`, `aws-cn`, `aws-us-gov`, ...
/// @param service service namespace, as in `iam`
/// @param region empty for global resources
/// @param account twelve digits, or empty
/// @param resource everything behind the fifth colon
public record Arn(String partition, String service, String region, String account, String resource) {

    /// The parts of a text, or null when it is no ARN.
    public static @Nullable Arn parse(@Nullable String text) {
        if (text == null || !text.startsWith("arn:")) {
            return null;
        }
        String[] part = text.split(":", 6);
        return part.length < 6 ? null : new Arn(part[1], part[2], part[3], part[4], part[5]);
    }

    /// The kind of an IAM or STS resource: `role`, `user`, `policy`, `assumed-role`, `root`, ...
    public String kind() {
        int slash = resource.indexOf('/');
        return slash < 0 ? resource : resource.substring(0, slash);
    }

    /// The name without kind and path; the second part of an assumed role's, whose last is the session.
    public String name() {
        if (kind().equals("assumed-role")) {
            String[] part = resource.split("/", 3);
            return part.length > 1 ? part[1] : resource;
        }
        return resource.substring(resource.lastIndexOf('/') + 1);
    }

    /// Whether this names the same IAM principal or policy: same partition, account, kind and name; without the path
    /// and without case, because IAM keeps names unique within an account whatever their path and case. An assumed
    /// role stands for its role.
    public boolean sameIdentity(Arn other) {
        return isIdentity() && other.isIdentity() && partition.equals(other.partition)
                && account.equals(other.account) && role(kind()).equals(role(other.kind()))
                && name().toLowerCase(Locale.ROOT).equals(other.name().toLowerCase(Locale.ROOT));
    }

    private boolean isIdentity() {
        return service.equals("iam") || service.equals("sts");
    }

    private static String role(String kind) {
        return kind.equals("assumed-role") ? "role" : kind;
    }
}
