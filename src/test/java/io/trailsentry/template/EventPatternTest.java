package io.trailsentry.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.Named.named;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.event.ruler.GenericMachine;
import software.amazon.event.ruler.JsonRuleCompiler;

/// The rule's pattern as it stands in the template, in the matcher that EventBridge itself uses.
final class EventPatternTest {
    private static final String AGENTS = "mcp-agent-role, build-agent";
    private static final String MCP = "aws-mcp.amazonaws.com";
    /// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    private static final int LONGEST_PATTERN = 2048;

    @ParameterizedTest
    @MethodSource("agentsCalls")
    void pattern_callOfAnAgentOrThroughManagedMcp_matches(Envelope envelope) throws Exception {
        assertThat(matches(AGENTS, envelope.json())).isTrue();
    }

    static Stream<Named<Envelope>> agentsCalls() {
        Envelope agent = Envelope.byRole("mcp-agent-role");
        Envelope user = Envelope.byUser("build-agent");
        return Stream.of(named("an agent's role, by its issuer", agent), named("an agent's user, by name", user),
                named("an agent's role through the MCP server", agent.via(MCP)),
                named("a service acting for the agent", agent.via("cloudformation.amazonaws.com")),
                named("a read-only call of an agent", agent.reading()),
                named("the other agent's name as a role", Envelope.byRole("build-agent")),
                named("another role through the MCP server", Envelope.byRole("admin").via(MCP)),
                named("an Identity Center role through the MCP server",
                        Envelope.byRole("AWSReservedSSO_Dev_0123456789abcdef").via(MCP)),
                named("a person's user through the MCP server", Envelope.byUser("dana").via(MCP)),
                named("root through the MCP server", Envelope.byRoot().via(MCP)),
                named("a read through another managed server",
                        Envelope.byUser("dana").via("eks-mcp.amazonaws.com").reading()),
                named("a tool call by another role", Envelope.byRole("admin").usingTool(MCP)),
                named("a tool call under the documented source",
                        Envelope.byUser("dana").usingTool("aws-mcp.us-east-1.api.aws")),
                named("a console sign-in as documented", user.signingIn("AWS Console Signin via CloudTrail")),
                named("a console sign-in as delivered", user.signingIn("AWS Console Sign In via CloudTrail")),
                named("a service event", agent.typed("AWS Service Event via CloudTrail")));
    }

    @ParameterizedTest
    @MethodSource("nearMisses")
    void pattern_nearMiss_doesNotMatch(Envelope envelope) throws Exception {
        assertThat(matches(AGENTS, envelope.json())).isFalse();
    }

    static Stream<Named<Envelope>> nearMisses() {
        Envelope agent = Envelope.byRole("mcp-agent-role");
        Envelope other = Envelope.byRole("admin");
        return Stream.of(named("another role", other),
                named("a role with a longer name", Envelope.byRole("mcp-agent-role-2")),
                named("a role with a name before it", Envelope.byRole("x-mcp-agent-role")),
                named("a role spelled otherwise", Envelope.byRole("MCP-Agent-Role")),
                named("the names as one", Envelope.byRole("mcp-agent-role, build-agent")),
                named("another role's session with the agent's name", Envelope.byRole("admin", "mcp-agent-role")),
                named("another user", Envelope.byUser("dana")),
                named("a user with a longer name", Envelope.byUser("build-agent-2")), named("root", Envelope.byRoot()),
                named("a service for another role", other.via("cloudformation.amazonaws.com")),
                named("a service for itself", Envelope.byService("ec2.amazonaws.com")),
                named("a caller that only looks managed", other.via("evil-mcp.amazonaws.com.example")),
                named("a caller without the hyphen", other.via("mcp.amazonaws.com")),
                named("a tool call of a server that only looks managed", other.usingTool("aws-mcpx.amazonaws.com")),
                named("a tool call elsewhere", other.usingTool("my-aws-mcp.amazonaws.com")),
                named("an event that is not CloudTrail's", agent.typed("AWS Health Event")),
                named("a detail type that only starts like one", agent.typed("AWS API Call via CloudTrail Lake")),
                named("a person's console sign-in",
                        Envelope.byUser("dana").signingIn("AWS Console Sign In via CloudTrail")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"my.app", "awsx", "awsx.iam", "aws", "AWS.iam", "my.aws.iam", " aws.iam", ""})
    void pattern_perfectDetailUnderAnotherSource_isRefused(String source) throws Exception {
        Envelope real = Envelope.byRole("mcp-agent-role").via(MCP);

        assertThat(matches(AGENTS, real.json())).isTrue();
        assertThat(matches(AGENTS, real.from(source).json())).isFalse();
    }

    @Test
    void pattern_defaultNames_watchesTheDefaultRoleOnly() throws Exception {
        Template template = Template.read();

        assertThat(matches(template.deploy(Map.of()), Envelope.byRole("mcp-agent-role").json())).isTrue();
        assertThat(matches(template.deploy(Map.of()), Envelope.byUser("build-agent").json())).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "12, 64", "20, 38"})
    void pattern_namesThatTheDescriptionPromises_fitAndAreValid(int names, int length) {
        String pattern = pattern(deploy(names(names, length))).toString();

        assertThat(JsonRuleCompiler.check(pattern)).isNull();
        assertThat(pattern.length() + separators(pattern)).isLessThanOrEqualTo(LONGEST_PATTERN);
    }

