package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.it.Inbox.Notification;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.sqs.model.Message;

/// The topics over SNS's protocol: who gets what by filter policies, and that nothing is lost or told twice whatever SNS
/// or a subscriber does.
@RequiresAws
@EnabledOnOs(value = OS.LINUX, disabledReason = "AWS's runtime interface client is native code for Linux")
class TopicsIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> SEVERITIES = List.of("critical", "high", "medium", "low");

    private final AwsBackend aws;

    @RegisterExtension
    final Installation installation;

    TopicsIT(AwsBackend aws) {
        this.aws = aws;
        this.installation = new Installation(aws);
    }

    /// A deed in a session of its own, so that each is a finding.
    private static ObjectNode deed(String severity) {
        ObjectNode event = Events.selfModification();
        ObjectNode detail = event.withObject("/detail");
        ObjectNode parameters = detail.withObject("/requestParameters");
        switch (severity) {
            case "high" -> {
                detail.put("eventName", "CreateAccessKey");
                parameters.removeAll().put("userName", "dana");
            }
            case "medium" ->
                detail.put("eventName", "PutRolePolicy").put("errorCode", "AccessDenied").put("errorMessage",
                        "User: x is not authorized to perform: iam:PutRolePolicy on resource: role "
                                + Events.AGENT_ROLE);
            case "low" -> {
                event.put("source", "aws.sts");
                detail.put("eventSource", "sts.amazonaws.com").put("eventName", "AssumeRole")
                        .put("errorCode", "AccessDenied");
                parameters.removeAll().put("roleArn", "arn:aws:iam::" + Events.ACCOUNT + ":role/other");
            }
            default -> {
            }
        }
        return inSession(event, severity);
    }

    private static ObjectNode inSession(ObjectNode event, String session) {
        ObjectNode identity = event.withObject("/detail/userIdentity");
        identity.put("principalId", "AROAEXAMPLEAGENT00001:" + session).put("arn",
                "arn:aws:sts::" + Events.ACCOUNT + ":assumed-role/" + Events.AGENT_ROLE + "/" + session);
        return event;
    }

    private static String batch(ObjectNode... events) {
        List<Message> messages = IntStream.range(0, events.length)
                .mapToObj(i -> Message.builder().messageId("message-" + i).receiptHandle("receipt-" + i)
                        .body(events[i].toString()).attributesWithStrings(Map.of("ApproximateReceiveCount", "1"))
                        .build())
                .toList();
        return EventSourceMapping.batch(messages, "arn:aws:sqs:us-east-1:111122223333:trailsentry-events");
    }

    @Test
    void filterPolicies_onSeverity_routePagesAndFindings() {
        Inbox night = installation.ofSeverity(installation.pages(), "night", "critical");
        Inbox day = installation.ofSeverity(installation.pages(), "day", "high", "medium");
        Inbox grave = installation.ofSeverity(installation.findings(), "grave", "critical", "high");
        Inbox rest = installation.ofSeverity(installation.findings(), "rest", "medium", "low");

        installation.start(Map.of())
                .invoke(batch(SEVERITIES.stream().map(TopicsIT::deed).toArray(ObjectNode[]::new)));

        assertThat(severities(installation.findings())).containsExactlyInAnyOrderElementsOf(SEVERITIES);
        assertThat(severities(installation.pages())).containsExactlyInAnyOrder("critical", "high");
        assertThat(installation.alerts().drain()).hasSize(3);
        assertThat(severities(night)).containsExactly("critical");
        assertThat(severities(day)).containsExactly("high");
        assertThat(severities(grave)).containsExactlyInAnyOrder("critical", "high");
        assertThat(severities(rest)).containsExactlyInAnyOrder("medium", "low");
    }

    private static List<String> severities(Inbox inbox) {
        return inbox.drain().stream().map(message -> message.attributes().getOrDefault("severity", "none")).toList();
    }

    @Test
    void rise_pagesAgainUnderItsOwnKey() {
        PackagedFunction function = installation.start(Map.of());
        ObjectNode high = inSession(deed("high"), "one");
        ObjectNode critical = inSession(deed("critical"), "one");
        String time = high.at("/detail/eventTime").asText();
        critical.withObject("/detail").put("eventTime", time);

        function.invoke(batch(high));
        function.invoke(batch(critical));
        ObjectNode again = critical.deepCopy();
        again.withObject("/detail").put("eventID", UUID.randomUUID().toString());
        function.invoke(batch(again));

        List<Notification> pages = installation.pages().drain();
        assertThat(pages).extracting(page -> page.attributes().get("severity")).containsExactlyInAnyOrder("high",
                "critical");
        List<String> keys = pages.stream().map(page -> json(page).path("deduplication_key").asText()).toList();
        assertThat(keys).doesNotHaveDuplicates()
                .allMatch(key -> key.matches("TrailSentry-[0-9a-f]{16}-(high|critical)"));
        assertThat(pages).extracting(page -> json(page).at("/metadata/finding").asText()).containsOnly(
                keys.getFirst().split("-", -1)[1]);
        assertThat(pages).extracting(page -> json(page).path("AlarmName").asText()).doesNotHaveDuplicates();
    }

    @Test
    void oneTopicThrottled_longerThanTheSdkTries_isToldThereOnRedelivery_andNowhereTwice() {
        oneTopicFails_isToldThereOnRedelivery_andNowhereTwice(new Fault.Status(429));
    }

    @Test
    void oneTopicAnswers500_isToldThereOnRedelivery_andNowhereTwice() {
        oneTopicFails_isToldThereOnRedelivery_andNowhereTwice(new Fault.Status(500));
    }

    private void oneTopicFails_isToldThereOnRedelivery_andNowhereTwice(Fault fault) {
        PackagedFunction function = installation.start(Map.of("MEMORY_TABLE", installation.memoryTable()));
        ObjectNode[] deeds = {deed("critical"), deed("high"), deed("medium")};

        installation.router().failUntilHealed(fault, call -> to(call, installation.pages()));
        assertThat(EventSourceMapping.failures(function.invoke(batch(deeds)))).containsExactlyInAnyOrder(
                "message-0", "message-1");
        installation.router().heal();
        assertThat(EventSourceMapping.failures(function.invoke(batch(deeds)))).isEmpty();

        assertThat(titles(installation.pages())).hasSize(2).doesNotHaveDuplicates();
        assertThat(titles(installation.findings())).hasSize(3).doesNotHaveDuplicates();
        assertThat(installation.alerts().drain()).extracting(Notification::subject).hasSize(3)
                .doesNotHaveDuplicates();
    }

    @Test
    void passingThrottle_isTriedAgainByItself() {
        PackagedFunction function = installation.start(Map.of());
        installation.router().fail(1, new Fault.Status(429), call -> to(call, installation.findings()));

        assertThat(EventSourceMapping.failures(function.invoke(batch(deed("critical"))))).isEmpty();

        assertThat(titles(installation.findings())).hasSize(1);
    }

    @Test
    void subscriberThatFails_keepsNothingFromTheOthers() {
        AtomicInteger asked = new AtomicInteger();
        try (Loopback broken = Loopback.start(exchange -> {
            asked.incrementAndGet();
            Loopback.send(exchange, 500, new byte[0]);
        })) {
            aws.sns().subscribe(request -> request.topicArn(installation.findings().topicArn()).protocol("http")
                    .endpoint(broken.uri() + "/siem"));

            String answer = installation.start(Map.of()).invoke(batch(deed("critical")));

            assertThat(EventSourceMapping.failures(answer)).isEmpty();
            assertThat(titles(installation.findings())).hasSize(1);
            assertThat(asked).as("the broken subscriber was asked").hasPositiveValue();
        }
    }

    private static boolean to(Call call, Inbox topic) {
        return call.is("sns", "Publish") && call.parameters().containsValue(topic.topicArn());
    }

    /// By which readers tell steps apart.
    private static List<String> titles(Inbox inbox) {
        return inbox.drain().stream().map(TopicsIT::json)
                .map(message -> message.path("AlarmName").asText(message.at("/metadata/uid").asText())).toList();
    }

    private static JsonNode json(Notification notification) {
        try {
            return JSON.readTree(notification.message());
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + notification.message(), e);
        }
    }
}
