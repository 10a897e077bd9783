package io.trailsentry.publish;

import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Evidence;
import io.trailsentry.finding.Finding;
import io.trailsentry.trail.Arn;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What to do now about a finding: look, contain, and what to know before it is undone. One to three steps, the one
/// that changes nothing first. Pure.
///
/// A command holds nothing of an agent's choosing but names in IAM's own character set, and those in single quotes;
/// where a name is of another form there are words and no command.
///
/// Sources: IAM user guide, "Revoke IAM role temporary security credentials" (a deny holds for sessions that are open,
/// a revocation only for those); IAM Identity Center user guide, "Referencing permission sets in resource policies"
/// (its roles cannot be changed in IAM) and "Use a Deny policy to revoke active user permissions" (by SCP).
public final class NextSteps {
    /// Name of the inline policy that contains a role or user.
    public static final String CONTAIN_POLICY = "TrailSentryContain";
    /// Name of the inline policy that revokes a role's open sessions; the console's own for the same purpose.
    public static final String REVOKE_POLICY = "AWSRevokeOlderSessions";
    /// The document that contains: nothing is allowed.
    public static final String DENY_ALL = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}""";

    /// IAM API reference, `RoleName`, `UserName`, `RoleSessionName`: `[\w+=,.@-]+`, at most 64.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_+=,.@-]{1,64}");
    private static final Pattern USER_ID = Pattern.compile("[A-Z0-9]{16,128}:[A-Za-z0-9_+=,.@-]{2,64}");
    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final Duration AROUND = Duration.ofMinutes(15);

    private NextSteps() {
    }

    /// The steps for a finding.
    public static List<NextStep> of(Finding finding) {
        List<NextStep> steps = new ArrayList<>();
        NextStep look = look(finding);
        if (look != null) {
            steps.add(look);
        }
        steps.addAll(contain(finding));
        return List.copyOf(steps);
    }

    private static @Nullable NextStep look(Finding finding) {
        Evidence evidence = finding.leading().evidence();
        String region = Links.region(evidence.awsRegion());
        Principal actor = Wording.actor(finding);
        String name = userName(actor, finding.session());
        List<String> command = new ArrayList<>();
        command.add("aws cloudtrail lookup-events" + (region == null ? "" : " --region " + region));
        String in = region == null ? "" : " in " + region;
        String what;
        boolean manyCalls = finding.leading().window() != null;
        if (name != null && (!manyCalls || actor.kind() != Principal.Kind.ROLE)) {
            what = "See what it did" + in + ". Changes nothing.";
            command.add("--lookup-attributes 'AttributeKey=Username,AttributeValue=\"" + name + "\"'");
            command.addAll(span(finding.firstSeen(), manyCalls ? finding.lastSeen() : null));
            command.add("--query 'Events[].[EventTime,EventSource,EventName,EventId]' --output table");
        } else if (actor.kind() == Principal.Kind.ROLE && isName(actor.name()) && finding.firstSeen() != null) {
            // A role's calls are under its sessions' names, which are many.
            what = "See what it did" + in + ". Changes nothing.";
            command.addAll(span(finding.firstSeen(), finding.lastSeen()));
            command.add("--query \"Events[?contains(CloudTrailEvent,'assumed-role/" + actor.name()
                    + "/')].[EventTime,Username,EventSource,EventName]\"");
            command.add("--output table");
        } else if (Links.isEventId(evidence.eventId())) {
            what = "See the event" + in + ". Changes nothing.";
            command.add("--lookup-attributes 'AttributeKey=EventId,AttributeValue=" + evidence.eventId() + "'");
        } else {
            return null;
        }
        return new NextStep(what, command, List.of());
    }

    /// What CloudTrail calls `Username`: a user's name, the session's for a role. Null when it is not known, or not
    /// safe in a command.
    private static @Nullable String userName(Principal actor, @Nullable String session) {
        String name = switch (actor.kind()) {
            case ROLE -> Wording.sessionName(session);
            case USER, ROOT -> actor.name();
            case SERVICE, OUTSIDE -> null;
        };
        return name != null && isName(name) ? name : null;
    }

    private static List<String> span(@Nullable Instant first, @Nullable Instant last) {
        List<String> span = new ArrayList<>();
        if (first != null) {
            span.add("--start-time " + first.minus(AROUND).truncatedTo(ChronoUnit.SECONDS));
        }
        if (last != null) {
            span.add("--end-time " + last.plus(AROUND).truncatedTo(ChronoUnit.SECONDS));
        }
        return span;
    }

    private static List<NextStep> contain(Finding finding) {
        Principal principal = Wording.actor(finding);
        return switch (principal.kind()) {
            case ROLE -> principal.isIdentityCenterRole()
                    ? List.of(identityCenterRole(finding, principal))
                    : principal.name().startsWith("AWSServiceRoleFor") ? List.of(source()) : role(principal);
            case USER -> user(principal);
            case ROOT -> List.of(root(finding, principal));
            case SERVICE, OUTSIDE -> List.of(source());
        };
    }

    private static List<NextStep> role(Principal principal) {
        if (!isName(principal.name())) {
            return List.of(unsafeName("role"));
        }
        String role = "--role-name '" + principal.name() + "'";
        return List.of(
                new NextStep("Stop the role: deny it everything. All its work ends at once, in every session.",
                        List.of("aws iam put-role-policy " + role, "--policy-name " + CONTAIN_POLICY,
                                "--policy-document '" + DENY_ALL + "'"),
                        List.of("aws iam delete-role-policy " + role, "--policy-name " + CONTAIN_POLICY)),
                new NextStep("""
                        Before you undo that: revoke the sessions that are open now, or they work again. New ones \
                        are not touched.""",
                        List.of("aws iam put-role-policy " + role, "--policy-name " + REVOKE_POLICY,
                                "--policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                                        + "\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":"
                                        + "{\"aws:TokenIssueTime\":\"'\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"'\"}}}]}'"),
                        List.of()));
    }

    private static List<NextStep> user(Principal principal) {
        if (!isName(principal.name())) {
            return List.of(unsafeName("user"));
        }
        String user = "--user-name '" + principal.name() + "'";
        return List.of(
                new NextStep("Stop the user: deny it everything. Its console, keys and sessions end at once.",
                        List.of("aws iam put-user-policy " + user, "--policy-name " + CONTAIN_POLICY,
                                "--policy-document '" + DENY_ALL + "'"),
                        List.of("aws iam delete-user-policy " + user, "--policy-name " + CONTAIN_POLICY)),
                new NextStep("Deactivate its access keys, so that they stay dead after the undo.",
                        List.of("for key in $(aws iam list-access-keys " + user,
                                "--query 'AccessKeyMetadata[].AccessKeyId' --output text); do",
                                "aws iam update-access-key " + user,
                                "--access-key-id \"$key\" --status Inactive; done"),
                        List.of()));
    }

    /// IAM refuses to change such a role, so the deny stands in an SCP; it names the person's session id where that is
    /// known, and else the role, which all people with the permission set share.
    private static NextStep identityCenterRole(Finding finding, Principal principal) {
        String session = finding.session();
        if (session != null && USER_ID.matcher(session).matches()) {
            return scp(finding, principal, """
                    Stop this person's sessions of the permission set; nobody else's. IAM refuses changes to the \
                    role, so it takes an SCP: run this in the organization's management account.""",
                    "\"StringEquals\":{\"aws:userid\":\"" + session + "\"}");
        }
        return isName(principal.name())
                ? scp(finding, principal, """
                        Stop the permission set's role, for all people who have it in this account. IAM refuses \
                        changes to it, so it takes an SCP: run this in the organization's management account.""",
                        "\"ArnLike\":{\"aws:PrincipalArn\":\"arn:" + partition(principal) + ":iam::"
                                + principal.account() + ":role/aws-reserved/sso.amazonaws.com/*" + principal.name()
                                + "\"}")
                : unsafeName("role");
    }

    private static NextStep root(Finding finding, Principal principal) {
        return scp(finding, principal, """
                Stop the root user of a member account by an SCP: run this in the organization's management account. \
                In any other account no policy holds root: sign in, change its password, delete its access keys.""",
                "\"ArnLike\":{\"aws:PrincipalArn\":\"arn:" + partition(principal) + ":iam::" + principal.account()
                        + ":root\"}");
    }

    private static NextStep scp(Finding finding, Principal principal, String what, String condition) {
        String account = principal.account();
        if (!ACCOUNT.matcher(account).matches() || !ID.matcher(finding.id()).matches()) {
            return source();
        }
        String name = CONTAIN_POLICY + "-" + finding.id();
        return new NextStep(what,
                List.of("aws organizations attach-policy --target-id " + account,
                        "--policy-id \"$(aws organizations create-policy --type SERVICE_CONTROL_POLICY",
                        "--name " + name + " --description 'Contains finding " + finding.id() + "'",
                        "--content '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\","
                                + "\"Resource\":\"*\",\"Condition\":{" + condition + "}}]}'",
                        "--query Policy.PolicySummary.Id --output text)\""),
                List.of("aws organizations detach-policy --target-id " + account,
                        "--policy-id \"$(aws organizations list-policies --filter SERVICE_CONTROL_POLICY",
                        "--query \"Policies[?Name=='" + name + "'].Id\" --output text)\""));
    }

    private static NextStep source() {
        return new NextStep("""
                Stop it where its credentials come from: no policy of this account holds it. The runbook says how.""",
                List.of(), List.of());
    }

    private static NextStep unsafeName(String kind) {
        return new NextStep("Stop the " + kind + " in the IAM console: its name is not of IAM's form, so it stands in "
                + "no command here.", List.of(), List.of());
    }

    private static String partition(Principal principal) {
        Arn arn = Arn.parse(principal.arn());
        return arn != null && arn.partition().matches("aws[a-z-]{0,12}") ? arn.partition() : "aws";
    }

    private static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }
}
