package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import io.trailsentry.trail.Arn;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.iam.model.StatusType;
import software.amazon.awssdk.services.sts.StsClient;

/// IAM by the AWS SDK. Thread-safe.
public final class AwsIdentities implements Identities, AutoCloseable {
    private final IamClient iam;
    private final StsClient sts;

    /// @param iam with the time limits of calls set
    /// @param sts with the time limits of calls set
    public AwsIdentities(IamClient iam, StsClient sts) {
        this.iam = iam;
        this.sts = sts;
    }

    /// IAM as the environment says: its credentials and Region.
    ///
    /// @param partition tells the Region where the environment does not
    public static AwsIdentities ofEnvironment(String partition) {
        Region region = region(partition);
        return new AwsIdentities(build(IamClient.builder(), region), build(StsClient.builder(), region));
    }

    private static Region region(String partition) {
        try {
            Region configured = new DefaultAwsRegionProviderChain().getRegion();
            if (configured != null) {
                return configured;
            }
        } catch (SdkClientException e) {
            // None is configured. IAM has no Region, and any of the partition's leads to it.
        }
        return switch (partition) {
            case "aws-cn" -> Region.CN_NORTH_1;
            case "aws-us-gov" -> Region.US_GOV_WEST_1;
            default -> Region.US_EAST_1;
        };
    }

    private static <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C build(B builder,
            Region region) {
        return builder.region(region)
                .httpClientBuilder(UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(3))
                        .socketTimeout(Duration.ofSeconds(10)))
                .overrideConfiguration(ClientOverrideConfiguration.builder().apiCallTimeout(Duration.ofSeconds(30))
                        .build())
                .build();
    }

    @Override
    public Principal caller() throws RefusedException {
        String arn = ask(() -> sts.getCallerIdentity().arn());
        Arn parts = Arn.parse(arn);
        Principal caller = parts == null ? null : Principal.of(parts);
        if (caller == null) {
            throw new RefusedException("AWS does not say whose credentials these are: " + arn);
        }
        return caller;
    }

    @Override
    public @Nullable Principal find(Principal.Kind kind, String name) throws RefusedException {
        String arn = askFor(() -> kind == Principal.Kind.ROLE
                ? iam.getRole(request -> request.roleName(name)).role().arn()
                : iam.getUser(request -> request.userName(name)).user().arn());
        Arn parts = Arn.parse(arn);
        return parts == null ? null : Principal.of(parts);
    }

    @Override
    public @Nullable String policy(Principal holder, String policy) throws RefusedException {
        String name = holder.name();
        String encoded = askFor(() -> isRole(holder)
                ? iam.getRolePolicy(request -> request.roleName(name).policyName(policy)).policyDocument()
                : iam.getUserPolicy(request -> request.userName(name).policyName(policy)).policyDocument());
        // IAM gives a document percent-encoded, with a plus sign that means itself.
        return encoded == null ? null : URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public void put(Principal holder, String policy, String document) throws RefusedException {
        String name = holder.name();
        ask(() -> isRole(holder)
                ? iam.putRolePolicy(
                        request -> request.roleName(name).policyName(policy).policyDocument(document))
                : iam.putUserPolicy(
                        request -> request.userName(name).policyName(policy).policyDocument(document)));
    }

    @Override
    public void remove(Principal holder, String policy) throws RefusedException {
        String name = holder.name();
        askFor(() -> isRole(holder)
                ? iam.deleteRolePolicy(request -> request.roleName(name).policyName(policy))
                : iam.deleteUserPolicy(request -> request.userName(name).policyName(policy)));
    }

    @Override
    public Map<String, Boolean> keys(Principal user) throws RefusedException {
        Map<String, Boolean> keys = new TreeMap<>();
        ask(() -> iam.listAccessKeys(request -> request.userName(user.name()))).accessKeyMetadata()
                .forEach(key -> keys.put(key.accessKeyId(), key.status() == StatusType.ACTIVE));
        return keys;
    }

    @Override
    public void activate(Principal user, String key, boolean active) throws RefusedException {
        ask(() -> iam.updateAccessKey(request -> request.userName(user.name()).accessKeyId(key)
                .status(active ? StatusType.ACTIVE : StatusType.INACTIVE)));
    }

    private static boolean isRole(Principal holder) {
        return holder.kind() == Principal.Kind.ROLE;
    }

    /// An answer; null for what is not there.
    private static <T> @Nullable T askFor(Supplier<T> request) throws RefusedException {
        return Answers.find(request, NoSuchEntityException.class::isInstance);
    }

    private static <T> T ask(Supplier<T> request) throws RefusedException {
        return Answers.ask(request);
    }

    @Override
    public void close() {
        iam.close();
        sts.close();
    }
}
