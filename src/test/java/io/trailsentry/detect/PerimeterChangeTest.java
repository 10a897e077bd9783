package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.testing.EventBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `perimeter-change`: what others do to an agent.
class PerimeterChangeTest {
    private static final Watched AGENT = Watched.agent();

    private static EventBuilder admin(String action) {
        return EventBuilder.role("platform-admin", "dana").write("iam", action);
    }

    private static List<Finding> changes(EventBuilder event) {
        return AGENT.findings(event).stream().filter(found -> found.detectors().contains("perimeter-change")).toList();
    }

    @Test
    void attachRolePolicy_bySomebodyElse_isAboutTheAgent_withTheActorsSession() {
        assertThat(AGENT.findings(admin("AttachRolePolicy").parameters(Map.of("roleName", "mcp-agent-role",
                "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess")))).singleElement().satisfies(finding -> {
                    assertThat(finding.detectors()).containsExactly("perimeter-change");
                    assertThat(finding.agent()).isEqualTo("coder");
                    assertThat(finding.principal().arn()).isEqualTo(EventBuilder.ROLE_ARN);
                    assertThat(finding.session()).isEqualTo("AROAEXAMPLE:dana");
                    assertThat(finding.score()).isEqualTo(70);
                    assertThat(finding.leading().headline()).isEqualTo(
                            "was changed from outside: role platform-admin attached an administrator policy to it");
                    assertThat(finding.leading().target()).isEqualTo("mcp-agent-role");
                    assertThat(finding.leading().attack()).containsExactly("T1098.003");
                });
    }

    @ParameterizedTest
    @CsvSource({"DeleteRolePermissionsBoundary, 70", "AttachRolePolicy, 55", "PutRolePolicy, 55",
            "UpdateAssumeRolePolicy, 55", "DetachRolePolicy, 45", "TagRole, 45", "UpdateRole, 45",
            "UpdateRoleDescription, 25", "RemoveRoleFromInstanceProfile, 25"})
    void changes_byTheirGravity_wakeNobodyButForTheGravest(String action, int score) {
        assertThat(changes(admin(action).parameter("roleName", "mcp-agent-role"))).singleElement().returns(score,
                Finding::score);
    }

    @Test
    void byAUser_orRoot_namesWho() {
        assertThat(changes(EventBuilder.user("dana").write("iam", "PutRolePolicy").parameter("roleName",
                "mcp-agent-role"))).singleElement().satisfies(finding -> assertThat(finding.leading().headline())
                        .isEqualTo("was changed from outside: user dana wrote an inline policy into it"));
        assertThat(changes(EventBuilder.root().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role")))
                .hasSize(1);
    }

    @Test
    void theAgentItself_isSelfModification_andNoPerimeterChange() {
        List<Signal> signals = AGENT.signals(EventBuilder.agent().write("iam", "AttachRolePolicy")
                .parameters(
                        Map.of("roleName", "mcp-agent-role", "policyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")));
        assertThat(signals).extracting(Signal::detector).containsExactly("iam-self-modification");
        assertThat(AGENT.signals(EventBuilder.user(Watched.USER).write("iam", "CreateAccessKey")
                .parameter("userName", Watched.USER))).extracting(Signal::detector)
                .containsExactly("iam-self-modification");
    }

    @Test
    void theAgentItself_rewritingAPolicyOfAllItsPrincipals_isSelfModification() {
        assertThat(AGENT.signals(EventBuilder.agent().write("iam", "CreatePolicyVersion").parameters(
                Map.of("policyArn", Watched.POLICY, "setAsDefault", true)))).extracting(Signal::detector)
                .containsExactly("iam-self-modification");
    }

    @Test
    void itsUser_isPartOfThePerimeterToo() {
        assertThat(changes(admin("CreateAccessKey").parameter("userName", Watched.USER))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.principal().arn()).isEqualTo(Watched.USER_ARN);
                    assertThat(finding.leading().headline())
                            .isEqualTo("was changed from outside: role platform-admin created an access key for it");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"CreatePolicyVersion", "SetDefaultPolicyVersion"})
    void anAttachedPolicy_rewrittenByOthers_isAChange(String action) {
        EventBuilder event = admin(action).parameters(Map.of("policyArn", Watched.POLICY, "setAsDefault", true));
        // It is attached to both principals of the agent.
        assertThat(changes(event)).hasSize(2).allSatisfy(finding -> {
            assertThat(finding.score()).isEqualTo(55);
            assertThat(finding.agent()).isEqualTo("coder");
        });
        assertThat(changes(admin(action).parameters(Map.of("policyArn", Watched.POLICY + "-2", "setAsDefault", true))))
                .isEmpty();
    }

    @Test
    void refusedAttempt_isWorthLess_andReadFromTheMessage() {
        assertThat(changes(admin("PutRolePolicy").denied("iam:PutRolePolicy", "role mcp-agent-role"))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.score()).isEqualTo(33);
                    assertThat(finding.leading().headline()).isEqualTo("was changed from outside: role platform-admin "
                            + "was blocked when it tried to write an inline policy into it");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"mcp-agent-role-2", "x-mcp-agent-role", "agent-user-2"})
    void changesOfOthers_areNoneOfTheAgents(String name) {
        assertThat(AGENT.findings(admin("PutRolePolicy").parameter("roleName", name))).isEmpty();
        assertThat(AGENT.findings(admin("PutUserPolicy").parameter("userName", name))).isEmpty();
    }

    @Test
    void theSameNameInAnotherAccount_isAnother() {
        assertThat(AGENT.findings(admin("PutRolePolicy").parameter("roleName", "mcp-agent-role")
                .with("recipientAccountId", Watched.OUTSIDE))).isEmpty();
    }

    @Test
    void reads_andOtherServices_changeNothing() {
        assertThat(AGENT.findings(EventBuilder.user("dana").call("iam", "GetRole").parameter("roleName",
                "mcp-agent-role"))).isEmpty();
        assertThat(AGENT.findings(EventBuilder.user("dana").write("lambda", "CreateFunction20150331")
                .parameter("role", EventBuilder.ROLE_ARN))).isEmpty();
        assertThat(AGENT.findings(EventBuilder.user("dana").write("sts", "AssumeRole").parameter("roleArn",
                EventBuilder.ROLE_ARN))).isEmpty();
    }

    @Test
    void patternsInsteadOfARoster_watchNobodyElse() {
        assertThat(Watched.patterns("mcp-agent-role").findings(admin("AttachRolePolicy").parameters(
                Map.of("roleName", "mcp-agent-role", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"))))
                .isEmpty();
    }

    @Test
    void switchedOff_saysNothing() {
        assertThat(Watched.with(Watched.coder(false), Map.of("perimeter-change", Mode.OFF), Exceptions.NONE)
                .findings(admin("DeleteRolePermissionsBoundary").parameter("roleName", "mcp-agent-role"))).isEmpty();
    }
}
