package io.trailsentry.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sns.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/// A queue subscribed to a topic, which stands for whoever is told.
final class Inbox implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String MARKER = "end of messages ";

    /// A message as a subscriber gets it.
    ///
    /// @param subject    null when the publisher gave none
    /// @param attributes values of the message attributes by name; empty when the publisher gave none
    record Notification(@Nullable String subject, String message, Map<String, String> attributes) {
    }

    private final AwsBackend aws;
    private final String topicArn;
    private final String queueUrl;
    /// What lets a marker through the subscription's filter.
    private final Map<String, MessageAttributeValue> marks;

    private Inbox(AwsBackend aws, String topicArn, String queueUrl, Map<String, MessageAttributeValue> marks) {
        this.aws = aws;
        this.topicArn = topicArn;
        this.queueUrl = queueUrl;
        this.marks = marks;
    }

    /// Makes a queue of this name and subscribes it to the topic.
    static Inbox subscribe(AwsBackend aws, String topicArn, String name) {
        return subscribe(aws, topicArn, name, Map.of(), Map.of());
    }

    /// Subscribes a queue of this name to the same topic, to the messages with one of these severities.
    Inbox ofSeverity(String name, String... severities) {
        String policy = "{\"severity\":[\"" + String.join("\",\"", severities) + "\"]}";
        return subscribe(aws, topicArn, name, Map.of("FilterPolicy", policy), Map.of("severity",
                MessageAttributeValue.builder().dataType("String").stringValue(severities[0]).build()));
    }

    private static Inbox subscribe(AwsBackend aws, String topicArn, String name,
            Map<String, String> attributes, Map<String, MessageAttributeValue> marks) {
        String queueUrl = aws.sqs().createQueue(request -> request.queueName(name)).queueUrl();
        String queueArn = Queues.arn(aws, queueUrl);
        aws.sqs().setQueueAttributes(request -> request.queueUrl(queueUrl)
                .attributes(Map.of(QueueAttributeName.POLICY, mayBeSentTo(queueArn, topicArn))));
        aws.sns().subscribe(request -> request.topicArn(topicArn).protocol("sqs").endpoint(queueArn)
                .attributes(attributes));
        return new Inbox(aws, topicArn, queueUrl, marks);
    }

    private static String mayBeSentTo(String queueArn, String topicArn) {
        return """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
                "Action":"sqs:SendMessage","Resource":"%s","Condition":{"ArnEquals":{"aws:SourceArn":"%s"}}}]}
                """.formatted(queueArn, topicArn);
    }

    String topicArn() {
        return topicArn;
    }

    /// All that was published before this call and not yet read: what has come out of the queue by the time a
    /// marker, published last, has. So the absence of a message is seen without waiting for it.
    List<Notification> drain() {
        String marker = MARKER + UUID.randomUUID();
        aws.sns().publish(request -> request.topicArn(topicArn).message(marker)
                .messageAttributes(marks));
        var drained = new ArrayList<Notification>();
        return Await.until(Await.DEADLINE, () -> "the marker did not come out of " + queueUrl + ", only " + drained,
                () -> {
                    drained.addAll(receive());
                    if (!drained.removeIf(notification -> notification.message().equals(marker))) {
                        return Optional.empty();
                    }
                    // A queue keeps no strict order; what the marker overtook is there by now.
                    drained.addAll(receive());
                    return Optional.of(List.copyOf(drained));
                });
    }

    private List<Notification> receive() {
        var received = new ArrayList<Notification>();
        for (Message message : Queues.receive(aws, queueUrl)) {
            received.add(notification(message.body()));
            Queues.delete(aws, queueUrl, message);
        }
        return received;
    }

    private static Notification notification(String envelope) {
        try {
            JsonNode json = JSON.readTree(envelope);
            var attributes = new TreeMap<String, String>();
            json.path("MessageAttributes")
                    .forEachEntry((name, attribute) -> attributes.put(name, attribute.path("Value").asText()));
            return new Notification(json.path("Subject").textValue(), json.path("Message").asText(),
                    Map.copyOf(attributes));
        } catch (JsonProcessingException e) {
            throw new AssertionError("not an SNS envelope: " + envelope, e);
        }
    }

    @Override
    public void close() {
        aws.sqs().deleteQueue(request -> request.queueUrl(queueUrl));
    }
}
