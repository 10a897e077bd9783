package io.trailsentry.publish;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.detect.Signal.Window;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A finding in the making, for tests: the field names are those of the finding, its leading signal and its evidence.
public final class Draft {
    public static final String ACCOUNT = "111122223333";
    public static final Map<String, Account> ACCOUNTS = Map.of(ACCOUNT, new Account("sandbox", "dev"));
    public static final Instant AT = Instant.parse("2026-11-21T10:14:03Z");

    public String id = "3f2a9c0d41b7e865";
    public String fingerprint = "0b9e77c1d2a4f310";
    public int score = 97;
    public @Nullable Severity liveSeverity;
    public String agent = "coder";
    public boolean listed = true;
    public Kind kind = Kind.ROLE;
    public String principalName = "mcp-agent-role";
    public String principalArn = "arn:aws:iam::111122223333:role/mcp-agent-role";
    public @Nullable String session = "AROAEXAMPLEMCPAGENT01:coder-session-7f3c";
    public @Nullable String channel = "mcp";
    public String account = ACCOUNT;
    public @Nullable String region = "us-east-1";
    public @Nullable String human = "Dana";
    public @Nullable Instant firstSeen = AT;
    public @Nullable Instant lastSeen = AT;
    public int count = 1;

    public @Nullable String title;
    public String detector = "iam-self-modification";
    public Outcome outcome = Outcome.SUCCEEDED;
    public @Nullable String action = "iam:AttachRolePolicy";
    public @Nullable String target = "mcp-agent-role";
    public String headline = "attached an administrator policy to itself";
    public String reason = "the target is its own role, and the policy gives administrator power";
    public List<String> attack = List.of("T1098.003");
    public @Nullable Premise premise;
    public @Nullable Window window;

    /// When the leading signal was; null: first.
    public @Nullable Instant at;
    public String eventId = "0b6f2d1c-6c0d-4a51-9a3e-0c7f1f0f9a10";
    public @Nullable String eventSource = "iam.amazonaws.com";
    public @Nullable String eventName = "AttachRolePolicy";
    public @Nullable String client;
    public @Nullable String sourceIpAddress = "aws-mcp.amazonaws.com";
    public @Nullable String userAgent = "aws-mcp.amazonaws.com";
    public @Nullable String errorCode;
    public @Nullable String errorMessage;
    public @Nullable String requestId = "6f0d1a8e-0d7e-4d3b-9d52-2f2c8f4f1b11";
    public @Nullable String callerArn = "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/coder-session-7f3c";

    public @Nullable ToolCall toolCall;

    public final List<Signal> others = new ArrayList<>();

    /// The agent attached `AdministratorAccess` to its own role, through the MCP server.
    public static Draft selfModification() {
        return new Draft();
    }

    /// The same, refused by a permissions boundary.
    public static Draft selfModificationBlocked() {
        Draft draft = new Draft();
        draft.id = "5d17e0aa93c2f4b6";
        draft.score = 58;
        draft.outcome = Outcome.DENIED;
        draft.headline = "was blocked when it tried to attach a policy to itself";
        draft.reason = "the target is its own role";
        draft.errorCode = "AccessDenied";
        draft.errorMessage = "User: arn:aws:sts::111122223333:assumed-role/mcp-agent-role/coder-session-7f3c is not "
                + "authorized to perform: iam:AttachRolePolicy on resource: role mcp-agent-role because no permissions "
                + "boundary allows the iam:AttachRolePolicy action";
        return draft;
    }

    /// 85 calls on a Saturday night, over all sessions of the role.
    public static Draft offHoursBurst() {
        Draft draft = new Draft();
        draft.id = "91c4b08be7d23f5a";
        draft.score = 60;
        draft.session = null;
        draft.channel = null;
        draft.human = null;
        draft.region = "eu-central-1";
        draft.firstSeen = Instant.parse("2026-11-21T01:02:10Z");
        draft.lastSeen = Instant.parse("2026-11-21T01:09:44Z");
        draft.count = 85;
        draft.detector = "off-hours-burst";
        draft.action = null;
        draft.target = null;
        draft.headline = "made 85 calls outside its hours";
        draft.reason = "62 calls in 5 min from Sat 02:02, outside its hours (MON-FRI 08:00-18:00 Europe/Berlin), where "
                + "30 are a burst";
        draft.attack = List.of("T1059.009");
        draft.window = new Window(new Sighting(draft.firstSeen.getEpochSecond(), "a"),
                new Sighting(draft.lastSeen.getEpochSecond(), "b"), 85);
        draft.eventSource = null;
        draft.eventName = null;
        draft.sourceIpAddress = null;
        draft.userAgent = null;
        draft.requestId = null;
        draft.callerArn = null;
        return draft;
    }

