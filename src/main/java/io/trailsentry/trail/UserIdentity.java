package io.trailsentry.trail;

import org.jspecify.annotations.Nullable;

/// Who made a call, as CloudTrail's `userIdentity` names them.
///
/// Every part may be absent (null): CloudTrail leaves out what does not apply to the identity's type.
/// Source: CloudTrail user guide, "CloudTrail userIdentity element".
///
/// @param type `Root`, `IAMUser`, `AssumedRole`, `AWSService`, ...
/// @param principalId stable id, `AROA...:session-name` for an assumed role
/// @param arn the caller's ARN; for an assumed role the session's, which has no role path
/// @param accountId twelve digits, the account that owns the identity
/// @param accessKeyId id of the key that signed the call; rotates within a session
/// @param userName the IAM user's name
/// @param invokedBy the AWS service that made the call for this identity
/// @param issuerType type of the session's issuer, `Role` for an assumed role
/// @param issuerArn ARN of the role behind a session, with its path
/// @param issuerAccountId account of the role behind a session
/// @param issuerUserName bare name of the role behind a session
/// @param sourceIdentity the `sourceIdentity` set when the session's role was assumed
/// @param signInSessionArn the sign-in session, when the credentials come from one
/// @param onBehalfOf the Identity Center user id the session acts for
/// @param mfaAuthenticated whether the session was signed in with MFA, null when not told
public record UserIdentity(@Nullable String type, @Nullable String principalId, @Nullable String arn,
        @Nullable String accountId, @Nullable String accessKeyId, @Nullable String userName,
        @Nullable String invokedBy, @Nullable String issuerType, @Nullable String issuerArn,
        @Nullable String issuerAccountId, @Nullable String issuerUserName, @Nullable String sourceIdentity,
        @Nullable String signInSessionArn, @Nullable String onBehalfOf, @Nullable Boolean mfaAuthenticated) {

    /// An identity of which nothing is known: what `"userIdentity": null` reads as.
    public static final UserIdentity UNKNOWN = new UserIdentity(null, null, null, null, null, null, null, null, null,
            null, null, null, null, null, null);

    /// Characters that its texts have together.
    public int length() {
        return length(type) + length(principalId) + length(arn) + length(accountId) + length(accessKeyId)
                + length(userName) + length(invokedBy) + length(issuerType) + length(issuerArn)
                + length(issuerAccountId) + length(issuerUserName) + length(sourceIdentity) + length(signInSessionArn)
                + length(onBehalfOf);
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}
