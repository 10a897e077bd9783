package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Containment;
import io.trailsentry.agent.Principal.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs the commands in a real shell in which `aws` only writes down what it was called with.
class NextStepsTest {
    private static final Path SHELL = Path.of("/bin/sh");

    @Test
    void role_isLookedAtDeniedAndRevoked() {
        List<NextStep> steps = NextSteps.of(Draft.selfModification().finding());

        assertThat(steps).hasSize(3);
        assertThat(run(steps.get(0))).containsExactly("cloudtrail", "lookup-events", "--region", "us-east-1",
                "--lookup-attributes", "AttributeKey=Username,AttributeValue=\"coder-session-7f3c\"", "--start-time",
                "2026-11-21T09:59:03Z", "--query", "Events[].[EventTime,EventSource,EventName,EventId]", "--output",
                "table");
        assertThat(steps.get(0).undo()).isEmpty();
        assertThat(run(steps.get(1))).containsExactly("iam", "put-role-policy", "--role-name", "mcp-agent-role",
                "--policy-name", "trailsentry-contain", "--policy-document", Containment.denial(null, null));
        assertThat(run(steps.get(1).undo())).containsExactly("iam", "delete-role-policy", "--role-name",
                "mcp-agent-role", "--policy-name", "trailsentry-contain");
        List<String> revocation = run(steps.get(2));
        assertThat(revocation).startsWith("iam", "put-role-policy", "--role-name", "mcp-agent-role", "--policy-name",
                "AWSRevokeOlderSessions", "--policy-document");
        assertThat(json(revocation.getLast()).at("/Statement/0/Condition/DateLessThan/aws:TokenIssueTime").asText())
                .matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    }

    @Test
    void manyCallsOfARole_areLookedForByItsSessionsArn() {
        List<NextStep> steps = NextSteps.of(Draft.offHoursBurst().finding());

        assertThat(run(steps.getFirst())).containsExactly("cloudtrail", "lookup-events", "--region", "eu-central-1",
                "--start-time", "2026-11-21T00:47:10Z", "--end-time", "2026-11-21T01:24:44Z", "--query",
                "Events[?contains(CloudTrailEvent,'assumed-role/mcp-agent-role/')]"
                        + ".[EventTime,Username,EventSource,EventName]",
                "--output", "table");
    }

    @Test
    void manyCallsOfAUser_areLookedForByItsName() {
        Draft draft = Draft.offHoursBurst();
        draft.kind = Kind.USER;
        draft.principalName = "dana";

        assertThat(run(NextSteps.of(draft.finding()).getFirst())).contains(
                "AttributeKey=Username,AttributeValue=\"dana\"", "--start-time", "2026-11-21T00:47:10Z", "--end-time",
                "2026-11-21T01:24:44Z");
    }

    @Test
    void identityCenterRole_isDeniedByScpForThatPersonAlone() {
        NextStep contain = NextSteps.of(Draft.unlistedAdministrator().finding()).get(1);

        assertThat(contain.what()).contains("SCP", "management account");
        List<String> created = runInner(contain.command(), "create-policy");
        assertThat(created).startsWith("organizations", "create-policy", "--type", "SERVICE_CONTROL_POLICY", "--name",
                "trailsentry-contain-3f2a9c0d41b7e865");
        JsonNode policy = json(created.get(created.indexOf("--content") + 1));
        assertThat(policy.at("/Statement/0/Effect").asText()).isEqualTo("Deny");
        assertThat(policy.at("/Statement/0/Condition/StringEquals/aws:userid").asText())
                .isEqualTo("AROAEXAMPLESSOADMIN01:dana@example.com");
        assertThat(run(contain)).containsExactly("organizations", "attach-policy", "--target-id", Draft.ACCOUNT,
                "--policy-id", "answer");
        assertThat(run(contain.undo())).containsExactly("organizations", "detach-policy", "--target-id", Draft.ACCOUNT,
                "--policy-id", "answer");
        assertThat(runInner(contain.undo(), "list-policies")).endsWith("--query",
                "Policies[?Name=='trailsentry-contain-3f2a9c0d41b7e865'].Id", "--output", "text");
    }