    /// An instance launched in a Region outside the agent's list, from a laptop; and a look around there.
    public static Draft unusualRegion() {
        Draft draft = new Draft();
        draft.id = "c07d5e2f118ab934";
        draft.score = 88;
        draft.region = "ap-southeast-3";
        draft.lastSeen = AT.plusSeconds(140);
        draft.count = 3;
        draft.channel = "cli";
        draft.detector = "unusual-region";
        draft.action = "ec2:RunInstances";
        draft.target = "ap-southeast-3";
        draft.headline = "launched compute in ap-southeast-3";
        draft.reason = "ap-southeast-3 is not among its expected Regions (eu-central-1, us-east-1)";
        draft.attack = List.of("T1535");
        draft.eventSource = "ec2.amazonaws.com";
        draft.eventName = "RunInstances";
        draft.client = "Claude Code with aws-cli/2.35.24";
        draft.sourceIpAddress = "198.51.100.23";
        draft.userAgent = "aws-cli/2.35.24 md/awscrt#0.31.2 ua/2.1 os/macos#25.0.0 md/arch#arm64 lang/python#3.14.0 "
                + "m/AN,Z,b md/installer#exe md/prompt#off md/command#ec2.run-instances";
        Draft look = new Draft();
        look.region = draft.region;
        look.detector = "unusual-region";
        look.action = "ec2:DescribeInstanceTypes";
        look.target = "ap-southeast-3";
        look.headline = "read in ap-southeast-3";
        look.reason = draft.reason;
        look.attack = draft.attack;
        look.score = 40;
        look.eventId = "77aa2d1c-6c0d-4a51-9a3e-0c7f1f0f9a11";
        look.eventSource = "ec2.amazonaws.com";
        look.eventName = "DescribeInstanceTypes";
        look.sourceIpAddress = draft.sourceIpAddress;
        look.userAgent = draft.userAgent;
        look.client = draft.client;
        draft.others.add(look.signal());
        return draft;
    }

    /// Five steps in one session: a secret, a refused key, more power, the key, the trail's end.
    public static Draft fiveSteps() {
        Draft draft = new Draft();
        draft.id = "e81b6a3d90c45f27";
        draft.firstSeen = AT;
        draft.lastSeen = AT.plusSeconds(327);
        draft.at = AT.plusSeconds(157);
        draft.count = 6;
        draft.title = "coder attached an administrator policy to itself, and 4 more steps";
        draft.others.add(step(327, "audit-tampering", 95, Outcome.SUCCEEDED, "cloudtrail:StopLogging", "org-trail",
                "stopped the trail org-trail", "what happens from now on is not recorded", "T1685.002"));
        draft.others.add(step(242, "privilege-escalation", 75, Outcome.SUCCEEDED, "iam:CreateAccessKey", "dana",
                "created an access key for another user", "the key works until somebody deletes it", "T1098.001"));
        draft.others.add(step(64, "privilege-escalation", 45, Outcome.DENIED, "iam:CreateAccessKey", "admin",
                "was blocked when it tried to create an access key for another user",
                "the key works until somebody deletes it", "T1098.001"));
        draft.others.add(step(0, "credential-access", 42, Outcome.SUCCEEDED, "secretsmanager:GetSecretValue",
                "prod/db-password", "read a secret that it had never read before",
                "first time in 34 days, 18,422 calls", "T1555.006"));
        draft.eventId = "6e0a51b7-02f4-4f0e-8a3c-5d1c7a90b2e4";
        return draft;
    }