    @Test
    void pattern_moreNamesThanPromised_doNotFit() {
        String promise = Template.read().section("Parameters").path("AgentNames").path("Description").asText();

        assertThat(promise).contains("12 names of 64 characters fit, or 20 of 38");
        assertThat(pattern(deploy(names(14, 64))).toString()).hasSizeGreaterThan(LONGEST_PATTERN);
        assertThat(pattern(deploy(names(20, 41))).toString()).hasSizeGreaterThan(LONGEST_PATTERN);
    }

    @Test
    void pattern_ordinaryEnvelopes_matchOnlyWhenTheirCallerIsNamed() throws Exception {
        Path folder = Path.of("../shared/data/eventbridge-envelopes");
        assumeTrue(Files.isDirectory(folder), "no labelled data beside the project");
        List<JsonNode> envelopes = envelopes(folder);
        int named = 0;

        for (JsonNode envelope : envelopes) {
            assertThat(matches(AGENTS, envelope)).as(envelope.toString()).isFalse();
            JsonNode caller = envelope.at("/detail/userIdentity/sessionContext/sessionIssuer/userName");
            if (caller.isTextual() && envelope.path("source").asText().startsWith("aws.")) {
                assertThat(matches(caller.asText(), envelope)).as(envelope.toString()).isTrue();
                named++;
            }
        }
        assertThat(named).isPositive();
    }

    private static List<JsonNode> envelopes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            ObjectMapper json = new ObjectMapper();
            return files.sorted().map(Path::toFile).map(file -> {
                try {
                    return json.readTree(file);
                } catch (IOException e) {
                    throw new AssertionError(file + " is no JSON", e);
                }
            }).toList();
        }
    }

    /// The spaces that a writer of JSON may put after each comma and colon; what CloudFormation does is not documented.
    private static long separators(String pattern) {
        return pattern.chars().filter(c -> c == ',' || c == ':').count();
    }

    private static String names(int count, int length) {
        return String.join(",", Collections.nCopies(count, "x".repeat(length)));
    }

    private static Stack deploy(String agentNames) {
        return Template.read().deploy(Map.of("AgentNames", agentNames));
    }

    private static JsonNode pattern(Stack stack) {
        return stack.properties("AgentCalls").required("EventPattern");
    }

    private static boolean matches(String agentNames, JsonNode envelope) throws Exception {
        return matches(deploy(agentNames), envelope);
    }

    private static boolean matches(Stack stack, JsonNode envelope) throws Exception {
        GenericMachine<String> machine = GenericMachine.<String>builder().build();
        machine.addRule("agent-calls", pattern(stack).toString());
        return !machine.rulesForJSONEvent(envelope.toString()).isEmpty();
    }
}
