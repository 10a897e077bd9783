package io.trailsentry.publish;

import io.trailsentry.agent.Containment;
import io.trailsentry.agent.Containment.Step;
import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Evidence;
import io.trailsentry.finding.Finding;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What to do now about a finding: look, contain, and what to know before it is undone. One to three steps, the one
/// that changes nothing first. What contains a principal is [Containment]'s; here are its words and commands. Pure.
///
/// A command holds nothing of an agent's choosing but names in IAM's own character set, and those in single quotes;
/// where a name is of another form there are words and no command.
public final class NextSteps {
    /// How each kind of principal is contained, at length.
    public static final String RUNBOOK = Links.runbook("contain");
    /// What containing a role or user does not end.
    public static final String GOES_ON = """
            Not ended by this: roles that it assumed, and what it left running under another role, as functions and \
            instances do. Look for its AssumeRole and PassRole, and contain those too.""";
    /// What lifting the deny of a role leaves.
    public static final String REVOCATION_STAYS = """
            The policy AWSRevokeOlderSessions stays: sessions opened before the containment stay dead, and it does \
            not touch newer ones. Delete it when it is twelve hours old, the longest that a session lives.""";
    private static final Duration AROUND = Duration.ofMinutes(15);

    private NextSteps() {
    }

    /// The steps for a finding.
    public static List<NextStep> of(Finding finding) {
        if (TestFinding.is(finding)) {
            return List.of(new NextStep("Nothing. A real alert has its commands here.", List.of(), List.of()));
        }
        if (finding.isOfState()) {
            return ofState(finding);
        }
        List<NextStep> steps = new ArrayList<>();
        NextStep look = look(finding);
        if (look != null) {
            steps.add(look);
        }
        steps.addAll(contain(finding));
        return List.copyOf(steps);
    }

    /// Nobody is to be contained for how a thing stands.
    private static List<NextStep> ofState(Finding finding) {
        NextStep doctor = new NextStep("See all that the audit looks at, and how to mend each. Changes nothing.",
                List.of("./trailsentry doctor"), List.of());
        Principal principal = finding.principal();
        return finding.leading().detector().equals("perimeter-drift") && Containment.isName(principal.name())
                ? List.of(new NextStep("See the difference to what was reviewed. Changes nothing.",
                        List.of("./trailsentry review '" + principal.name() + "'"), List.of()), doctor)
                : List.of(doctor);
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
        } else if (actor.kind() == Principal.Kind.ROLE && Containment.isName(actor.name())
                && finding.firstSeen() != null) {
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
        return name != null && Containment.isName(name) ? name : null;
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
        return Containment.of(Wording.actor(finding), finding.session(), finding.id()).stream().map(NextSteps::of)
                .toList();
    }

