package io.trailsentry.lambda;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;

/// The function as it is wired, in the tests' own process.
public final class Wired {
    private Wired() {
    }

    /// A function as it is after its start.
    ///
    /// @param variables its environment
    /// @param http what its clients call through
    public static RequestStreamHandler function(Map<String, String> variables, SdkHttpClient http, InstantSource clock,
            Consumer<String> log) {
        Clients clients = new Clients(Region.US_EAST_1, http,
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")));
        try {
            return new DetectorFunction(Environment.of(variables), clients, () -> {
            }, clock, log);
        } catch (ConfigurationException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
