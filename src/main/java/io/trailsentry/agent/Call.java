package io.trailsentry.agent;

import io.trailsentry.trail.CloudTrailEvent;
import org.jspecify.annotations.Nullable;

/// One call by a watched agent.
///
/// @param agent whose call it is
/// @param principal the IAM principal it was made as
/// @param session `principalId` of the caller; the principal's ARN where the event has none
/// @param channel the way by which it reached AWS
/// @param human person behind it, by name where the roster knows the id; null when the event names nobody
/// @param action `service:EventName`, as IAM writes it
/// @param event the CloudTrail record
public record Call(Agent agent, Principal principal, String session, Channel channel, @Nullable String human,
        String action, CloudTrailEvent event) {

    /// The program that made it, as it calls itself; null when it does not. Worked out when asked: few calls are shown.
    public @Nullable String client() {
        return Client.of(event.userAgent());
    }

    /// The access key id of the session that the call opened by assuming a role; null when it opened none.
    public @Nullable String openedKey() {
        return action.startsWith("sts:AssumeRole") && event.errorCode() == null
                ? event.responseElements().first("credentials.accessKeyId")
                : null;
    }

    /// Whether the call changes nothing, or is not known to. An MCP tool call says `readOnly: false` whatever it did,
    /// so it counts as a read; what it did stands in the calls it made.
    public boolean isRead() {
        if (event.isMcpToolCall()) {
            return true;
        }
        Boolean readOnly = event.readOnly();
        return readOnly != null ? readOnly : looksLikeRead(event.eventName());
    }

    private static boolean looksLikeRead(String eventName) {
        return eventName.startsWith("Get") || eventName.startsWith("List") || eventName.startsWith("Describe")
                || eventName.startsWith("Head") || eventName.startsWith("Lookup") || eventName.startsWith("Search");
    }
}
