package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.testing.EventBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `credential-leak`: an agent's credentials where they do not belong.
class CredentialLeakTest {
    private static final Watched MCP_ONLY = Watched.mcpAgent();

    private static @Nullable Signal leak(EventBuilder event) {
        return MCP_ONLY.signal("credential-leak", event);
    }

    private static EventBuilder direct(String userAgent) {
        return EventBuilder.role("mcp-agent-role", "coder-1").with("userAgent", userAgent);
    }

    @ParameterizedTest
    @CsvSource({"aws-cli/2.35.24 md/awscrt#0.27, cli", "Boto3/1.40.0 md/Botocore#1.40.0, sdk",
            "console.amazonaws.com, console", "APN/1.0 HashiCorp/1.0 Terraform/1.13.0, sdk", "curl/8.9.0, sdk"})
    void useOutsideTheServer_isALeak(String userAgent, String channel) {
        assertThat(leak(direct(userAgent).call("s3", "ListBuckets"))).isNotNull().returns(60, Signal::score)
                .returns(channel, Signal::target).returns("was used outside the MCP server", Signal::headline);
        assertThat(leak(direct(userAgent).write("s3", "CreateBucket"))).isNotNull().returns(75, Signal::score);
    }

    @Test
    void refusedUseOutsideTheServer_isALeakAllTheSame() {
        assertThat(leak(direct("aws-cli/2.35.24").call("s3", "ListBuckets").error("AccessDenied", "no")))
                .isNotNull().returns(36, Signal::score).returns(Outcome.DENIED, Signal::outcome);
    }

    @Test
    void useThroughTheServer_isExpected() {
        assertThat(leak(EventBuilder.agent().write("s3", "CreateBucket"))).isNull();
        assertThat(leak(EventBuilder.role("mcp-agent-role", "s").through("eks-mcp.amazonaws.com")
                .write("eks", "CreateCluster"))).isNull();
        // The server's host is what AWS sets; what the client calls itself counts for nothing.
        assertThat(leak(direct("aws-mcp.amazonaws.com").write("s3", "CreateBucket"))).isNotNull();
    }

    @Test
    void toolCall_isTheServersOwn() {
        assertThat(leak(direct("Kiro/1.0").write("aws-mcp", "CallReadWriteTool").with("eventType", "AwsMcpEvent")))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cloudformation.amazonaws.com", "athena.amazonaws.com", "s3.amazonaws.com"})
    void whatAServiceDoesForTheAgent_isExpected(String service) {
        assertThat(leak(EventBuilder.role("mcp-agent-role", "s").through(service).write("s3", "PutObject"))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"sts, GetCallerIdentity", "sts, AssumeRole", "signin, CreateOAuth2Token", "sso, GetRoleCredentials",
            "sso-oauth, CreateToken"})
    void gettingAndCheckingAnIdentity_comesBeforeTheServer(String service, String name) {
        assertThat(leak(direct("aws-cli/2.35.24").call(service, name))).isNull();
    }

    @Test
    void agentThatMayUseAnyChannel_leaksNothingByRule() {
        assertThat(Watched.agent().signals("credential-leak", direct("aws-cli/2.35.24").write("s3", "CreateBucket")))
                .allMatch(Signal::isLearned);
    }

    @Test
    void accountOfAnotherEnvironment_isALeak() {
        assertThat(leak(EventBuilder.agent().with("recipientAccountId", Watched.PRODUCTION))).isNotNull()
                .returns(70, Signal::score).returns(Watched.PRODUCTION, Signal::target)
                .returns("was used in an account of another environment", Signal::headline)
                .returns("it belongs to dev, but account 444455556666 is prod", Signal::reason);
    }

    @Test
    void accountOfItsEnvironment_orOfNone_isExpected() {
        assertThat(leak(EventBuilder.agent())).isNull();
        assertThat(leak(EventBuilder.agent().with("recipientAccountId", Watched.OUTSIDE))).isNull();
    }

    private static EventBuilder signIn(EventBuilder caller, String mfa, String answer) {
        return caller.write("signin", "ConsoleLogin").with("eventType", "AwsConsoleSignIn")
                .with("userAgent", "Mozilla/5.0").with("additionalEventData", Map.of("MFAUsed", mfa))
                .with("responseElements", Map.of("ConsoleLogin", answer));
    }

    @Test
    void consoleSignIn_isWorseWithoutASecondFactor() {
        assertThat(leak(signIn(EventBuilder.user(Watched.USER), "No", "Success"))).isNotNull()
                .returns(70, Signal::score).returns("signed in to the console without MFA", Signal::headline);
        assertThat(leak(signIn(EventBuilder.user(Watched.USER), "Yes", "Success"))).isNotNull()
                .returns(35, Signal::score);
        // A role's sign-in is federated: its event says MFAUsed No whatever the identity provider asked for.
        assertThat(leak(signIn(EventBuilder.role("mcp-agent-role", "s"), "No", "Success"))).isNotNull()
                .returns(60, Signal::score).returns("signed in to the console", Signal::headline);
    }

    @Test
    void consoleSignIn_thatFailed_isWorthLess() {
        assertThat(leak(signIn(EventBuilder.user(Watched.USER), "No", "Failure").error("Failed authentication", "")))
                .isNotNull().returns(28, Signal::score).returns(Outcome.FAILED, Signal::outcome);
        assertThat(leak(signIn(EventBuilder.user(Watched.USER), "No", "Failure").with("errorMessage",
                "Failed authentication"))).isNotNull().returns(28, Signal::score)
                .returns("failed to sign in to the console without MFA", Signal::headline);
    }
}
