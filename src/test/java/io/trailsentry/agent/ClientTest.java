package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "python-httpx/0.29.0 mcp-proxy-for-aws/1.8.2 claude-code/3.0.4 | claude-code/3.0.4",
            "python-httpx/0.29.0 mcp-proxy-for-aws/1.8.2 cursor-vscode/1.2.0 | cursor-vscode/1.2.0",
            "python-httpx/0.29.0 mcp-proxy-for-aws/1.8.2 | mcp-proxy-for-aws/1.8.2",
            "claude-code/3.0.4 (cli) | claude-code/3.0.4", "Bun/1.5.1 | Bun/1.5.1",
            "Boto3/1.41.0 md/Botocore#1.41.0 ua/2.1 md/awslabs#mcp#cost-explorer-mcp-server#0.4.1"
                    + " | cost-explorer-mcp-server/0.4.1",
            "Boto3/1.41.0 md/awslabs#mcp#amazon-translate-mcp-server/0.2.0 | amazon-translate-mcp-server/0.2.0",
            "Boto3/1.41.0 md/awslabs#mcp#x-mcp-server | x-mcp-server",
            "Botocore/1.41 md/awslabs#mcp#aws-api-mcp-server#1.9.1 md/via/FastMCP MCPClient/kiro#0.8.2 cfg/ro#1"
                    + " cfg/consent#0 cfg/scripts#0 cfg/file-access#workdir cli-customizations"
                    + " | kiro/0.8.2 via aws-api-mcp-server/1.9.1",
            "Boto3/1.41 awslabs.cloudwatch-applicationsignals-mcp-server/0.3.0"
                    + " | cloudwatch-applicationsignals-mcp-server/0.3.0",
            "agentcore-mcp-server/0.1.4 runtime-control | agentcore-mcp-server/0.1.4",
            "awslabs/mcp/eks-mcp-server/0.1.11 | eks-mcp-server/0.1.11",
            "aws-cli/2.38.0 md/awscrt#0.40 ua/2.1 m/AN,s,r,Z | Claude Code with aws-cli/2.38.0",
            "aws-cli/2.38.0 m/Z,AO | Gemini CLI with aws-cli/2.38.0", "aws-cli/2.38.0 m/AP | Codex with aws-cli/2.38.0",
            "aws-cli/2.38.0 m/AQ,b | Kiro CLI with aws-cli/2.38.0",
            "aws-cli/2.38.0 m/AR | OpenCode with aws-cli/2.38.0",
            "aws-cli/2.38.0 m/AS | Antigravity with aws-cli/2.38.0", "aws-cli/2.38.0 m/AT | Amp with aws-cli/2.38.0",
            "aws-cli/2.38.0 m/AU | Pi with aws-cli/2.38.0", "aws-cli/2.38.0 m/AV | Copilot CLI with aws-cli/2.38.0",
            "aws-cli/2.38.0 m/AW | Cursor with aws-cli/2.38.0", "aws-cli/2.38.0 m/AX | Kiro IDE with aws-cli/2.38.0",
            "[aws-cli/2.38.0 md/x m/s,AN] | Claude Code with aws-cli/2.38.0",
            "aws-cli/2.38.0 m/ANX,XAN,an,A,N md/AN | aws-cli/2.38.0", "Boto3/1.41.0 m/AN | Boto3/1.41.0",
            "Terraform/1.17.0 aws-sdk-go-v2/1.42.0 | Terraform/1.17.0",
            "aws-sdk-rust/1.5 app/AmazonQ-For-CLI | aws-sdk-rust/1.5", "  Boto3/1.41.0   | Boto3/1.41.0",
            "console | console"})
    void of_userAgent_isTheProgramsName(String userAgent, String client) {
        assertThat(Client.of(userAgent)).isEqualTo(client);
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {" ", "[]", "aws-mcp.amazonaws.com", "[cloudformation.amazonaws.com]"})
    void of_userAgentThatNamesNoProgram_isNone(@Nullable String userAgent) {
        assertThat(Client.of(userAgent)).isNull();
    }

    @Test
    void of_userAgentWithoutEnd_isCutWithAMark() {
        assertThat(Client.of("x".repeat(100_000))).hasSize(120).endsWith("x…");
        assertThat(Client.of("mcp-proxy-for-aws/ ".repeat(5_000))).isNotNull();
        assertThat(Client.of("md/awslabs#mcp#".repeat(5_000) + "a")).isNotNull();
        assertThat(Client.of("aws-cli/2 m/" + "AN,".repeat(5_000))).startsWith("Claude Code");
    }

    @Test
    void of_userAgentOfTheLongestLength_isWhole() {
        assertThat(Client.of("x".repeat(120))).hasSize(120).doesNotContain("…");
        assertThat(Client.of("x".repeat(121))).hasSize(120).endsWith("…");
    }

    @Test
    void of_proxyAtTheVeryBeginning_isFound() {
        assertThat(Client.of("mcp-proxy-for-aws/1.8.2 claude-code/3.0.4")).isEqualTo("claude-code/3.0.4");
    }
}
