package io.trailsentry.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.trailsentry.posture.Canary;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;

/// The Lambda function that a schedule starts, whatever the event: makes the canary's calls. Wiring only. Thread-safe.
public final class AuditFunction implements RequestStreamHandler {
    private final Canary canary;

    /// Reads the environment and builds the clients.
    ///
    /// @throws IllegalArgumentException for a bad environment, with every fault of it
    public AuditFunction() {
        this.canary = Canary.of(Environment.watchedRegions(System.getenv()),
                DefaultCredentialsProvider.builder().build(),
                UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(2))
                        .socketTimeout(Duration.ofSeconds(5)).build(),
                System.out::println);
    }

    /// Calls every watched Region.
    ///
    /// @throws IllegalStateException when none could be called, so that Lambda tries again
    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) {
        canary.call();
    }
}
