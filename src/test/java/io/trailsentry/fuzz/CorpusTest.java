package io.trailsentry.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.PatternFuzz;
import io.trailsentry.config.ConfigurationFuzz;
import io.trailsentry.detect.PolicyDocumentFuzz;
import io.trailsentry.engine.EngineFuzz;
import io.trailsentry.lambda.BatchFuzz;
import io.trailsentry.memory.dynamodb.StoredFuzz;
import io.trailsentry.posture.PolicyFuzz;
import io.trailsentry.posture.PolicyPatternFuzz;
import io.trailsentry.publish.RendererFuzz;
import io.trailsentry.publish.SafeTextFuzz;
import io.trailsentry.trail.GunzipFuzz;
import io.trailsentry.trail.PlainRecordsFuzz;
import io.trailsentry.trail.TrailFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every input that the fuzzer found worth keeping, once more.
class CorpusTest {
    private static final Path CORPUS = Path.of("src/test/resources/fuzz");
    private static final long LARGEST = 300_000;
    private static final Map<String, Target> TARGETS = Map.ofEntries(
            Map.entry("BatchFuzz", BatchFuzz::fuzzerTestOneInput),
            Map.entry("ConfigurationFuzz", ConfigurationFuzz::fuzzerTestOneInput),
            Map.entry("EngineFuzz", EngineFuzz::fuzzerTestOneInput),
            Map.entry("GunzipFuzz", GunzipFuzz::fuzzerTestOneInput),
            Map.entry("PatternFuzz", PatternFuzz::fuzzerTestOneInput),
            Map.entry("PlainRecordsFuzz", PlainRecordsFuzz::fuzzerTestOneInput),
            Map.entry("PolicyDocumentFuzz", PolicyDocumentFuzz::fuzzerTestOneInput),
            Map.entry("PolicyFuzz", PolicyFuzz::fuzzerTestOneInput),
            Map.entry("PolicyPatternFuzz", PolicyPatternFuzz::fuzzerTestOneInput),
            Map.entry("RendererFuzz", RendererFuzz::fuzzerTestOneInput),
            Map.entry("SafeTextFuzz", SafeTextFuzz::fuzzerTestOneInput),
            Map.entry("StoredFuzz", StoredFuzz::fuzzerTestOneInput),
            Map.entry("TrailFuzz", TrailFuzz::fuzzerTestOneInput));

    /// Takes one input, and throws when something does not hold.
    private interface Target {
        void run(byte[] input) throws IOException;
    }

    @TestFactory
    Stream<DynamicTest> corpus_replayed_holds() throws IOException {
        return inputs().entrySet().stream()
                .map(input -> DynamicTest.dynamicTest(CORPUS.relativize(input.getKey()).toString(),
                        () -> input.getValue().run(Files.readAllBytes(input.getKey()))));
    }

    private static Map<Path, Target> inputs() throws IOException {
        Map<Path, Target> inputs = new TreeMap<>();
        for (Map.Entry<String, Target> target : TARGETS.entrySet()) {
            files(CORPUS.resolve(target.getKey())).forEach(file -> inputs.put(file, target.getValue()));
        }
        return inputs;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void targets_areAllReplayed() throws IOException {
        assertThat(files(Path.of("src/test/java")).stream().map(file -> file.getFileName().toString())
                .filter(name -> name.endsWith("Fuzz.java")).map(name -> name.replace(".java", ""))
                .collect(Collectors.toSet())).isEqualTo(TARGETS.keySet());
    }

    @Test
    void corpus_isSmall() throws IOException {
        long size = 0;
        for (Path file : files(CORPUS)) {
            size += Files.size(file);
        }
        assertThat(size).isLessThan(LARGEST);
    }
}
