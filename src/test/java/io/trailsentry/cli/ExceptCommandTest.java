package io.trailsentry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.finding.Exceptions.Entry;
import io.trailsentry.testing.EventBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExceptCommandTest {
    private static final String DAY = "2026-11-17";
    private static final String CODER = "agents: [{ name: coder, principals: [mcp-agent-role] }]\n";

    @TempDir
    private Path folder = Path.of("");

    private Path trail(String... records) throws IOException {
        return Files.writeString(folder.resolve("trail.jsonl"), String.join("\n", records));
    }

    private void configure(String text) throws IOException {
        Files.writeString(folder.resolve("trailsentry.yaml"), text);
    }

    private static EventBuilder attack(String id, String time) {
        return EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role")
                .at(DAY + "T" + time + "Z", id);
    }

    private static EventBuilder deletion(String bucket, String id, String time) {
        return EventBuilder.agent().write("s3", "DeleteBucket").parameter("bucketName", bucket)
                .at(DAY + "T" + time + "Z", id);
    }

    private List<JsonNode> findings() {
        return Run.of("replay", "--format", "jsonl", folder.toString()).findings();
    }

    private String onlyId() {
        assertThat(findings()).hasSize(1);
        return findings().getFirst().path("id").asText();
    }

    private Run except(String finding, String... more) {
        List<String> args = new ArrayList<>(
                List.of("except", finding, "--until", "2026-12-01", "--reason", "planned: #1"));
        args.addAll(List.of(more));
        args.add(folder.toString());
        return Run.of(args.toArray(String[]::new));
    }

    private static List<Entry> entries(String out) throws ConfigurationException {
        return ConfigurationReader.read("test", "exceptions:\n" + out, LocalDate.EPOCH).configuration().exceptions()
                .entries();
    }

    @Test
    void finding_isGone_onceItsEntryIsAdded() throws Exception {
        configure(CODER);
        trail(attack("e1", "09:00:00").json(), attack("e2", "09:01:00").json());
        String id = onlyId();
        Run run = except(id);
        assertThat(run.code()).isZero();
        assertThat(entries(run.out())).containsExactly(new Entry("iam-self-modification", "coder", "iam:PutRolePolicy",
                "mcp-agent-role", LocalDate.of(2026, 12, 1), "planned: #1"));
        assertThat(run.err()).contains("In this history it would have hidden 1 step and 2 events of 1 finding:\n"
                + "  gone     critical            " + id + "  coder wrote an inline policy into itself\n")
                .doesNotContain("would not have hidden")
                .doesNotContain("would hold for");

        configure(CODER + "exceptions:\n" + run.out());
        Run after = Run.of("replay", folder.toString());
        assertThat(after.out()).isEmpty();
        assertThat(after.err()).contains("0 findings; 1 step excepted");
    }

    @Test
    void exactTarget_leavesOtherTargets_andSaysSo_anyTargetDoesNot() throws Exception {
        trail(deletion("logs-a", "e1", "09:00:00").json(), deletion("logs-b", "e2", "10:00:00").json(),
                deletion("logs-a", "e3", "11:00:00").json());
        List<JsonNode> findings = findings();
        Run exact = except(findings.getFirst().path("id").asText());
        assertThat(exact.err()).contains("2 steps and 2 events of 2 findings").contains("It would not have hidden:\n  ")
                .contains(findings.get(1).path("id").asText() + "  mcp-agent-role deleted a bucket: another target, "
                        + "logs-b\n");
        Run any = except(findings.getFirst().path("id").asText(), "--any-target");
        assertThat(entries(any.out())).singleElement().returns("*", Entry::target);
        assertThat(any.err()).contains("3 steps and 3 events of 3 findings").doesNotContain("not have hidden");
    }

    @Test
    void otherAgentAndLaterEvents_areNamedAmongWhatIsNotHidden() throws Exception {
        configure(
                "agents: [{ name: coder, principals: [mcp-agent-role] }, { name: builder, principals: [builder] }]\n");
        trail(deletion("logs", "e1", "09:00:00").json(),
                EventBuilder.role("builder", "b").write("s3", "DeleteBucket").parameter("bucketName", "logs")
                        .at(DAY + "T09:00:00Z", "e2").json(),
                deletion("logs", "e3", "09:00:00").at("2026-12-02T00:00:00Z", "e3").json(),
                deletion("logs", "e4", "09:00:00").at("2026-12-01T23:59:59Z", "e4").json());
        String id = findings().stream().filter(finding -> finding.path("agent").asText().equals("coder")).findFirst()
                .orElseThrow().path("id").asText();
        Run run = except(id);
        assertThat(run.err()).contains("2 steps and 2 events of 2 findings")
                .contains("builder deleted a bucket: another agent\n")
                .contains("coder deleted a bucket: later than 2026-12-01\n");
    }

    @Test
    void furtherMediumSteps_getEntries_lowOnesAreLeft_asALoweredFinding() throws Exception {
        trail(attack("e1", "09:00:00").json(), deletion("logs", "e2", "09:01:00").json(),
                deletion("tmp", "e3", "09:02:00").error("AccessDenied", "Access Denied").json());
        JsonNode finding = findings().getFirst();
        assertThat(finding.path("signals")).hasSize(3);
        Run run = except(finding.path("id").asText());
        assertThat(entries(run.out())).extracting(Entry::target).containsExactly("mcp-agent-role", "logs");
        assertThat(run.err()).contains("  lowered  critical to low    ")
                .contains("left is destructive-action for s3:DeleteBucket on tmp; another target, tmp");
        configure("exceptions:\n" + run.out());
        assertThat(findings()).singleElement().satisfies(left -> {
            assertThat(left.path("severity").asText()).isEqualTo("low");
            assertThat(left.path("id")).isEqualTo(finding.path("id"));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "a\"b\\c", "x: y # z", "line\nbreak", "\u202Eevil", "\uD83D\uDE00", " edge ", "null",
            "\u001b[2Jclear"})
    void hostileTarget_isExcepted_andReachesTheTerminalDefused(String target) throws Exception {
        trail(deletion(target, "e1", "09:00:00").json(), deletion("another", "e2", "10:00:00").json());
        Run run = except(findings().getFirst().path("id").asText());
        assertThat(run.code()).isZero();
        assertThat(run.out() + run.err()).doesNotContain("\u001b").doesNotContain("\u202e");
        configure("exceptions:\n" + run.out());
        assertThat(findings()).singleElement()
                .satisfies(left -> assertThat(left.path("signals").path(0).path("target").asText())
                        .isEqualTo("another"));
    }

    @Test
    void prefixInAnyCase_isEnough() throws Exception {
        trail(attack("e1", "09:00:00").json());
        String id = onlyId();
        assertThat(except(id.substring(0, 6)).code()).isZero();
        assertThat(except(id.toUpperCase(java.util.Locale.ROOT)).code()).isZero();
        Run tooShort = except(id.substring(0, 5));
        assertThat(tooShort.code()).isEqualTo(2);
        assertThat(tooShort.err()).contains("at least 6 characters");
        assertThat(tooShort.out()).isEmpty();
    }

    @Test
    void prefixOfTwoFindings_isRefused_withBoth() throws Exception {
        // Sessions whose findings' ids begin alike: found by trying.
        trail(Stream.of("coder-2240", "coder-2571").map(session -> EventBuilder.role("mcp-agent-role", session).mcp()
                .write("s3", "DeleteBucket").parameter("bucketName", "logs").at(DAY + "T09:00:00Z", session).json())
                .toArray(String[]::new));
        List<String> ids = findings().stream().map(finding -> finding.path("id").asText()).toList();
        assertThat(ids).hasSize(2).allMatch(id -> id.startsWith("b259fe"));
        Run run = except("b259fe");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("begins the ids of 2 findings").contains(ids);
        assertThat(except(ids.getFirst().substring(0, 7)).code()).isZero();
    }

    @Test
    void fingerprint_meansTheLastFindingThatHasIt() throws Exception {
        trail(deletion("logs", "e1", "09:00:00").json(), deletion("logs", "e2", "10:00:00").json(),
                deletion("tmp", "e3", "10:01:00").json());
        List<JsonNode> findings = findings();
        assertThat(findings).extracting(finding -> finding.path("fingerprint").asText()).hasSize(2)
                .containsOnly(findings.getFirst().path("fingerprint").asText());
        Run run = except(findings.getFirst().path("fingerprint").asText());
        assertThat(run.err()).contains("2 findings have this fingerprint; the last of them counts: "
                + findings.getLast().path("id").asText()).contains("of 2 findings");
        assertThat(entries(run.out())).extracting(Entry::target).containsExactly("logs", "tmp");
    }

    @Test
    void unknownFinding_isToldWithTheNearest() throws Exception {
        trail(attack("e1", "09:00:00").json(), deletion("logs", "e2", "12:00:00").json());
        String id = findings().getLast().path("id").asText();
        String mistyped = id.substring(0, 4) + id.substring(5);
        Run run = except(mistyped);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(mistyped + " is none in this history; nearest are:\n  " + id);
    }

    @Test
    void historyWithoutFindings_saysSo() throws Exception {
        trail(EventBuilder.agent().json());
        Run run = except("0123456789abcdef");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("no finding in this history");
    }

    @Test
    void findingThatIsExceptedAlready_isToldAsThat() throws Exception {
        trail(attack("e1", "09:00:00").json());
        String id = onlyId();
        configure("exceptions:\n" + except(id).out());
        Run run = except(id);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(id + " is kept away by the configuration's exceptions already");
    }

    @Test
    void findingWithoutTime_cannotBeExcepted() throws Exception {
        trail(attack("e1", "09:00:00").with("eventTime", null).json());
        Run run = except(onlyId());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("its events have no time");
    }

    @ParameterizedTest
    @CsvSource({"2026-11-16, 2, before the finding's own day", "2026-11-17, 0, It holds to the end of 2026-11-17",
            "2027-02-15, 0, It holds to the end of 2027-02-15", "2027-02-16, 0, warning: it would hold for 91 days",
            "2027-11-17, 0, warning: it would hold for 365 days", "2027-11-18, 2, more than a year after the finding",
            "tomorrow, 2, is no date; write it like 2027-06-30", "2027-02-30, 2, is no date"})
    void until_liesWithinAYearOfTheFinding(String until, int code, String said) throws Exception {
        trail(attack("e1", "23:59:59").json());
        Run run = Run.of("except", onlyId(), "--until", until, "--reason", "r", folder.toString());
        assertThat(run.code()).isEqualTo(code);
        assertThat(run.err()).contains(said);
        assertThat(run.out().isEmpty()).isEqualTo(code == 2);
        assertThat(run.err().contains("would hold for")).isEqualTo(said.contains("would hold for"));
    }

    @Test
    void untilThatIsOver_isWarnedOf() throws Exception {
        trail(attack("e1", "09:00:00").at("2020-01-15T09:00:00Z", "e1").json());
        Run run = Run.of("except", onlyId(), "--until", "2020-01-31", "--reason", "r", folder.toString());
        assertThat(run.code()).isZero();
        assertThat(run.err()).contains("warning: 2020-01-31 is over");
    }

    @Test
    void exceptionsOfTheConfigurationThatFailTheFinding_areNamed() throws Exception {
        configure("""
                exceptions:
                  - { detector: iam-self-modification, until: 2026-10-31, reason: old }
                  - { detector: iam-self-modification, reason: endless }
                  - { detector: destructive-action, until: 2026-10-31, reason: another }
                """);
        trail(attack("e1", "09:00:00").json());
        Run run = except(onlyId());
        assertThat(run.err()).containsOnlyOnce("such an exception, which ran out on 2026-10-31")
                .containsOnlyOnce("such an exception without end, which silences nothing critical");
    }

    @Test
    void agentOption_underAnotherNameThanTheConfigurations_isWarnedOf() throws Exception {
        configure(CODER);
        trail(attack("e1", "09:00:00").json());
        String id = onlyId();
        assertThat(except(id, "--agent", "mcp-agent-role").err())
                .contains("warning: the configuration names this agent coder");
        assertThat(except(id).err()).doesNotContain("names this agent");
    }

    static Stream<Arguments> wrongUse() {
        return Stream.of(Arguments.of(List.of("except", "0123456", "--until", "2026-12-01", "events"), "--reason"),
                Arguments.of(List.of("except", "0123456", "--reason", "r", "events"), "--until"),
                Arguments.of(List.of("except", "0123456", "--until", "2026-12-01", "--reason", "r"), "PATH"),
                Arguments.of(List.of("except", "0123456", "--until", "2026-12-01", "--reason", " ", "events"),
                        "reason: must not be blank"),
                Arguments.of(List.of("except", "0123456", "--until", "2026-12-01", "--reason", "a\nb", "events"),
                        "must be one line without control characters"),
                Arguments.of(List.of("except", "0123456", "--until", "2026-12-01", "--reason", "r", "-"),
                        "needs files"),
                Arguments.of(List.of("except", "0123456", "--until", "2026-12-01", "--reason", "r", "no-such-file"),
                        "no-such-file does not exist"),
                Arguments.of(List.of("except", "0123456", "--until", "2026-12-01", "--reason", "r", "--agent",
                        "arn:aws:s3:::bucket", "events"), "--agent"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongUse(List<String> args, String message) {
        Run run = Run.of(args.toArray(String[]::new));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void configurationThatIsNoUtf8_isAFault() throws Exception {
        trail(attack("e1", "09:00:00").json());
        Files.write(folder.resolve("trailsentry.yaml"), CODER.getBytes(StandardCharsets.UTF_16));
        Run run = except("0123456");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("trailsentry.yaml: 1 fault\nline 1: byte 1 of the file is no UTF-8");
    }

    @Test
    void unreadableInput_endsWith1_andTheEntryIsPrinted() throws Exception {
        trail(attack("e1", "09:00:00").json(), "{broken");
        Run run = except(onlyId());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).startsWith("  - detector: ");
        assertThat(run.err()).containsOnlyOnce("not read: ");
    }

    @Test
    void reason_withQuotesAndUmlauts_isReadBack() throws Exception {
        trail(attack("e1", "09:00:00").json());
        String reason = "n\u00e4chtlich \"clean-up\": #42 \\o/ \u202e";
        Run run = Run.of("except", onlyId(), "--until", "2026-12-01", "--reason", reason, folder.toString());
        assertThat(entries(run.out())).singleElement().returns(reason, Entry::reason);
        assertThat(run.out()).contains("n\u00e4chtlich").doesNotContain("\u202e");
    }
}
