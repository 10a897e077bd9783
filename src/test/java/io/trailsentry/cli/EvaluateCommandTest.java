package io.trailsentry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.testing.EventBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EvaluateCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private static Run run(String... args) {
        return Run.of(args);
    }

    @BeforeEach
    void aRuleTest() throws IOException {
        String event = EventBuilder.role("builder", "b").write("iam", "PutRolePolicy").parameter("roleName", "builder")
                .json();
        Files.writeString(folder.resolve("tests.jsonl"),
                "{\"rule\":\"R\",\"test\":\"t\",\"expected\":true,\"event\":" + event + "}\n");
    }

    @Test
    void everyPrincipalIsAnAgent_withoutAConfiguration() {
        Run run = run("evaluate", folder.toString());
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("1/1 100.0 %");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void configuration_saysWhoIsWatched() throws IOException {
        Path config = Files.writeString(folder.resolve("c.yaml"), "agents: [{ name: a, principals: [somebody] }]");
        Run run = run("evaluate", "--config", config.toString(), "--format", "json", folder.toString());
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\"judged\":0,\"unwatched\":1");
    }

    @Test
    void formats() throws IOException {
        assertThat(run("evaluate", "--format", "markdown", folder.toString()).out()).contains("|---|");
        assertThat(new JsonMapper().readTree(run("evaluate", "--format", "json", folder.toString()).out())
                .path("summary").path(0).path("records").asInt()).isEqualTo(1);
    }

    @Test
    void unreadableInput_endsWith1_andTheRestIsMeasured() throws IOException {
        Files.writeString(folder.resolve("aws.impact.broken.json"), "{\"eventName\": tru}");
        Run run = run("evaluate", folder.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("1/1 100.0 %");
        assertThat(run.err()).contains("aws.impact.broken.json, record 1").contains("not read: ");
    }

    static Stream<Arguments> wrongUse() {
        return Stream.of(Arguments.of(List.of("evaluate"), "PATH"),
                Arguments.of(List.of("evaluate", "no-such-folder"), "no-such-folder does not exist"),
                Arguments.of(List.of("evaluate", "-"), "needs files"),
                Arguments.of(List.of("evaluate", "--format", "xml", "events"), "xml"),
                Arguments.of(List.of("evaluate", "--config", "no-such.yaml", "events"), "no-such.yaml does not exist"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongUse(List<String> args, String message) {
        Run run = run(args.toArray(String[]::new));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void replay_stillTakesWrappedEventsForNoRecords() {
        assertThat(run("replay", "--agent", "*", folder.toString()).err()).contains("1 file, 0 records, 1 skipped");
    }
}
