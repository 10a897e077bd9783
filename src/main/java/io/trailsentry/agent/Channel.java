package io.trailsentry.agent;

import io.trailsentry.trail.CloudTrailEvent;
import org.jspecify.annotations.Nullable;

/// The way by which a call reached AWS: `mcp`, `cli`, `sdk`, `console` or `service:NAME`.
///
/// @param name as it is written in findings
public record Channel(String name) {
    /// Through an MCP server that AWS runs.
    public static final Channel MCP = new Channel("mcp");
    /// The AWS command line.
    public static final Channel CLI = new Channel("cli");
    /// An SDK, or anything that does not say what it is.
    public static final Channel SDK = new Channel("sdk");
    /// The web console.
    public static final Channel CONSOLE = new Channel("console");

    private static final String SERVICE_SUFFIX = ".amazonaws.com";
    private static final String SIGN_IN = "signin.amazonaws.com";
    private static final String MCP_SUFFIX = "-mcp.amazonaws.com";

    /// An AWS service that acts for the principal.
    ///
    /// @param name the service without its host's suffix
    public static Channel service(String name) {
        return new Channel("service:" + name);
    }

    /// The channel of an event. What AWS sets (`invokedBy`, `sourceIPAddress`) counts before what the caller chooses
    /// (`userAgent`).
    public static Channel of(CloudTrailEvent event) {
        return of(event.userIdentity().invokedBy(), event.sourceIpAddress(), event.userAgent(), event.eventType(),
                event.consoleCredentials(), event.isMcpToolCall());
    }

    /// The channel of an event of which this is known.
    static Channel of(@Nullable String invokedBy, @Nullable String address, @Nullable String userAgent,
            @Nullable String eventType, boolean consoleCredentials, boolean toolCall) {
        if (toolCall || isMcpServer(invokedBy) || (invokedBy == null && isMcpServer(address))) {
            return MCP;
        }
        // The console makes its calls through the sign-in service.
        if (invokedBy != null && !invokedBy.isBlank() && !invokedBy.equals(SIGN_IN)) {
            return service(invokedBy.endsWith(SERVICE_SUFFIX)
                    ? invokedBy.substring(0, invokedBy.length() - SERVICE_SUFFIX.length())
                    : invokedBy);
        }
        String agent = userAgent(userAgent);
        boolean console = SIGN_IN.equals(invokedBy) || consoleCredentials || "AwsConsoleSignIn".equals(eventType)
                || "AwsConsoleAction".equals(eventType) || agent.equals("console.amazonaws.com")
                || agent.startsWith(SIGN_IN) || agent.startsWith("S3Console/") || agent.startsWith("AWSConsole");
        if (console) {
            return CONSOLE;
        }
        if (address != null && address.endsWith(SERVICE_SUFFIX)) {
            return service(address.substring(0, address.length() - SERVICE_SUFFIX.length()));
        }
        return agent.startsWith("aws-cli/") ? CLI : SDK;
    }

    /// Whether a service made the call for the principal.
    public boolean isService() {
        return name.startsWith("service:");
    }

    /// A user agent without the brackets that S3 puts around it; empty when absent.
    static String userAgent(@Nullable String userAgent) {
        if (userAgent == null) {
            return "";
        }
        return userAgent.startsWith("[") && userAgent.endsWith("]")
                ? userAgent.substring(1, userAgent.length() - 1)
                : userAgent;
    }

    private static boolean isMcpServer(@Nullable String host) {
        return host != null && host.endsWith(MCP_SUFFIX);
    }
}
