package io.trailsentry.lambda;

import io.trailsentry.posture.ConfigurationSource;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.agent.AttachedPolicies;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Version;
import io.trailsentry.publish.aws.CloudWatchMetrics;
import io.trailsentry.publish.aws.SnsPublisher;
import io.trailsentry.trail.LogFileStore;
import io.trailsentry.trail.s3.S3LogFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.crac.Core;
import org.crac.Resource;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.sns.SnsClient;

/// The Lambda function: takes an SQS batch of EventBridge envelopes and notices of new log files and answers with
/// `batchItemFailures`, or takes one of these bare. Wiring only; the way of an event is the [Engine]'s.
///
/// Thread-safe: Lambda may use one instance from several threads.
public final class DetectorFunction implements RequestStreamHandler, Resource {
    private static final JsonMapper JSON = new JsonMapper();

    private final Runnable renewal;
    private final Consumer<String> log;
    private final LiveEngine engine;
    private final Priming priming;

    /// Reads the environment and the configuration, and builds the clients.
    ///
    /// @throws IllegalArgumentException for a bad environment, with every fault of it
    /// @throws ConfigurationException for a bad configuration, with every fault of it
    public DetectorFunction() throws ConfigurationException {
        // An address that was looked up before the snapshot must not count after a restore, which may be weeks later.
        Security.setProperty("networkaddress.cache.ttl", "0");
        Environment environment = Environment.of(System.getenv());
        RenewableCredentials credentials = new RenewableCredentials();
        Clients clients = new Clients(new DefaultAwsRegionProviderChain().getRegion(),
                UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(2))
                        .socketTimeout(Duration.ofSeconds(5)).build(),
                credentials);
        this(environment, clients, credentials::renew, InstantSource.system(), System.out::println);
        Core.getGlobalContext().register(this);
    }

    /// @param renewal makes the clients fetch credentials of their own after a restore
    /// @param clock tells when a batch is handled
    /// @param log takes a line without its end
    DetectorFunction(Environment environment, Clients clients, Runnable renewal, InstantSource clock,
            Consumer<String> log) throws ConfigurationException {
        this.renewal = renewal;
        this.log = log;
        Catalogue catalogue = Catalogue.load();
        String table = environment.memoryTable();
        Memory memory = table == null
                ? new InMemory()
                : new DynamoDbMemory(clients.dynamoDb(), table, clock);
        SnsClient sns = clients.sns();
        Metrics.Sink metrics = new CloudWatchMetrics(clients.cloudWatch(), environment.namespace(), log, clock);
        LogFileStore logFiles = environment.trailBucket().isEmpty()
                ? LogFileStore.NONE
                : new S3LogFiles(clients.s3OfAnyRegion(), environment.trailBucket());
        this.engine = new LiveEngine(
                ConfigurationSource.of(environment.configuration(), clients::ssm, clients::s3),
                ConfigurationSource.of(environment.agentNames(), clients::ssm, clients::s3),
                () -> AttachedPolicies.of(memory.note(AttachedPolicies.NOTE)),
                (configuration, attached) -> new Engine(
                        Watch.of(configuration, configuration.roster(attached), catalogue), logFiles, memory,
                        new SnsPublisher(sns, environment.topics(),
                                Renderers.of(catalogue, configuration.accounts(), Version.NUMBER)),
                        metrics, clock, log),
                clock, log);
        this.priming = new Priming(catalogue, Version.NUMBER);
    }

    /// Handles one invocation.
    ///
    /// @throws IllegalStateException when a bare event could not be handled, so that Lambda tries again
    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        byte[] bytes = input.readAllBytes();
        List<Delivery> batch = batch(bytes);
        List<Delivery> deliveries = batch.isEmpty()
                ? List.of(new Delivery(context.getAwsRequestId(), new String(bytes, StandardCharsets.UTF_8)))
                : batch;
        List<String> failures = engine.current().handle(deliveries);
        if (batch.isEmpty() && !failures.isEmpty()) {
            throw new IllegalStateException("the event could not be handled; the log says why");
        }
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode items = answer.putArray("batchItemFailures");
        failures.forEach(id -> items.addObject().put("itemIdentifier", id));
        output.write(JSON.writeValueAsBytes(answer));
    }

    /// The messages of an SQS batch; none when the input is something else.
    static List<Delivery> batch(byte[] bytes) throws IOException {
        List<Delivery> deliveries = new ArrayList<>();
        for (JsonNode item : JSON.readTree(bytes).path("Records")) {
            if (!item.path("messageId").isTextual() || !item.path("body").isTextual()) {
                return List.of();
            }
            deliveries.add(new Delivery(item.path("messageId").textValue(), item.path("body").textValue()));
        }
        return deliveries;
    }

    /// Runs the code once before the snapshot, so that it is loaded and warm in every restore. Touches no AWS service.
    @Override
    public void beforeCheckpoint(org.crac.Context<? extends Resource> context) {
        log.accept("primed for the snapshot by " + priming.run() + " requests that went nowhere");
    }

    /// Makes the first event after a restore read the configuration again, with credentials of its own.
    @Override
    public void afterRestore(org.crac.Context<? extends Resource> context) {
        renewal.run();
        engine.forget();
    }
}
