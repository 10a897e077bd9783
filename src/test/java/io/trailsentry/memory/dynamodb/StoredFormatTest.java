package io.trailsentry.memory.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/// An upgrade finds what versions before it wrote. The file holds the items of a table as format 1 was written first; it
/// is never written anew, for that is what it is for: where it is missing, `-Dgolden.update=true` makes it.
class StoredFormatTest {
    private static final Path ITEMS = Path.of("src/test/resources/memory/format-1.json");
    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();
    private static final Instant NOW = Instant.parse("2026-11-17T09:40:00Z");
    private static final Watch WATCH = Watch.of(Configuration.EMPTY, Configuration.EMPTY.roster(), Catalogue.load());
    private static final String KEY = "ASIABORROWED";

    private final List<String> told = new ArrayList<>();

    private Memory memory(FakeDynamoDb table) {
        return new DynamoDbMemory(table, "trailsentry-memory", InstantSource.fixed(NOW));
    }

    private void handle(FakeDynamoDb table, List<EventBuilder> events) {
        Publisher publisher = new Publisher() {
            @Override
            public boolean reaches(Topic topic) {
                return true;
            }

            @Override
            public void publish(Topic topic, Notice notice) {
                told.add(topic + " " + notice.kind() + " " + notice.finding().title());
            }

            @Override
            public void publish(Topic topic, FloodNotice notice) {
                throw new AssertionError("nothing is held back");
            }
        };
        List<Delivery> batch = new ArrayList<>();
        events.forEach(event -> batch.add(new Delivery("m" + batch.size(), event.envelope())));
        assertThat(new Engine(WATCH, memory(table), publisher, metrics -> {
        }, InstantSource.fixed(NOW), line -> {
            throw new AssertionError(line);
        }).handle(batch)).isEmpty();
    }

    /// Work in two quarter hours, a deed that everybody is told of, and a session that is opened.
    private static List<EventBuilder> events() {
        return List.of(EventBuilder.agent().call("ec2", "DescribeInstances").at("2026-11-17T09:05:00Z", "e1"),
                EventBuilder.agent().call("s3", "ListBuckets").at("2026-11-17T09:20:00Z", "e2"),
                EventBuilder.agent().write("iam", "AttachRolePolicy").at("2026-11-17T09:21:00Z", "e3")
                        .parameter("roleName", "mcp-agent-role")
                        .parameter("policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
                EventBuilder.agent().call("sts", "AssumeRole").at("2026-11-17T09:22:00Z", "e4")
                        .parameter("roleArn", "arn:aws:iam::111122223333:role/deployer")
                        .with("responseElements", Map.of("credentials", Map.of("accessKeyId", KEY))));
    }

    static FakeDynamoDb stored() throws IOException {
        FakeDynamoDb table = new FakeDynamoDb();
        for (JsonNode item : JSON.readTree(Files.readString(ITEMS))) {
            Map<String, AttributeValue> attributes = new HashMap<>();
            for (Map.Entry<String, JsonNode> attribute : item.properties()) {
                JsonNode value = attribute.getValue();
                attributes.put(attribute.getKey(), value.has("S")
                        ? AttributeValue.fromS(value.path("S").asText())
                        : value.has("N")
                                ? AttributeValue.fromN(value.path("N").asText())
                                : AttributeValue.fromB(SdkBytes.fromByteArray(value.path("B").binaryValue())));
            }
            table.put(attributes);
        }
        return table;
    }

    private void writeOnce() throws IOException, MemoryException {
        if (Files.exists(ITEMS) || !Boolean.getBoolean("golden.update")) {
            return;
        }
        FakeDynamoDb table = new FakeDynamoDb();
        handle(table, events());
        memory(table).note("audit", before -> "{\"open\":[]}");
        ArrayNode items = JSON.createArrayNode();
        table.items().forEach(item -> {
            ObjectNode object = items.addObject();
            item.forEach((name, value) -> {
                ObjectNode attribute = object.putObject(name);
                if (value.s() != null) {
                    attribute.put("S", value.s());
                } else if (value.n() != null) {
                    attribute.put("N", value.n());
                } else {
                    attribute.put("B", value.b().asByteArray());
                }
            });
        });
        Files.createDirectories(ITEMS.getParent());
        Files.writeString(ITEMS, JSON.writeValueAsString(items) + "\n");
        told.clear();
    }

    @Test
    void itemsOfTheFirstFormat_areKnown_soThatWhatComesAgainIsNotToldAgain() throws Exception {
        writeOnce();
        handle(new FakeDynamoDb(), events());
        assertThat(told).as("to a table that knows nothing it is news")
                .contains("PAGES CREATE mcp-agent-role attached an administrator policy to itself");
        told.clear();
        FakeDynamoDb table = stored();

        handle(table, events());

        assertThat(told).isEmpty();
        assertThat(memory(table).note("audit")).isEqualTo("{\"open\":[]}");
    }

    @Test
    void sessionOfTheFirstFormat_isStillTheAgents() throws Exception {
        writeOnce();
        List<EventBuilder> borrowed = List.of(EventBuilder.role("deployer", "x").identity("accessKeyId", KEY)
                .write("cloudtrail", "StopLogging").at("2026-11-17T09:30:00Z", "e5").parameter("name", "trail"));

        handle(stored(), borrowed);

        assertThat(told).anyMatch(line -> line.startsWith("ALERTS UPDATE mcp-agent-role ")
                || line.startsWith("ALERTS CREATE mcp-agent-role "));
    }
}
