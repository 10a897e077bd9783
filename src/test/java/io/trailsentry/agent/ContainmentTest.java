package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Containment.Step;
import io.trailsentry.agent.Principal.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainmentTest {
    private static final String SSO = "AWSReservedSSO_Agent_0123456789abcdef";
    private static final Principal ROLE = new Principal(Kind.ROLE, Calls.ACCOUNT, Calls.ROLE, "mcp-agent-role");
    private static final Principal IDENTITY_CENTER = new Principal(Kind.ROLE, Calls.ACCOUNT,
            "arn:aws-cn:iam::111122223333:role/aws-reserved/sso.amazonaws.com/" + SSO, SSO);

    private static Principal named(Kind kind, String name) {
        return new Principal(kind, Calls.ACCOUNT, "arn:aws:iam::111122223333:x/" + name, name);
    }

    @Test
    void of_role_isDeniedThenRevoked() {
        assertThat(Containment.of(ROLE, null, "x")).containsExactly(new Step.Deny(ROLE), new Step.RevokeSessions(ROLE));
    }

    @Test
    void of_user_isDeniedThenLosesItsKeys() {
        Principal user = named(Kind.USER, "bot");
        assertThat(Containment.of(user, null, "x")).containsExactly(new Step.Deny(user), new Step.DeactivateKeys(user));
    }

    @Test
    void of_whoNoPolicyHolds_isStoppedAtItsSource() {
        for (Principal one : new Principal[]{named(Kind.SERVICE, "s3.amazonaws.com"), named(Kind.OUTSIDE, "dana"),
                named(Kind.ROLE, "AWSServiceRoleForSupport"), new Principal(Kind.ROLE, Calls.ACCOUNT,
                        "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Odd", "Odd")}) {
            assertThat(Containment.of(one, null, "x")).as(one.name()).containsExactly(new Step.AtItsSource(one));
        }
    }

    /// What an agent can choose stands in commands that people paste.
    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "$(id)", "a'b", "../x", "a\n", "ä"})
    void of_nameThatIsNotOfIamsForm_standsInNoCommand(String name) {
        Principal role = named(Kind.ROLE, name);
        Principal user = named(Kind.USER, name);
        assertThat(Containment.of(role, null, "x")).containsExactly(new Step.InConsole(role));
        assertThat(Containment.of(user, null, "x")).containsExactly(new Step.InConsole(user));
        assertThat(Containment.isName(name)).isFalse();
    }

    @Test
    void isName_isOfSixtyFourCharactersAtMost() {
        assertThat(Containment.isName("x".repeat(64))).isTrue();
        assertThat(Containment.isName("x".repeat(65))).isFalse();
    }

    @Test
    void of_root_isDeniedByScp() {
        Principal root = new Principal(Kind.ROOT, Calls.ACCOUNT, "arn:aws-us-gov:iam::111122223333:root", "root");
        assertThat(Containment.of(root, null, "20261121")).containsExactly(new Step.DenyByScp(root,
                "trailsentry-contain-20261121",
                "\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws-us-gov:iam::111122223333:root\"}", false));
    }

    @Test
    void of_identityCenterRole_isDeniedByScp_ofTheSessionWhereOneIsMeant() {
        String id = "AROAEXAMPLE000000001:dana@example.com";
        assertThat(Containment.of(IDENTITY_CENTER, id, "x")).containsExactly(new Step.DenyByScp(IDENTITY_CENTER,
                "trailsentry-contain-x", "\"StringEquals\":{\"aws:userid\":\"" + id + "\"}", true));
        Step all = new Step.DenyByScp(IDENTITY_CENTER, "trailsentry-contain-x",
                "\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws-cn:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*"
                        + SSO + "\"}",
                false);
        assertThat(Containment.of(IDENTITY_CENTER, null, "x")).containsExactly(all);
        assertThat(Containment.of(IDENTITY_CENTER, "AROAEXAMPLE000000001:\"}", "x")).containsExactly(all);
    }

    @Test
    void of_scpThatCannotBeWritten_isLeftToTheSource() {
        Principal noAccount = new Principal(Kind.ROOT, "", "arn:aws:iam:::root", "root");
        assertThat(Containment.of(noAccount, null, "x")).containsExactly(new Step.AtItsSource(noAccount));
        assertThat(Containment.of(IDENTITY_CENTER, null, "a b")).containsExactly(new Step.AtItsSource(IDENTITY_CENTER));
    }

    @Test
    void of_partitionThatIsNone_isAws() {
        for (String arn : new String[]{"no arn", "arn:\"}:iam::111122223333:root"}) {
            assertThat(Containment.of(new Principal(Kind.ROOT, Calls.ACCOUNT, arn, "root"), null, "x").getFirst())
                    .asString().contains("arn:aws:iam::111122223333:root\"}");
        }
    }

    @Test
    void policies_denyEverything_orWhatWasOpenedBefore() {
        assertThat(Containment.denial(null, null)).isEqualTo("{\"Version\":\"2012-10-17\",\"Statement\":[{"
                + "\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
        assertThat(Containment.denial("Now", "\"Bool\":{}")).isEqualTo("{\"Version\":\"2012-10-17\",\"Statement\":[{"
                + "\"Sid\":\"Now\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
                + "\"Condition\":{\"Bool\":{}}}]}");
        assertThat(Containment.revocation("2026-11-21T10:15:00Z"))
                .contains("\"DateLessThan\":{\"aws:TokenIssueTime\":\"2026-11-21T10:15:00Z\"}");
    }
}
