package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Principal.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrincipalPatternTest {
    private static final Principal ROLE = new Principal(Kind.ROLE, Calls.ACCOUNT, Calls.ROLE, "mcp-agent-role");
    private static final Principal USER = new Principal(Kind.USER, Calls.ACCOUNT,
            "arn:aws:iam::111122223333:user/team/bot", "bot");
    private static final Principal ROOT = new Principal(Kind.ROOT, Calls.ACCOUNT, "arn:aws:iam::111122223333:root",
            "root");
    private static final Principal SERVICE = new Principal(Kind.SERVICE, Calls.ACCOUNT, "config.amazonaws.com",
            "config.amazonaws.com");

    @ParameterizedTest
    @ValueSource(strings = {"mcp-agent-role", "MCP-Agent-Role", " mcp-agent-role ", Calls.ROLE,
            "arn:aws:iam::111122223333:role/mcp-agent-role", "arn:aws:iam::111122223333:role/other/path/Mcp-Agent-Role",
            "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/run", "*", "mcp-*", "*-ROLE", "mcp?agent?role",
            "arn:aws:iam::111122223333:role/agents/*", "arn:aws:iam::*:role/mcp-*",
            "arn:aws:iam::*:role/mcp-agent-role",
            "arn:*:iam::11112222????:role/agents/mcp-agent-role", "*:role/*"})
    void matches_roleHoweverWritten_isMeant(String pattern) {
        assertThat(PrincipalPattern.of(pattern).matches(ROLE)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent-role", "mcp-agent-role-2", "arn:aws:iam::999900001111:role/agents/mcp-agent-role",
            "arn:aws-cn:iam::111122223333:role/mcp-agent-role", "arn:aws:iam::111122223333:user/mcp-agent-role", "mcp?",
            "arn:aws:iam::999900001111:role/*", "arn:aws:iam::*:role/other/*", "arn:aws:iam::*:user/*", "agents/*",
            "mcp.agent.role", "(mcp|x)*", "arn:aws:sts::*:assumed-role/*"})
    void matches_otherNameAccountKindOrPartition_isNotMeant(String pattern) {
        assertThat(PrincipalPattern.of(pattern).matches(ROLE)).isFalse();
    }

    @Test
    void matches_user_isMeantByNameArnOrGlob() {
        for (String pattern : new String[]{"bot", "BOT", "arn:aws:iam::111122223333:user/bot", "*:user/team/*",
                "b?t"}) {
            assertThat(PrincipalPattern.of(pattern).matches(USER)).as(pattern).isTrue();
        }
    }

    @Test
    void matches_servicesAndRoot_areMeantByTheirNamesAlone() {
        for (String glob : new String[]{"*", "*.amazonaws.com", "config*", "roo?", "arn:aws:iam::*:root", "*:*"}) {
            assertThat(PrincipalPattern.of(glob).matches(ROOT)).as(glob).isFalse();
            assertThat(PrincipalPattern.of(glob).matches(SERVICE)).as(glob).isFalse();
        }
        assertThat(PrincipalPattern.of("config.amazonaws.com").matches(SERVICE)).isTrue();
        assertThat(PrincipalPattern.of("root").matches(ROOT)).isTrue();
        assertThat(PrincipalPattern.of("arn:aws:iam::111122223333:root").matches(ROOT)).isTrue();
        assertThat(PrincipalPattern.of("arn:aws:iam::999900001111:root").matches(ROOT)).isFalse();
    }

    @Test
    void of_identityCenterGlob_meansTheRoleWhateverItsPath() {
        String name = "AWSReservedSSO_Agent_0123456789abcdef";
        Principal role = new Principal(Kind.ROLE, Calls.ACCOUNT,
                "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/" + name, name);
        for (String pattern : new String[]{"AWSReservedSSO_Agent_*", "arn:aws:iam::*:role/AWSReservedSSO_Agent_*",
                "arn:aws:iam::*:role/aws-reserved/*", "arn:aws:sts::111122223333:assumed-role/" + name + "/dana"}) {
            assertThat(PrincipalPattern.of(pattern).matches(role)).as(pattern).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "arn:aws:iam::111122223333", "arn:aws:s3:::bucket",
            "arn:aws:iam::111122223333:policy/p", "arn:aws:iam::111122223333:group/g",
            "arn:aws:sts::111122223333:federated-user/tmp"})
    void of_whatNamesNoPrincipal_isRefused(String text) {
        assertThatThrownBy(() -> PrincipalPattern.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void principal_isWhatAnExactPatternMeansInAnAccount() {
        assertThat(PrincipalPattern.of("bot").principal("aws-cn", "1"))
                .isEqualTo(new Principal(Kind.ROLE, "1", "arn:aws-cn:iam::1:role/bot", "bot"));
        assertThat(PrincipalPattern.of("arn:aws:iam::1:user/t/bot").principal("aws", "1"))
                .isEqualTo(new Principal(Kind.USER, "1", "arn:aws:iam::1:user/t/bot", "bot"));
        assertThat(PrincipalPattern.of("arn:aws:iam::1:role/bot").principal("aws", "1"))
                .isEqualTo(new Principal(Kind.ROLE, "1", "arn:aws:iam::1:role/bot", "bot"));
        assertThat(PrincipalPattern.of("arn:aws:iam::2:role/bot").principal("aws", "1")).isNull();
        assertThat(PrincipalPattern.of("b*").principal("aws", "1")).isNull();
        assertThat(PrincipalPattern.of("bot").account()).isNull();
        assertThat(PrincipalPattern.of("arn:aws:iam::2:role/bot").account()).isEqualTo("2");
    }
}
