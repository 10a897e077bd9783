package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.it.Inbox.Notification;
import io.trailsentry.it.RuntimeApi.Outcome;
import io.trailsentry.lambda.AuditFunction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The packaged audit, from the event that its schedule sends to the calls it makes.
@RequiresAws
@EnabledOnOs(value = OS.LINUX, disabledReason = "AWS's runtime interface client is native code for Linux")
class AuditFunctionIT {
    private static final String CANARY = "{\"run\":\"canary\"}";
    private static final String TRUST = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},
            "Action":"sts:AssumeRole"}]}""";
    private static final String EVERYTHING = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";

    private final AwsBackend aws;

    @RegisterExtension
    final Installation installation;

    AuditFunctionIT(AwsBackend aws) {
        this.aws = aws;
        this.installation = new Installation(aws);
    }

    @Test
    void schedule_everyWatchedRegion_isCalled_whateverBecomesOfAnother() {
        PackagedFunction audit = installation.startAudit("us-east-1,eu-central-1,ap-south-1");
        installation.router().failUntilHealed(new Fault.Status(403), call -> call.region().equals("eu-central-1"));

        audit.invoke(CANARY);

        assertThat(installation.router().calls()).allMatch(call -> call.is("sts", "GetCallerIdentity"))
                .extracting(Call::region).containsExactlyInAnyOrder("us-east-1", "eu-central-1", "ap-south-1");
        assertThat(audit.output()).contains("eu-central-1 cannot be called");
    }

    @Test
    void schedule_noRegionAnswers_failsTheInvocation() {
        PackagedFunction audit = installation.startAudit("us-east-1,eu-central-1");
        installation.router().failUntilHealed(new Fault.Status(403), call -> true);

        audit.submit(CANARY);

        assertThat(audit.next()).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.body()).contains("no Region could be called"));
    }

    @Test
    void start_withoutRegions_fails() {
        PackagedFunction audit = installation.startAudit("everywhere");

        assertThat(audit.next()).isInstanceOfAny(Outcome.InitFailed.class, Outcome.Exited.class)
                .isNotEqualTo(new Outcome.Exited(0));
        assertThat(audit.output()).contains("WATCHED_REGIONS", "everywhere");
    }

    private PackagedFunction audit(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("WATCHED_REGIONS", "us-east-1");
        environment.put("ALERTS_TOPIC_ARN", installation.alerts().topicArn());
        environment.put("PAGES_TOPIC_ARN", installation.pages().topicArn());
        environment.put("FINDINGS_TOPIC_ARN", installation.findings().topicArn());
        return installation.start(AuditFunction.class.getName() + "::handleRequest", environment);
    }

    @Test
    void fullRun_tellsWhatItFoundOnce_andAgainWhenItIsMended() {
        String role = installation.role(TRUST, EVERYTHING);
        PackagedFunction audit = audit(Map.of("MEMORY_TABLE", installation.memoryTable(), "TRAILSENTRY_CONFIG",
                "agents: [{ name: coder, principals: [" + role + "] }]"));

        assertThat(audit.invoke("{\"run\":\"full\"}")).contains("\"failure\":");

        List<String> alerts = installation.alerts().drain().stream().map(AuditFunctionIT::subject).toList();
        assertThat(alerts).anyMatch(subject -> subject.startsWith("HIGH: coder "))
                .anyMatch(subject -> subject.matches("(HIGH|MEDIUM): account 123456789012 .*"));
        assertThat(installation.findings().drain()).extracting(found -> found.attributes().get("detector"))
                .contains("unbounded-role", "coverage-gap");

        audit.invoke("{}");
        assertThat(installation.alerts().drain()).isEmpty();
        assertThat(installation.findings().drain()).isEmpty();

        aws.iam().deleteRolePolicy(request -> request.roleName(role).policyName("work"));
        audit.invoke("{}");
        assertThat(installation.alerts().drain()).extracting(AuditFunctionIT::subject)
                .singleElement().asString().contains("update: coder ");
    }

    private static String subject(Notification notification) {
        return String.valueOf(notification.subject());
    }

    @Test
    void policyThatIsAttached_isTheAgentsOwnForTheDetectorFromThenOn() {
        String role = installation.role(TRUST, null);
        String policy = installation.attachedPolicy(role, """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}""");
        String account = aws.iam().getRole(request -> request.roleName(role)).role().arn().split(":", -1)[4];
        Map<String, String> told = Map.of("MEMORY_TABLE", installation.memoryTable(), "TRAILSENTRY_CONFIG",
                "agents: [{ name: coder, principals: [" + role + "] }]");
        audit(told).invoke("{\"run\":\"brief\"}");
        installation.alerts().drain();

        installation.start(told).invoke(Events.selfModification().toString()
                .replace("AttachRolePolicy", "CreatePolicyVersion").replace(Events.ACCOUNT, account)
                .replace(Events.AGENT_ROLE, role).replace("arn:aws:iam::aws:policy/AdministratorAccess", policy));

        assertThat(installation.alerts().drain()).extracting(AuditFunctionIT::subject).singleElement().asString()
                .contains("a policy attached to itself");
    }
}
