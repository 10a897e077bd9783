package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Real records, where they are present: none is lost, and each says what the tree says.
class LabelledDataTest {
    private static final Path DATA = Path.of("..", "shared", "data");

    @BeforeAll
    static void dataIsThere() {
        assumeTrue(Files.isDirectory(DATA), "no labelled data here");
    }

    @Test
    void read_singleRecords_areAllThere() throws IOException {
        Path file = DATA.resolve("traildiscover/records.jsonl");
        List<CloudTrailEvent> events = events(file);
        List<String> lines = Files.readAllLines(file);
        assertThat(events).hasSameSizeAs(lines);
        for (int i = 0; i < lines.size(); i++) {
            saysTheSame(events.get(i), Sample.JSON.readTree(lines.get(i)));
        }
    }

    @Test
    void read_logFiles_areAllThere() throws IOException {
        for (String path : new TrailFiles().files(List.of(DATA.resolve("stratus").toString()))) {
            List<CloudTrailEvent> events = events(Path.of(path));
            JsonNode records = Sample.JSON.readTree(Path.of(path).toFile()).path("Records");
            assertThat(events).as(path).hasSize(records.size());
            for (int i = 0; i < events.size(); i++) {
                saysTheSame(events.get(i), records.path(i));
            }
        }
    }

    @Test
    void read_envelopes_areAllThere() throws IOException {
        for (String path : new TrailFiles().files(List.of(DATA.resolve("eventbridge-envelopes").toString()))) {
            TrailEntry entry = read(Path.of(path)).only();
            JsonNode whole = Sample.JSON.readTree(Path.of(path).toFile());
            JsonNode record = whole.has("detail") ? whole.path("detail") : whole;
            assertThat(entry instanceof Recorded).as(path).isEqualTo(record.has("userIdentity"));
            if (entry instanceof Recorded(CloudTrailEvent event, Envelope envelope, List<String> remarks)) {
                saysTheSame(event, record);
                assertThat(envelope == null ? null : envelope.source()).isEqualTo(whole.path("source").asText(null));
                assertThat(envelope == null ? null : envelope.detailType())
                        .isEqualTo(whole.path("detail-type").asText(null));
                assertThat(remarks).as(path).isEmpty();
            }
        }
    }

    @Test
    void parse_denials_tellActionAndTarget() throws IOException {
        Set<String> kinds = new TreeSet<>();
        for (CloudTrailEvent event : events(DATA.resolve("traildiscover/records.jsonl"))) {
            String message = event.errorMessage();
            if (message == null || !message.contains("is not authorized to perform: ")) {
                continue;
            }
            assertThat(Denial.isDenied(event.errorCode())).isTrue();
            Denial denial = Denial.parse(message);
            assertThat(denial.action()).as(message).isNotNull();
            assertThat(denial.resource() == null && denial.kind() == null).as(message)
                    .isEqualTo(!message.contains(" on resource: "));
            if (denial.kind() != null) {
                kinds.add(denial.kind());
            }
        }
        assertThat(kinds).contains("group", "policy", "role", "user");
    }

    private static void saysTheSame(CloudTrailEvent event, JsonNode record) {
        assertThat(event.eventSource()).isEqualTo(record.path("eventSource").asText());
        assertThat(event.eventName()).isEqualTo(record.path("eventName").asText());
        assertThat(event.errorCode()).isEqualTo(record.path("errorCode").asText(null));
        assertThat(event.userIdentity().arn()).isEqualTo(record.path("userIdentity").path("arn").asText(null));
        assertThat(event.userIdentity().issuerArn()).isEqualTo(
                record.path("userIdentity").path("sessionContext").path("sessionIssuer").path("arn").asText(null));
        List<String> values = new ArrayList<>();
        leaves(record.path("requestParameters"), values);
        List<String> read = new ArrayList<>();
        for (int i = 0; i < event.requestParameters().size(); i++) {
            read.add(event.requestParameters().value(i));
        }
        assertThat(read).isEqualTo(values);
    }

    /// Scalars in document order; a policy document that is an object is one of them.
    private static void leaves(JsonNode node, List<String> values) {
        if (node.isObject()) {
            node.properties().forEach(field -> {
                if (field.getValue().isObject() && field.getKey().matches(".*olicy(Document)?")
                        && field.getValue().toString().contains("\"Statement\"")) {
                    values.add(field.getValue().toString());
                } else {
                    leaves(field.getValue(), values);
                }
            });
        } else if (node.isArray()) {
            node.forEach(child -> leaves(child, values));
        } else if (!node.isNull() && !node.isMissingNode()) {
            values.add(node.asText());
        }
    }

    private static List<CloudTrailEvent> events(Path file) throws IOException {
        Trail trail = read(file);
        assertThat(trail.entries()).as(file.toString()).allMatch(Recorded.class::isInstance);
        return trail.entries().stream().map(e -> ((Recorded) e).event()).toList();
    }

    private static Trail read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Trail.read(in);
        }
    }
}
