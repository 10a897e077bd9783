package io.trailsentry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.trailsentry.lab.SimulatedAttack;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every OCSF finding that real and made-up logs give is valid, by the schemas and by what no schema can say.
class OcsfOutputTest {
    private static final Path SHARED = Path.of("../shared");
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<JsonSchema> SCHEMAS = new ArrayList<>();
    /// Captions of OCSF 1.6, by the field of the id: its values from 0.
    private static final Map<String, List<String>> CAPTIONS = Map.of("severity_id",
            List.of("Unknown", "Informational", "Low", "Medium", "High", "Critical", "Fatal"), "activity_id",
            List.of("Unknown", "Create", "Update", "Close"), "status_id",
            List.of("Unknown", "New", "In Progress", "Suppressed", "Resolved"), "risk_level_id",
            List.of("Info", "Low", "Medium", "High", "Critical"), "category_uid", List.of("", "", "Findings"));
    private static final Map<Integer, String> OBSERVABLES = Map.of(2, "IP Address", 10, "Resource UID", 16,
            "HTTP User-Agent", 31, "User Object: uid", 35, "Account Object: uid");

    @BeforeAll
    static void schemasAreThere() throws IOException {
        for (String version : List.of("1.6.0", "1.8.0")) {
            Path file = SHARED.resolve("reference/oncall-siem/ocsf-" + version
                    + "-detection_finding-cloud.schema.json");
            assumeTrue(Files.exists(file), "the compiled schemas are not part of the project");
            SCHEMAS.add(JsonSchemaFactory.getInstance(VersionFlag.V7).getSchema(Files.readString(file)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stratus", "traildiscover", "eventbridge-envelopes"})
    void labelledLogs(String name) throws IOException {
        Path data = SHARED.resolve("data").resolve(name);
        assumeTrue(Files.isDirectory(data), "no labelled logs here");
        assertThat(findings("--agent", "*", data.toString())).as("findings in %s", name).isPositive();
    }

    @Test
    void simulatedAttacks(@TempDir Path folder) throws IOException {
        List<String> simulate = new ArrayList<>(List.of("simulate", "--agents", "2", "--weeks", "3", "--output",
                folder.resolve("trail").toString()));
        for (SimulatedAttack.Kind kind : SimulatedAttack.Kind.values()) {
            simulate.addAll(List.of("--attack", kind.label()));
        }
        assertThat(Program.run(new StringWriter(), simulate.toArray(String[]::new))).isZero();
        assertThat(findings(folder.resolve("trail").toString())).isPositive();
        assertThat(findings("--agent", "*", folder.resolve("trail").toString())).as("all learned").isPositive();
    }

    private static int findings(String... paths) throws IOException {
        List<String> replay = new ArrayList<>(List.of("replay", "--format", "ocsf", "--min-severity",
                "informational"));
        replay.addAll(List.of(paths));
        StringWriter out = new StringWriter();
        assertThat(Program.run(out, replay.toArray(String[]::new))).isIn(0, 1);
        List<String> lines = out.toString().lines().toList();
        Set<String> uids = new TreeSet<>();
        for (String line : lines) {
            JsonNode finding = JSON.readTree(line);
            SCHEMAS.forEach(schema -> assertThat(schema.validate(finding)).as(line).isEmpty());
            assertThat(faults(finding)).as(line).isEmpty();
            assertThat(uids.add(finding.at("/finding_info/uid").asText())).as("one line a finding: %s", line).isTrue();
        }
        return lines.size();
    }

    /// What is wrong that no schema can say.
    private static List<String> faults(JsonNode finding) {
        List<String> faults = new ArrayList<>();
        int activity = finding.path("activity_id").asInt();
        check(faults, finding.path("type_uid").asInt() == finding.path("class_uid").asInt() * 100 + activity,
                "type_uid");
        check(faults, finding.path("type_name").asText().equals(
                finding.path("class_name").asText() + ": " + finding.path("activity_name").asText()), "type_name");
        check(faults, finding.path("class_name").asText().equals("Detection Finding"), "class_name");
        CAPTIONS.forEach((field, captions) -> {
            int id = finding.path(field).asInt(-1);
            String caption = switch (field) {
                case "activity_id" -> "activity_name";
                case "category_uid" -> "category_name";
                default -> field.replaceFirst("_id$", "");
            };
            check(faults, id >= 0 && id < captions.size() && captions.get(id).equals(finding.path(caption).asText()),
                    field + " " + id + " is not " + finding.path(caption));
        });
        times(faults, finding, "");
        endpoints(faults, finding);
        finding.path("observables").forEach(observable -> {
            check(faults, observable.path("type").asText().equals(OBSERVABLES.get(observable.path("type_id").asInt())),
                    "observable " + observable);
            String pointer = "/" + observable.path("name").asText().replaceAll("\\[(\\d+)]", "/$1").replace('.', '/');
            check(faults, finding.at(pointer).asText().equals(observable.path("value").asText()), pointer);
        });
        check(faults, finding.path("count").asInt() >= 1, "count");
        return faults;
    }

    private static void check(List<String> faults, boolean holds, String what) {
        if (!holds) {
            faults.add(what);
        }
    }

    /// Times are milliseconds: as seconds they would lie in the year 50000, and so on.
    private static void times(List<String> faults, JsonNode node, String path) {
        node.forEachEntry((name, value) -> {
            if (value.isNumber() && name.matches("time|.*_time")) {
                Instant time = Instant.ofEpochMilli(value.asLong());
                check(faults, value.isIntegralNumber() && time.isAfter(Instant.parse("2010-01-01T00:00:00Z"))
                        && time.isBefore(Instant.parse("2100-01-01T00:00:00Z")), path + name + " " + value);
            }
            times(faults, value, path + name + ".");
        });
        if (node.isArray()) {
            node.forEach(item -> times(faults, item, path));
        }
    }

    private static void endpoints(List<String> faults, JsonNode finding) {
        for (JsonNode evidence : finding.path("evidences")) {
            JsonNode endpoint = evidence.path("src_endpoint");
            String ip = endpoint.path("ip").asText("");
            String service = endpoint.path("svc_name").asText("");
            check(faults, endpoint.isMissingNode() || !(ip + service).isEmpty(), "an empty endpoint");
            check(faults, ip.isEmpty() || isAddress(ip), "ip " + ip);
            check(faults, !isAddress(service), "svc_name " + service);
            boolean behindATool = evidence.at("/data/mcp_tool").isTextual();
            check(faults, ip.isEmpty() || service.isEmpty() || behindATool, "both " + ip + " and " + service);
        }
    }

    /// A number with a zero before it is octal to some: such an address means two.
    private static boolean isAddress(String text) {
        try {
            return Stream.of(".", ":").anyMatch(text::contains) && !text.matches("(.*\\.)?0\\d.*")
                    && InetAddress.ofLiteral(text) != null;
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }
}
