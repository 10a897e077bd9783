package io.trailsentry.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Sample;
import io.trailsentry.trail.UserIdentity;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Made-up callers.
final class Calls {
    static final String ACCOUNT = "111122223333";
    static final String ROLE = "arn:aws:iam::111122223333:role/agents/mcp-agent-role";

    private Calls() {
    }

    /// An event of a caller.
    ///
    /// @param identity its `userIdentity` as JSON
    static CloudTrailEvent event(String identity) {
        ObjectNode record = Sample.node("id-1");
        record.set("userIdentity", Sample.JSON.createObjectNode());
        String placed = record.toString().replace("\"userIdentity\":{}", "\"userIdentity\":" + identity);
        return Sample.event(placed);
    }

    /// An event of the agent's role, by its own hand: not through a service.
    static ObjectNode direct(String userAgent) {
        ObjectNode record = Sample.node("id-1");
        ((ObjectNode) record.path("userIdentity")).remove("invokedBy");
        return record.put("sourceIPAddress", "198.51.100.7").put("userAgent", userAgent);
    }

    static CloudTrailEvent event(ObjectNode record) {
        return Sample.event(record.toString());
    }

    static @Nullable Principal principalOrNone(String identity) {
        UserIdentity who = event(identity).userIdentity();
        return Principal.of(who, ACCOUNT);
    }

    static Principal principal(String identity) {
        return Objects.requireNonNull(principalOrNone(identity), identity);
    }

    /// A role's session as JSON.
    static String role(String roleArn, String name, String account) {
        return """
                {"type":"AssumedRole","principalId":"AROAEXAMPLE:s","accountId":"%3$s",
                 "arn":"arn:aws:sts::%3$s:assumed-role/%2$s/s","sessionContext":{"sessionIssuer":{"type":"Role",
                 "arn":"%1$s","accountId":"%3$s","userName":"%2$s"}}}""".formatted(roleArn, name, account);
    }
}
