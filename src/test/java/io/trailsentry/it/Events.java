package io.trailsentry.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/// Events as EventBridge delivers them, with made-up values. The time is now, because the function gets events
/// that are minutes old; no detector that these events touch looks at the time of day.
final class Events {
    static final String ACCOUNT = "111122223333";
    static final String AGENT_ROLE = "mcp-agent-role";
    static final String AGENT_ROLE_ARN = "arn:aws:iam::" + ACCOUNT + ":role/" + AGENT_ROLE;
    static final String REGION = "us-east-1";
    static final String SESSION = "planner-41c2";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Events() {
    }

    /// The agent, through the AWS MCP Server, attaches `AdministratorAccess` to its own role, and succeeds.
    static ObjectNode selfModification() {
        return parse("""
                {
                  "version": "0",
                  "id": "%1$s",
                  "detail-type": "AWS API Call via CloudTrail",
                  "source": "aws.iam",
                  "account": "%2$s",
                  "time": "%3$s",
                  "region": "%4$s",
                  "resources": [],
                  "detail": {
                    "eventVersion": "1.11",
                    "userIdentity": {
                      "type": "AssumedRole",
                      "principalId": "AROAEXAMPLEAGENT00001:%9$s",
                      "arn": "arn:aws:sts::%2$s:assumed-role/%5$s/%9$s",
                      "accountId": "%2$s",
                      "accessKeyId": "ASIAEXAMPLEKEY0000001",
                      "sessionContext": {
                        "sessionIssuer": {
                          "type": "Role",
                          "principalId": "AROAEXAMPLEAGENT00001",
                          "arn": "%6$s",
                          "accountId": "%2$s",
                          "userName": "%5$s"
                        },
                        "attributes": {"creationDate": "%3$s", "mfaAuthenticated": "false"}
                      },
                      "invokedBy": "aws-mcp.amazonaws.com"
                    },
                    "eventTime": "%3$s",
                    "eventSource": "iam.amazonaws.com",
                    "eventName": "AttachRolePolicy",
                    "awsRegion": "%4$s",
                    "sourceIPAddress": "aws-mcp.amazonaws.com",
                    "userAgent": "aws-mcp.amazonaws.com",
                    "requestParameters": {
                      "roleName": "%5$s",
                      "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"
                    },
                    "responseElements": null,
                    "requestID": "%7$s",
                    "eventID": "%8$s",
                    "readOnly": false,
                    "eventType": "AwsApiCall",
                    "managementEvent": true,
                    "recipientAccountId": "%2$s",
                    "eventCategory": "Management"
                  }
                }
                """.formatted(UUID.randomUUID(), ACCOUNT, Instant.now().truncatedTo(ChronoUnit.SECONDS), REGION,
                AGENT_ROLE, AGENT_ROLE_ARN, UUID.randomUUID(), UUID.randomUUID(), SESSION));
    }

    /// An administrator does the same to the agent.
    static ObjectNode perimeterChange() {
        return by("platform-admin", selfModification());
    }

    /// A role starts an instance, which is no agent's affair.
    static ObjectNode ordinaryWork(String role) {
        ObjectNode event = by(role, selfModification()).put("source", "aws.ec2");
        ((ObjectNode) event.path("detail")).put("eventSource", "ec2.amazonaws.com").put("eventName", "StartInstances")
                .putObject("requestParameters");
        return event;
    }

    /// Another agent stops TrailSentry's own trail.
    static ObjectNode auditTampering(String role, String region) {
        ObjectNode event = by(role, selfModification()).put("source", "aws.cloudtrail").put("region", region);
        ((ObjectNode) event.path("detail")).put("eventSource", "cloudtrail.amazonaws.com")
                .put("eventName", "StopLogging").put("awsRegion", region)
                .putObject("requestParameters").put("name", "trailsentry-trail");
        return event;
    }

    /// The same event as if another role had called, and not through a server.
    private static ObjectNode by(String role, ObjectNode event) {
        var detail = (ObjectNode) event.path("detail");
        ObjectNode identity = parse(detail.path("userIdentity").toString().replace(AGENT_ROLE, role)
                .replace("AROAEXAMPLEAGENT00001", "AROAEXAMPLEOTHER00001"));
        identity.remove("invokedBy");
        detail.set("userIdentity", identity);
        detail.put("sourceIPAddress", "203.0.113.7").put("userAgent", "aws-cli/2.31.0");
        return event;
    }

    /// The schedule's own event.
    static ObjectNode heartbeat() {
        return parse("""
                {
                  "version": "0",
                  "id": "%1$s",
                  "detail-type": "Scheduled Event",
                  "source": "aws.events",
                  "account": "%2$s",
                  "time": "%3$s",
                  "region": "%4$s",
                  "resources": ["arn:aws:events:%4$s:%2$s:rule/trailsentry-heartbeat"],
                  "detail": {}
                }
                """.formatted(UUID.randomUUID(), ACCOUNT, Instant.now().truncatedTo(ChronoUnit.SECONDS), REGION));
    }

    static ObjectNode parse(String json) {
        try {
            return (ObjectNode) JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
