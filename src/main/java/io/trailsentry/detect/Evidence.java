package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.UserIdentity;
import org.jspecify.annotations.Nullable;

/// What a reader of a finding is shown of the event behind a signal: allow-listed fields, each cut to a length, no
/// parameters, no answers, no credentials. The texts are as the event has them: whoever shows them escapes them.
///
/// @param eventId CloudTrail's event id
/// @param eventSource service that was called; null for a window of calls
/// @param eventName API operation as CloudTrail writes it; null for a window of calls
/// @param awsRegion Region that recorded the call
/// @param account account that received the record
/// @param channel the way by which the call reached AWS
/// @param client program that made the call, as it calls itself
/// @param human person behind the call
/// @param sourceIpAddress address, or name of an AWS service
/// @param userAgent what the caller said it is
/// @param errorCode null when the call succeeded
/// @param errorMessage text of the error
/// @param requestId id of the request
/// @param callerArn ARN of the caller's session
/// @param toolCall the MCP tool call that made the call; null when none is known
public record Evidence(String eventId, @Nullable String eventSource, @Nullable String eventName,
        @Nullable String awsRegion, @Nullable String account, @Nullable String channel, @Nullable String client,
        @Nullable String human,
        @Nullable String sourceIpAddress, @Nullable String userAgent, @Nullable String errorCode,
        @Nullable String errorMessage, @Nullable String requestId, @Nullable String callerArn,
        @Nullable ToolCall toolCall) {
    /// Longest text that is kept.
    public static final int LONGEST = 512;

    /// Evidence with no tool call behind it.
    public Evidence(String eventId, @Nullable String eventSource, @Nullable String eventName,
            @Nullable String awsRegion, @Nullable String account, @Nullable String channel, @Nullable String client,
            @Nullable String human, @Nullable String sourceIpAddress, @Nullable String userAgent,
            @Nullable String errorCode, @Nullable String errorMessage, @Nullable String requestId,
            @Nullable String callerArn) {
        this(eventId, eventSource, eventName, awsRegion, account, channel, client, human, sourceIpAddress, userAgent,
                errorCode, errorMessage, requestId, callerArn, null);
    }

    /// The same with the tool call that made the call.
    public Evidence behind(ToolCall by) {
        return new Evidence(eventId, eventSource, eventName, awsRegion, account, channel, client, human,
                sourceIpAddress, userAgent, errorCode, errorMessage, requestId, callerArn, by);
    }

    /// The program at the caller's end, by the call itself or by the tool call behind it; null when neither tells.
    public @Nullable String program() {
        return client != null || toolCall == null ? client : toolCall.client();
    }

    /// The evidence of a call.
    public static Evidence of(Call call) {
        CloudTrailEvent event = call.event();
        UserIdentity identity = event.userIdentity();
        return new Evidence(event.eventId(), cut(event.eventSource()), cut(event.eventName()),
                optional(event.awsRegion()), optional(event.account()), cut(call.channel().name()),
                optional(call.client()), optional(call.human()), optional(event.sourceIpAddress()),
                optional(event.userAgent()), optional(event.errorCode()), optional(event.errorMessage()),
                optional(event.requestId()), optional(identity.arn()));
    }

    /// The evidence of a window of calls: the event that stands for it.
    public static Evidence ofWindow(String eventId, @Nullable String awsRegion, String account) {
        return new Evidence(eventId, null, null, awsRegion, account, null, null, null, null, null, null, null, null,
                null);
    }

    private static @Nullable String optional(@Nullable String text) {
        return text == null ? null : cut(text);
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 3) + "...";
    }
}
