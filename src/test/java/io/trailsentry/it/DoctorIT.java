package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.posture.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.cloudtrail.model.ReadWriteType;

/// `doctor` as it is shipped, against accounts over AWS's own protocols.
@RequiresAws
class DoctorIT {
    /// What no emulator tells, and why.
    private static final Map<String, String> NOT_TOLD = Map.of(
            "agent-seen", "nobody used the roles, and nothing of them is remembered",
            "agent-silent", "two weeks of calls are not there to learn from",
            "unused-services", "the roles were made a moment ago, and IAM is asked from the 90th day on");
    private static final String HEARD = """
            {"MetricDataResults":[{"Id":"r0","StatusCode":"Complete","Values":[8.0]},
            {"Id":"r1","StatusCode":"Complete","Values":[8.0]}]}""";
    private static final Pattern LINE = Pattern.compile("(ok|warning|failure|cannot tell) +([a-z-]+) +(.*)");

    private final AwsBackend aws;
    private final AwsRouter router;

    DoctorIT(AwsBackend aws) {
        this.aws = aws;
        this.router = AwsRouter.to(aws.endpoint());
    }

    @AfterEach
    void close() {
        router.close();
    }

    private AuditedAccount account(String id) {
        AuditedAccount account = new AuditedAccount(aws, id, List.of("coder", "analyst"));
        account.boundedRole("coder");
        return account;
    }

    private static String roster(String... names) {
        StringBuilder yaml = new StringBuilder("agents:\n");
        for (String name : names) {
            yaml.append("  - name: ").append(name).append("\n    principals: [").append(name).append("]\n");
        }
        return yaml.toString();
    }

    private CommandLineProgram doctor(AuditedAccount account, String... options) {
        return CommandLineProgram.run(router.endpoint(), account.environment(),
                Stream.concat(Stream.of("doctor"), Stream.of(options)).toArray(String[]::new));
    }

    private static List<JsonNode> checks(CommandLineProgram run) {
        try {
            List<JsonNode> checks = new ArrayList<>();
            new JsonMapper().readTree(run.output()).path("checks").forEach(checks::add);
            return checks;
        } catch (JsonProcessingException e) {
            throw new AssertionError(run.output(), e);
        }
    }

    /// What is not ok of what can be told: verdict, rule and what is said.
    private static List<String> faults(List<JsonNode> checks) {
        return checks.stream()
                .filter(check -> !check.path("verdict").asText().equals("ok")
                        && !NOT_TOLD.containsKey(check.path("rule").asText()))
                .map(check -> check.path("verdict").asText() + " " + check.path("rule").asText() + ": "
                        + check.path("agent").asText().replaceFirst("account \\d+", "account") + " "
                        + check.path("said").asText())
                .toList();
    }

    @Test
    void halfConfiguredAccount_everyPlantedFaultIsNamed_andNoOther() {
        AuditedAccount account = account("434343434301");
        account.administrator("analyst");
        account.configure(roster("coder", "analyst", "gone"));
        account.logTrail(ReadWriteType.WRITE_ONLY);
        account.putRule(AuditedAccount.AWAY, "trailsentry-forward-monitor-changes", "DISABLED");
        account.putRule(AuditedAccount.HOME, "trailsentry-agent-calls", "ENABLED");
        account.loseDeadLetters();
        account.expire(false);
        account.unsubscribe("trailsentry-alerts");
        account.stopReading();
        account.trustEverybody("coder");
        account.putPolicy("coder", "logs", "logs:*");

        CommandLineProgram run = doctor(account, "--format", "json");

        assertThat(run.code()).as(run.output()).isEqualTo(3);
        List<JsonNode> checks = checks(run);
        assertThat(faults(checks)).containsExactlyInAnyOrder(
                "failure trail-management-events: account does not record read-only calls in eu-west-2, us-east-1",
                "failure rule-state: account has rule trailsentry-forward-monitor-changes in the state DISABLED in "
                        + "eu-west-2",
                "failure rule-state: account has rule trailsentry-agent-calls in the state ENABLED in us-east-1",
                // No canary ever called here.
                "failure region-delivers: account gets no events from any watched Region",
                "failure queues: account has queue trailsentry-events without its dead-letter queue",
                "warning dead-letters: account has lost events in trailsentry-dead-letters: about 1",
                "failure function: account has the event source mapping of trailsentry-events in the state Disabled",
                "failure subscriptions: account has nobody subscribed to trailsentry-alerts",
                "warning table: account has table trailsentry-memory that forgets nothing",
                "failure agent-matched: account has no rule that delivers the calls of gone",
                "warning perimeter: gone is neither a role nor a user of this account",
                "failure has-boundary: analyst has no permissions boundary",
                "failure no-administrator: analyst may do everything",
                // What follows from that: a role that may do everything reaches every bucket and table.
                "warning data-events: analyst can reach what has no data events: bucket trails-434343434301, table "
                        + "trailsentry-memory",
                "failure no-destructive: coder may logs:* everywhere, so logs:DeleteDelivery, "
                        + "logs:DeleteDeliveryDestination, logs:DeleteDeliverySource and 16 more",
                "failure trust: coder trusts everybody", "unknown as-reviewed: analyst has not been reviewed",
                "unknown as-reviewed: coder has not been reviewed");
        assertThat(checks.stream().filter(check -> NOT_TOLD.containsKey(check.path("rule").asText())))
                .allMatch(check -> check.path("verdict").asText().equals("unknown"))
                .extracting(check -> check.path("rule").asText())
                .containsOnly(NOT_TOLD.keySet().toArray(String[]::new));
        assertThat(checks).allSatisfy(check -> {
            boolean well = check.path("verdict").asText().equals("ok");
            assertThat(check.path("reason").asText().isEmpty()).as(check.toString()).isEqualTo(well);
        });
        assertThat(run.output()).doesNotContain(AuditedAccount.SECRETS);
    }

