package io.trailsentry.lambda;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import io.trailsentry.publish.aws.CloudWatchMetrics;
import io.trailsentry.publish.aws.SnsPublisher;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;

/// Handles a made-up event, from its bytes to signed requests about it, with nobody at the other end.
final class Priming {
    /// The memory is read and written, each topic is told, and all that is measured: fewer requests prime too little.
    private static final int LEAST_REQUESTS = 6;
    private static final String TOPIC = "arn:aws:sns:us-east-1:111122223333:";

    private final Catalogue catalogue;
    private final String version;

    Priming(Catalogue catalogue, String version) {
        this.catalogue = catalogue;
        this.version = version;
    }

    /// Runs it.
    ///
    /// @return number of requests that went nowhere
    /// @throws IllegalStateException when not all of the way was gone
    int run() {
        Configuration empty = Configuration.EMPTY;
        Nowhere nowhere = new Nowhere();
        Clients clients = new Clients(Region.US_EAST_1, nowhere,
                StaticCredentialsProvider.create(AwsBasicCredentials.create("priming", "priming")));
        InstantSource clock = InstantSource.system();
        StringBuilder said = new StringBuilder();
        Consumer<String> log = line -> said.append('\n').append(line);
        Engine engine = new Engine(Watch.of(empty, empty.roster(), catalogue),
                new DynamoDbMemory(clients.dynamoDb(), "priming", clock),
                new SnsPublisher(clients.sns(),
                        Map.of(Topic.ALERTS, TOPIC + "alerts", Topic.PAGES, TOPIC + "pages", Topic.FINDINGS,
                                TOPIC + "findings"),
                        Renderers.of(catalogue, Map.of(), version)),
                new CloudWatchMetrics(clients.cloudWatch(), "priming", log, clock), clock, log);
        List<String> failures = engine.handle(List.of(new Delivery("priming", event())));
        clients.close();
        if (!failures.isEmpty() || !said.isEmpty() || nowhere.requests() < LEAST_REQUESTS) {
            throw new IllegalStateException("priming.json was handled by " + nowhere.requests() + " requests, with "
                    + failures + " handed back" + said);
        }
        return nowhere.requests();
    }

    private static String event() {
        try (InputStream in = Priming.class.getResourceAsStream("priming.json")) {
            if (in == null) {
                throw new IllegalStateException("priming.json is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
