package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.lambda.DetectorFunction;
import io.trailsentry.testing.EventBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.sqs.model.Message;

/// `doctor --probe` as it is shipped, with the packaged function; the test plays CloudTrail, EventBridge and the queue.
@RequiresAws
@EnabledOnOs(value = OS.LINUX, disabledReason = "AWS's runtime interface client is native code for Linux")
class ProbeIT {
    private final AwsBackend aws;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @RegisterExtension
    final Installation installation;

    ProbeIT(AwsBackend aws) {
        this.aws = aws;
        this.installation = new Installation(aws);
    }

    private AuditedAccount account(String id) {
        AuditedAccount account = new AuditedAccount(aws, id, List.of("coder"));
        account.boundedRole("coder");
        account.configure("agents:\n  - name: coder\n    principals: [coder]\n");
        return account;
    }

    private CommandLineProgram probe(AuditedAccount account, String role, String... options) throws IOException {
        Path credentials = Files.writeString(folder.resolve("credentials"), account.profileOf(role));
        var environment = new HashMap<>(account.environment());
        environment.put("AWS_SHARED_CREDENTIALS_FILE", credentials.toString());
        return CommandLineProgram.run(installation.router().endpoint(), environment,
                Stream.concat(Stream.of("doctor", "--probe", "agent"), Stream.of(options)).toArray(String[]::new));
    }

    @Test
    void call_isFollowedToTheFinding() throws IOException {
        AuditedAccount account = account("464646464601");
        var variables = new HashMap<>(account.environment());
        variables.putAll(Map.of("ALERTS_TOPIC_ARN", account.arn("sns", "trailsentry-alerts"), "PAGES_TOPIC_ARN",
                account.arn("sns", "trailsentry-pages"), "FINDINGS_TOPIC_ARN",
                account.arn("sns", "trailsentry-findings"), "MEMORY_TABLE", AuditedAccount.TABLE,
                "TRAILSENTRY_CONFIG", "ssm:" + AuditedAccount.CONFIG_PARAMETER));
        PackagedFunction function = installation.start(DetectorFunction.class.getName() + "::handleRequest",
                variables);
        CompletableFuture<CommandLineProgram> running = CompletableFuture.supplyAsync(() -> {
            try {
                return probe(account, "coder", "--probe-minutes", "1");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });

        String requestId = Await.until(Await.DEADLINE, () -> "no call",
                () -> installation.router().requestIds(call -> call.is("dynamodb", "DeleteTable")).stream()
                        .findFirst());
        String event = EventBuilder.roleAt("arn:aws:iam::464646464601:role/coder", "pat")
                .write("dynamodb", "DeleteTable").in("us-east-1")
                .at(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), "event-of-the-probe")
                .with("requestID", requestId)
                .parameter("tableName", "nonexistent-probe-1").error("ResourceNotFoundException", "not found")
                .envelope("aws.dynamodb", "464646464601");
        assertThat(function.invoke(EventSourceMapping.batch(List.of(Message.builder().messageId("m")
                .receiptHandle("r").body(event).attributesWithStrings(Map.of("ApproximateReceiveCount", "1")).build()),
                account.arn("sqs", "trailsentry-events")))).isEqualTo("{\"batchItemFailures\":[]}");

        CommandLineProgram run = running.join();
        assertThat(run.code()).as(run.output()).isZero();
        assertThat(run.output()).containsSubsequence("calling dynamodb:DeleteTable in us-east-1 as "
                + "arn:aws:iam::464646464601:role/coder (agent coder)", "called", "ResourceNotFoundException",
                requestId, "judged", "told", "trailsentry-findings (low)");
        assertThat(run.output()).doesNotContain("trailsentry-pages", "trailsentry-alerts", "STOPPED");
    }

    @Test
    void whoIsNoAgent_makesNoCall() throws IOException {
        AuditedAccount account = account("464646464602");

        CommandLineProgram other = probe(account, "pat");
        CommandLineProgram unwatched = probe(account, "coder", "--probe-region", "ap-south-1");

        assertThat(other.code()).as(other.output()).isEqualTo(2);
        assertThat(other.output()).contains("role/pat is no agent by the configuration", "no call was made");
        assertThat(unwatched.code()).isEqualTo(2);
        assertThat(unwatched.output()).contains("ap-south-1 is no watched Region");
        assertThat(installation.router().calls()).noneMatch(call -> call.action().startsWith("Delete"));
    }
}
