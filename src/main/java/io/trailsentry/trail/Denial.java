package io.trailsentry.trail;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What an `errorMessage` tells of a denied call: IAM and STS leave `requestParameters` null then.
///
/// The message reads `User: ARN is not authorized to perform: SERVICE:ACTION on resource: RESOURCE because ...` or
/// `... with an explicit deny ...`; the resource is an ARN, or a kind and a name as in `role mcp-agent-role`.
///
/// @param action as the message writes it, or null
/// @param kind `role`, `user`, `policy`, `group`, `instance profile` where the message names one before the resource
/// @param resource name (with its path where the message has it) or ARN, or null
public record Denial(@Nullable String action, @Nullable String kind, @Nullable String resource) {
    private static final Set<String> CODES = Set.of("accessdenied", "accessdeniedexception", "unauthorizedoperation",
            "client.unauthorizedoperation", "unauthorized", "unauthorizedexception", "authorizationerror",
            "authorizationerrorexception", "notauthorized", "notauthorizedexception", "forbidden",
            "forbiddenexception", "explicitdeny", "403", "vpceaccessdenied", "accessdeniedfordependencyexception");
    private static final Pattern MESSAGE = Pattern.compile("is not authorized to perform: ?([\\w.-]+:\\w+)"
            + "(?: on resource: (?:(role|user|group|policy|instance profile|mfa|server certificate|provider) )?+"
            + "\"?([^\\s\"]+)?)?");
    private static final int LONGEST = 8_192;

    /// Whether an error code says that permission was refused; NotFound, throttling and faulty input do not.
    public static boolean isDenied(@Nullable String errorCode) {
        return errorCode != null && CODES.contains(errorCode.toLowerCase(Locale.ROOT));
    }

    /// What the message tells; all parts null when it has another form. Only its first 8,192 characters are looked
    /// at.
    public static Denial parse(@Nullable String errorMessage) {
        if (errorMessage == null) {
            return new Denial(null, null, null);
        }
        Matcher matcher = MESSAGE.matcher(
                errorMessage.length() > LONGEST ? errorMessage.substring(0, LONGEST) : errorMessage);
        return matcher.find()
                ? new Denial(matcher.group(1), matcher.group(2), matcher.group(3))
                : new Denial(null, null, null);
    }
}