    /// A step of containment in words, and as a command.
    public static NextStep of(Containment.Step step) {
        return switch (step) {
            case Step.Deny deny -> deny(deny.principal(), Containment.denial(null, null));
            case Step.RevokeSessions revoke -> revokeSessions(revoke.role(),
                    "'\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"'");
            case Step.DeactivateKeys keys -> new NextStep("""
                    Deactivate its access keys, so that they stay dead when the deny is lifted. One that proves \
                    innocent is activated again by --status Active.""",
                    List.of("for key in $(aws iam list-access-keys " + holder(keys.user()),
                            "--query 'AccessKeyMetadata[].AccessKeyId' --output text); do",
                            "aws iam update-access-key " + holder(keys.user()),
                            "--access-key-id \"$key\" --status Inactive; done"),
                    List.of());
            case Step.DenyByScp scp -> scp(scp);
            case Step.AtItsSource source -> new NextStep(source.principal().isServiceLinkedRole() ? """
                    Stop the job, function or pipeline by which the service uses this role: IAM refuses every change \
                    to a service-linked role. The runbook says how.""" : """
                    Stop it where its credentials come from: no policy of this account holds it. The runbook says \
                    how.""", List.of(), List.of());
            case Step.InConsole odd -> new NextStep("Stop the " + kind(odd.principal())
                    + " in the IAM console: its name is not of IAM's form, so it stands in no command here.",
                    List.of(), List.of());
        };
    }

    /// Denying a role or user everything.
    ///
    /// @param document the policy
    public static NextStep deny(Principal principal, String document) {
        boolean role = principal.kind() == Principal.Kind.ROLE;
        return new NextStep(role
                ? "Stop the role: deny it everything. All its work ends within seconds, in every session."
                : "Stop the user: deny it everything. Its console, keys and sessions end within seconds.",
                List.of("aws iam put-" + kind(principal) + "-policy " + holder(principal),
                        "--policy-name " + Containment.POLICY, "--policy-document '" + document + "'"),
                List.of("aws iam delete-" + kind(principal) + "-policy " + holder(principal),
                        "--policy-name " + Containment.POLICY));
    }

    /// Revoking a role's open sessions.
    ///
    /// @param before when they were opened: RFC 3339, UTC
    public static NextStep revokeSessions(Principal role, String before) {
        return new NextStep("""
                Revoke the sessions that are open now, so that they stay dead when the deny is lifted. What keeps \
                credentials of the role, as an instance does, then needs new ones.""",
                List.of("aws iam put-role-policy " + holder(role), "--policy-name " + Containment.REVOCATION,
                        "--policy-document '" + Containment.revocation(before) + "'"),
                List.of("aws iam delete-role-policy " + holder(role), "--policy-name " + Containment.REVOCATION));
    }

    /// Deactivating one access key of a user.
    public static NextStep deactivate(Principal user, String key) {
        return new NextStep("Deactivate the access key " + key + ", so that it stays dead when the deny is lifted.",
                setKey(user, key, "Inactive"), setKey(user, key, "Active"));
    }

    /// Lifting the deny from a role or user.
    public static NextStep lift(Principal principal) {
        NextStep deny = deny(principal, "");
        return new NextStep("Lift the deny: the " + kind(principal) + " works again.", deny.undo(), List.of());
    }

    /// Activating an access key again.
    public static NextStep activate(Principal user, String key) {
        return new NextStep("Activate the access key " + key + ", which was deactivated to contain the user. One that "
                + "was out of hand is better replaced.", setKey(user, key, "Active"), setKey(user, key, "Inactive"));
    }

    /// What takes back a step that is taken by hand.
    public static NextStep undo(Step step) {
        NextStep done = of(step);
        return done.undo().isEmpty()
                ? new NextStep("Take back by hand what was done by hand.", List.of(), List.of())
                : new NextStep("Take the SCP off the account: run this in the organization's management account.",
                        done.undo(), List.of());
    }

    private static List<String> setKey(Principal user, String key, String status) {
        return List.of("aws iam update-access-key " + holder(user),
                "--access-key-id " + key + " --status " + status);
    }

    /// IAM refuses to change an Identity Center role, and root, so the deny stands in an SCP.
    private static NextStep scp(Step.DenyByScp scp) {
        String account = scp.principal().account();
        String what = scp.principal().kind() == Principal.Kind.ROOT
                ? """
                        Stop the root user of a member account by an SCP: run this in the organization's management \
                        account. In any other account no policy holds root: sign in, change its password, delete its \
                        access keys."""
                : scp.session()
                        ? """
                                Stop this person's sessions of the permission set; nobody else's. IAM refuses changes \
                                to the role, so it takes an SCP: run this in the organization's management account."""
                        : """
                                Stop the permission set's role, for all people who have it in this account. IAM \
                                refuses changes to it, so it takes an SCP: run this in the organization's management \
                                account.""";
        return new NextStep(what,
                List.of("aws organizations attach-policy --target-id " + account,
                        "--policy-id \"$(aws organizations create-policy --type SERVICE_CONTROL_POLICY",
                        "--name " + scp.name() + " --description 'Made to contain a principal of " + account + "'",
                        "--content '" + Containment.denial(null, scp.condition()) + "'",
                        "--query Policy.PolicySummary.Id --output text)\""),
                List.of("aws organizations detach-policy --target-id " + account,
                        "--policy-id \"$(aws organizations list-policies --filter SERVICE_CONTROL_POLICY",
                        "--query \"Policies[?Name=='" + scp.name() + "'].Id\" --output text)\""));
    }

    private static String kind(Principal principal) {
        return principal.kind() == Principal.Kind.ROLE ? "role" : "user";
    }

    private static String holder(Principal principal) {
        return "--" + kind(principal) + "-name '" + principal.name() + "'";
    }
}
