package io.trailsentry.agent;

import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.UserIdentity;

/// The roles that TrailSentry itself works under, by the names that its template gives them.
public final class OwnRoles {
    private static final String PREFIX = "trailsentry-";
    private static final String AUDIT = PREFIX + "audit-";

    private OwnRoles() {
    }

    /// Whether a principal is one of them: a role of such a name in the account that the event is about. Anybody who may
    /// make roles can make one of such a name, which `audit-tampering` tells.
    static boolean isOne(Principal principal, CloudTrailEvent event) {
        return principal.kind() == Principal.Kind.ROLE && principal.name().startsWith(PREFIX)
                && principal.account().equals(event.account());
    }

    /// Whether an event is the canary: the harmless call that the audit makes in each watched Region, so that its event
    /// proves that calls there are seen. It counts for nothing else.
    public static boolean isCanary(CloudTrailEvent event) {
        if (!event.eventName().equals("GetCallerIdentity")) {
            return false;
        }
        UserIdentity caller = event.userIdentity();
        String role = caller.issuerUserName();
        String account = caller.issuerAccountId();
        return role != null && role.startsWith(AUDIT) && account != null && account.equals(event.recipientAccountId())
                && event.eventSource().equals("sts.amazonaws.com");
    }
}
