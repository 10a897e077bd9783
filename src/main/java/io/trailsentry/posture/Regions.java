package io.trailsentry.posture;

import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;

/// Makes clients of AWS's services in any Region. Thread-safe.
public interface Regions {
    /// A client; who asked for it closes it.
    <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder, String region);

    /// Clients that call each Region at its own endpoint, and give up within half a minute.
    ///
    /// @param http stays open when a client is closed
    static Regions of(AwsCredentialsProvider credentials, SdkHttpClient http) {
        return new Regions() {
            @Override
            public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder,
                    String region) {
                return builder.region(Region.of(region)).credentialsProvider(credentials).httpClient(http)
                        .overrideConfiguration(ClientOverrideConfiguration.builder()
                                .apiCallAttemptTimeout(Duration.ofSeconds(10)).apiCallTimeout(Duration.ofSeconds(30))
                                .build())
                        .build();
            }
        };
    }
}
