package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

    private static final String SET = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-aaaa1111bbbb2222";

    private static Watched roster(String... principals) {
        Roster roster = new Roster(List.of(new Roster.Entry(null,
                Stream.of(principals).map(PrincipalPattern::of).toList())), true, Map.of());
        return new Watched(Watch.of(Configuration.EMPTY, roster, Catalogue.load()));
    }

    private static EventBuilder sso(String action) {
        return EventBuilder.role("platform-admin", "dana").write("sso", action).parameters(
                Map.of("instanceArn", "arn:aws:sso:::instance/ssoins-1111222233334444", "permissionSetArn", SET));
    }

    @Test
    void permissionSet_mayBeTheOneOfAnAgentInSuchARole() {
        Watched watched = roster("AWSReservedSSO_Coding_Agents_0123456789abcdef", "mcp-agent-role");
        assertThat(watched.findings(sso("PutInlinePolicyToPermissionSet"))).singleElement().satisfies(finding -> {
            assertThat(finding.detectors()).containsExactly("perimeter-change");
            assertThat(finding.agent()).isEqualTo("AWSReservedSSO_Coding_Agents_0123456789abcdef");
            assertThat(finding.severity()).isEqualTo(Severity.LOW);
            assertThat(finding.leading().headline())
                    .isEqualTo("may have been changed from outside: role platform-admin "
                            + "wrote an inline policy into a permission set");
            assertThat(finding.leading().reason())
                    .isEqualTo("the event names a permission set by its ARN alone: it may "
                            + "be Coding_Agents, the one that its role is made of; the agent did nothing");
            assertThat(finding.leading().target()).isEqualTo(SET);
        });
        assertThat(watched.findings(sso("CreateAccountAssignment").parameter("principalId", "p"))).isEmpty();
        assertThat(roster("mcp-agent-role").findings(sso("PutInlinePolicyToPermissionSet"))).isEmpty();
    }

    private static EventBuilder policy(String action) {
        return EventBuilder.role("platform-admin", "dana").write("organizations", action).parameter("policyId",
                "p-abcd1234");
    }

    @Test
    void policyOfTheOrganization_overAnAccountWithAgents_isAChangeOfItsCeiling() {
        Watched watched = roster(EventBuilder.ROLE_ARN, "arn:aws:iam::111122223333:role/second",
                "arn:aws:iam::444455556666:role/third");
        assertThat(watched.findings(policy("DetachPolicy").parameter("targetId", "444455556666"))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.agent()).isEqualTo("third");
                    assertThat(finding.severity()).isEqualTo(Severity.MEDIUM);
                    assertThat(finding.leading().headline()).isEqualTo("was changed from outside: role platform-admin "
                            + "detached a policy from accounts");
                    assertThat(finding.leading().reason())
                            .startsWith("a policy of the organization is a ceiling of its "
                                    + "account");
                });
        assertThat(watched.findings(policy("AttachPolicy").parameter("targetId", "444455556666"))).singleElement()
                .returns(Severity.LOW, Finding::severity);
        assertThat(watched.findings(policy("DetachPolicy").parameter("targetId", "777788889999"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"UpdatePolicy, , LOW", "DeletePolicy, , LOW", "AttachPolicy, ou-ab12-cdef3456, LOW",
            "DetachPolicy, r-ab12, MEDIUM", "DisablePolicyType, , MEDIUM"})
    void policyOfTheOrganization_overUnknownAccounts_mayMeanOneAgentOfEach(String action, @Nullable String target,
            Severity severity) {
        EventBuilder event = policy(action);
        if (target != null) {
            event.parameter("targetId", target);
        } else if (action.equals("DisablePolicyType")) {
            event.parameter("policyType", "SERVICE_CONTROL_POLICY");
        }
        assertThat(roster(EventBuilder.ROLE_ARN, "arn:aws:iam::111122223333:role/second",
                "arn:aws:iam::444455556666:role/third").findings(event)).hasSize(2).allSatisfy(finding -> {
                    assertThat(finding.severity()).isEqualTo(severity);
                    assertThat(finding.leading().headline()).startsWith("may have been changed from outside: ");
                }).extracting(Finding::agent).containsExactlyInAnyOrder("mcp-agent-role", "third");
    }

    @Test
    void policyOfTheOrganization_changedByAnAgent_orAService_isToldElsewhere() {
        assertThat(changes(EventBuilder.agent().write("organizations", "DetachPolicy").parameters(
                Map.of("policyId", "p-abcd1234", "targetId", EventBuilder.ACCOUNT)))).isEmpty();
        assertThat(changes(policy("DetachPolicy").parameter("targetId", EventBuilder.ACCOUNT)
                .identity("type", "AWSService").identity("invokedBy", "controltower.amazonaws.com"))).isEmpty();
        assertThat(changes(policy("CreatePolicy"))).isEmpty();
    }
}
