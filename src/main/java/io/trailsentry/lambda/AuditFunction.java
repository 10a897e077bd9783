package io.trailsentry.lambda;

import io.trailsentry.posture.ConfigurationSource;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.agent.Reach;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.posture.Announcer;
import io.trailsentry.posture.Audit;
import io.trailsentry.posture.AwsAudit;
import io.trailsentry.posture.Canary;
import io.trailsentry.posture.Place;
import io.trailsentry.posture.Regions;
import io.trailsentry.posture.Verdict;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Version;
import io.trailsentry.publish.aws.CloudWatchMetrics;
import io.trailsentry.publish.aws.SnsPublisher;
import io.trailsentry.trail.Arn;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sts.StsClient;

/// The Lambda function that schedules start, or a person does: `{"run":"canary"}` makes the canary's calls,
/// `{"run":"brief"}` looks at what may change within the hour, anything else at everything. Wiring only. Thread-safe.
public final class AuditFunction implements RequestStreamHandler {
    private static final JsonMapper JSON = new JsonMapper();

    private final Consumer<String> log = System.out::println;
    private final Environment environment;
    private final List<String> watchedRegions;
    private final @Nullable String key;
    private final Region region;
    private final Regions regions;
    private final Canary canary;
    private final ConfigurationSource configuration;
    private final ConfigurationSource agentNames;
    private final Memory memory;
    private final SnsClient sns;
    private final Metrics.Sink metrics;
    private final IamClient iam;

    /// Reads the environment and builds the clients.
    ///
    /// @throws IllegalArgumentException for a bad environment, with every fault of it
    public AuditFunction() {
        this.environment = Environment.of(System.getenv());
        this.watchedRegions = Environment.watchedRegions(System.getenv());
        this.key = Environment.key(System.getenv());
        this.region = new DefaultAwsRegionProviderChain().getRegion();
        AwsCredentialsProvider credentials = DefaultCredentialsProvider.builder().build();
        SdkHttpClient http = UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(2))
                .socketTimeout(Duration.ofSeconds(10)).build();
        Clients clients = new Clients(region, http, credentials);
        this.regions = Regions.of(credentials, http);
        this.canary = Canary.of(watchedRegions, credentials, http, log);
        this.configuration = ConfigurationSource.of(environment.configuration(), clients::ssm, clients::s3);
        this.agentNames = ConfigurationSource.of(environment.agentNames(), clients::ssm, clients::s3);
        String table = environment.memoryTable();
        this.memory = table == null
                ? new InMemory()
                : new DynamoDbMemory(clients.dynamoDb(), table, InstantSource.system());
        this.sns = clients.sns();
        this.metrics = new CloudWatchMetrics(clients.cloudWatch(), environment.namespace(), log,
                InstantSource.system());
        this.iam = regions.client(IamClient.builder(), region.id());
    }

    /// Calls every watched Region, or audits and tells what changed. Answers with how many checks ended how.
    ///
    /// @throws IllegalStateException when not all was done, so that Lambda tries again
    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        JsonNode request = JSON.readTree(input.readAllBytes());
        String run = request.path("run").asText("full");
        if (run.equals("canary")) {
            canary.call();
            return;
        }
        try {
            audit(!run.equals("brief"), output);
        } catch (ConfigurationException | MemoryException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private void audit(boolean full, OutputStream output) throws IOException, ConfigurationException, MemoryException {
        Catalogue catalogue = Catalogue.load();
        Configuration read = configuration();
        Audit audit = AwsAudit.of(place(), read, memory, regions, iam, catalogue);
        Audit.Report report = full ? audit.full() : audit.brief();
        audit.leave(report);
        Publisher publisher = new SnsPublisher(sns, environment.topics(),
                Renderers.of(catalogue, read.accounts(), Version.NUMBER));
        boolean told = new Announcer(Watch.of(read, read.roster(), catalogue), memory, publisher, metrics,
                InstantSource.system(), log).tell(report.checks(), report.rules());
        if (!told) {
            throw new IllegalStateException("not all that was found could be told; the log says why");
        }
        ObjectNode answer = JSON.createObjectNode();
        for (Verdict verdict : Verdict.values()) {
            answer.put(verdict.name().toLowerCase(Locale.ROOT), report.count(verdict));
        }
        output.write(JSON.writeValueAsBytes(answer));
    }

    private Configuration configuration() throws ConfigurationException {
        ConfigurationReader.Read read = ConfigurationReader.read(configuration.name(), configuration.text().get(),
                LocalDate.ofInstant(InstantSource.system().instant(), ZoneOffset.UTC));
        read.warnings().forEach(warning -> log.accept(configuration.name() + ": " + warning));
        return read.configuration();
    }

    private Place place() {
        try (StsClient sts = regions.client(StsClient.builder(), region.id())) {
            Arn own = Arn.parse(sts.getCallerIdentity().arn());
            if (own == null) {
                throw new IllegalStateException("AWS does not say whose credentials these are");
            }
            return new Place(own.partition(), own.account(), region.id(), watchedRegions,
                    Reach.of(agentNames.text().get()).names(), key, environment.namespace());
        }
    }
}