    @Test
    void identityCenterRole_ofUnknownSession_isDeniedByScpForTheRole() {
        Draft draft = Draft.unlistedAdministrator();
        draft.session = null;

        List<String> created = runInner(NextSteps.of(draft.finding()).get(1).command(), "create-policy");

        assertThat(json(created.get(created.indexOf("--content") + 1))
                .at("/Statement/0/Condition/ArnLike/aws:PrincipalArn").asText())
                .isEqualTo("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*"
                        + "AWSReservedSSO_AdministratorAccess_1a2b3c4d5e6f7a8b");
    }

    @Test
    void user_isDeniedAndItsKeysDeactivated() {
        Draft draft = user("dana");

        List<NextStep> steps = NextSteps.of(draft.finding());

        assertThat(run(steps.get(0))).contains("AttributeKey=Username,AttributeValue=\"dana\"");
        assertThat(run(steps.get(1))).containsExactly("iam", "put-user-policy", "--user-name", "dana", "--policy-name",
                "trailsentry-contain", "--policy-document", Containment.denial(null, null));
        assertThat(run(steps.get(1).undo())).startsWith("iam", "delete-user-policy");
        assertThat(run(steps.get(2))).containsExactly("iam", "update-access-key", "--user-name", "dana",
                "--access-key-id", "answer", "--status", "Inactive");
        assertThat(runInner(steps.get(2).command(), "list-access-keys")).startsWith("iam", "list-access-keys",
                "--user-name", "dana");
    }

    @Test
    void root_isDeniedByScpAndToldWhatElse() {
        Draft draft = Draft.selfModification();
        draft.kind = Kind.ROOT;
        draft.principalName = "root";
        draft.principalArn = "arn:aws-us-gov:iam::111122223333:root";
        draft.session = Draft.ACCOUNT;

        List<NextStep> steps = NextSteps.of(draft.finding());

        assertThat(run(steps.get(0))).contains("AttributeKey=Username,AttributeValue=\"root\"");
        assertThat(steps.get(1).what()).contains("member account", "sign in");
        List<String> created = runInner(steps.get(1).command(), "create-policy");
        assertThat(created.get(created.indexOf("--content") + 1))
                .contains("\"aws:PrincipalArn\":\"arn:aws-us-gov:iam::111122223333:root\"");
    }

    @ParameterizedTest
    @EnumSource(value = Kind.class, names = {"SERVICE", "OUTSIDE"})
    void principalThatIsNotOfTheAccount_isLookedAtAndLeftToItsSource(Kind kind) {
        Draft draft = Draft.selfModification();
        draft.kind = kind;

        List<NextStep> steps = NextSteps.of(draft.finding());

        assertThat(steps).hasSize(2);
        assertThat(run(steps.getFirst())).contains("AttributeKey=EventId,AttributeValue=" + draft.eventId);
        assertThat(steps.get(1).command()).isEmpty();
        assertThat(steps.get(1).what()).contains("where its credentials come from");
    }

    @Test
    void changeByAnother_isAboutWhoMadeItNotAboutTheAgent() {
        Draft draft = Draft.perimeterChange();

        List<NextStep> steps = NextSteps.of(draft.finding());

        assertThat(run(steps.get(0))).contains("AttributeKey=Username,AttributeValue=\"build-42\"");
        assertThat(run(steps.get(1))).contains("put-role-policy", "pipeline").doesNotContain("mcp-agent-role");
    }

