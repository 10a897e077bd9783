package io.trailsentry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.testing.EventBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReplayCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private static Run run(String... args) {
        return Run.of(args);
    }

    private Path trail(String... records) throws IOException {
        return Files.writeString(folder.resolve("trail.jsonl"), String.join("\n", records));
    }

    private static String attack() {
        return EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role").json();
    }

    static Stream<Arguments> sampleEvents() {
        return Stream.of(Arguments.of("ordinary-work", List.of()),
                Arguments.of("unusual-region", List.of("high unusual-region succeeded")),
                Arguments.of("off-hours-burst", List.of("medium off-hours-burst succeeded")),
                Arguments.of("self-modification-succeeded", List.of("critical iam-self-modification succeeded")),
                Arguments.of("self-modification-denied", List.of("medium iam-self-modification denied")),
                Arguments.of("personal-credentials-through-mcp", List.of("medium unlisted-agent succeeded")));
    }

    @ParameterizedTest
    @MethodSource
    void sampleEvents(String name, List<String> expected) throws IOException {
        Run run = run("replay", "--format", "jsonl", "events/" + name + ".json");
        assertThat(run.findings()).extracting(finding -> finding.path("severity").asText() + " "
                + finding.path("detectors").path(0).asText() + " "
                + finding.path("signals").path(0).path("outcome").asText()).isEqualTo(expected);
        assertThat(run.code()).isZero();
    }

    @Test
    void sampleEvents_areAllCovered() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("events"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".json")))
                    .containsExactlyInAnyOrderElementsOf(
                            sampleEvents().map(arguments -> arguments.get()[0] + ".json").toList());
        }
    }

    @Test
    void jsonLine_hasTheFieldsOfTheContract_inOrder() throws IOException {
        JsonNode finding = run("replay", "--format", "jsonl", trail(attack()).toString()).findings().getFirst();
        assertThat(finding.fieldNames()).toIterable().containsExactly("id", "fingerprint", "severity", "score", "title",
                "agent", "principal", "session", "channel", "account", "region", "firstSeen", "lastSeen", "count",
                "detectors", "signals", "eventIds", "attack");
        assertThat(finding.path("signals").path(0).fieldNames()).toIterable().containsExactly("detector", "score",
                "outcome", "action", "target", "reason", "eventId");
        assertThat(finding.path("firstSeen").asText()).isEqualTo("2026-11-17T09:00:00Z");
        assertThat(finding.path("channel").asText()).isEqualTo("mcp");
        assertThat(finding.path("attack").path(0).path("name").asText()).isEqualTo("Additional Cloud Roles");
    }

    @Test
    void ocsfLine_isADetectionFinding() throws IOException {
        JsonNode finding = run("replay", "--format", "ocsf", trail(attack()).toString()).findings().getFirst();
        assertThat(finding.path("class_uid").asInt()).isEqualTo(2004);
        assertThat(finding.path("type_uid").asInt()).isEqualTo(200401);
    }

    @Test
    void html_isOnePageOfTheWholeHistory() throws IOException {
        Path config = Files.writeString(folder.resolve("c.yaml"), """
                agents: [{ name: coder, principals: [mcp-agent-role] }]
                exceptions: [{ detector: destructive-action, until: 2026-11-30, reason: <clean-up> }]
                """);
        String read = EventBuilder.agent().call("s3", "ListBuckets").at("2026-11-17T09:05:00Z", "e2").json();
        String excepted = EventBuilder.agent().write("s3", "DeleteBucket")
                .parameter("bucketName", "logs").at("2026-11-17T09:06:00Z", "e3").json();
        Path trail = trail(attack(), read, excepted, read);
        Run run = run("replay", "--config", config.toString(), "--format", "html", trail.toString());

        assertThat(run.code()).isZero();
        assertThat(run.err()).contains("3 calls by 1 agent").contains("1 step excepted");
        assertThat(run.out()).startsWith("<!DOCTYPE html>").endsWith("</html>\n").contains("class=\"urge\"")
                .contains("1 file, 3 records, 0 skipped, 1 duplicate, 0 unreadable")
                .containsPattern("(?s)&lt;clean-up&gt;.*<td class=\"n\">1</td>");
        trail(excepted, read, attack());
        assertThat(run("replay", "--config", config.toString(), "--format", "html", trail.toString()).out())
                .isEqualTo(run.out().replace("1 duplicate,", "0 duplicates,"));
    }

    @ParameterizedTest
    @CsvSource({"critical, 3", "high, 3", "medium, 3"})
    void failOn_reached_endsWith3(String severity, int code) throws IOException {
        assertThat(run("replay", "--fail-on", severity, trail(attack(), "{broken").toString()).code())
                .isEqualTo(code);
    }

    @Test
    void failOn_notReached_endsWith0() throws IOException {
        String denied = EventBuilder.agent().write("iam", "PutRolePolicy")
                .denied("iam:PutRolePolicy", "role mcp-agent-role").json();
        assertThat(run("replay", "--fail-on", "high", trail(denied).toString()).code()).isZero();
    }

    @Test
    void unreadableInput_endsWith1_andTheRestIsProcessed() throws IOException {
        Run run = run("replay", "--format", "jsonl", trail("{\"eventName\": tru}", attack()).toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.findings()).hasSize(1);
        assertThat(run.err()).contains("trail.jsonl, record 1, byte ").contains("not read: ")
                .contains("1 file, 1 record, 0 skipped, 0 duplicates, 1 unreadable");
    }

    @Test
    void manyUnreadableValues_areToldOfOnlyInPart() throws IOException {
        String[] broken = new String[40];
        java.util.Arrays.fill(broken, "{broken}");
        assertThat(run("replay", trail(broken).toString()).err()).contains("and 30 more like these")
                .contains("40 unreadable");
    }

    static Stream<Arguments> wrongUse() {
        return Stream.of(Arguments.of(List.of("replay"), "PATH"),
                Arguments.of(List.of("replay", "no-such-file"), "no-such-file does not exist"),
                Arguments.of(List.of("replay", "--format", "xml", "events"), "xml"),
                Arguments.of(List.of("replay", "--min-severity", "grave", "events"), "grave"),
                Arguments.of(List.of("replay", "--agent", "arn:aws:s3:::bucket", "events"), "--agent"),
                Arguments.of(List.of("replay", "--config", "no-such.yaml", "events"), "no-such.yaml does not exist"),
                Arguments.of(List.of("nonsense"), "nonsense"), Arguments.of(List.of(), "command"));
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
    void badConfiguration_namesEveryFaultAtOnce() throws IOException {
        Path config = Files.writeString(folder.resolve("bad.yaml"), "agents: []\ndetector: {}\naccounts: { 12: {} }\n");
        Run run = run("replay", "--config", config.toString(), trail(attack()).toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("bad.yaml").contains("line 2").contains("line 3");
    }

    @Test
    void configuration_isFoundBesideTheFirstPath() throws IOException {
        Files.writeString(folder.resolve("trailsentry.yaml"),
                "agents: [{ name: found, principals: [mcp-agent-role] }]");
        assertThat(run("replay", "--format", "jsonl", trail(attack()).toString()).findings().getFirst().path("agent")
                .asText()).isEqualTo("found");
        assertThat(run("replay", "--format", "jsonl", folder.toString()).findings().getFirst().path("agent").asText())
                .isEqualTo("found");
    }

    @Test
    void configuration_thatIsNoUtf8_isAFaultWithItsLine() throws IOException {
        Path config = Files.write(folder.resolve("latin.yaml"),
                "# one\nagents: []\n# caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        Path trail = trail(attack());
        for (String command : List.of("replay", "evaluate")) {
            Run run = run(command, "--config", config.toString(), trail.toString());
            assertThat(run.code()).as(command).isEqualTo(2);
            assertThat(run.err()).contains("latin.yaml: 1 fault\nline 3: byte 23 of the file is no UTF-8; save ");
            assertThat(run.out()).isEmpty();
        }
    }

    @Test
    void configuration_thatIsAFolder_isWrongUse() throws IOException {
        Run run = run("replay", "--config", folder.toString(), trail(attack()).toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(folder + " is a folder");
    }

    @Test
    void exceptionThatRanOut_isShoutedAbout_andHidesNothing() throws IOException {
        Path config = Files.writeString(folder.resolve("c.yaml"), """
                exceptions:
                  - { detector: iam-self-modification, until: 2020-01-31, reason: long ago }
                """);
        Run run = run("replay", "--config", config.toString(), "--format", "jsonl", trail(attack()).toString());
        assertThat(run.findings()).hasSize(1);
        assertThat(run.err()).contains("c.yaml: line 2: exceptions[0].until: the exception ran out on 2020-01-31")
                .doesNotContain("excepted");
    }

    @ParameterizedTest
    @CsvSource({"live, 1 step excepted", "dry-run, 1 step excepted", "off, 0 findings"})
    void exception_takesItsStepOut_inEveryMode(String mode, String summary) throws IOException {
        Path config = Files.writeString(folder.resolve("c.yaml"), "detectors: { iam-self-modification: { mode: " + mode
                + " } }\nexceptions: [{ detector: iam-self-modification, target: MCP-*, until: 2026-11-17, reason: r }]\n");
        Path trail = trail(attack());
        Run run = run("replay", "--config", config.toString(), trail.toString());
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("0 findings").contains(summary);
        assertThat(run.err().contains("excepted")).isEqualTo(!mode.equals("off"));
    }

    @Test
    void dryRun_withoutException_staysInTheFeed() throws IOException {
        Path config = Files.writeString(folder.resolve("c.yaml"),
                "detectors: { iam-self-modification: { mode: dry-run } }\n");
        assertThat(run("replay", "--config", config.toString(), "--format", "jsonl", trail(attack()).toString())
                .findings()).hasSize(1);
    }

    @Test
    void exceptedSteps_areCountedOnceEach_howeverLongAndDoubledTheHistory() throws IOException {
        List<String> records = new ArrayList<>();
        Instant start = Instant.parse("2026-11-10T00:00:00Z");
        for (int quarter = 0; quarter < 4 * 96; quarter++) {
            for (int i = 0; i < 2; i++) {
                records.add(EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role")
                        .at(start.plusSeconds(900L * quarter + i).toString(), "e" + records.size()).json());
            }
        }
        records.addAll(records.subList(0, 60));
        Path config = Files.writeString(folder.resolve("c.yaml"),
                "exceptions: [{ detector: iam-self-modification, until: 2026-11-30, reason: agreed }]\n");
        Run run = run("replay", "--config", config.toString(), trail(records.toArray(String[]::new)).toString());
        assertThat(run.err()).contains("768 records").contains("0 findings; 384 steps excepted");
    }

    @Test
    void agentOption_replacesTheRoster_andWatchesNoUnlistedAgents() throws IOException {
        String other = EventBuilder.role("builder", "b").write("iam", "PutRolePolicy").parameter("roleName", "builder")
                .at("2026-11-17T09:00:00Z", "e2").json();
        String unlisted = EventBuilder.user("dana").mcp().at("2026-11-17T09:00:00Z", "e3").json();
        Path trail = trail(attack(), other, unlisted);
        assertThat(run("replay", "--format", "jsonl", "--agent", "build*", trail.toString()).findings())
                .extracting(finding -> finding.path("agent").asText()).containsExactly("builder");
        assertThat(run("replay", "--format", "jsonl", "--agent", "*", trail.toString()).findings())
                .extracting(finding -> finding.path("agent").asText())
                .containsExactlyInAnyOrder("builder", "mcp-agent-role");
    }

    @Test
    void minSeverity_leavesTheRestOut() throws IOException {
        String denied = EventBuilder.agent().write("iam", "PutRolePolicy")
                .denied("iam:PutRolePolicy", "role mcp-agent-role").json();
        Run run = run("replay", "--min-severity", "high", trail(denied).toString());
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("1 finding; 1 medium");
    }

    @Test
    void output_goesToTheFile() throws IOException {
        Path output = folder.resolve("findings.jsonl");
        Run run = run("replay", "--format", "jsonl", "--output", output.toString(), trail(attack()).toString());
        assertThat(run.out()).isEmpty();
        assertThat(Files.readAllLines(output)).hasSize(1);
    }

    @Test
    void hostileNames_reachTheTerminalDefused() throws IOException {
        String hostile = EventBuilder.agent().write("iam", "PutRolePolicy")
                .parameters(Map.of("roleName", "mcp-agent-role")).with("userAgent", "\u001b[2Jevil\u202e").json();
        Run run = run("replay", trail(hostile).toString());
        assertThat(run.out()).isNotEmpty().doesNotContain("\u001b").doesNotContain("\u202e");
    }
}
