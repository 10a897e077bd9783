package io.trailsentry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.testing.Golden;
import io.trailsentry.testing.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {
    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final Instant NIGHT = Instant.parse("2026-11-17T01:00:00Z");
    private static final String CODER = """
            agents:
              - name: coder
                principals: [mcp-agent-role]
                regions: [eu-central-1, us-east-1]
                hours: { zone: Europe/Berlin, days: MON-FRI, from: "08:00", to: "18:00" }
                channel: mcp
                assumable-roles: []
            """;

    @TempDir
    private Path temporary = Path.of("");
    private Path folder = Path.of("");

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectories(temporary.resolve("trail"));
    }

    private void configure(String yaml) throws IOException {
        Files.writeString(folder.resolve("trailsentry.yaml"), yaml);
    }

    private void trail(String lines) throws IOException {
        Files.writeString(folder.resolve("trail.jsonl"), lines);
    }

    private Run explain(String event, String... options) {
        List<String> args = new ArrayList<>(List.of("explain", event));
        args.addAll(List.of(options));
        args.add(folder.toString());
        return Run.of(args.toArray(String[]::new));
    }

    private JsonNode json(String event, String... options) throws JsonProcessingException {
        List<String> all = new ArrayList<>(List.of("--format", "json"));
        all.addAll(List.of(options));
        Run run = explain(event, all.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return JSON.readTree(run.out());
    }

    private static JsonNode opinion(JsonNode explanation, String detector) {
        return StreamSupport.stream(explanation.at("/agents/0/detectors").spliterator(), false)
                .filter(opinion -> opinion.path("detector").asText().equals(detector)).findFirst().orElseThrow();
    }

    private static String silent(JsonNode explanation, String detector) {
        JsonNode opinion = opinion(explanation, detector);
        assertThat(opinion.path("score").isNull()).as(opinion.toString()).isTrue();
        return opinion.path("reason").asText();
    }

    /// The line that an opinion names, and the text of the configuration there.
    private String line(JsonNode opinion) throws IOException {
        int line = opinion.at("/change/line").asInt();
        return line == 0
                ? "add " + opinion.at("/change/key").asText()
                : Files.readAllLines(folder.resolve("trailsentry.yaml")).get(line - 1).strip();
    }

    @Test
    void attack_readsAsReviewed_whateverTheOrderAndDoubling() throws IOException {
        configure(CODER);
        Workload weeks = Workload.withAttack();
        trail(weeks.lines());
        Run text = explain(weeks.lastId());
        assertThat(text.code()).isZero();
        Golden.reads("explain.txt", text.out());
        Golden.reads("explain.json", JSON.writeValueAsString(json(weeks.lastId())) + "\n");
        trail(weeks.shuffledTwice());
        assertThat(explain(weeks.lastId()).out()).isEqualTo(text.out());
    }

    @Test
    void modesAndExceptions_areNamed_withTheirLines() throws Exception {
        configure(CODER + """
                detectors:
                  iam-self-modification: { mode: dry-run }
                  off-hours-burst:
                    mode: off
                exceptions:
                  - { detector: privilege-escalation, agent: nobody, reason: other }
                  - { detector: unusual-region, agent: coder, target: "ap-*", until: 2026-12-31, reason: moving }
                """);
        Workload weeks = Workload.withAttack();
        trail(weeks.lines());
        JsonNode policy = json(weeks.lastId());
        assertThat(opinion(policy, "iam-self-modification").path("reason").asText()).contains("dry-run");
        assertThat(line(opinion(policy, "iam-self-modification"))).startsWith("iam-self-modification: {");
        assertThat(silent(policy, "off-hours-burst")).isEqualTo("off");
        assertThat(line(opinion(policy, "off-hours-burst"))).isEqualTo("mode: off");
        assertThat(policy.at("/agents/0/findings/0/told")).hasSize(1);

        JsonNode read = json("e0001200");
        assertThat(silent(read, "unusual-region")).startsWith("excepted: moving, until 2026-12-31; else 40, read in");
        assertThat(line(opinion(read, "unusual-region"))).startsWith("- { detector: unusual-region");
    }

    @Test
    void exceptionThatRanOut_isNamed_besideTheScore() throws Exception {
        configure(CODER + "exceptions:\n"
                + "  - { detector: unusual-region, target: ap-southeast-3, until: 2026-10-01, reason: moving }\n");
        trail(Workload.withAttack().lines());
        JsonNode read = json("e0001200");
        assertThat(opinion(read, "unusual-region").path("score").asInt()).isEqualTo(40);
        assertThat(opinion(read, "unusual-region").path("reason").asText())
                .endsWith("an exception ran out on 2026-10-01");
        assertThat(line(opinion(read, "unusual-region"))).startsWith("- { detector: unusual-region");
    }

    @Test
    void callsBelowAThreshold_areToldWithBothNumbers() throws Exception {
        configure(CODER + "detectors: { off-hours-burst: { calls: 25 } }\n");
        trail(new Workload(1).burst(NIGHT, 12, 10, "eu-central-1").burst(NIGHT.plusSeconds(600), 9, 10, "eu-central-1")
                .lines());
        JsonNode call = json("e0000003");
        assertThat(silent(call, "off-hours-burst"))
                .isEqualTo("most in one window around it: 12 of 25 calls in 5 min");
        assertThat(line(opinion(call, "off-hours-burst"))).startsWith("detectors: {");
        assertThat(silent(call, "denied-burst")).contains("1 of 5 regions in 1 min");
        assertThat(opinion(call, "denied-burst").at("/change/key").asText())
                .isEqualTo("detectors.denied-burst.regions");
        assertThat(call.at("/agents/0/findings")).isEmpty();
        assertThat(explain("e0000003").out()).contains("story     none: nothing of 20 or more is left");
    }

    @Test
    void whatIsLeftOut_isNamedAsTheKeyToAdd() throws Exception {
        trail(new Workload(1).burst(NIGHT, 3, 10, "eu-central-1").lines());
        JsonNode call = json("e0000001", "--agent", "mcp-*");
        assertThat(call.at("/agents/0/because").asText()).isEqualTo("--agent mcp-* means it");
        assertThat(silent(call, "unusual-region")).isEqualTo(
                "not new: region eu-central-1 was seen within 90 days before, last 2026-11-17T01:00:00Z");
        assertThat(silent(call, "off-hours-burst")).isEqualTo("no hours are set for it, and too little is learned");
        assertThat(call.at("/agents/0/history").asText())
                .isEqualTo("before it 1 day, 1 call, 2026-11-17; still learning: 0 of 7 days, 0 of 200 calls");
        assertThat(json("e0000001").at("/agents/0/because").asText())
                .isEqualTo("mcp-agent-role is watched where no agent is configured");
    }

    @Test
    void takingDownWhatItPutUp_isNotNew_andSaysSinceWhen() throws Exception {
        trail(new Workload(1)
                .add(EventBuilder.agent().write("s3", "CreateBucket").parameter("bucketName", "mine"), NIGHT)
                .add(EventBuilder.agent().write("s3", "DeleteBucket").parameter("bucketName", "mine"),
                        NIGHT.plusSeconds(3_600))
                .lines());
        assertThat(silent(json("e0000001"), "destructive-action")).isEqualTo(
                "not new: created mine was seen within 90 days before, last 2026-11-17T01:00:00Z");
    }

    @Test
    void borrowedRole_isTheAgentsDoing_andSaysSo() throws Exception {
        configure(CODER);
        trail(new Workload(1)
                .add(EventBuilder.agent().write("sts", "AssumeRole")
                        .parameter("roleArn", "arn:aws:iam::111122223333:role/admin")
                        .with("responseElements", Map.of("credentials", Map.of("accessKeyId", "ASIABORROWED"))), NIGHT)
                .add(EventBuilder.role("admin", "s").identity("accessKeyId", "ASIABORROWED")
                        .write("s3", "DeleteBucket").parameter("bucketName", "theirs"), NIGHT.plusSeconds(60))
                .lines());
        JsonNode call = json("e0000001");
        assertThat(call.at("/agents/0/because").asText()).isEqualTo("agents[0].principals[0], trailsentry.yaml:3, "
                + "mcp-agent-role means it; it assumed arn:aws:iam::111122223333:role/admin, whose session this is");
        assertThat(opinion(call, "destructive-action").path("score").asInt()).isGreaterThanOrEqualTo(20);
        assertThat(call.at("/agents/0/history").asText()).startsWith("before it 1 day, 1 call");
        JsonNode assume = json("e0000000");
        assertThat(line(opinion(assume, "privilege-escalation"))).isEqualTo("assumable-roles: []");
    }

    @Test
    void somebodyElsesChange_isToldOfTheVictim() throws Exception {
        configure(CODER);
        trail(new Workload(1)
                .add(EventBuilder.user("mallory").write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role")
                        .parameter("policyName", "x"), NIGHT)
                .lines());
        JsonNode change = json("e0000000");
        assertThat(change.at("/agents/0/because").asText())
                .isEqualTo("somebody else, arn:aws:iam::111122223333:user/mallory, changed its perimeter");
        assertThat(change.at("/agents/0/detectors")).singleElement()
                .returns("perimeter-change", opinion -> opinion.path("detector").asText());
        assertThat(change.at("/agents/0/findings/0/part").asBoolean()).isTrue();
    }

    @Test
    void anybodysChangeOfATrail_isToldOfWhoMadeIt() throws Exception {
        configure(CODER);
        trail(new Workload(1).add(EventBuilder.user("mallory").write("cloudtrail", "StopLogging").parameter("name",
                "main"), NIGHT).lines());
        JsonNode change = json("e0000000");
        assertThat(change.at("/agents/0/because").asText())
                .isEqualTo("it is on no roster, but changed what watches agents");
        assertThat(change.at("/agents/0/detectors")).singleElement()
                .returns("audit-tampering", opinion -> opinion.path("detector").asText());
        assertThat(change.at("/agents/0/findings/0/part").asBoolean()).isTrue();
    }

    @Test
    void nobodysCall_saysWhy_andWhatWouldChangeThat() throws Exception {
        configure(CODER);
        trail(new Workload(1).add(EventBuilder.role("builder", "s"), NIGHT)
                .add(EventBuilder.agent().identity("type", "AWSService").identity("arn", null)
                        .identity("sessionContext", null).identity("invokedBy", "config.amazonaws.com"), NIGHT)
                .lines());
        JsonNode builder = json("e0000000");
        assertThat(builder.path("nobody").asText()).contains("role/builder is on no roster, and the call came by sdk");
        assertThat(builder.path("agents")).isEmpty();
        assertThat(line(builder)).isEqualTo("agents:");
        assertThat(json("e0000001").path("nobody").asText())
                .isEqualTo("nobody's: the AWS service config.amazonaws.com acted for itself");
        assertThat(explain("e0000000").out()).contains("whose     nobody's: ")
                .contains("change    trailsentry.yaml:1 agents: list arn:aws:iam::111122223333:role/builder\n");
    }

    @Test
    void fileWithOneEvent_isExplained_aloneAndInAHistory() throws IOException {
        configure(CODER);
        Path event = Files.writeString(temporary.resolve("one.json"),
                EventBuilder.agent().call("s3", "ListBuckets").at("2026-11-30T10:00:00Z", "x").json());
        assertThat(Run.of("explain", event.toString())).returns(0, Run::code)
                .returns(true, run -> run.out().contains("history   before it no calls"));
        trail(Workload.withAttack().lines());
        assertThat(explain(event.toString()).out()).contains("25 days, 1,241 calls");
    }

    @Test
    void hostileText_isMadeVisible() throws IOException {
        configure(CODER);
        trail(EventBuilder.agent().call("s3\u001b[2J\u202e", "List\nBuckets").in("eu\u0007")
                .at("2026-11-30T10:00:00Z", "evil\u001b[31m").json());
        for (String format : List.of("text", "json")) {
            Run run = explain("evil\u001b[31m", "--format", format);
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.out().codePoints().filter(c -> c != '\n' && (Character.isISOControl(c) || c == 0x202e)))
                    .isEmpty();
        }
    }

    @Test
    void exitCodes_areTheContracts() throws IOException {
        assertThat(Run.of("explain").code()).isEqualTo(2);
        assertThat(Run.of("explain", "no-such-event").code()).isEqualTo(2);
        trail(EventBuilder.agent().at("2026-11-30T10:00:00Z", "e1").json() + "\n{\"eventSource\": \n"
                + EventBuilder.agent().at("2026-11-30T10:00:00Z", "e2").json() + "\n");
        assertThat(explain("e3")).returns(2, Run::code)
                .returns(true, run -> run.err().contains("EVENT: there is no event e3 in PATH"));
        assertThat(explain("e1").code()).isEqualTo(1);
        assertThat(Run.of("explain", folder.resolve("trail.jsonl").toString())).returns(2, Run::code)
                .returns(true, run -> run.err().contains("holds 2 events"));
        assertThat(Run.of("explain", "e1", "-").code()).isEqualTo(2);
        assertThat(Run.of("explain", "e1", "no/such/folder").code()).isEqualTo(2);
    }
}
