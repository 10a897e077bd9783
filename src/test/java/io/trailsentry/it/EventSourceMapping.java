package io.trailsentry.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import software.amazon.awssdk.services.sqs.model.Message;

/// Plays Lambda's part between a queue and the function, with partial batch responses: messages are received,
/// handed over as one batch, and deleted unless the function hands them back.
final class EventSourceMapping {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final AwsBackend aws;
    private final String queueUrl;
    private final PackagedFunction function;

    EventSourceMapping(AwsBackend aws, String queueUrl, PackagedFunction function) {
        this.aws = aws;
        this.queueUrl = queueUrl;
        this.function = function;
    }

    /// One round. Messages that the function hands back are visible again at once, instead of after the queue's
    /// visibility timeout.
    ///
    /// @return the bodies of the messages that were handed back
    Set<String> poll() {
        List<Message> messages = Queues.receive(aws, queueUrl);
        var back = new HashSet<String>();
        if (!messages.isEmpty()) {
            Set<String> failed = failures(function.invoke(batch(messages, Queues.arn(aws, queueUrl))));
            for (Message message : messages) {
                if (failed.contains(message.messageId())) {
                    back.add(message.body());
                    aws.sqs().changeMessageVisibility(request -> request.queueUrl(queueUrl)
                            .receiptHandle(message.receiptHandle()).visibilityTimeout(0));
                } else {
                    Queues.delete(aws, queueUrl, message);
                }
            }
        }
        return Set.copyOf(back);
    }

    /// The event that Lambda makes of received messages.
    static String batch(List<Message> messages, String queueArn) {
        ObjectNode event = JSON.createObjectNode();
        ArrayNode records = event.putArray("Records");
        for (Message message : messages) {
            ObjectNode record = records.addObject();
            record.put("messageId", message.messageId()).put("receiptHandle", message.receiptHandle())
                    .put("body", message.body());
            ObjectNode attributes = record.putObject("attributes");
            message.attributesAsStrings().forEach(attributes::put);
            record.putObject("messageAttributes");
            record.put("md5OfBody", message.md5OfBody()).put("eventSource", "aws:sqs")
                    .put("eventSourceARN", queueArn).put("awsRegion", AwsBackend.REGION);
        }
        return event.toString();
    }

    /// The message ids in a partial batch response.
    ///
    /// @throws AssertionError when the answer is not one; Lambda would take the whole batch as failed
    static Set<String> failures(String answer) {
        try {
            var failed = new HashSet<String>();
            JsonNode failures = JSON.readTree(answer).path("batchItemFailures");
            if (!failures.isArray()) {
                throw new AssertionError("not a partial batch response: " + answer);
            }
            for (JsonNode failure : failures) {
                failed.add(failure.path("itemIdentifier").asText());
            }
            return Set.copyOf(failed);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + answer, e);
        }
    }
}
