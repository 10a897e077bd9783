package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Principal.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrincipalTest {
    @Test
    void of_assumedRole_isTheRoleWithItsPath() {
        assertThat(Calls.principal(Calls.role(Calls.ROLE, "mcp-agent-role", Calls.ACCOUNT)))
                .isEqualTo(new Principal(Kind.ROLE, Calls.ACCOUNT, Calls.ROLE, "mcp-agent-role"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"sessionContext\":null", ",\"sessionContext\":{}",
            ",\"sessionContext\":{\"sessionIssuer\":{}}", ",\"sessionContext\":\"HIDDEN_DUE_TO_SECURITY_REASONS\""})
    void of_assumedRoleWithoutIssuer_isTheRoleOfTheSessionArn(String context) {
        assertThat(Calls.principal("{\"type\":\"AssumedRole\",\"principalId\":\"AROA:s\","
                + "\"arn\":\"arn:aws-us-gov:sts::111122223333:assumed-role/mcp-agent-role/s\"" + context + "}"))
                .isEqualTo(new Principal(Kind.ROLE, Calls.ACCOUNT,
                        "arn:aws-us-gov:iam::111122223333:role/mcp-agent-role", "mcp-agent-role"));
    }

    @Test
    void of_identityCenterRole_isThatRole() {
        String name = "AWSReservedSSO_Agent_0123456789abcdef";
        String arn = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/" + name;
        Principal principal = Calls.principal(Calls.role(arn, name, Calls.ACCOUNT));
        assertThat(principal).isEqualTo(new Principal(Kind.ROLE, Calls.ACCOUNT, arn, name));
        assertThat(principal.isIdentityCenterRole()).isTrue();
        assertThat(principal.is("arn:aws:sts::111122223333:assumed-role/" + name + "/dana")).isTrue();
    }

    @Test
    void of_roleOfAnotherAccount_isInItsOwnAccount() {
        Principal principal = Principal.of(Calls.event(Calls.role("arn:aws:iam::999900001111:role/r", "r",
                "999900001111")).userIdentity(), Calls.ACCOUNT);
        assertThat(principal)
                .isEqualTo(new Principal(Kind.ROLE, "999900001111", "arn:aws:iam::999900001111:role/r", "r"));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', value = {
            "{\"type\":\"IAMUser\",\"principalId\":\"AIDAX\",\"arn\":\"arn:aws:iam::111122223333:user/team/bot\",\"accountId\":\"111122223333\",\"userName\":\"bot\"}",
            "{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/team/bot\",\"sessionContext\":{\"attributes\":{\"creationDate\":\"2026-05-04T09:30:15Z\"}},\"invokedBy\":\"aws-mcp.amazonaws.com\"}",
            "{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/team/bot\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/team/bot\",\"userName\":\"bot\"}}}",
            "{\"type\":\"FederatedUser\",\"principalId\":\"111122223333:tmp\",\"arn\":\"arn:aws:sts::111122223333:federated-user/tmp\",\"accountId\":\"111122223333\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/team/bot\",\"accountId\":\"111122223333\",\"userName\":\"bot\"}}}"})
    void of_userWithAndWithoutIssuer_isTheUser(String identity) {
        assertThat(Calls.principal(identity)).isEqualTo(
                new Principal(Kind.USER, Calls.ACCOUNT, "arn:aws:iam::111122223333:user/team/bot", "bot"));
    }

    @Test
    void of_userWithoutArn_isMadeOfItsName() {
        assertThat(Calls.principal("{\"type\":\"IAMUser\",\"accountId\":\"1\",\"userName\":\"bot\"}"))
                .isEqualTo(new Principal(Kind.USER, "1", "arn:aws:iam::1:user/bot", "bot"));
        assertThat(Calls.principalOrNone("{\"type\":\"IAMUser\",\"accountId\":\"1\"}")).isNull();
    }

    @Test
    void of_root_isRootOfItsPartition() {
        assertThat(Calls.principal("{\"type\":\"Root\",\"principalId\":\"111122223333\",\"accountId\":\"111122223333\","
                + "\"arn\":\"arn:aws-cn:iam::111122223333:root\"}")).isEqualTo(
                        new Principal(Kind.ROOT, Calls.ACCOUNT, "arn:aws-cn:iam::111122223333:root", "root"));
        assertThat(Calls.principal("{\"type\":\"Root\"}"))
                .isEqualTo(new Principal(Kind.ROOT, Calls.ACCOUNT, "arn:aws:iam::111122223333:root", "root"));
        assertThat(Calls.principal("{\"type\":\"Root\"}").looksLikeAdministrator()).isTrue();
    }

    @Test
    void of_service_isTheService() {
        Principal expected = new Principal(Kind.SERVICE, Calls.ACCOUNT, "lambda.amazonaws.com", "lambda.amazonaws.com");
        assertThat(Calls.principal("{\"type\":\"AWSService\",\"invokedBy\":\"lambda.amazonaws.com\"}"))
                .isEqualTo(expected);
        assertThat(Calls.principal("{\"invokedBy\":\"lambda.amazonaws.com\"}")).isEqualTo(expected);
        assertThat(Calls.principal("{\"type\":\"AWSService\"}").kind()).isEqualTo(Kind.SERVICE);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', value = {
            "{\"type\":\"SAMLUser\",\"principalId\":\"x:dana\",\"userName\":\"dana\",\"identityProvider\":\"x\"}|x:dana|dana",
            "{\"type\":\"WebIdentityUser\",\"principalId\":\"accounts.google.com:c:u\",\"userName\":\"u\"}|accounts.google.com:c:u|u",
            "{\"type\":\"AWSAccount\",\"principalId\":\"AROAX:s\",\"accountId\":\"999900001111\"}|AROAX:s|AROAX:s",
            "{\"type\":\"FederatedUser\",\"arn\":\"arn:aws:sts::111122223333:federated-user/tmp\"}|arn:aws:sts::111122223333:federated-user/tmp|tmp",
            "{\"type\":\"IdentityCenterUser\",\"accountId\":\"111122223333\",\"onBehalfOf\":{\"userId\":\"u-1\",\"identityStoreArn\":\"x\"},\"credentialId\":\"c\"}|u-1|u-1",
            "{\"type\":\"Unknown\",\"userName\":\"dana\"}|dana|dana",
            "{\"type\":\"New\",\"arn\":\"no arn\"}|no arn|no arn"})
    void of_somebodyFromOutside_isWhatTheEventTells(String identity, String id, String name) {
        Principal principal = Calls.principal(identity);
        assertThat(principal.kind()).isEqualTo(Kind.OUTSIDE);
        assertThat(principal.arn()).isEqualTo(id);
        assertThat(principal.name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "\"HIDDEN_DUE_TO_SECURITY_REASONS\"", "{\"type\":\"AWSAccount\"}",
            "{\"type\":\"AssumedRole\"}", "{\"accountId\":\"111122223333\"}"})
    void of_nobody_isNone(String identity) {
        assertThat(Calls.principalOrNone(identity)).isNull();
    }

    @Test
    void is_anyArnOfThePrincipal_isIt() {
        Principal role = Calls.principal(Calls.role(Calls.ROLE, "mcp-agent-role", Calls.ACCOUNT));
        assertThat(role.is(Calls.ROLE)).isTrue();
        assertThat(role.is("arn:aws:iam::111122223333:role/MCP-AGENT-ROLE")).isTrue();
        assertThat(role.is("arn:aws:sts::111122223333:assumed-role/mcp-agent-role/other-session")).isTrue();
        assertThat(role.is("arn:aws:iam::999900001111:role/agents/mcp-agent-role")).isFalse();
        assertThat(role.is("arn:aws:iam::111122223333:user/mcp-agent-role")).isFalse();
        assertThat(role.is("mcp-agent-role")).isFalse();
        assertThat(role.is(null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"AWSServiceRoleForSupport, true", "service, false", "AWSReservedSSO_X, false"})
    void isServiceLinkedRole_isSoByNameOrPath(String name, boolean is) {
        assertThat(new Principal(Kind.ROLE, "1", "arn:aws:iam::1:role/" + name, name).isServiceLinkedRole())
                .isEqualTo(is);
        assertThat(new Principal(Kind.ROLE, "1", "arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/" + name, name)
                .isServiceLinkedRole()).isTrue();
        assertThat(new Principal(Kind.USER, "1", "arn:aws:iam::1:user/" + name, name).isServiceLinkedRole()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"AWSReservedSSO_AdministratorAccess_1, true", "OrganizationAccountAccessRole, true", "Admin, true",
            "admin, true", "administrators, false", "sysadmin, false", "mcp-agent-role, false"})
    void looksLikeAdministrator_isAHintOfTheName(String name, boolean looks) {
        assertThat(new Principal(Kind.ROLE, "1", "", name).looksLikeAdministrator()).isEqualTo(looks);
    }

    @Test
    void isIdentityCenterRole_isARole() {
        assertThat(new Principal(Kind.USER, "1", "", "AWSReservedSSO_X").isIdentityCenterRole()).isFalse();
        assertThat(new Principal(Kind.ROLE, "1", "", "reserved").isIdentityCenterRole()).isFalse();
    }

    @Test
    void of_identityWithoutType_butAnArn_isNoService() {
        assertThat(
                Calls.principal("{\"arn\":\"arn:aws:iam::111122223333:user/bot\",\"invokedBy\":\"x.amazonaws.com\"}"))
                .returns(Kind.USER, Principal::kind);
        assertThat(Principal.of(Calls.event("{\"type\":\"Root\"}").userIdentity(), null))
                .isEqualTo(new Principal(Kind.ROOT, "", "arn:aws:iam:::root", "root"));
    }

    @Test
    void of_roleWhoseIssuerTellsItsArnAlone_isNamedByIt() {
        assertThat(Calls.principal("{\"type\":\"AssumedRole\",\"principalId\":\"AROAX:s\",\"sessionContext\":"
                + "{\"sessionIssuer\":{\"arn\":\"arn:aws:iam::999900001111:role/path/r\"}}}"))
                .isEqualTo(new Principal(Kind.ROLE, "999900001111", "arn:aws:iam::999900001111:role/path/r", "r"));
    }
}
