package io.trailsentry.agent;

import io.trailsentry.trail.Arn;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What stops a principal, by what it is: decided here alone, for the text of alerts and for `contain`. Pure.
///
/// Sources: IAM user guide, "Revoke IAM role temporary security credentials" (a deny holds for sessions that are open,
/// a revocation only for those); IAM Identity Center user guide, "Referencing permission sets in resource policies"
/// (its roles cannot be changed in IAM) and "Use a Deny policy to revoke active user permissions" (by SCP); IAM user
/// guide, "Service-linked roles" (their permissions cannot be edited).
public final class Containment {
    /// Name of the inline policy that contains a role or user, and the beginning of an SCP's.
    public static final String POLICY = "trailsentry-contain";
    /// Name of the inline policy that revokes a role's open sessions; the console's own for the same purpose.
    public static final String REVOCATION = "AWSRevokeOlderSessions";

    /// IAM API reference, `RoleName`, `UserName`, `RoleSessionName`: `[\w+=,.@-]+`, at most 64.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_+=,.@-]{1,64}");
    private static final Pattern USER_ID = Pattern.compile("[A-Z0-9]{16,128}:[A-Za-z0-9_+=,.@-]{2,64}");
    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_+=,.@-]{1,100}");

    private Containment() {
    }

    /// One thing that is done. Whatever of it stands in a command or policy is of IAM's own form.
    public sealed interface Step {
        /// Denies a role or user everything, by an inline policy.
        record Deny(Principal principal) implements Step {
        }

        /// Refuses the sessions of a role that are open, by an inline policy; later ones are not touched.
        record RevokeSessions(Principal role) implements Step {
        }

        /// Deactivates all access keys of a user.
        record DeactivateKeys(Principal user) implements Step {
        }

        /// Denies by an SCP on the principal's account, made in the organization's management account.
        ///
        /// @param name of the SCP
        /// @param condition of its statement: JSON, who is meant
        /// @param session whether one person's sessions are meant, not all that have the role
        record DenyByScp(Principal principal, String name, String condition, boolean session) implements Step {
        }

        /// No policy of the account holds it: it is stopped where its credentials come from.
        record AtItsSource(Principal principal) implements Step {
        }

        /// Its name is not of IAM's form, so it stands in no command.
        record InConsole(Principal principal) implements Step {
        }
    }

    /// The steps, in the order in which they are to be taken.
    ///
    /// @param session `userIdentity.principalId`, where one session is meant; null: all of them
    /// @param label ends the name of an SCP, so that two do not have the same
    public static List<Step> of(Principal principal, @Nullable String session, String label) {
        return switch (principal.kind()) {
            case ROLE -> principal.isServiceLinkedRole()
                    ? List.of(new Step.AtItsSource(principal))
                    : !isName(principal.name())
                            ? List.of(new Step.InConsole(principal))
                            : principal.isIdentityCenterRole()
                                    ? List.of(identityCenter(principal, session, label))
                                    : List.of(new Step.Deny(principal), new Step.RevokeSessions(principal));
            case USER -> isName(principal.name())
                    ? List.of(new Step.Deny(principal), new Step.DeactivateKeys(principal))
                    : List.of(new Step.InConsole(principal));
            case ROOT -> List.of(scp(principal, label, arnLike(principal, ":root"), false));
            case SERVICE, OUTSIDE -> List.of(new Step.AtItsSource(principal));
        };
    }

    private static Step identityCenter(Principal role, @Nullable String session, String label) {
        return session != null && USER_ID.matcher(session).matches()
                ? scp(role, label, "\"StringEquals\":{\"aws:userid\":\"" + session + "\"}", true)
                : scp(role, label, arnLike(role, ":role/aws-reserved/sso.amazonaws.com/*" + role.name()), false);
    }

    private static Step scp(Principal principal, String label, String condition, boolean session) {
        return ACCOUNT.matcher(principal.account()).matches() && LABEL.matcher(label).matches()
                ? new Step.DenyByScp(principal, POLICY + "-" + label, condition, session)
                : new Step.AtItsSource(principal);
    }

    private static String arnLike(Principal principal, String resource) {
        Arn arn = Arn.parse(principal.arn());
        String partition = arn != null && arn.partition().matches("aws[a-z-]{0,12}") ? arn.partition() : "aws";
        return "\"ArnLike\":{\"aws:PrincipalArn\":\"arn:" + partition + ":iam::" + principal.account() + resource
                + "\"}";
    }

    /// Whether a text is of the form of a role's, user's or session's name.
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /// A policy that allows nothing.
    ///
    /// @param sid the statement's id, letters and digits; null: none
    /// @param condition of the statement: JSON; null: none
    public static String denial(@Nullable String sid, @Nullable String condition) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{" + (sid == null ? "" : "\"Sid\":\"" + sid + "\",")
                + "\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\""
                + (condition == null ? "" : ",\"Condition\":{" + condition + "}") + "}]}";
    }

    /// The policy that refuses sessions opened before a moment.
    ///
    /// @param before RFC 3339, UTC
    public static String revocation(String before) {
        return denial(null, "\"DateLessThan\":{\"aws:TokenIssueTime\":\"" + before + "\"}");
    }
}
