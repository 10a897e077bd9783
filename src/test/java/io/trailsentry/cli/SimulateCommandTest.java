package io.trailsentry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulateCommandTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder = Path.of("");

    private Path simulate(String name, String... options) {
        Path output = folder.resolve(name);
        Run run = Run.of(Stream.concat(Stream.of("simulate", "--output", output.toString()), Stream.of(options))
                .toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        return output;
    }

    private static Map<String, byte[]> files(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static List<JsonNode> labels(Path folder) throws IOException {
        List<JsonNode> labels = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("labels.jsonl"))) {
            labels.add(JSON.readTree(line));
        }
        return labels;
    }

    @Test
    void simulate_twice_writesTheSameBytes() throws IOException {
        String[] options = {"--agents", "3", "--weeks", "1", "--attack", "region-hop"};
        Map<String, byte[]> once = files(simulate("once", options));
        Map<String, byte[]> again = files(simulate("again", options));
        assertThat(again.keySet()).isEqualTo(once.keySet());
        assertThat(again).allSatisfy((name, bytes) -> assertThat(bytes).as(name).isEqualTo(once.get(name)));
    }

    @Test
    void logFiles_areNamedAsCloudTrailNamesThem_andReadWithoutRemark() throws IOException {
        Path output = simulate("trail", "--agents", "3", "--weeks", "1", "--seed", "5", "--attack", "self-modification",
                "--attack", "night-burst");
        assertThat(files(output).keySet().stream().filter(name -> name.startsWith("AWSLogs"))).isNotEmpty()
                .allMatch(name -> name.matches("AWSLogs/(\\d{12})/CloudTrail/([a-z0-9-]+)/(\\d{4})/(\\d\\d)/(\\d\\d)/"
                        + "\\1_CloudTrail_\\2_\\3\\4\\5T\\d\\d\\d[05]Z_\\w{16}\\.json\\.gz"));
        TrailFiles reader = new TrailFiles();
        Map<String, Integer> deliveries = new HashMap<>();
        Set<String> doubled = new HashSet<>();
        for (String file : reader.files(List.of(output.resolve("AWSLogs").toString()))) {
            reader.read(file, (entry, position) -> {
                assertThat(entry).isInstanceOf(Recorded.class);
                Recorded recorded = (Recorded) entry;
                assertThat(recorded.remarks()).isEmpty();
                String id = recorded.event().eventId();
                if (deliveries.merge(id, 1, Integer::sum) > 1) {
                    doubled.add(id);
                }
                assertThat(file).contains(Objects.requireNonNull(recorded.event().account()) + "_CloudTrail_"
                        + recorded.event().awsRegion());
            });
        }
        assertThat((double) doubled.size() / deliveries.size()).isBetween(0.25, 0.29);
        assertThat(deliveries.values()).allMatch(times -> times <= 2);
        assertThat(labels(output)).hasSize(2).allSatisfy(label -> {
            assertThat(label.path("eventIDs")).isNotEmpty()
                    .allMatch(id -> deliveries.containsKey(id.asText()));
            assertThat(label.path("principal").asText()).startsWith("arn:aws:iam::");
            assertThat(label.path("detectors")).isNotEmpty();
        });
    }

    @ParameterizedTest
    @CsvSource({"1", "2"})
    void replay_ofOrdinaryWork_findsNothingForPeople(String seed) {
        Path output = simulate("ordinary", "--weeks", "1", "--seed", seed);
        Run replay = Run.of("replay", "--format", "jsonl", "--min-severity", "medium", output.toString());
        assertThat(replay.code()).isZero();
        assertThat(replay.out()).isEmpty();
        assertThat(replay.err()).contains(" agents", ", 0 skipped", ", 0 unreadable");
    }

    @Test
    void replay_withAttacks_findsThoseOfExplicitRules_byTheirEvents() throws IOException {
        Path output = simulate("attacked", "--weeks", "1", "--agents", "5", "--attack", "night-burst:agent=0",
                "--attack",
                "region-hop:agent=1", "--attack", "self-modification:agent=3", "--attack", "credential-leak:agent=4");
        List<JsonNode> findings = Run
                .of("replay", "--format", "jsonl", "--min-severity", "medium", output.toString()).findings();
        assertThat(labels(output)).hasSize(4).allSatisfy(label -> {
            Set<String> ids = new HashSet<>();
            label.path("eventIDs").forEach(id -> ids.add(id.asText()));
            Set<String> detectors = new HashSet<>();
            findings.stream().filter(finding -> finding.path("principal").equals(label.path("principal")))
                    .filter(finding -> Stream.of(finding.path("eventIds")).flatMap(JsonNode::valueStream)
                            .anyMatch(id -> ids.contains(id.asText())))
                    .forEach(finding -> finding.path("detectors").forEach(id -> detectors.add(id.asText())));
            assertThat(label.path("detectors")).allMatch(id -> detectors.contains(id.asText()));
        });
    }

    @Test
    void simulate_intoAFolderThatHoldsSomething_isWrongUse() throws IOException {
        Files.writeString(folder.resolve("note.txt"), "mine");
        Run run = Run.of("simulate", "--output", folder.toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("is not empty");
        assertThat(files(folder)).containsOnlyKeys("note.txt");
    }

    @ParameterizedTest
    @CsvSource({"--attack,burst,kinds are night-burst", "--agents,0,agents are 1 to", "--duplicates,2,0 to 1",
            "--attack,silence:agent=8,they are 0 to 7", "--from,soon,soon"})
    void simulate_withAnImpossibleOption_isWrongUse(String option, String value, String said) {
        Run run = Run.of("simulate", "--output", folder.resolve("none").toString(), option, value);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(said);
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
