package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.trail.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTest {
    @ParameterizedTest
    @CsvSource({"aws-mcp.amazonaws.com, mcp", "eks-mcp.amazonaws.com, mcp", "ecs-mcp.amazonaws.com, mcp",
            "sagemaker-unified-studio-mcp.amazonaws.com, mcp", "cloudformation.amazonaws.com, service:cloudformation",
            "lambda.amazonaws.com, service:lambda", "signin.amazonaws.com, console",
            "AWS Internal, service:AWS Internal",
            "delivery.logs.amazonaws.com, service:delivery.logs", "ec2.aws.internal, service:ec2.aws.internal"})
    void of_invokedBy_isTheServiceOrMcp(String invokedBy, String channel) {
        ObjectNode record = Calls.direct("aws-cli/2.37.3");
        ((ObjectNode) record.path("userIdentity")).put("invokedBy", invokedBy);
        assertThat(Channel.of(Calls.event(record)).name()).isEqualTo(channel);
    }

    @Test
    void of_serviceActingBehindMcp_isTheLastService() {
        ObjectNode record = Sample.node("id-1").put("userAgent", "cloudformation.amazonaws.com");
        ((ObjectNode) record.path("userIdentity")).put("invokedBy", "cloudformation.amazonaws.com");
        assertThat(Channel.of(Calls.event(record))).isEqualTo(Channel.service("cloudformation"));
        assertThat(Channel.service("cloudformation").isService()).isTrue();
        assertThat(Channel.MCP.isService()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"aws-mcp.amazonaws.com, mcp", "cloudformation.amazonaws.com, service:cloudformation",
            "198.51.100.7, sdk", "2001:db8::7, sdk", "AWS Internal, sdk", "'', sdk"})
    void of_addressOfAService_isThatService(String address, String channel) {
        assertThat(Channel.of(Calls.event(Calls.direct("Boto3/1.40").put("sourceIPAddress", address))).name())
                .isEqualTo(channel);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aws-mcp.amazonaws.com", "aws-mcp.us-east-1.api.aws", "eks-mcp.amazonaws.com"})
    void of_toolCallItself_isMcp(String eventSource) {
        assertThat(Channel.of(Calls.event(Calls.direct("claude-code/2.1.9 (cli)").put("eventSource", eventSource))))
                .isEqualTo(Channel.MCP);
    }

    @Test
    void of_userAgentThatPretends_isNotBelieved() {
        assertThat(Channel.of(Calls.event(Calls.direct("aws-mcp.amazonaws.com")))).isEqualTo(Channel.SDK);
        assertThat(Channel.of(Calls.event(Calls.direct("cloudformation.amazonaws.com")))).isEqualTo(Channel.SDK);
    }

    @ParameterizedTest
    @CsvSource({"aws-cli/2.37.3 md/awscrt#0.37, cli", "[aws-cli/1.44.2 Python/3.12], cli", "Boto3/1.40.1, sdk",
            "Terraform/1.16.4 aws-sdk-go-v2/1.41, sdk", "my aws-cli/2, sdk", "console.amazonaws.com, console",
            "'[S3Console/0.4, aws-internal/3]', console", "signin.amazonaws.com, console", "AWSConsole/1, console",
            "Mozilla/5.0 (X11), sdk"})
    void of_userAgent_isCliConsoleOrSdk(String userAgent, String channel) {
        assertThat(Channel.of(Calls.event(Calls.direct(userAgent))).name()).isEqualTo(channel);
    }

    @Test
    void of_consoleSession_isTheConsoleWhateverTheAgent() {
        assertThat(Channel.of(Calls.event(Calls.direct("aws-cli/2").put("sessionCredentialFromConsole", "true"))))
                .isEqualTo(Channel.CONSOLE);
        assertThat(Channel.of(Calls.event(Calls.direct("Mozilla/5.0").put("eventType", "AwsConsoleSignIn"))))
                .isEqualTo(Channel.CONSOLE);
        assertThat(Channel.of(Calls.event(Calls.direct("Mozilla/5.0").put("eventType", "AwsConsoleAction"))))
                .isEqualTo(Channel.CONSOLE);
    }

    @Test
    void of_nothingTold_isSdk() {
        ObjectNode record = Calls.direct("x");
        record.remove("userAgent");
        record.remove("sourceIPAddress");
        assertThat(Channel.of(Calls.event(record))).isEqualTo(Channel.SDK);
    }
}
