package io.trailsentry.posture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a role or user may do by its own policies and its boundary. No policy engine: what conditions and policy
/// variables decide cannot be told, and policies of resources, sessions and the organization are not looked at.
/// Immutable and thread-safe.
///
/// Source: IAM user guide, "Policy evaluation logic": allowed is what a policy and the boundary allow and none denies.
public final class Power implements Access {
    /// What is left of a permission.
    ///
    /// @param on resources
    /// @param sure whether no condition and no variable decides
    record Grant(PolicyPattern on, boolean sure) {
    }

    /// API operations whose permission has another name. Source: Amazon S3 user guide, "Required permissions for
    /// Amazon S3 API operations".
    private static final Map<String, String> PERMISSIONS = permissions();

    private final SortedMap<String, Policy> policies;
    private final @Nullable Policy boundary;

    private Power(SortedMap<String, Policy> policies, @Nullable Policy boundary) {
        this.policies = policies;
        this.boundary = boundary;
    }

    /// The power that a perimeter leaves.
    public static Power of(Perimeter perimeter) {
        SortedMap<String, Policy> policies = new TreeMap<>();
        perimeter.inline().forEach((name, document) -> policies.put(name, Policy.of(document)));
        perimeter.attached().forEach((arn, document) -> policies.put(arn, Policy.of(document)));
        Perimeter.Boundary boundary = perimeter.boundary();
        return new Power(policies, boundary == null ? null : Policy.of(boundary.document()));
    }

    private static Map<String, String> permissions() {
        Map<String, String> permissions = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String pair : """
                DeleteObjects=DeleteObject HeadObject=GetObject HeadBucket=ListBucket ListObjects=ListBucket
                ListObjectsV2=ListBucket ListObjectVersions=ListBucketVersions CopyObject=PutObject
                CreateMultipartUpload=PutObject UploadPart=PutObject UploadPartCopy=PutObject
                CompleteMultipartUpload=PutObject SelectObjectContent=GetObject ListBuckets=ListAllMyBuckets
                PutBucketLifecycle=PutLifecycleConfiguration DeleteBucketLifecycle=PutLifecycleConfiguration
                PutBucketLifecycleConfiguration=PutLifecycleConfiguration PutBucketEncryption=PutEncryptionConfiguration
                DeleteBucketEncryption=PutEncryptionConfiguration PutBucketReplication=PutReplicationConfiguration
                DeleteBucketReplication=PutReplicationConfiguration PutBucketCors=PutBucketCORS
                DeleteBucketCors=PutBucketCORS PutPublicAccessBlock=PutBucketPublicAccessBlock
                DeletePublicAccessBlock=PutBucketPublicAccessBlock PutBucketNotificationConfiguration=PutBucketNotification
                PutObjectLockConfiguration=PutBucketObjectLockConfiguration"""
                .split("\\s+", -1)) {
            String[] names = pair.split("=", 2);
            permissions.put("s3:" + names[0], "s3:" + names[1]);
        }
        return permissions;
    }

    /// The IAM action that an API action needs, as far as it has another name that is known here.
    static String permission(String apiAction) {
        return PERMISSIONS.getOrDefault(apiAction, apiAction);
    }

    /// Whether an API action is allowed.
    ///
    /// @param apiAction `service:EventName`
    /// @param resourceArn ARN of a resource; with `*` and `?` it asks about any of those that are meant
    @Override
    public May reach(String apiAction, String resourceArn) {
        String action = permission(apiAction);
        PolicyPattern asked = new PolicyPattern(resourceArn);
        if (isDenied(action, asked)) {
            return May.NO;
        }
        if (unreadable()) {
            return May.CANNOT_TELL;
        }
        List<Grant> left = allowed(policies.values().stream(), action, new Grant(asked, true)).stream()
                .flatMap(grant -> left(action, grant).stream()).toList();
        return left.stream().anyMatch(Grant::sure) ? May.YES : left.isEmpty() ? May.NO : May.CANNOT_TELL;
    }

    /// What boundary and denials leave of a permission that a policy gives.
    List<Grant> left(String action, Grant given) {
        List<Grant> bounded = boundary == null ? List.of(given) : allowed(Stream.of(boundary), action, given);
        return bounded.stream().filter(grant -> !isDenied(action, grant.on()))
                .map(grant -> isPerhapsDenied(action, grant.on()) ? new Grant(grant.on(), false) : grant).toList();
    }

    /// What policies allow of it.
    private static List<Grant> allowed(Stream<Policy> policies, String action, Grant asked) {
        List<Grant> allowed = new ArrayList<>();
        policies.flatMap(policy -> policy.statements().stream())
                .filter(statement -> statement.allows() && statement.means(action)
                        && statement.touchesResource(asked.on()))
                .forEach(statement -> statement.reach().stream()
                        .filter(pattern -> pattern.widest().overlaps(asked.on()))
                        .map(pattern -> meet(pattern, asked, statement.conditional())).forEach(allowed::add));
        return allowed;
    }

    /// The narrower of two patterns that overlap; where neither is, the policy's own.
    private static Grant meet(PolicyPattern pattern, Grant asked, boolean conditional) {
        PolicyPattern on = pattern.covers(asked.on()) ? asked.on() : pattern.widest();
        return new Grant(on.isWide() && !asked.on().isWide() ? asked.on() : on,
                asked.sure() && !conditional && !pattern.isVariable());
    }

    /// Statements that deny, of policies and boundary.
    private Stream<PolicyStatement> denials(String action) {
        return Stream.concat(policies.values().stream(), Stream.ofNullable(boundary))
                .flatMap(policy -> policy.statements().stream())
                .filter(statement -> !statement.allows() && statement.means(action));
    }

    private boolean isDenied(String action, PolicyPattern on) {
        return denials(action).anyMatch(statement -> !statement.conditional() && statement.coversResource(on));
    }

    private boolean isPerhapsDenied(String action, PolicyPattern on) {
        return denials(action).anyMatch(statement -> statement.touchesResource(on)
                && (statement.conditional() || statement.resources().stream().anyMatch(PolicyPattern::isVariable)));
    }

    /// Whether everything is denied, as by a containment.
    boolean deniesEverything() {
        return Stream.concat(policies.values().stream(), Stream.ofNullable(boundary))
                .flatMap(policy -> policy.statements().stream())
                .anyMatch(statement -> !statement.allows() && !statement.conditional() && !statement.others()
                        && statement.isAboutEverything() && statement.coversResource(PolicyPattern.ALL));
    }

    /// The policies by name or ARN.
    SortedMap<String, Policy> policies() {
        return policies;
    }

    /// The boundary; null when there is none.
    @Nullable
    Policy boundary() {
        return boundary;
    }

    /// Whether a document cannot be read.
    boolean unreadable() {
        return Stream.concat(policies.values().stream(), Stream.ofNullable(boundary))
                .anyMatch(policy -> policy.fault() != null);
    }
}
