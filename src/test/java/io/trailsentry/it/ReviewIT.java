package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// `review` as it is shipped, over AWS's own protocols.
@RequiresAws
class ReviewIT {
    private final AwsBackend aws;
    private final AwsRouter router;

    ReviewIT(AwsBackend aws) {
        this.aws = aws;
        this.router = AwsRouter.to(aws.endpoint());
    }

    @AfterEach
    void close() {
        router.close();
    }

    private AuditedAccount account(String id) {
        AuditedAccount account = new AuditedAccount(aws, id, List.of("coder", "analyst"));
        account.boundedRole("coder");
        account.boundedRole("analyst");
        account.configure("""
                agents:
                  - name: writer
                    principals: [coder]
                  - name: analyst
                    principals: [analyst]
                """);
        return account;
    }

    private CommandLineProgram run(AuditedAccount account, String command, String... options) {
        return CommandLineProgram.run(router.endpoint(), account.environment(),
                Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new));
    }

    @Test
    void role_isShownUntilAccepted_andAgainWhenItChanged() {
        AuditedAccount account = account("454545454501");

        CommandLineProgram never = run(account, "review");
        assertThat(never.code()).as(never.output()).isEqualTo(3);
        assertThat(never.output()).contains("writer, arn:aws:iam::454545454501:role/coder", "has not been reviewed",
                "--apply accepts it as it is");
        assertThat(router.calls()).extracting(Call::action).doesNotContain("PutItem", "UpdateItem");

        CommandLineProgram accepted = run(account, "review", "--apply");
        assertThat(accepted.code()).as(accepted.output()).isZero();
        assertThat(accepted.output()).contains("accepted as it is");
        CommandLineProgram same = run(account, "review");
        assertThat(same.code()).as(same.output()).isZero();
        assertThat(same.output()).contains("is as it was reviewed").doesNotContain("--apply");

        account.putPolicy("coder", "work", "logs:*");
        account.unbind("coder");
        account.trustEverybody("analyst");
        CommandLineProgram changed = run(account, "review");
        assertThat(changed.code()).isEqualTo(3);
        assertThat(changed.output().replaceAll("\\([0-9a-f]+\\)", "(...)")).isEqualTo("""
                analyst, arn:aws:iam::454545454501:role/analyst (...)
                  has a changed trust policy
                    Others may become the agent.
                    - {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::454545454501:role/starts-agents"}}
                    + {"Effect":"Allow","Principal":{"AWS":"*"}}
                  --apply accepts it as it is
                writer, arn:aws:iam::454545454501:role/coder (...)
                  lost its permissions boundary: arn:aws:iam::454545454501:policy/boundary-of-coder
                    Whatever its policies allow holds now.
                    - arn:aws:iam::454545454501:policy/boundary-of-coder
                  has a changed policy: work
                    It may do more than was reviewed.
                    - {"Effect":"Allow","Action":"logs:GetLogEvents"}
                    + {"Effect":"Allow","Action":"logs:*"}
                  --apply accepts it as it is
                """);
        assertThat(run(account, "doctor").output().lines().map(String::strip)).containsSequence(
                "failure     as-reviewed              writer has a changed policy: work",
                "why                      It may do more than was reviewed.",
                "why                      - {\"Effect\":\"Allow\",\"Action\":\"logs:GetLogEvents\"}",
                "why                      + {\"Effect\":\"Allow\",\"Action\":\"logs:*\"}");

        assertThat(run(account, "review", "--apply").code()).isZero();
        assertThat(run(account, "review").code()).isZero();
    }

    @Test
    void namedAgent_isMeantAlone_byItsNameOrItsRoles() {
        AuditedAccount account = account("454545454502");

        CommandLineProgram one = run(account, "review", "writer", "--apply");
        assertThat(one.code()).as(one.output()).isZero();
        assertThat(one.output()).contains("writer").doesNotContain("analyst");
        assertThat(run(account, "review", "coder").code()).isZero();
        assertThat(run(account, "review", "arn:aws:iam::454545454502:role/coder").code()).isZero();
        assertThat(run(account, "review").code()).as("the other was not accepted").isEqualTo(3);

        CommandLineProgram nobody = run(account, "review", "nobody", "--apply");
        assertThat(nobody.code()).isEqualTo(2);
        assertThat(nobody.output()).contains("no agent of that name is in this account");
    }

    @Test
    void roleThatCannotBeRead_isToldAndNotAccepted() {
        AuditedAccount account = account("454545454503");
        router.failUntilHealed(new Fault.Refusal("AccessDenied", "may not iam:GetRolePolicy"),
                call -> call.is("iam", "GetRolePolicy") && "coder".equals(call.parameters().get("RoleName")));

        CommandLineProgram run = run(account, "review", "--apply");

        assertThat(run.code()).as(run.output()).isEqualTo(1);
        assertThat(run.output()).contains("AccessDenied: may not iam:GetRolePolicy");
        router.heal();
        assertThat(run(account, "review", "writer").code()).isEqualTo(3);
        assertThat(run(account, "review", "analyst").code()).isZero();
    }
}
