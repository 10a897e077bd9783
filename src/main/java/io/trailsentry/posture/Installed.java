package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Reach;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.trail.Arn;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.sts.StsClient;

/// TrailSentry as it is installed in the account and Region that the AWS credentials at hand belong to. What it was told at
/// its deployment is read from the environment of its audit function. Not thread-safe.
public final class Installed implements AutoCloseable {
    private static final String AUDIT = "trailsentry-audit";
    private static final String TABLE = "trailsentry-memory";

    private final SdkHttpClient http = UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(3))
            .socketTimeout(Duration.ofSeconds(10)).build();
    private final DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder().build();
    private final Regions regions = Regions.of(credentials, http);
    private final String region;
    private final Principal caller;
    private final String partition;
    private final Map<String, String> told;
    private final IamClient iam;
    private final DynamoDbClient dynamoDb;

    /// Asks who calls, and what is installed.
    ///
    /// @param named Region of the stack; null: the environment says it
    /// @throws RefusedException when there are no credentials or no Region, or the function may not be read
    public Installed(@Nullable String named) throws RefusedException {
        this.region = named == null ? configured() : named;
        Arn own = caller(regions, region);
        Principal principal = own == null ? null : Principal.of(own);
        if (own == null || principal == null) {
            throw new RefusedException("AWS does not say whose credentials these are");
        }
        this.caller = principal;
        this.partition = own.partition();
        this.told = told(regions, region);
        this.iam = regions.client(IamClient.builder(), region);
        this.dynamoDb = regions.client(DynamoDbClient.builder(), region);
    }

    private static String configured() throws RefusedException {
        try {
            Region configured = new DefaultAwsRegionProviderChain().getRegion();
            if (configured != null) {
                return configured.id();
            }
        } catch (SdkClientException e) {
            // Told below.
        }
        throw new RefusedException("no Region is known: set AWS_REGION to that of the stack, or give --region");
    }

    private static @Nullable Arn caller(Regions regions, String region) throws RefusedException {
        try (StsClient sts = regions.client(StsClient.builder(), region)) {
            return Arn.parse(Answers.ask(() -> sts.getCallerIdentity().arn()));
        }
    }

    private static Map<String, String> told(Regions regions, String region) throws RefusedException {
        try (LambdaClient lambda = regions.client(LambdaClient.builder(), region)) {
            var environment = Answers.find(
                    () -> lambda.getFunctionConfiguration(request -> request.functionName(AUDIT)).environment(),
                    ResourceNotFoundException.class::isInstance);
            return environment == null ? Map.of() : Map.copyOf(environment.variables());
        }
    }

    /// Whose credentials these are.
    public Principal caller() {
        return caller;
    }

    /// Where it stands and what it is meant to see; where nothing is installed, the least there can be.
    public Place place() throws RefusedException {
        List<String> watched = Stream.of(told("WATCHED_REGIONS").split(",", -1)).map(String::strip)
                .filter(name -> !name.isEmpty()).toList();
        String names = text(told("AGENT_NAMES")).text();
        String key = told("KMS_KEY_ARN");
        String namespace = told("METRICS_NAMESPACE");
        return new Place(partition, caller.account(), region, watched.isEmpty() ? List.of(region) : watched,
                Reach.of(names).names(), key.isEmpty() ? null : key,
                namespace.isEmpty() ? "TrailSentry" : namespace);
    }

    /// The text of the configuration that it was given; empty: none.
    ///
    /// @param name where it stands
    public record Text(String name, String text) {
    }

    /// The configuration that it was given.
    public Text configuration() throws RefusedException {
        return text(told("TRAILSENTRY_CONFIG"));
    }

    private Text text(String value) throws RefusedException {
        ConfigurationSource source = ConfigurationSource.of(value, () -> regions.client(SsmClient.builder(), region),
                () -> regions.client(S3Client.builder(), region));
        return new Text(source.name(), Answers.ask(() -> source.text().get()));
    }

    private String told(String variable) {
        return Objects.requireNonNullElse(told.get(variable), "").strip();
    }

    /// What it remembers.
    public Memory memory() {
        String table = told("MEMORY_TABLE");
        return new DynamoDbMemory(dynamoDb, table.isEmpty() ? TABLE : table, InstantSource.system());
    }

    /// Its audit.
    ///
    /// @param place of it
    public Audit audit(Place place, Configuration configuration, Catalogue catalogue) {
        return AwsAudit.of(place, configuration, memory(), regions, iam, catalogue);
    }

    /// What bounds its agents.
    public Perimeters perimeters() {
        return new AwsPerimeters(iam, partition, caller.account());
    }

    /// What a probe with the credentials of a profile goes over; who asked for it closes it.
    public AwsProbe probe(String profile) {
        return new AwsProbe(profile, http, regions, iam, caller, region);
    }

    @Override
    public void close() {
        iam.close();
        dynamoDb.close();
        credentials.close();
        http.close();
    }
}