    @Test
    void serviceLinkedRole_isLeftToItsService() {
        Draft draft = Draft.selfModification();
        draft.principalName = "AWSServiceRoleForExample";

        assertThat(NextSteps.of(draft.finding()).get(1).command()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b=c", "a=b", "dana@example.com", "x+y.z-w_v"})
    void sessionOfEveryAllowedCharacter_isOneValueOfTheAttribute(String name) {
        Draft draft = Draft.selfModification();
        draft.session = "AROAEXAMPLEMCPAGENT01:" + name;

        assertThat(run(NextSteps.of(draft.finding()).getFirst()))
                .contains("AttributeKey=Username,AttributeValue=\"" + name + "\"");
    }

    @Test
    void namesOfAnyOtherForm_standInNoCommand() {
        long seed = 20_261_122;
        Random random = new Random(seed);
        List<Kind> kinds = List.of(Kind.values());
        String marks = " '\"`$\\;|&<>(){}[]*?!#~\n\r\t\0\u202E\u00E9:/%^";
        for (int round = 0; round < 2_000; round++) {
            String odd = random.ints(1 + random.nextInt(12), 0, marks.length())
                    .mapToObj(i -> String.valueOf(marks.charAt(i))).collect(Collectors.joining());
            String name = "zzz" + odd + "zzz";
            Draft draft = Draft.selfModification();
            draft.kind = kinds.get(random.nextInt(kinds.size()));
            draft.principalName = random.nextBoolean() ? name : "AWSReservedSSO_" + name;
            draft.principalArn = random.nextBoolean() ? "arn:" + name + ":iam::1:role/x" : name;
            draft.session = random.nextBoolean() ? "AROAEXAMPLEMCPAGENT01:" + name : name + ":x";
            draft.account = random.nextBoolean() ? name : Draft.ACCOUNT;
            draft.region = name;
            draft.eventId = name;
            draft.id = random.nextBoolean() ? name : "3f2a9c0d41b7e865";

            assertThat(NextSteps.of(draft.finding())).as("seed %d round %d", seed, round).isNotEmpty()
                    .allSatisfy(step -> assertThat(NextStep.line(step.command()) + NextStep.line(step.undo()))
                            .doesNotContain("zzz"));
        }
    }

    @Test
    void everyCase_hasOneToThreeStepsAndBeginsWithOneThatChangesNothing() {
        for (Draft draft : List.of(Draft.selfModification(), Draft.selfModificationBlocked(), Draft.offHoursBurst(),
                Draft.unusualRegion(), Draft.unlistedAdministrator(), user("dana"))) {
            List<NextStep> steps = NextSteps.of(draft.finding());

            assertThat(steps).hasSizeBetween(1, 3);
            assertThat(steps.getFirst().what()).endsWith("Changes nothing.");
            assertThat(steps.getFirst().command().getFirst()).startsWith("aws cloudtrail lookup-events");
        }
    }

    private static Draft user(String name) {
        Draft draft = Draft.selfModification();
        draft.kind = Kind.USER;
        draft.principalName = name;
        draft.principalArn = "arn:aws:iam::111122223333:user/" + name;
        draft.session = "AIDAEXAMPLEUSER000001";
        return draft;
    }

    private static List<String> run(NextStep step) {
        return run(step.command());
    }

    /// What the outermost call of `aws` is given.
    private static List<String> run(List<String> command) {
        return calls(command).getLast();
    }

    /// What the call of `aws` with a certain operation is given.
    private static List<String> runInner(List<String> command, String operation) {
        return calls(command).stream().filter(call -> call.get(1).equals(operation)).findFirst().orElseThrow();
    }

    /// Every call of `aws` that a command makes, in its order. The command is laid out as in an email.
    private static List<List<String>> calls(List<String> command) {
        assumeTrue(Files.isExecutable(SHELL), "needs a POSIX shell");
        String pasted = new Columns(0, 20).command(3, command).toString();
        // The calls go to standard error, since standard output is what a substitution puts into the command.
        String script = "aws() { printf '%s\\000' \"$@\" >&2; printf '\\001' >&2; echo answer; }\n" + pasted;
        try {
            Process shell = new ProcessBuilder(SHELL.toString(), "-eu", "-c", script).start();
            shell.getOutputStream().close();
            String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String errors = new String(shell.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(shell.waitFor()).as(script + "\n" + errors).isZero();
            assertThat(output).isEqualTo("answer\n");
            List<List<String>> calls = new ArrayList<>();
            for (String call : errors.split("\u0001", -1)) {
                if (!call.isEmpty()) {
                    calls.add(List.of(call.substring(0, call.length() - 1).split("\u0000", -1)));
                }
            }
            return calls;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static JsonNode json(String text) {
        try {
            return new JsonMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }
}
