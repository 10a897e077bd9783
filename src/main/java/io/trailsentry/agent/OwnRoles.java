package io.trailsentry.agent;

import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.UserIdentity;

/// The roles that TrailSentry itself works under, by the names that its template gives them.
public final class OwnRoles {
    private static final String AUDIT = "trailsentry-audit-";

    private OwnRoles() {
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
