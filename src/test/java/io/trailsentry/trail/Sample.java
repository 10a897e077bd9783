package io.trailsentry.trail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.trail.TrailEntry.Recorded;
import java.util.List;

/// Made-up CloudTrail records as JSON text.
public final class Sample {
    /// Writes and reads trees.
    public static final ObjectMapper JSON = new ObjectMapper();
    /// A role's identity as JSON.
    public static final String ROLE = """
            {"type":"AssumedRole","principalId":"AROAEXAMPLE0000000001:run-17",
             "arn":"arn:aws:sts::111122223333:assumed-role/mcp-agent-role/run-17","accountId":"111122223333",
             "accessKeyId":"ASIAEXAMPLE0000000001","sessionContext":{"sessionIssuer":{"type":"Role",
             "principalId":"AROAEXAMPLE0000000001","arn":"arn:aws:iam::111122223333:role/agents/mcp-agent-role",
             "accountId":"111122223333","userName":"mcp-agent-role"},
             "attributes":{"creationDate":"2026-05-04T08:00:00Z","mfaAuthenticated":"false"}},
             "invokedBy":"aws-mcp.amazonaws.com"}""";

    private Sample() {
    }

    /// A record on one line.
    ///
    /// @param id its eventID
    public static String record(String id) {
        return node(id).toString();
    }

    /// A record to be changed, its fields in CloudTrail's order.
    public static ObjectNode node(String id) {
        ObjectNode record = JSON.createObjectNode();
        record.put("eventVersion", "1.11");
        record.set("userIdentity", object(ROLE));
        record.put("eventTime", "2026-05-04T09:30:15Z");
        record.put("eventSource", "ec2.amazonaws.com");
        record.put("eventName", "RunInstances");
        record.put("awsRegion", "eu-central-1");
        record.put("sourceIPAddress", "aws-mcp.amazonaws.com");
        record.put("userAgent", "aws-mcp.amazonaws.com");
        record.set("requestParameters", object("""
                {"instancesSet":{"items":[{"imageId":"ami-0a","minCount":1},{"imageId":"ami-0b"}]},
                 "userData":"brackets ] } and \\"quotes\\"\\n","monitoring":{"enabled":false}}"""));
        record.putNull("responseElements");
        record.put("requestID", "req-" + id);
        record.put("eventID", id);
        record.put("readOnly", false);
        record.put("eventType", "AwsApiCall");
        record.put("managementEvent", true);
        record.put("recipientAccountId", "111122223333");
        record.put("eventCategory", "Management");
        return record;
    }

    /// An EventBridge envelope around a record, on one line.
    public static String envelope(String id) {
        ObjectNode envelope = JSON.createObjectNode();
        envelope.put("version", "0");
        envelope.put("id", "bus-" + id);
        envelope.put("detail-type", "AWS API Call via CloudTrail");
        envelope.put("source", "aws.ec2");
        envelope.put("account", "111122223333");
        envelope.put("time", "2026-05-04T09:30:15Z");
        envelope.put("region", "eu-central-1");
        envelope.set("resources", JSON.createArrayNode());
        envelope.set("detail", node(id));
        return envelope.toString();
    }

    /// A queue's batch whose bodies are the texts.
    public static String batch(String... bodies) {
        ObjectNode batch = JSON.createObjectNode();
        for (String body : bodies) {
            batch.withArray("Records").addObject().put("messageId", "m-1").put("receiptHandle", "r").put("body", body)
                    .put("eventSource", "aws:sqs");
        }
        return batch.toString();
    }

    /// `lookup-events` output.
    public static String lookup(String... ids) {
        ObjectNode page = JSON.createObjectNode();
        for (String id : ids) {
            page.withArray("Events").addObject().put("EventId", id).put("EventName", "RunInstances")
                    .put("EventTime", "2026-05-04T11:30:15+02:00").put("CloudTrailEvent", record(id));
        }
        page.put("NextToken", "t");
        return page.toString();
    }

    /// A tree of a text.
    public static ObjectNode object(String json) {
        try {
            return (ObjectNode) JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    /// The one event that a text holds.
    public static CloudTrailEvent event(String json) {
        List<TrailEntry> entries = new RecordReader().read(json);
        if (entries.size() == 1 && entries.getFirst() instanceof Recorded recorded) {
            return recorded.event();
        }
        throw new AssertionError(entries.toString());
    }
}
