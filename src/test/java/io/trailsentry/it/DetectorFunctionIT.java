package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.it.AwsRouter.Metric;
import io.trailsentry.it.Inbox.Notification;
import io.trailsentry.it.RuntimeApi.Outcome;
import io.trailsentry.testing.Notices;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/// The packaged function, from the event that Lambda hands it to what subscribers, CloudWatch and Lambda get.
@RequiresAws
@EnabledOnOs(value = OS.LINUX, disabledReason = "AWS's runtime interface client is native code for Linux")
class DetectorFunctionIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String QUEUE_ARN = "arn:aws:sqs:us-east-1:111122223333:trailsentry-events";

    private final AwsBackend aws;

    @RegisterExtension
    final Installation installation;

    DetectorFunctionIT(AwsBackend aws) {
        this.aws = aws;
        this.installation = new Installation(aws);
    }

    @Test
    void batch_agentMakesItselfAdministrator_reachesPersonPagerAndSiem() {
        PackagedFunction function = installation.start(Map.of());

        String answer = function.invoke(batch(Events.selfModification().toString()));

        assertThat(json(answer)).isEqualTo(json("{\"batchItemFailures\":[]}"));

        Notification alert = only(installation.alerts());
        assertThat(alert.message()).as("the text, not the document of all forms").doesNotStartWith("{")
                .containsIgnoringCase("critical")
                .contains(Events.AGENT_ROLE, "AttachRolePolicy", "succeeded", Events.ACCOUNT, Events.REGION);
        assertThat(alert.attributes()).isEmpty();

        Notification page = only(installation.pages());
        assertThat(page.subject()).startsWith("ALARM: ");
        assertThat(json(page.message()).path("NewStateValue").asText()).isEqualTo("ALARM");
        assertThat(page.attributes()).isNotEmpty();

        Notification finding = only(installation.findings());
        assertThat(finding.attributes()).containsAllEntriesOf(Map.of("severity", "critical", "detector",
                "iam-self-modification", "agent", Events.AGENT_ROLE, "account", Events.ACCOUNT, "region",
                Events.REGION));
        JsonNode ocsf = json(finding.message());
        assertThat(ocsf.path("class_uid").asInt()).isEqualTo(2004);
        assertThat(ocsf.path("type_uid").asInt()).isEqualTo(200400 + ocsf.path("activity_id").asInt(-1));
        assertThat(ocsf.path("severity_id").asInt()).as("OCSF's critical").isEqualTo(5);
        assertThat(ocsf.path("finding_info").path("uid").asText()).isNotEmpty();
    }

    @Test
    void batch_withFinding_isMeasuredInOneCallToCloudWatch() {
        installation.start(Map.of()).invoke(batch(Events.selfModification().toString()));

        AwsRouter router = installation.router();
        assertThat(router.calls()).filteredOn(Call::action, "PutMetricData").hasSize(1);
        assertThat(router.metrics()).extracting(Metric::namespace).containsOnly("TrailSentry");
        assertThat(sum("AgentCalls", Map.of())).isEqualTo(1);
        assertThat(sum("Findings", Map.of("Severity", "critical"))).isEqualTo(1);
        assertThat(sum("Findings", Map.of("Detector", "iam-self-modification"))).isEqualTo(1);
        assertThat(sum("AlertsPublished", Map.of())).isEqualTo(1);
        assertThat(sum("EventsRejected", Map.of())).isZero();
        assertThat(sum("PublishFailures", Map.of())).isZero();
        assertThat(router.metrics()).filteredOn(Metric::name, "EventAge").isNotEmpty()
                .allSatisfy(age -> assertThat(age.dimensions()).containsOnlyKeys("Source"));
        assertThat(router.metrics()).extracting(Metric::name).doesNotContain("Heartbeat");
        assertThat(router.metrics()).flatExtracting(metric -> metric.dimensions().values())
                .noneMatch(value -> value.contains("arn:") || value.contains(Events.SESSION));
    }

    @Test
    void metrics_namespaceGiven_isUsed() {
        PackagedFunction function = installation.start(Map.of("METRICS_NAMESPACE", "Watch/Agents"));

        function.invoke(Events.heartbeat().toString());

        assertThat(installation.router().metrics()).extracting(Metric::namespace).containsOnly("Watch/Agents");
    }

    @Test
    void queue_poisonMessage_endsInDeadLetterQueueAlone() {
        String poison = "this is not an event";
        String deadLetters = installation.queue("dead-letters", Map.of());
        String redrive = """
                {"deadLetterTargetArn":"%s","maxReceiveCount":"2"}""".formatted(Queues.arn(aws, deadLetters));
        String events = installation.queue("events", Map.of(QueueAttributeName.REDRIVE_POLICY, redrive));
        for (String body : List.of(poison, Events.selfModification().toString())) {
            aws.sqs().sendMessage(request -> request.queueUrl(events).messageBody(body));
        }
        var mapping = new EventSourceMapping(aws, events, installation.start(Map.of()));

        var handedBack = new ArrayList<String>();
        List<Message> dead = Await.until(Await.DEADLINE, () -> "no dead letter; handed back: " + handedBack, () -> {
            handedBack.addAll(mapping.poll());
            return Optional.of(Queues.receive(aws, deadLetters)).filter(letters -> !letters.isEmpty());
        });

        assertThat(handedBack).containsExactly(poison, poison);
        assertThat(dead).extracting(Message::body).containsExactly(poison);
        assertThat(Queues.receive(aws, events)).isEmpty();
        only(installation.alerts());
    }

    @Test
    void batch_everyTopicAnswers500_messageComesBackAndNextTrySendsEachOnce() {
        fault_messageComesBackAndNextTrySendsEachOnce(new Fault.Status(500), call -> call.service().equals("sns"));
    }

    @Test
    void batch_onlyAlertsTopicDropsConnections_nextTrySendsOnlyTheRest() {
        fault_messageComesBackAndNextTrySendsEachOnce(new Fault.Disconnect(), call -> call.service().equals("sns")
                && call.parameters().containsValue(installation.alerts().topicArn()));
    }

    private void fault_messageComesBackAndNextTrySendsEachOnce(Fault fault, Predicate<Call> calls) {
        PackagedFunction function = installation.start(Map.of());
        String batch = batch(Events.selfModification().toString());

        installation.router().failUntilHealed(fault, calls);
        assertThat(EventSourceMapping.failures(function.invoke(batch))).containsExactly("message-0");
        assertThat(sum("PublishFailures", Map.of())).isPositive();
        assertThat(installation.alerts().drain()).isEmpty();

        installation.router().heal();
        assertThat(EventSourceMapping.failures(function.invoke(batch))).isEmpty();
        only(installation.alerts());
        only(installation.pages());
        only(installation.findings());
    }

    @Test
    void batch_cloudWatchFails_isStillAcknowledgedAndMetricsGoToTheLog() {
        PackagedFunction function = installation.start(Map.of());
        installation.router().failUntilHealed(new Fault.Status(500), call -> call.action().equals("PutMetricData"));

        String answer = function.invoke(batch(Events.selfModification().toString()));

        assertThat(EventSourceMapping.failures(answer)).isEmpty();
        only(installation.alerts());
        assertThat(function.output().lines().filter(line -> line.contains("\"CloudWatchMetrics\""))).singleElement()
                .satisfies(line -> {
                    JsonNode emf = json(line.substring(line.indexOf('{')));
                    assertThat(emf.path("_aws").path("CloudWatchMetrics").findValuesAsText("Namespace"))
                            .containsOnly("TrailSentry");
                    assertThat(emf.path("AgentCalls").asInt()).isEqualTo(1);
                });
    }

    @Test
    void event_bareAndTwice_alertsOnce() {
        PackagedFunction function = installation.start(Map.of());
        String event = Events.selfModification().toString();

        function.invoke(event);
        function.invoke(event);

        only(installation.alerts());
    }

    @Test
    void memoryTable_isSharedByFunctions_andSeenByTheNext() {
        Map<String, String> table = Map.of("MEMORY_TABLE", installation.memoryTable());
        String event = Events.selfModification().toString();

        installation.start(table).invoke(event);
        installation.start(table).invoke(event);

        only(installation.alerts());
        assertThat(sum("EventsUncounted", Map.of())).isZero();
    }

    @Test
    void memoryTable_thatDoesNotAnswer_alertsGoOutAndEventsAreUncounted() {
        PackagedFunction function = installation.start(Map.of("MEMORY_TABLE", installation.memoryTable()));
        installation.router().failUntilHealed(new Fault.Status(500), call -> call.service().equals("dynamodb"));

        String answer = function.invoke(batch(Events.selfModification().toString()));

        assertThat(EventSourceMapping.failures(answer)).isEmpty();
        only(installation.alerts());
        assertThat(sum("EventsUncounted", Map.of())).isEqualTo(1);
    }

    @Test
    void event_forged_isRefusedCountedAndAcknowledged() {
        PackagedFunction function = installation.start(Map.of());
        ObjectNode ownSource = Events.selfModification().put("source", "com.example.iam");
        ObjectNode otherAccount = Events.selfModification().put("account", "444455556666");

        String answer = function.invoke(batch(ownSource.toString(), otherAccount.toString()));
        assertThat(EventSourceMapping.failures(answer)).isEmpty();
        assertThat(sum("EventsRejected", Map.of())).isEqualTo(2);

        function.invoke(ownSource.toString());
        assertThat(sum("EventsRejected", Map.of())).as("a bare one too").isEqualTo(3);

        assertThat(sum("AgentCalls", Map.of())).isZero();
        assertThat(installation.alerts().drain()).isEmpty();
        assertThat(installation.pages().drain()).isEmpty();
        assertThat(installation.findings().drain()).isEmpty();
    }

    @Test
    void heartbeat_isCountedAndNothingIsPublished() {
        installation.start(Map.of()).invoke(Events.heartbeat().toString());

        assertThat(sum("Heartbeat", Map.of())).isEqualTo(1);
        assertThat(sum("AgentCalls", Map.of())).isZero();
        assertThat(sum("EventsRejected", Map.of())).isZero();
        assertThat(installation.router().calls()).noneMatch(call -> call.service().equals("sns"));
    }

    @Test
    void start_configurationWithTwoFaults_failsNamingBoth() {
        PackagedFunction function = installation.start(Map.of("TRAILSENTRY_CONFIG", """
                agents:
                  - name: planner
                    principals: ["%s"]
                    regoins: [eu-central-1]
                alerting: { page-at: sometimes }
                """.formatted(Events.AGENT_ROLE_ARN)));

        assertThat(function.next()).isInstanceOfAny(Outcome.InitFailed.class, Outcome.Exited.class)
                .isNotEqualTo(new Outcome.Exited(0));
        assertThat(function.output()).contains("regoins", "page-at", "sometimes");
    }

    @Test
    void start_configurationInS3_isRead() {
        String address = installation.object(configurationNaming("planner"));
        PackagedFunction function = installation.start(Map.of("TRAILSENTRY_CONFIG", address));

        function.invoke(batch(Events.selfModification().toString()));

        assertThat(only(installation.findings()).attributes()).containsEntry("agent", "planner");
    }

    @Test
    void batch_noticeOfALogFile_addsWhatEventBridgeLost_andComesBackUntilItIsThere() {
        String bucket = installation.bucket();
        PackagedFunction function = installation.start(Map.of("TRAIL_BUCKET", bucket));
        String key = "AWSLogs/" + Events.ACCOUNT + "/CloudTrail/" + Events.REGION
                + "/2026/11/17/x_CloudTrail.json.gz";
        String batch = batch(Events.heartbeat().toString(), Notices.sns(Notices.trail(bucket, key)));

        assertThat(EventSourceMapping.failures(function.invoke(batch))).containsExactly("message-1");
        assertThat(function.output()).contains("s3://" + bucket + "/" + key + ": NoSuchKey");

        installation.put(bucket, key, packed("{\"Records\":[" + Events.selfModification().path("detail") + "]}"));
        assertThat(EventSourceMapping.failures(function.invoke(batch))).isEmpty();
        function.invoke(Notices.s3(bucket, key));
        function.invoke(Notices.eventBridge(bucket, key));

        assertThat(only(installation.alerts()).message()).contains("AttachRolePolicy", "succeeded");
        assertThat(sum("AgentCalls", Map.of())).isEqualTo(1);
        assertThat(sum("TrailFiles", Map.of("Region", Events.REGION))).isEqualTo(3);
        assertThat(installation.router().metrics()).filteredOn(Metric::name, "EventAge").isNotEmpty()
                .allSatisfy(age -> assertThat(age.dimensions()).isEqualTo(Map.of("Source", "S3")));
        assertThat(sum("EventsRejected", Map.of())).isZero();
    }

    private static byte[] packed(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Test
    void restore_configurationChangedSinceTheSnapshot_isReadAgain() {
        String parameter = installation.parameter(configurationNaming("before"));
        PackagedFunction function = installation.start(Map.of("TRAILSENTRY_CONFIG", "ssm:" + parameter,
                "AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"));

        function.restore(() -> installation.change(parameter, configurationNaming("after")));
        String answer = function.invoke(batch(Events.selfModification().toString()));

        assertThat(EventSourceMapping.failures(answer)).isEmpty();
        assertThat(only(installation.findings()).attributes()).containsEntry("agent", "after");
    }

    @Test
    void restore_startIsPrimedWithoutAws_andItsCredentialsAreNotUsedAgain() {
        String parameter = installation.parameter(configurationNaming("planner"));
        PackagedFunction function = installation.start(Map.of("TRAILSENTRY_CONFIG", "ssm:" + parameter,
                "MEMORY_TABLE", installation.memoryTable(), "AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"));
        List<Call> before = new ArrayList<>();

        function.restore(() -> before.addAll(installation.router().calls()));
        function.invoke(batch(Events.selfModification().toString()));

        assertThat(function.output()).contains("primed for the snapshot");
        assertThat(before).as("the configuration is read, and nothing else done").singleElement()
                .satisfies(call -> assertThat(call.is("ssm", "GetParameter")).isTrue())
                .returns(RuntimeApi.KEY_OF_THE_SNAPSHOT, Call::key);
        assertThat(installation.router().calls().subList(1, installation.router().calls().size()))
                .extracting(Call::service).contains("ssm", "dynamodb", "sns", "monitoring");
        assertThat(installation.router().calls().subList(1, installation.router().calls().size()))
                .extracting(Call::key).containsOnly(RuntimeApi.KEY_OF_THE_RESTORE);
        only(installation.alerts());
    }

    private static String configurationNaming(String agent) {
        return """
                agents:
                  - name: %s
                    principals: ["%s"]
                """.formatted(agent, Events.AGENT_ROLE_ARN);
    }

    /// The batch that Lambda makes of messages with these bodies, `message-0` first.
    private static String batch(String... bodies) {
        List<Message> messages = IntStream.range(0, bodies.length)
                .mapToObj(i -> Message.builder().messageId("message-" + i).receiptHandle("receipt-" + i)
                        .body(bodies[i]).attributesWithStrings(Map.of("ApproximateReceiveCount", "1")).build())
                .toList();
        return EventSourceMapping.batch(messages, QUEUE_ARN);
    }

    private static Notification only(Inbox inbox) {
        List<Notification> all = inbox.drain();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    /// What CloudWatch would show as the sum of this metric with exactly these dimensions.
    private double sum(String name, Map<String, String> dimensions) {
        return installation.router().metrics().stream()
                .filter(metric -> metric.name().equals(name) && metric.dimensions().equals(dimensions))
                .mapToDouble(Metric::sum).sum();
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }
}
