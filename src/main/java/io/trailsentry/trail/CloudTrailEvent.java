package io.trailsentry.trail;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One CloudTrail record, reduced to the fields that a detector, a finding or a message reads. Immutable.
///
/// Field names are CloudTrail's own. Absent is null, except where the type has an empty value.
/// Source: CloudTrail user guide, "CloudTrail record contents".
///
/// @param eventId unique id; a hash of the record where it has none
/// @param eventTime when the call was made, whole seconds; null when neither record nor envelope tells
/// @param eventSource service that was called, as in `iam.amazonaws.com`
/// @param eventName API operation, with the API-version suffix that some services append
/// @param awsRegion Region that recorded the call
/// @param sourceIpAddress an address, or the name of an AWS service
/// @param userAgent the client, chosen by the caller
/// @param errorCode null when the call succeeded
/// @param errorMessage text of the error; for a denied IAM call the only place that names the target
/// @param requestId id of the request, which joins an MCP tool call to the calls it made
/// @param eventType `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleSignIn`, `AwsMcpEvent`, ...
/// @param readOnly null when the record does not tell
/// @param consoleCredentials whether the credentials came from a console session
/// @param recipientAccountId account that received the record
/// @param sharedEventId id shared by the records that one call left in several accounts
/// @param userIdentity who called
/// @param requestParameters what was asked for
/// @param responseElements ids and ARNs of the answer; never credentials
/// @param additionalEventData the few additions that are read: MFA use, the calls behind an MCP tool call
/// @param resources ARNs of the resources touched, at most 100
public record CloudTrailEvent(String eventId, @Nullable Instant eventTime, String eventSource, String eventName,
        @Nullable String awsRegion, @Nullable String sourceIpAddress, @Nullable String userAgent,
        @Nullable String errorCode, @Nullable String errorMessage, @Nullable String requestId,
        @Nullable String eventType, @Nullable Boolean readOnly, boolean consoleCredentials,
        @Nullable String recipientAccountId, @Nullable String sharedEventId, UserIdentity userIdentity,
        Parameters requestParameters, Parameters responseElements, Parameters additionalEventData,
        List<String> resources) {

    /// Copies the list.
    public CloudTrailEvent {
        resources = List.copyOf(resources);
    }

    /// The account that the call was about: the recipient's, else the caller's; null when neither is told.
    public @Nullable String account() {
        return recipientAccountId != null ? recipientAccountId : userIdentity.accountId();
    }

    /// Whether this is the record of an MCP tool call itself, not of an AWS API call.
    public boolean isMcpToolCall() {
        return "AwsMcpEvent".equals(eventType) || eventSource.startsWith("aws-mcp.")
                || eventSource.endsWith("-mcp.amazonaws.com");
    }
}
