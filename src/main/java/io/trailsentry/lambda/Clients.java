package io.trailsentry.lambda;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/// Makes the function's clients of AWS, over one HTTP client and under one principal.
///
/// @param region where they call
/// @param http what they call through
/// @param credentials what they sign with
/// @param made those that were made
record Clients(Region region, SdkHttpClient http, AwsCredentialsProvider credentials, Queue<SdkAutoCloseable> made) {
    private static final ClientOverrideConfiguration LIMITS = ClientOverrideConfiguration.builder()
            .apiCallAttemptTimeout(Duration.ofSeconds(5)).apiCallTimeout(Duration.ofSeconds(10)).build();

    Clients(Region region, SdkHttpClient http, AwsCredentialsProvider credentials) {
        this(region, http, credentials, new ConcurrentLinkedQueue<>());
    }

    SnsClient sns() {
        return build(SnsClient.builder(), LIMITS);
    }

    CloudWatchClient cloudWatch() {
        return build(CloudWatchClient.builder(), LIMITS);
    }

    SsmClient ssm() {
        return build(SsmClient.builder(), LIMITS);
    }

    S3Client s3() {
        return build(S3Client.builder(), LIMITS);
    }

    /// One that also reads buckets of other Regions.
    S3Client s3OfAnyRegion() {
        return build(S3Client.builder().crossRegionAccessEnabled(true), LIMITS);
    }

    /// One that tries once: the memory tries again by itself, and for a shorter time than other clients do.
    DynamoDbClient dynamoDb() {
        return build(DynamoDbClient.builder(),
                ClientOverrideConfiguration.builder().retryStrategy(retry -> retry.maxAttempts(1))
                        .apiCallAttemptTimeout(Duration.ofSeconds(3)).apiCallTimeout(Duration.ofSeconds(3)).build());
    }

    private <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C extends SdkAutoCloseable> C build(
            B builder,
            ClientOverrideConfiguration limits) {
        C client = builder.region(region).httpClient(http).credentialsProvider(credentials)
                .overrideConfiguration(limits).build();
        made.add(client);
        return client;
    }

    /// Ends the threads that watch over the clients' time limits. The HTTP client stays open.
    void close() {
        made.forEach(SdkAutoCloseable::close);
    }
}