    private static Signal step(int seconds, String detector, int score, Outcome outcome, String action, String target,
            String headline, String reason, String attack) {
        Draft step = new Draft();
        step.firstSeen = AT.plusSeconds(seconds);
        step.detector = detector;
        step.score = score;
        step.outcome = outcome;
        step.action = action;
        step.target = target;
        step.headline = headline;
        step.reason = reason;
        step.attack = List.of(attack);
        step.eventId = String.format("77aa2d1c-6c0d-4a51-9a3e-%012d", seconds);
        step.eventSource = action.substring(0, action.indexOf(':')) + ".amazonaws.com";
        step.eventName = action.substring(action.indexOf(':') + 1);
        step.errorCode = outcome == Outcome.DENIED ? "AccessDenied" : null;
        return step.signal();
    }

    /// A person's administrator role behind the MCP server, from Identity Center.
    public static Draft unlistedAdministrator() {
        Draft draft = new Draft();
        draft.score = 75;
        draft.agent = "AWSReservedSSO_AdministratorAccess_1a2b3c4d5e6f7a8b";
        draft.principalName = draft.agent;
        draft.principalArn = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/"
                + draft.agent;
        draft.session = "AROAEXAMPLESSOADMIN01:dana@example.com";
        draft.human = "dana@example.com";
        draft.detector = "unlisted-agent";
        draft.action = "s3:ListBuckets";
        draft.target = draft.principalArn;
        draft.headline = "worked through an AWS MCP server without being on the roster";
        draft.reason = "the administrator role " + draft.agent + " is not on the roster and was not seen through an "
                + "AWS MCP server in the 30 days before: an agent may hold credentials that are not its own";
        draft.attack = List.of("T1078.004");
        draft.premise = new Premise(Trait.MCP, 30);
        draft.eventSource = "s3.amazonaws.com";
        draft.eventName = "ListBuckets";
        draft.callerArn = "arn:aws:sts::111122223333:assumed-role/" + draft.agent + "/dana@example.com";
        return draft;
    }

    /// A pipeline attached a policy to the agent's role.
    public static Draft perimeterChange() {
        Draft draft = new Draft();
        draft.score = 55;
        draft.session = "AROAEXAMPLEPIPELINE01:build-42";
        draft.human = null;
        draft.channel = "sdk";
        draft.detector = "perimeter-change";
        draft.headline = "was changed from outside: role pipeline attached a policy to it";
        draft.reason = "somebody else moved its perimeter; the agent did nothing";
        draft.sourceIpAddress = "203.0.113.9";
        draft.userAgent = "Boto3/1.40.0";
        draft.client = "Boto3/1.40.0";
        draft.callerArn = "arn:aws:sts::111122223333:assumed-role/pipeline/build-42";
        return draft;
    }

    /// The leading signal alone.
    public Signal signal() {
        Instant when = at == null ? firstSeen : at;
        Sighting sighting = when == null ? null : new Sighting(when.getEpochSecond(), eventId);
        return new Signal(detector, score, outcome, action, target, headline, reason, sighting, attack,
                new Evidence(eventId, eventSource, eventName, region, account, channel, client, human,
                        sourceIpAddress, userAgent, errorCode, errorMessage, requestId, callerArn, toolCall),
                premise, window);
    }

    public Finding finding() {
        List<Signal> signals = new ArrayList<>();
        signals.add(signal());
        signals.addAll(others);
        Severity severity = Severity.of(score);
        String more = others.isEmpty()
                ? ""
                : others.size() == 1
                        ? ", and 1 more step"
                        : ", and " + others.size() + " more steps";
        return new Finding(id, fingerprint, severity, score, liveSeverity == null ? severity : liveSeverity,
                title == null ? agent + " " + headline + more : title, agent,
                listed, new Principal(kind, account, principalArn, principalName), session, channel, account, region,
                human,
                firstSeen, lastSeen, count, signals,
                signals.stream().map(signal -> signal.evidence().eventId()).toList());
    }

    /// The first step, told twelve seconds after the last event.
    public Notice created() {
        return notice(Notice.Kind.CREATE);
    }

    public Notice notice(Notice.Kind kind, String... changes) {
        Instant last = lastSeen;
        return new Notice(kind, finding(), List.of(changes), (last == null ? AT : last).plusSeconds(12));
    }
}
