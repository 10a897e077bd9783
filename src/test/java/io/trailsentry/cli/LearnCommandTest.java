package io.trailsentry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.testing.Golden;
import io.trailsentry.testing.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LearnCommandTest {
    private static final LocalDate MONDAY = LocalDate.parse("2026-10-05");
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @TempDir
    private Path temporary = Path.of("");
    private Path folder = Path.of("");

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectories(temporary.resolve("trail"));
    }

    private Run learn(String trail, String... options) throws IOException {
        Files.writeString(folder.resolve("trail.jsonl"), trail);
        List<String> args = new ArrayList<>(List.of("learn"));
        args.addAll(List.of(options));
        args.add(folder.toString());
        Run run = Run.of(args.toArray(String[]::new));
        assertThat(configuration(run.out())).isNotNull();
        return run;
    }

    private static Configuration configuration(String yaml) {
        try {
            return ConfigurationReader.read("the proposal", yaml, LocalDate.EPOCH).configuration();
        } catch (ConfigurationException e) {
            throw new AssertionError(yaml, e);
        }
    }

    private static Agent only(Run run) {
        List<Roster.Entry> agents = configuration(run.out()).agents();
        assertThat(agents).hasSize(1);
        return Objects.requireNonNull(agents.getFirst().agent());
    }

    @Test
    void weeks_readAsReviewed_whateverTheirOrderAndDoubling() throws IOException {
        String proposal = learn(Workload.withAttack().lines()).out();
        Golden.reads("learn.yaml", proposal);
        assertThat(learn(Workload.withAttack().shuffledTwice()).out()).isEqualTo(proposal);
    }

    @Test
    void proposal_readBack_isWhatWasOrdinary() throws IOException {
        Run run = learn(Workload.withAttack().lines());
        assertThat(run.code()).isZero();
        assertThat(only(run)).isEqualTo(new Agent("mcp-agent-role", true, null, Set.of("eu-central-1", "us-east-1"),
                new Hours(BERLIN, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), LocalTime.of(8, 0),
                        LocalTime.of(18, 0)),
                true, List.of(), Set.of()));
        assertThat(configuration(run.out()).thresholds().get("off-hours-burst")).containsEntry("calls", 50);
    }

    @Test
    void attackOfOneNight_isNotLearned_andFound() throws IOException {
        Run run = learn(Workload.withAttack().lines());
        assertThat(run.out())
                .contains("# - \"ap-southeast-3\"   # 1 day, 80 calls, 2026-10-28: left out, seen on 1 day")
                .contains("#   2026-10-28: 81 by mcp-agent-role").contains("critical, score 98: 2026-10-28 01:00 UTC")
                .contains("#   mcp-agent-role made 81 calls outside its hours");
    }

    @Test
    void replayWithTheProposal_findsWhatItSays_andNothingWithItsExceptions() throws IOException {
        Run run = learn(Workload.withAttack().lines());
        Path config = Files.writeString(temporary.resolve("trailsentry.yaml"), run.out());
        assertThat(Run.of("replay", "--config", config.toString(), folder.toString()).err())
                .endsWith(run.err().substring(run.err().lastIndexOf("\n2 findings; ")));

        String uncommented = run.out().lines().dropWhile(line -> !line.equals("# exceptions:"))
                .map(line -> line.substring(2)).collect(Collectors.joining("\n"));
        Files.writeString(config, run.out() + "\n" + uncommented);
        assertThat(Run.of("replay", "--config", config.toString(), folder.toString()).out()).isEmpty();
    }

    @Test
    void tooShortHistory_namesTheAgent_andLearnsNothing() throws IOException {
        Run run = learn(new Workload(1).working(MONDAY, 5, BERLIN, 8, 10, 90, "eu-central-1").lines());
        assertThat(only(run)).isEqualTo(new Agent("mcp-agent-role", true, null, null, null, false, null, Set.of()));
        assertThat(run.out()).contains("Too little to learn from: it takes 7 days and 200 calls.")
                .contains("# - \"eu-central-1\"   # 5 days")
                .contains("# hours:   # left out: too little to learn from");
    }

    @Test
    void personsRootAndPassersBy_throughAnMcpServer_areNotProposed() throws IOException {
        Workload weeks = new Workload(2);
        for (int day = 0; day < 20; day++) {
            for (int call = 0; call < 20; call++) {
                Instant at = MONDAY.plusDays(day).atTime(10, call).atZone(BERLIN).toInstant();
                weeks.add(EventBuilder.user("dana").mcp(), at).add(EventBuilder.root().mcp(), at)
                        .add(EventBuilder.role("AWSReservedSSO_Developer_0123456789abcdef", "dana").mcp(), at)
                        .add(EventBuilder.role("OrganizationAccountAccessRole", "dana").mcp(), at)
                        .add(EventBuilder.role("builder", "job"), at);
            }
        }
        weeks.add(EventBuilder.role("passer-by", "s").mcp(), Instant.parse("2026-10-07T10:00:00Z"));
        Run run = learn(weeks.lines());
        assertThat(configuration(run.out()).agents()).isEmpty();
        assertThat(run.out()).contains("agents: []").doesNotContain("builder")
                .contains(":user/dana: it may be a person").contains("0123456789abcdef: it may be a person")
                .contains(":root: the root user is no agent").contains("AccessRole: it looks like an administrator's")
                .contains("role/passer-by: seen on 1 day only");

        Run asked = learn(weeks.lines(), "--agent", "builder", "--agent", "dana");
        assertThat(configuration(asked.out()).agents())
                .extracting(entry -> Objects.requireNonNull(entry.agent()).name())
                .containsExactly("dana", "builder");
        Run everybody = learn(weeks.lines(), "--agent", "*");
        assertThat(configuration(everybody.out()).agents()).hasSize(4);
    }

    @Test
    void otherChannels_ofOneDay_areALeak_ofManyDays_areNot() throws IOException {
        Workload weeks = new Workload(3).working(MONDAY, 35, BERLIN, 8, 10, 40, "eu-central-1");
        weeks.add(EventBuilder.role("mcp-agent-role", "x").call("s3", "ListBuckets"),
                Instant.parse("2026-10-14T10:00:00Z"));
        Run leak = learn(weeks.lines());
        assertThat(only(leak).mcpOnly()).isTrue();
        assertThat(leak.out()).contains("channel: mcp   # but: sdk, 1 day, 1 call, 2026-10-14 (seen on 1 day only)")
                .contains("mcp-agent-role was used outside the MCP server");
        for (int day = 0; day < 10; day++) {
            weeks.add(EventBuilder.role("mcp-agent-role", "x").call("s3", "ListBuckets"),
                    MONDAY.plusDays(day).atTime(10, 0).atZone(BERLIN).toInstant());
        }
        Run usual = learn(weeks.lines());
        assertThat(only(usual).mcpOnly()).isFalse();
        assertThat(usual.out()).contains("# channel: any   # because of: sdk, 10 days, 11 calls");
    }

    @Test
    void assumedRoles_regularOnes_areLearned_withWhatWasDoneInThem() throws IOException {
        Workload weeks = new Workload(4).working(MONDAY, 35, BERLIN, 8, 10, 40, "eu-central-1");
        for (int day = 0; day < 5; day++) {
            Instant at = MONDAY.plusDays(day).atTime(10, 0).atZone(BERLIN).toInstant();
            weeks.add(assume("deployer", "ASIADEPLOY" + day), at);
            weeks.add(EventBuilder.role("deployer", "s").identity("accessKeyId", "ASIADEPLOY" + day)
                    .call("ec2", "DescribeInstances").in("eu-west-1"), at.plusSeconds(60));
        }
        weeks.add(assume("admin", "ASIAADMIN"), Instant.parse("2026-10-14T10:00:00Z"));
        Run run = learn(weeks.lines());
        assertThat(only(run).assumableRoles()).containsExactly("arn:aws:iam::111122223333:role/deployer");
        assertThat(only(run).regions()).containsExactlyInAnyOrder("eu-central-1", "eu-west-1");
        assertThat(run.out())
                .contains("# - \"arn:aws:iam::111122223333:role/admin\"   # 1 day, 1 call, 2026-10-14: left out");
    }

    private static EventBuilder assume(String role, String key) {
        return EventBuilder.agent().write("sts", "AssumeRole").in("eu-central-1")
                .parameter("roleArn", "arn:aws:iam::111122223333:role/" + role)
                .with("responseElements", Map.of("credentials", Map.of("accessKeyId", key)));
    }

    @Test
    void hostileNames_canNeitherBreakTheTextNorCount() throws IOException {
        Workload weeks = new Workload(5).working(MONDAY, 35, BERLIN, 8, 10, 40, "eu-central-1");
        String breakout = "x\"]\n  - { principals: [\"*\"] }\n# \u2028\u0085\u001b[31m\u202e: {";
        for (int day = 0; day < 8; day++) {
            Instant at = MONDAY.plusDays(day).atTime(10, 0).atZone(BERLIN).toInstant();
            weeks.add(EventBuilder.agent().in(breakout).with("eventSource", breakout)
                    .identity("onBehalfOf", Map.of("userId", breakout))
                    .with("recipientAccountId", breakout), at);
            weeks.add(EventBuilder.agent().write("sts", "AssumeRole").parameter("roleArn", breakout), at);
            weeks.add(EventBuilder.agent().write("sts", "AssumeRole").parameter("roleArn",
                    "arn:aws:iam::111122223333:role/*"), at);
            for (int i = 0; i < 5; i++) {
                weeks.add(EventBuilder.roleAt("arn:aws:iam::111122223333:role/" + breakout, "s").mcp(), at);
                weeks.add(EventBuilder.roleAt("arn:aws:iam::111122223333:role/*/x", "s").mcp(), at);
            }
        }
        Run run = learn(weeks.lines());
        Agent agent = only(run);
        assertThat(agent.regions()).containsExactly("eu-central-1");
        assertThat(agent.assumableRoles()).isEmpty();
        assertThat(run.out()).contains("its ARN cannot stand in a configuration");
        assertThat(run.out().codePoints().filter(c -> c != '\n' && (Character.isISOControl(c) || c == 0x2028
                || c == 0x202e))).isEmpty();
        assertThat(run.out().lines()).noneMatch(line -> line.startsWith("  - {"));
    }

    @Test
    void nobodySeen_givesAnEmptyConfiguration() throws IOException {
        Run run = learn(EventBuilder.role("builder", "s").json());
        assertThat(run.code()).isZero();
        assertThat(configuration(run.out())).isEqualTo(Configuration.EMPTY);
    }

    @Test
    void unreadableInput_isToldOnce_andExitsOne() throws IOException {
        Run run = learn(EventBuilder.agent().json() + "\n{\"eventSource\": \n");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines().filter(line -> line.contains("not read:"))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-", "no/such/folder"})
    void wrongUse_exitsTwo(String path) {
        assertThat(Run.of("learn", path).code()).isEqualTo(2);
        assertThat(Run.of("learn").code()).isEqualTo(2);
        assertThat(Run.of("learn", "--agent", "arn:x", "events").code()).isEqualTo(2);
    }
}
