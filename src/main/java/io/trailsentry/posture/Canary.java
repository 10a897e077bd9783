package io.trailsentry.posture;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;

/// A harmless call, `sts:GetCallerIdentity`, in each watched Region. CloudTrail records it there and nowhere else, so
/// that its event, when it comes to the function, proves that calls of agents there would come too. Thread-safe.
public final class Canary {
    private static final Duration ATTEMPT = Duration.ofSeconds(5);
    private static final Duration CALL = Duration.ofSeconds(20);

    private final Map<String, StsClient> regions;
    private final Consumer<String> log;

    /// @param regions the client of each Region, with the time limits of calls set
    /// @param log takes a line for each Region that cannot be called; from several threads
    Canary(Map<String, StsClient> regions, Consumer<String> log) {
        this.regions = Map.copyOf(regions);
        this.log = log;
    }

    /// A canary that calls each Region at its own endpoint.
    ///
    /// @param log takes a line for each Region that cannot be called; from several threads
    public static Canary of(List<String> regions, AwsCredentialsProvider credentials, SdkHttpClient http,
            Consumer<String> log) {
        Map<String, StsClient> clients = new LinkedHashMap<>();
        for (String region : regions) {
            clients.put(region, StsClient.builder().region(Region.of(region)).credentialsProvider(credentials)
                    .httpClient(http).overrideConfiguration(ClientOverrideConfiguration.builder()
                            .apiCallAttemptTimeout(ATTEMPT).apiCallTimeout(CALL).build())
                    .build());
        }
        return new Canary(clients, log);
    }

    /// Calls every Region, all at the same time. The log says of each that fails why; its silence is what the alarm
    /// hears.
    ///
    /// @throws IllegalStateException when no Region could be called
    public void call() {
        AtomicInteger called = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            regions.forEach((region, sts) -> threads.execute(() -> {
                try {
                    sts.getCallerIdentity();
                    called.incrementAndGet();
                } catch (RuntimeException e) {
                    // Whatever failed, other Regions must not go unproven for it.
                    log.accept(region + " cannot be called: " + e.getMessage());
                }
            }));
        }
        if (called.get() == 0) {
            throw new IllegalStateException("no Region could be called; the log says why");
        }
    }
}
