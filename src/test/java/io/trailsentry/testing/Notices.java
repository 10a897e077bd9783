package io.trailsentry.testing;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// Notices of new objects, as AWS writes them.
public final class Notices {
    private static final JsonMapper JSON = new JsonMapper();

    private Notices() {
    }

    /// EventBridge's.
    public static String eventBridge(String bucket, String key) {
        return eventBridge("aws.s3", "Object Created", bucket, key);
    }

    /// EventBridge's, with a source and a detail type of one's choice.
    public static String eventBridge(String source, String detailType, String bucket, String key) {
        ObjectNode envelope = JSON.createObjectNode().put("version", "0").put("id", "envelope-1")
                .put("detail-type", detailType).put("source", source).put("account", "999988887777")
                .put("time", "2026-11-17T09:05:01Z").put("region", "us-east-1");
        envelope.putArray("resources").add("arn:aws:s3:::" + bucket);
        ObjectNode detail = envelope.putObject("detail").put("version", "0");
        detail.putObject("bucket").put("name", bucket);
        detail.putObject("object").put("key", key).put("size", 1_000).put("etag", "d41d8cd98f00b204e9800998ecf8427e")
                .put("sequencer", "00617F08299329D189");
        detail.put("request-id", "N4N7GDK58NMKJ12R").put("requester", "cloudtrail.amazonaws.com")
                .put("source-ip-address", "1.2.3.4").put("reason", "PutObject");
        return envelope.toString();
    }

    /// S3's own, of several objects.
    public static String s3(String bucket, String... keys) {
        return s3("ObjectCreated:Put", bucket, keys);
    }

    /// S3's own of another kind.
    public static String s3(String eventName, String bucket, String[] keys) {
        ObjectNode notice = JSON.createObjectNode();
        ArrayNode records = notice.putArray("Records");
        for (String key : keys) {
            ObjectNode record = records.addObject().put("eventVersion", "2.1").put("eventSource", "aws:s3")
                    .put("awsRegion", "us-east-1").put("eventTime", "2026-11-17T09:05:01.000Z")
                    .put("eventName", eventName);
            record.putObject("userIdentity").put("principalId", "AWS:AROAEXAMPLE:cloudtrail");
            record.putObject("requestParameters").put("sourceIPAddress", "1.2.3.4");
            record.putObject("responseElements").put("x-amz-request-id", "C3D13FE58DE4C810");
            ObjectNode s3 = record.putObject("s3").put("s3SchemaVersion", "1.0").put("configurationId", "trail");
            s3.putObject("bucket").put("name", bucket).put("arn", "arn:aws:s3:::" + bucket)
                    .putObject("ownerIdentity").put("principalId", "A3NL1KOZZKExample");
            s3.putObject("object").put("key", URLEncoder.encode(key, StandardCharsets.UTF_8).replace("%2F", "/"))
                    .put("size", 1_000).put("eTag", "d41d8cd98f00b204e9800998ecf8427e")
                    .put("sequencer", "0055AED6DCD90281E5");
        }
        return notice.toString();
    }

    /// What S3 sends when a notification is configured.
    public static String s3Test(String bucket) {
        return JSON.createObjectNode().put("Service", "Amazon S3").put("Event", "s3:TestEvent")
                .put("Time", "2026-11-17T09:05:01.000Z").put("Bucket", bucket).put("RequestId", "5582815E1AEA5ADF")
                .put("HostId", "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR").toString();
    }

    /// The trail's SNS topic's, delivered raw.
    public static String trail(String bucket, String... keys) {
        ObjectNode notice = JSON.createObjectNode().put("s3Bucket", bucket);
        ArrayNode list = notice.putArray("s3ObjectKey");
        for (String key : keys) {
            list.add(key);
        }
        return notice.toString();
    }

    /// A message in the envelope that SNS puts around it for SQS.
    public static String sns(String message) {
        return JSON.createObjectNode().put("Type", "Notification")
                .put("MessageId", "e8ec0cb4-e3cc-5533-8e72-5f0cb6428101")
                .put("TopicArn", "arn:aws:sns:us-east-1:111122223333:trail").put("Message", message)
                .put("Timestamp", "2026-11-17T09:05:01.111Z").put("SignatureVersion", "1").put("Signature", "x")
                .put("SigningCertURL", "https://sns.us-east-1.amazonaws.com/x.pem").toString();
    }

    /// A message as SNS hands it to a function.
    public static String snsToFunction(String message) {
        ObjectNode event = JSON.createObjectNode();
        event.putArray("Records").addObject().put("EventSource", "aws:sns").put("EventVersion", "1.0")
                .put("EventSubscriptionArn", "arn:aws:sns:us-east-1:111122223333:trail:x").putObject("Sns")
                .put("Type", "Notification").put("MessageId", "e8ec0cb4-e3cc-5533-8e72-5f0cb6428101")
                .putNull("Subject").put("Message", message).put("Timestamp", "2026-11-17T09:05:01.111Z");
        return event.toString();
    }
}
