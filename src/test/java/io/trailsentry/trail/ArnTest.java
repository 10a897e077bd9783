package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArnTest {
    private static final String ROLE = "arn:aws:iam::111122223333:role/mcp-agent-role";

    @ParameterizedTest
    @CsvSource({"arn:aws:iam::111122223333:role/a/b/name, role, name",
            "arn:aws:iam::111122223333:user/name, user, name",
            "arn:aws:iam::111122223333:root, root, root", "arn:aws:iam::aws:policy/job-function/X, policy, X",
            "arn:aws:sts::111122223333:assumed-role/name/session, assumed-role, name",
            "arn:aws:sts::111122223333:assumed-role/name, assumed-role, name",
            "arn:aws:sts::111122223333:federated-user/name, federated-user, name",
            "arn:aws:lambda:eu-west-1:111122223333:function:f:1, function:f:1, function:f:1",
            "arn:aws:iam::111122223333:role/, role, ''", "arn:aws:iam::111122223333:, '', ''"})
    void parse_arn_hasKindAndName(String text, String kind, String name) {
        Arn arn = arn(text);
        assertThat(arn.kind()).isEqualTo(kind);
        assertThat(arn.name()).isEqualTo(name);
    }

    @Test
    void parse_parts_areAsWritten() {
        assertThat(Arn.parse("arn:aws-cn:s3:cn-north-1:1:b/k:v"))
                .isEqualTo(new Arn("aws-cn", "s3", "cn-north-1", "1", "b/k:v"));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "arn", "arn:", "arn:aws:iam::111122223333", "ARN:aws:iam::1:role/x", "role/x",
            " arn:aws:iam::1:role/x"})
    void parse_noArn_isNull(String text) {
        assertThat(Arn.parse(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {ROLE, "arn:aws:iam::111122223333:role/agents/mcp-agent-role",
            "arn:aws:iam::111122223333:role/MCP-Agent-Role", "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/s",
            "arn:aws:sts::111122223333:assumed-role/MCP-AGENT-ROLE/a"})
    void sameIdentity_pathCaseOrSession_doNotCount(String other) {
        assertThat(arn(ROLE).sameIdentity(arn(other))).isTrue();
        assertThat(arn(other).sameIdentity(arn(ROLE))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"arn:aws:iam::444455556666:role/mcp-agent-role",
            "arn:aws-cn:iam::111122223333:role/mcp-agent-role", "arn:aws:iam::111122223333:user/mcp-agent-role",
            "arn:aws:iam::111122223333:policy/mcp-agent-role", "arn:aws:iam::111122223333:role/mcp-agent-role-2",
            "arn:aws:sts::111122223333:assumed-role/other/mcp-agent-role",
            "arn:aws:s3::111122223333:role/mcp-agent-role", "arn:aws:iam::111122223333:root"})
    void sameIdentity_accountPartitionKindOrName_count(String other) {
        assertThat(arn(ROLE).sameIdentity(arn(other))).isFalse();
        assertThat(arn(other).sameIdentity(arn(ROLE))).isFalse();
    }

    private static Arn arn(String text) {
        return Objects.requireNonNull(Arn.parse(text));
    }
}
