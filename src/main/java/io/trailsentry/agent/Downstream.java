package io.trailsentry.agent;

import io.trailsentry.trail.CloudTrailEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The API calls that an MCP tool call made. Immutable.
///
/// @param by the tool call
/// @param requestIds request ids of the API calls, at most 100
public record Downstream(ToolCall by, List<String> requestIds) {
    private static final int MOST = 100;
    private static final int LONGEST = 120;

    /// Copies the list.
    public Downstream {
        requestIds = List.copyOf(requestIds);
    }

    /// What an event tells of API calls; null when it is no tool call, or one that made none.
    public static @Nullable Downstream of(CloudTrailEvent event) {
        if (!event.isMcpToolCall()) {
            return null;
        }
        List<String> requestIds = event.additionalEventData().all("downstreamRequests.requestId").stream()
                .filter(id -> id.length() <= LONGEST).limit(MOST).toList();
        if (requestIds.isEmpty()) {
            return null;
        }
        String tool = event.requestParameters().first("params.name");
        String address = event.sourceIpAddress();
        return new Downstream(new ToolCall(cut(tool == null ? event.eventName() : tool), Client.of(event.userAgent()),
                address == null || address.endsWith(".amazonaws.com") ? null : cut(address)), requestIds);
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + '…';
    }
}
