package io.trailsentry.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailEntry.Recorded;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Builds CloudTrail records as AWS writes them: by default a successful read by `mcp-agent-role` through the AWS MCP
/// Server, in us-east-1.
public final class EventBuilder {
    /// The account of every record.
    public static final String ACCOUNT = "111122223333";
    /// The agent's role.
    public static final String ROLE_ARN = "arn:aws:iam::111122223333:role/mcp-agent-role";

    private static final JsonMapper JSON = new JsonMapper();

    private final ObjectNode record = JSON.createObjectNode();
    private final ObjectNode identity = record.putObject("userIdentity");

    private EventBuilder() {
        record.put("eventVersion", "1.11").put("eventTime", "2026-11-17T09:00:00Z").put("awsRegion", "us-east-1")
                .put("sourceIPAddress", "203.0.113.24").put("userAgent", "Boto3/1.40.0").putNull("requestParameters")
                .putNull("responseElements").put("requestID", "req-1").put("eventID", "event-1").put("readOnly", true)
                .put("eventType", "AwsApiCall").put("managementEvent", true).put("recipientAccountId", ACCOUNT)
                .put("eventCategory", "Management");
        call("sts", "GetCallerIdentity");
    }

    /// A call by `mcp-agent-role` through the AWS MCP Server.
    public static EventBuilder agent() {
        return role("mcp-agent-role", "coder-1").mcp();
    }

    /// A call by a role, by an SDK.
    public static EventBuilder role(String name, String session) {
        return roleAt("arn:aws:iam::" + ACCOUNT + ":role/" + name, session);
    }

    /// A call by a role with a path or in another account.
    public static EventBuilder roleAt(String roleArn, String session) {
        EventBuilder builder = new EventBuilder();
        String account = roleArn.split(":", -1)[4];
        String name = roleArn.substring(roleArn.lastIndexOf('/') + 1);
        builder.identity.put("type", "AssumedRole").put("principalId", "AROAEXAMPLE:" + session)
                .put("arn", "arn:aws:sts::" + account + ":assumed-role/" + name + "/" + session)
                .put("accountId", account).put("accessKeyId", "ASIAEXAMPLE");
        builder.identity.putObject("sessionContext").putObject("sessionIssuer").put("type", "Role")
                .put("principalId", "AROAEXAMPLE").put("arn", roleArn).put("accountId", account)
                .put("userName", name);
        return builder.with("recipientAccountId", account);
    }

    /// A call by an IAM user, by an SDK.
    public static EventBuilder user(String name) {
        EventBuilder builder = new EventBuilder();
        builder.identity.put("type", "IAMUser").put("principalId", "AIDAEXAMPLE" + name)
                .put("arn", "arn:aws:iam::" + ACCOUNT + ":user/" + name).put("accountId", ACCOUNT)
                .put("accessKeyId", "AKIAEXAMPLE").put("userName", name);
        return builder;
    }

    /// A call by the root user.
    public static EventBuilder root() {
        EventBuilder builder = new EventBuilder();
        builder.identity.put("type", "Root").put("principalId", ACCOUNT)
                .put("arn", "arn:aws:iam::" + ACCOUNT + ":root").put("accountId", ACCOUNT);
        return builder;
    }

    /// Made through the AWS MCP Server.
    public EventBuilder mcp() {
        return through("aws-mcp.amazonaws.com");
    }

    /// The record of an MCP tool call by `mcp-agent-role` that made API calls.
    public static EventBuilder toolCall(String tool, String... requestIds) {
        List<Map<String, String>> made = Stream.of(requestIds)
                .map(id -> Map.of("apiName", "iam:AttachRolePolicy", "requestId", id, "awsRegion", "us-east-1"))
                .toList();
        return role("mcp-agent-role", "coder-1").with("eventType", "AwsMcpEvent")
                .with("eventSource", "aws-mcp.amazonaws.com").with("eventName", "CallReadWriteTool")
                .with("readOnly", false)
                .with("userAgent", "python-httpx/0.28.1 mcp-proxy-for-aws/1.7.0 claude-code/2.1.280")
                .with("requestParameters",
                        Map.of("jsonrpc", "2.0", "method", "tools/call", "params", Map.of("name", tool,
                                "arguments", "[HIDDEN_DUE_TO_SECURITY_REASONS]")))
                .with("additionalEventData", Map.of("downstreamRequests", made));
    }

    /// Made by a service for the caller.
    public EventBuilder through(String service) {
        identity.put("invokedBy", service);
        return with("sourceIPAddress", service).with("userAgent", service);
    }

    /// Which API was called.
    public EventBuilder call(String service, String eventName) {
        return with("eventSource", service + ".amazonaws.com").with("eventName", eventName);
    }

    /// A call that changes something.
    public EventBuilder write(String service, String eventName) {
        record.put("readOnly", false);
        return call(service, eventName);
    }

    /// A parameter.
    public EventBuilder parameter(String name, Object value) {
        ObjectNode parameters = record.get("requestParameters") instanceof ObjectNode known
                ? known
                : record.putObject("requestParameters");
        parameters.set(name, JSON.valueToTree(value));
        return this;
    }

    /// Several parameters.
    public EventBuilder parameters(Map<String, ?> values) {
        values.forEach(this::parameter);
        return this;
    }

    /// When and with which id.
    public EventBuilder at(String time, String id) {
        return with("eventTime", time).with("eventID", id);
    }

    /// Where.
    public EventBuilder in(String region) {
        return with("awsRegion", region);
    }

    /// Refused by IAM, which then leaves the parameters out and names the target in the message.
    public EventBuilder denied(String action, String resource) {
        record.putNull("requestParameters");
        return error("AccessDenied", "User: " + identity.path("arn").asText() + " is not authorized to perform: "
                + action + " on resource: " + resource + " because no identity-based policy allows the " + action
                + " action");
    }

    /// Failed.
    public EventBuilder error(String code, String message) {
        return with("errorCode", code).with("errorMessage", message);
    }

    /// Any other field; null removes it.
    public EventBuilder with(String field, @Nullable Object value) {
        if (value == null) {
            record.remove(field);
        } else {
            record.set(field, JSON.valueToTree(value));
        }
        return this;
    }

    /// Any other field of the identity; null removes it.
    public EventBuilder identity(String field, @Nullable Object value) {
        if (value == null) {
            identity.remove(field);
        } else {
            identity.set(field, JSON.valueToTree(value));
        }
        return this;
    }

    /// The record as JSON on one line.
    public String json() {
        return text(record);
    }

    /// The record in an EventBridge envelope.
    public String envelope() {
        return envelope("aws." + record.path("eventSource").asText().replace(".amazonaws.com", ""),
                record.path("recipientAccountId").asText(ACCOUNT));
    }

    /// The record in an envelope of one's choice.
    public String envelope(String source, String account) {
        ObjectNode envelope = JSON.createObjectNode().put("version", "0").put("id", "envelope-1")
                .put("detail-type", "AWS API Call via CloudTrail").put("source", source).put("account", account)
                .put("time", record.path("eventTime").asText()).put("region", record.path("awsRegion").asText());
        envelope.putArray("resources");
        envelope.set("detail", record);
        return text(envelope);
    }

    /// The record as the reader takes it.
    public CloudTrailEvent event() {
        return switch (new RecordReader().read(json()).getFirst()) {
            case Recorded recorded -> recorded.event();
            case Object other -> throw new AssertionError("not a record: " + other);
        };
    }

    private static String text(ObjectNode node) {
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