    @Test
    void text_saysTheSameAsJson_andEveryRuleIsThere() {
        AuditedAccount account = account("434343434302");
        account.configure(roster("coder"));
        List<JsonNode> checks = checks(doctor(account, "--format", "json"));

        CommandLineProgram run = doctor(account);

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.output().lines().map(LINE::matcher).filter(Matcher::matches)
                .map(line -> line.group(1).replace("cannot tell", "unknown") + " " + line.group(2) + " "
                        + line.group(3)))
                .containsExactlyElementsOf(checks.stream().map(check -> check.path("verdict").asText() + " "
                        + check.path("rule").asText() + " " + check.path("agent").asText() + " "
                        + check.path("said").asText()).toList());
        Set<String> told = new TreeSet<>(checks.stream().map(check -> check.path("rule").asText()).toList());
        assertThat(Stream.of(Rule.values()).map(Rule::id).filter(rule -> !told.contains(rule)))
                .as("perimeter speaks of faults only, no key was given, and nobody told environments")
                .containsExactlyInAnyOrder("perimeter", "key", "environments");
        assertThat(run.output()).doesNotContain(AuditedAccount.SECRETS);
    }

    @Test
    void wellAccount_exitsWith0_andWith1WhereAwsRefusesToTell() {
        AuditedAccount account = account("434343434303");
        account.configure(roster("coder"));
        router.failUntilHealed(new Fault.Document(HEARD), call -> call.is("monitoring", "GetMetricData"));

        CommandLineProgram well = doctor(account);
        router.failUntilHealed(new Fault.Refusal("AccessDenied", "not allowed"),
                call -> call.is("sns", "ListSubscriptionsByTopic"));
        CommandLineProgram refused = doctor(account);

        assertThat(well.code()).as(well.output()).isZero();
        assertThat(well.output()).contains("ok          region-delivers          account 434343434303 gets events "
                + "from 2 Regions");
        assertThat(refused.code()).as(refused.output()).isEqualTo(1);
        assertThat(refused.output()).contains("AccessDenied: not allowed", "Allow sns:ListSubscriptionsByTopic");
    }

    @Test
    void doctor_changesNothing() {
        AuditedAccount account = account("434343434304");
        account.configure(roster("coder"));

        doctor(account);

        assertThat(router.calls()).isNotEmpty().extracting(Call::action)
                .allMatch(action -> action.matches("(Get|List|Describe|BatchGet|Query).*|GET|HEAD|"
                        + "GenerateServiceLastAccessedDetails"));
    }

    @Test
    void withoutCredentials_withoutRegion_orWithAnUnusableConfiguration_nothingIsBegun() {
        CommandLineProgram nobody = CommandLineProgram.run(router.endpoint(),
                Map.of("AWS_ACCESS_KEY_ID", "", "AWS_SECRET_ACCESS_KEY", "", "AWS_REGION", "us-east-1"), "doctor");
        CommandLineProgram nowhere = CommandLineProgram.run(router.endpoint(), Map.of(), "doctor");
        AuditedAccount account = account("434343434305");
        account.configure("agents: 7\n");
        CommandLineProgram unusable = doctor(account);

        assertThat(nobody.code()).as(nobody.output()).isEqualTo(2);
        assertThat(nobody.output()).contains("trailsentry: ").contains("credentials").hasLineCount(1);
        assertThat(nowhere.code()).isEqualTo(2);
        assertThat(nowhere.output()).contains("no Region is known").hasLineCount(1);
        assertThat(unusable.code()).isEqualTo(2);
        assertThat(unusable.output()).contains("ssm:/trailsentry/config", "agents");
    }
}
