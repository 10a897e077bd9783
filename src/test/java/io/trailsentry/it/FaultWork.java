package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Watch;
import io.trailsentry.lambda.Wired;
import io.trailsentry.template.Template;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.testing.Notices;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import software.amazon.awssdk.http.SdkHttpClient;

/// The work that is done again with each fault: half an hour of two sessions of an agent, with a chain of deeds, a finding
/// that grows, a burst of refusals, somebody unlisted, a borrowed role, a log file that repeats and adds, a message that
/// nobody can read, and the heartbeats that close findings.
///
/// Each action of it has one target, so that an action is a step.
final class FaultWork {
    static final String BUCKET = "trail";
    static final String POISON = "this is not an event";
    static final Instant START = Instant.parse("2026-11-17T10:00:00Z");

    private static final String TOPIC = "arn:aws:sns:us-east-1:111122223333:trailsentry-";
    private static final String KEY = "AWSLogs/" + EventBuilder.ACCOUNT
            + "/CloudTrail/us-east-1/2026/11/17/x_CloudTrail.json.gz";
    private static final String CONFIGURATION = """
            {"agents": [{"name": "coder", "principals": ["mcp-agent-role"], "regions": ["us-east-1", "eu-central-1"],
            "hours": {"zone": "Etc/UTC", "days": "MON-FRI", "from": "08:00", "to": "18:00"}}]}""";
    private static final JsonNode RESOURCES = Template.read().section("Resources");

    /// What the template says of the queue.
    static final int MOST_RECEIVES = RESOURCES.at("/Events/Properties/RedrivePolicy/maxReceiveCount").asInt();
    static final Duration INVISIBLE = Duration
            .ofSeconds(RESOURCES.at("/Events/Properties/VisibilityTimeout").asInt());
    static final int BATCH = RESOURCES.at("/Detector/Properties/Events/Queue/Properties/BatchSize").asInt();

    /// What comes to the queue.
    ///
    /// @param after how long after the start
    record Arrival(Duration after, String body) {
    }

    private final List<EventBuilder> events = new ArrayList<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final Watch watch;
    private final byte[] logFile;
    private int ids;

    FaultWork() {
        try {
            Configuration configuration = ConfigurationReader.read("faults", CONFIGURATION, LocalDate.of(2026, 11, 17))
                    .configuration();
            this.watch = Watch.of(configuration, configuration.roster(), Catalogue.load());
        } catch (ConfigurationException e) {
            throw new IllegalArgumentException(e);
        }
        EventBuilder inline = write("coder-1", "iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role");
        for (int i = 0; i < 6; i++) {
            arrive(60, 10 + i, read("coder-" + (1 + i % 2)));
        }
        arrive(120, 100, inline);
        arrive(120, 101, read("coder-1"));
        arrivals.add(new Arrival(Duration.ofMinutes(2), POISON));
        arrive(180, 150, write("coder-1", "ec2", "RunInstances").in("ap-southeast-3"));
        arrive(180, 155, write("coder-1", "s3", "DeleteBucket").parameter("bucketName", "b1"));
        arrive(180, 160, write("coder-1", "iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role"));
        List<EventBuilder> filed = new ArrayList<>(List.of(inline, at(170, read("coder-2")),
                at(171, write("coder-1", "s3", "DeleteBucket").parameter("bucketName", "b1")),
                at(172, EventBuilder.user("dana").mcp())));
        events.addAll(filed.subList(1, filed.size()));
        this.logFile = packed(filed.stream().map(EventBuilder::json).collect(Collectors.joining(",", "{\"Records\":[",
                "]}")));
        arrivals.add(new Arrival(Duration.ofSeconds(200), Notices.eventBridge(BUCKET, KEY)));
        arrive(260, 240, write("coder-2", "sts", "AssumeRole")
                .parameter("roleArn", "arn:aws:iam::" + EventBuilder.ACCOUNT + ":role/admin")
                .with("responseElements", Map.of("credentials", Map.of("accessKeyId", "ASIABORROWED"))));
        for (int i = 0; i < 6; i++) {
            arrive(400, 380 + i, write("coder-2", "ec2", "Create" + (char) ('A' + i)).denied("ec2:CreateX", ""));
        }
        for (int i = 0; i < 4; i++) {
            arrive(1_000, 960 + i, read("coder-1"));
        }
        arrive(1_000, 970, write("coder-1", "iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role"));
        // Later than the call that opened the session comes back: what comes before it is the role's.
        arrive(1_900, 1_860, EventBuilder.role("admin", "s").identity("accessKeyId", "ASIABORROWED")
                .write("cloudtrail", "StopLogging").parameter("name", "trail"));
        Stream.of("PT35M", "PT50M", "PT65M", "PT75M", "PT30H", "PT62H", "PT62H5M", "PT62H10M", "PT62H15M", "PT62H20M")
                .forEach(after -> arrivals.add(new Arrival(Duration.parse(after), Events.heartbeat().toString())));
    }

    private static EventBuilder read(String session) {
        return EventBuilder.role("mcp-agent-role", session).mcp();
    }

    private static EventBuilder write(String session, String service, String action) {
        return read(session).write(service, action);
    }

    private EventBuilder at(int second, EventBuilder event) {
        return event.at(START.plusSeconds(second).toString(), "event-" + ids++);
    }

    private void arrive(int after, int second, EventBuilder event) {
        events.add(at(second, event));
        arrivals.add(new Arrival(Duration.ofSeconds(after), event.envelope()));
    }

    /// Every event, once.
    List<EventBuilder> events() {
        return events;
    }

    /// In the order of their arrival.
    List<Arrival> arrivals() {
        return arrivals;
    }

    Watch watch() {
        return watch;
    }

    /// Puts the log file where the function looks for it.
    void deliver(StandIn aws) {
        aws.put(KEY, logFile);
    }

    /// A function at its start.
    Wired function(String table, SdkHttpClient http, InstantSource clock, Consumer<String> log) {
        return new Wired(Map.of("ALERTS_TOPIC_ARN", TOPIC + "alerts", "PAGES_TOPIC_ARN", TOPIC + "pages",
                "FINDINGS_TOPIC_ARN", TOPIC + "findings", "MEMORY_TABLE", table, "TRAIL_BUCKET", BUCKET,
                "TRAILSENTRY_CONFIG", CONFIGURATION), http, clock, log);
    }

    private static byte[] packed(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
