package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.it.RuntimeApi.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The packaged audit, from the event that its schedule sends to the calls it makes.
@RequiresAws
@EnabledOnOs(value = OS.LINUX, disabledReason = "AWS's runtime interface client is native code for Linux")
class AuditFunctionIT {
    @RegisterExtension
    final Installation installation;

    AuditFunctionIT(AwsBackend aws) {
        this.installation = new Installation(aws);
    }

    @Test
    void schedule_everyWatchedRegion_isCalled_whateverBecomesOfAnother() {
        PackagedFunction audit = installation.startAudit("us-east-1,eu-central-1,ap-south-1");
        installation.router().failUntilHealed(new Fault.Status(403), call -> call.region().equals("eu-central-1"));

        audit.invoke(Events.heartbeat().toString());

        assertThat(installation.router().calls()).allMatch(call -> call.is("sts", "GetCallerIdentity"))
                .extracting(Call::region).containsExactlyInAnyOrder("us-east-1", "eu-central-1", "ap-south-1");
        assertThat(audit.output()).contains("eu-central-1 cannot be called");
    }

    @Test
    void schedule_noRegionAnswers_failsTheInvocation() {
        PackagedFunction audit = installation.startAudit("us-east-1,eu-central-1");
        installation.router().failUntilHealed(new Fault.Status(403), call -> true);

        audit.submit(Events.heartbeat().toString());

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
}
