package io.trailsentry.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/// A CloudTrail event as EventBridge delivers it, with made-up values.
///
/// @param source the envelope's, `aws.` and the service for a real one
/// @param eventSource the service that was called
/// @param eventType `AwsApiCall`, `AwsConsoleSignIn` or `AwsMcpEvent`
/// @param userIdentity who called
/// @param requestParameters null for JSON's null
record Envelope(String source, String detailType, String eventSource, String eventName, String eventType,
        boolean readOnly, ObjectNode userIdentity, @Nullable JsonNode requestParameters) {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String ACCOUNT = "111122223333";

    /// A write by a session of a role.
    static Envelope byRole(String role) {
        ObjectNode identity = identity("AssumedRole", "AROAEXAMPLEMCPAGENT01:coder-7f3a",
                "arn:aws:sts::" + ACCOUNT + ":assumed-role/" + role + "/coder-7f3a");
        ObjectNode context = identity.putObject("sessionContext");
        context.putObject("sessionIssuer").put("type", "Role").put("principalId", "AROAEXAMPLEMCPAGENT01")
                .put("arn", "arn:aws:iam::" + ACCOUNT + ":role/" + role).put("accountId", ACCOUNT)
                .put("userName", role);
        context.putObject("attributes").put("creationDate", "2026-11-17T09:12:04Z").put("mfaAuthenticated", "false");
        return call(identity);
    }

    /// A write by a session of a role whose session has a name of its own choice.
    static Envelope byRole(String role, String session) {
        Envelope envelope = byRole(role);
        envelope.userIdentity.put("principalId", "AROAEXAMPLEMCPAGENT01:" + session).put("arn",
                "arn:aws:sts::" + ACCOUNT + ":assumed-role/" + role + "/" + session);
        return envelope;
    }

    /// A write by an IAM user: without a session, and so without an issuer.
    static Envelope byUser(String user) {
        return call(identity("IAMUser", "AIDAEXAMPLEUSER00001", "arn:aws:iam::" + ACCOUNT + ":user/" + user)
                .put("userName", user));
    }

    /// A write by root.
    static Envelope byRoot() {
        return call(identity("Root", ACCOUNT, "arn:aws:iam::" + ACCOUNT + ":root"));
    }

    /// A write by an AWS service for itself.
    static Envelope byService(String service) {
        return call(JSON.objectNode().put("type", "AWSService")).via(service);
    }

    /// The same call, made through a service.
    Envelope via(String service) {
        return with(userIdentity.deepCopy().put("invokedBy", service));
    }

    /// The same caller reads.
    Envelope reading() {
        return reading("ec2", "DescribeInstances");
    }

    /// The same caller reads something of a service.
    Envelope reading(String service, String name) {
        return new Envelope("aws." + service, detailType, service + ".amazonaws.com", name, eventType, true,
                userIdentity, requestParameters);
    }

    /// The same caller changes something of a service.
    ///
    /// @param parameters JSON with single quotes
    Envelope changing(String service, String name, String parameters) {
        try {
            return new Envelope("aws." + service, detailType, service + ".amazonaws.com", name, eventType, false,
                    userIdentity, new ObjectMapper().readTree(parameters.replace('\'', '"')));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /// The same caller uses a tool of an MCP server.
    Envelope usingTool(String server) {
        return new Envelope("aws.aws-mcp", detailType, server, "CallReadWriteTool", "AwsMcpEvent", false, userIdentity,
                requestParameters);
    }

    /// The same caller signs in to the console.
    Envelope signingIn(String type) {
        return new Envelope("aws.signin", type, "signin.amazonaws.com", "ConsoleLogin", "AwsConsoleSignIn", false,
                userIdentity, requestParameters);
    }

    /// The same event under another source.
    Envelope from(String other) {
        return new Envelope(other, detailType, eventSource, eventName, eventType, readOnly, userIdentity,
                requestParameters);
    }

    /// The same event under another detail type.
    Envelope typed(String other) {
        return new Envelope(source, other, eventSource, eventName, eventType, readOnly, userIdentity,
                requestParameters);
    }

    private Envelope with(ObjectNode identity) {
        return new Envelope(source, detailType, eventSource, eventName, eventType, readOnly, identity,
                requestParameters);
    }

    /// The envelope's JSON.
    JsonNode json() {
        ObjectNode envelope = JSON.objectNode().put("version", "0").put("id", "00000000-0000-4000-8000-000000000001")
                .put("detail-type", detailType).put("source", source).put("account", ACCOUNT)
                .put("time", "2026-11-17T09:12:05Z").put("region", "us-east-1");
        envelope.putArray("resources");
        ObjectNode detail = envelope.putObject("detail").put("eventVersion", "1.11");
        detail.set("userIdentity", userIdentity);
        detail.put("eventTime", "2026-11-17T09:12:04Z").put("eventSource", eventSource).put("eventName", eventName)
                .put("awsRegion", "us-east-1").put("sourceIPAddress", "203.0.113.24").put("userAgent", "made-up/1.0")
                .putNull("responseElements")
                .put("requestID", "5f1c0f5e-0000-4000-8000-000000000a01")
                .put("eventID", "e0000000-0000-4000-8000-000000000001").put("readOnly", readOnly)
                .put("eventType", eventType).put("managementEvent", true).put("recipientAccountId", ACCOUNT)
                .put("eventCategory", "Management");
        detail.set("requestParameters", requestParameters == null ? JSON.nullNode() : requestParameters);
        return envelope;
    }

    private static Envelope call(ObjectNode identity) {
        return new Envelope("aws.ec2", "AWS API Call via CloudTrail", "ec2.amazonaws.com", "CreateTags", "AwsApiCall",
                false, identity, null);
    }

    private static ObjectNode identity(String type, String principalId, String arn) {
        return JSON.objectNode().put("type", type).put("principalId", principalId).put("arn", arn)
                .put("accountId", ACCOUNT).put("accessKeyId", "ASIAEXAMPLEAGENTKEY01");
    }
}
