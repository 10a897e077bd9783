package io.trailsentry.lambda;

import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;

/// The function as it is wired, in the tests' own process.
public final class Wired implements AutoCloseable {
    private final Clients clients;
    private final DetectorFunction function;

    /// A function as it is after its start.
    ///
    /// @param variables its environment
    /// @param http what its clients call through; not closed with them
    public Wired(Map<String, String> variables, SdkHttpClient http, InstantSource clock, Consumer<String> log) {
        this.clients = new Clients(Region.US_EAST_1, http,
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")));
        try {
            this.function = new DetectorFunction(Environment.of(variables), clients, () -> {
            }, clock, log);
        } catch (ConfigurationException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /// Lets it handle a batch.
    ///
    /// @return what Lambda gets
    @SuppressWarnings("NullAway") // of a batch's context nothing is asked
    public String handle(String batch) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        function.handleRequest(new ByteArrayInputStream(batch.getBytes(StandardCharsets.UTF_8)), answer, null);
        return answer.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        clients.close();
    }
}
