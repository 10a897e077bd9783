package io.trailsentry.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.Named.named;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.event.ruler.GenericMachine;
import software.amazon.event.ruler.JsonRuleCompiler;

/// The rules' patterns as they stand in the templates, in the matcher that EventBridge itself uses.
final class EventPatternTest {
    private static final String AGENTS = "mcp-agent-role, build-agent";
    private static final String MCP = "aws-mcp.amazonaws.com";
    private static final String AGENT_CALLS = "AgentCalls";
    private static final String PERIMETER = "PerimeterChanges";
    private static final String MONITOR = "MonitorChanges";
    private static final String EVERYTHING = "Everything";
    /// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    private static final int LONGEST_PATTERN = 2048;

    // ---- The agents' calls ----

    @ParameterizedTest
    @MethodSource("agentsCalls")
    void agentCalls_callOfAnAgentOrThroughManagedMcp_matchesAlone(Envelope envelope) throws Exception {
        assertThat(matched(envelope)).containsExactly(AGENT_CALLS);
    }

    static Stream<Named<Envelope>> agentsCalls() {
        Envelope agent = Envelope.byRole("mcp-agent-role");
        Envelope user = Envelope.byUser("build-agent");
        Envelope other = Envelope.byRole("admin");
        return Stream.of(named("an agent's role, by its issuer", agent), named("an agent's user, by name", user),
                named("an agent's role through the MCP server", agent.via(MCP)),
                named("a service acting for the agent", agent.via("cloudformation.amazonaws.com")),
                named("a read-only call of an agent", agent.reading()),
                named("the other agent's name as a role", Envelope.byRole("build-agent")),
                named("another role through the MCP server", other.via(MCP)),
                named("an Identity Center role through the MCP server",
                        Envelope.byRole("AWSReservedSSO_Dev_0123456789abcdef").via(MCP)),
                named("a person's user through the MCP server", Envelope.byUser("dana").via(MCP)),
                named("root through the MCP server", Envelope.byRoot().via(MCP)),
                named("a read through another managed server",
                        Envelope.byUser("dana").via("eks-mcp.amazonaws.com").reading()),
                named("a tool call by another role", other.usingTool(MCP)),
                named("a tool call under the documented source",
                        Envelope.byUser("dana").usingTool("aws-mcp.us-east-1.api.aws")),
                named("a console sign-in as documented", user.signingIn("AWS Console Signin via CloudTrail")),
                named("a console sign-in as delivered", user.signingIn("AWS Console Sign In via CloudTrail")),
                named("a service event", agent.typed("AWS Service Event via CloudTrail")),
                named("an agent's change in IAM", agent.changing("iam", "AttachRolePolicy", "{'roleName':'x'}")),
                named("an agent's user's change in IAM", user.changing("iam", "CreateUser", "{'userName':'x'}")),
                named("a change in IAM through the MCP server", other.via(MCP).changing("iam", "CreateUser", "{}")),
                named("the canary",
                        Envelope.byRole("trailsentry-audit-us-east-1").reading("sts", "GetCallerIdentity")));
    }

    // ---- Others' changes of what an agent may do ----

    @ParameterizedTest
    @MethodSource("perimeterChanges")
    void perimeterChanges_changeOfAnybodysPower_matchesAlone(Envelope envelope) throws Exception {
        assertThat(matched(envelope)).containsExactly(PERIMETER);
    }

    static Stream<Named<Envelope>> perimeterChanges() {
        String target = "{'roleName':'mcp-agent-role','policyArn':'arn:aws:iam::aws:policy/AdministratorAccess'}";
        return Stream.of(Envelope.byRole("admin"), Envelope.byUser("dana"), Envelope.byRoot(),
                Envelope.byRole("mcp-agent-role-2"), Envelope.byUser("build-agent-2"),
                Envelope.byRole("admin").via("cloudformation.amazonaws.com"),
                Envelope.byRole("trailsentry-detector-us-east-1"))
                .flatMap(who -> Stream.of(named(who + " in IAM", who.changing("iam", "AttachRolePolicy", target)),
                        named(who + " denied in IAM", who.changing("iam", "PutRolePolicy", "null")),
                        named(who + " of a role of TrailSentry's",
                                who.changing("iam", "DeleteRole", "{'roleName':'trailsentry-detector-us-east-1'}")),
                        named(who + " of a permission set",
                                who.changing("sso", "PutInlinePolicyToPermissionSet", "{'permissionSetArn':'x'}")),
                        named(who + " of an organization's policy",
                                who.changing("organizations", "DetachPolicy", "{'policyId':'p-0'}")),
                        named(who + " of all of an organization's policies",
                                who.changing("organizations", "DisablePolicyType", "{'policyType':'X'}"))));
    }

    // ---- Changes of what watches ----

    @ParameterizedTest
    @MethodSource("monitorChanges")
    void monitorChanges_changeOfATrailOrOfTrailSentry_matchesAlone(Envelope envelope) throws Exception {
        assertThat(matched(envelope)).containsExactly(MONITOR);
    }

    static Stream<Named<Envelope>> monitorChanges() {
        Envelope admin = Envelope.byRole("admin");
        String arn = "arn:aws:lambda:us-east-1:111122223333:function:trailsentry-detector";
        return Stream.of(named("somebody stops a trail", admin.changing("cloudtrail", "StopLogging", "{'name':'t'}")),
                named("root deletes a trail", Envelope.byRoot().changing("cloudtrail", "DeleteTrail", "{'name':'t'}")),
                named("selectors", admin.changing("cloudtrail", "PutEventSelectors", "{'trailName':'t'}")),
                named("a rule is disabled",
                        admin.changing("events", "DisableRule", "{'name':'trailsentry-agent-calls'}")),
                named("a rule's targets are removed",
                        admin.changing("events", "RemoveTargets", "{'rule':'trailsentry-forward-agent-calls'}")),
                named("the configuration",
                        admin.changing("ssm", "PutParameter", "{'name':'trailsentry-configuration'}")),
                named("the function, by name",
                        admin.changing("lambda", "DeleteFunction20150331", "{'functionName':'trailsentry-detector'}")),
                named("the function, by ARN",
                        admin.changing("lambda", "PutFunctionConcurrency20171031", "{'functionName':'" + arn + "'}")),
                named("the queue", admin.changing("sqs", "PurgeQueue",
                        "{'queueUrl':'https://sqs.us-east-1.amazonaws.com/111122223333/trailsentry-events'}")),
                named("a topic", admin.changing("sns", "DeleteTopic",
                        "{'topicArn':'arn:aws:sns:us-east-1:111122223333:trailsentry-alerts'}")),
                named("a subscription", admin.changing("sns", "Unsubscribe",
                        "{'subscriptionArn':'arn:aws:sns:us-east-1:111122223333:trailsentry-alerts:0-1'}")),
                named("the table", admin.changing("dynamodb", "DeleteTable", "{'tableName':'trailsentry-memory'}")),
                named("alarms", admin.changing("monitoring", "DeleteAlarms",
                        "{'alarmNames':['other','trailsentry-trouble']}")),
                named("an alarm", admin.changing("monitoring", "PutMetricAlarm",
                        "{'alarmName':'trailsentry-heartbeat'}")),
                named("the trail's bucket", admin.changing("s3", "PutBucketPolicy",
                        "{'bucketName':'trailsentry-trail-111122223333-us-east-1'}")),
                named("the log", admin.changing("logs", "DeleteLogGroup", "{'logGroupName':'trailsentry-detector'}")),
                named("the stack", admin.changing("cloudformation", "DeleteStack", "{'stackName':'trailsentry'}")),
                named("the forwarders", admin.changing("cloudformation", "DeleteStackInstances",
                        "{'stackSetName':'trailsentry-forwarders'}")));
    }

    @Test
    void monitorChanges_queueCutOff_isKnownByTheAnswer() throws Exception {
        JsonNode event = Envelope.byRole("admin")
                .changing("lambda", "UpdateEventSourceMapping20150331", "{'uUID':'0-1','enabled':false}").json();
        ((ObjectNode) event.path("detail")).putObject("responseElements")
                .put("functionArn", "arn:aws:lambda:us-east-1:111122223333:function:trailsentry-detector:live");

        assertThat(matched(deploy(AGENTS), event)).containsExactly(MONITOR);
    }

    /// The one thing that comes twice, and counts once: the names of agents and these fields do not fit one pattern.
    @Test
    void monitorChanges_byAnAgent_comesByTwoRules() throws Exception {
        Envelope agent = Envelope.byRole("mcp-agent-role").changing("cloudtrail", "StopLogging", "{'name':'t'}");

        assertThat(matched(agent)).containsExactly(AGENT_CALLS, MONITOR);
    }

    // ---- Near misses ----

    @ParameterizedTest
    @MethodSource("nearMisses")
    void rules_nearMiss_matchNothing(Envelope envelope) throws Exception {
        assertThat(matched(envelope)).isEmpty();
    }

    static Stream<Named<Envelope>> nearMisses() {
        Envelope agent = Envelope.byRole("mcp-agent-role");
        Envelope other = Envelope.byRole("admin");
        Envelope own = Envelope.byRole("trailsentry-detector-us-east-1");
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
                        Envelope.byUser("dana").signingIn("AWS Console Sign In via CloudTrail")),
                named("another read of the canary's role", Envelope.byRole("trailsentry-audit-us-east-1").reading()),
                named("the canary of another stack",
                        Envelope.byRole("trailsentry-audit-eu-west-1").reading("sts", "GetCallerIdentity")),
                named("somebody else's question who they are", other.reading("sts", "GetCallerIdentity")),
                named("a read in IAM", other.reading("iam", "ListRoles")),
                named("a read of permission sets", other.reading("sso", "ListPermissionSets")),
                named("a new account", other.changing("organizations", "CreateAccount", "{'email':'x'}")),
                named("a read of a trail", other.reading("cloudtrail", "GetTrailStatus")),
                named("another rule", other.changing("events", "DisableRule", "{'name':'my-trailsentry-rule'}")),
                named("another function",
                        other.changing("lambda", "DeleteFunction20150331", "{'functionName':'sentry'}")),
                named("another queue", other.changing("sqs", "PurgeQueue",
                        "{'queueUrl':'https://sqs.us-east-1.amazonaws.com/111122223333/my-trailsentry-events'}")),
                named("a thing of that name that is none of ours",
                        other.changing("ecr", "CreateRepository", "{'repositoryName':'trailsentry-x'}")),
                named("what TrailSentry's function does itself", own.changing("dynamodb", "UpdateTable",
                        "{'tableName':'trailsentry-memory'}")),
                named("a read of TrailSentry's function", own.reading("sns", "GetTopicAttributes")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"my.app", "awsx", "awsx.iam", "aws", "AWS.iam", "my.aws.iam", " aws.iam", ""})
    void rules_perfectDetailUnderAnotherSource_matchNothing(String source) throws Exception {
        for (Envelope real : List.of(Envelope.byRole("mcp-agent-role").via(MCP),
                Envelope.byRole("admin").changing("iam", "CreateUser", "{}"),
                Envelope.byRole("admin").changing("cloudtrail", "StopLogging", "{}"))) {
            assertThat(matched(real)).hasSize(1);
            assertThat(matched(real.from(source))).isEmpty();
            assertThat(matched(Template.read().deploy(Map.of("Watch", "everything")), real.from(source).json()))
                    .isEmpty();
        }
    }

    // ---- Everything ----

    @Test
    void everything_watched_isOneRuleForAllButServicesAndItself() throws Exception {
        Stack stack = Template.read().deploy(Map.of("Watch", "everything"));

        for (Stream<Named<Envelope>> all : List.of(agentsCalls(), perimeterChanges(), monitorChanges())) {
            for (Named<Envelope> one : all.toList()) {
                boolean own = one.getPayload().userIdentity().path("arn").asText().contains("/trailsentry-detector-");
                assertThat(matched(stack, one.getPayload().json())).as(one.getName())
                        .isEqualTo(own ? Set.of() : Set.of(EVERYTHING));
            }
        }
        assertThat(matched(stack, Envelope.byRole("admin").reading().json())).containsExactly(EVERYTHING);
        assertThat(matched(stack, Envelope.byService("ec2.amazonaws.com").json())).isEmpty();
        assertThat(matched(stack, Envelope.byRole("admin").typed("AWS Health Event").json())).isEmpty();
    }

    // ---- The parameters' promises ----

    @Test
    void agentCalls_defaultNames_watchesTheDefaultRoleOnly() throws Exception {
        Stack stack = Template.read().deploy(Map.of());

        assertThat(matched(stack, Envelope.byRole("mcp-agent-role").json())).containsExactly(AGENT_CALLS);
        assertThat(matched(stack, Envelope.byUser("build-agent").json())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "11, 64", "20, 35"})
    void patterns_namesThatTheDescriptionPromises_fitAndAreValid(int names, int length) {
        patterns(deploy(names(names, length))).forEach((rule, pattern) -> {
            assertThat(JsonRuleCompiler.check(pattern.toString())).as(rule).isNull();
            assertThat(pattern.toString().length() + separators(pattern.toString())).as(rule)
                    .isLessThanOrEqualTo(LONGEST_PATTERN);
        });
    }

    @Test
    void patterns_moreNamesThanPromised_doNotFit() {
        String promise = Template.read().section("Parameters").path("AgentNames").path("Description").asText();

        assertThat(promise).contains("11 names of 64 characters fit, or 20 of 35");
        assertThat(deploy(names(13, 64)).properties(PERIMETER).path("EventPattern").toString())
                .hasSizeGreaterThan(LONGEST_PATTERN);
        assertThat(deploy(names(20, 39)).properties(PERIMETER).path("EventPattern").toString())
                .hasSizeGreaterThan(LONGEST_PATTERN);
    }

    // ---- Forwarders ----

    @ParameterizedTest
    @ValueSource(strings = {"agents", "everything"})
    void forwarder_elsewhere_hasTheSameRulesInTheSameState(String watch) {
        Stack home = Template.read().deploy(Map.of("AgentNames", AGENTS, "Watch", watch));
        Stack away = Template.read("forwarder.yaml").deploy(forwarder(watch, "444455556666"));

        assertThat(patterns(away)).isNotEmpty().isEqualTo(patterns(home));
        patterns(home).keySet().forEach(rule -> assertThat(away.properties(rule).path("State"))
                .isEqualTo(home.properties(rule).path("State")));
    }

    /// The stack's own Region and account: otherwise each event would come twice, or for ever.
    @Test
    void forwarder_atHome_isEmpty() {
        Template template = Template.read("forwarder.yaml");
        Stack home = template.deploy(forwarder("agents", "111122223333"));

        assertThat(template.section("Resources").propertyStream().map(Map.Entry::getKey)
                .filter(resource -> home.find(resource) != null)).containsExactly("Nothing");
    }

    private static Map<String, String> forwarder(String watch, String homeAccount) {
        return Map.of("AgentNames", AGENTS, "Watch", watch, "HomeAccount", homeAccount, "HomeRegion", "us-east-1",
                "HomeBusArn", "arn:aws:events:us-east-1:111122223333:event-bus/default", "ForwarderRoleArn",
                "arn:aws:iam::111122223333:role/trailsentry-forwarder-us-east-1");
    }

    // ---- Events that others made ----

    @ParameterizedTest
    @ValueSource(strings = {"../shared/data/eventbridge-envelopes", "../shared/reference/mcp-events", "events"})
    void rules_eventsOfAFolder_matchTheirRuleOnce(String folder) throws Exception {
        assumeTrue(Files.isDirectory(Path.of(folder)), "no labelled data beside the project");
        int matched = 0;

        for (JsonNode envelope : envelopes(Path.of(folder))) {
            assertThat(matched(deploy(AGENTS), envelope)).as(envelope.toString())
                    .isEqualTo(expected(envelope, "mcp-agent-role"));
            String caller = envelope.at("/detail/userIdentity/sessionContext/sessionIssuer/userName").asText();
            if (!caller.isEmpty() && envelope.path("source").asText().startsWith("aws.")) {
                assertThat(matched(deploy(caller), envelope)).as(envelope.toString()).contains(AGENT_CALLS);
                matched++;
            }
        }
        assertThat(matched).isPositive();
    }

    /// The rules in words, for events that name no agent but one.
    private static Set<String> expected(JsonNode envelope, String agent) {
        JsonNode detail = envelope.path("detail");
        JsonNode who = detail.path("userIdentity");
        Set<String> rules = new TreeSet<>();
        if (!envelope.path("source").asText().startsWith("aws.")) {
            return rules;
        }
        boolean ours = who.at("/sessionContext/sessionIssuer/userName").asText().equals(agent)
                || who.path("invokedBy").asText().endsWith("-mcp.amazonaws.com")
                || detail.path("eventSource").asText().startsWith("aws-mcp.");
        boolean write = detail.path("readOnly").isBoolean() && !detail.path("readOnly").asBoolean();
        String source = detail.path("eventSource").asText();
        if (ours) {
            rules.add(AGENT_CALLS);
        } else if (write && (source.equals("iam.amazonaws.com") || source.equals("sso.amazonaws.com"))) {
            rules.add(PERIMETER);
        }
        if (write && source.equals("cloudtrail.amazonaws.com")) {
            rules.add(MONITOR);
        }
        return rules;
    }

    private static List<JsonNode> envelopes(Path folder) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".json")).sorted().toList()) {
                JsonNode content = json.readTree(file.toFile());
                for (JsonNode one : content.has("Records") ? content.path("Records") : List.of(content)) {
                    all.add(envelope(json, one));
                }
            }
        }
        return all;
    }

    /// An envelope as it is, from a message of a queue, or around a record of a log file.
    private static JsonNode envelope(ObjectMapper json, JsonNode one) throws IOException {
        if (one.has("body")) {
            return json.readTree(one.path("body").asText());
        }
        if (one.has("detail")) {
            return one;
        }
        String source = "aws." + one.path("eventSource").asText().replaceFirst("\\..*", "");
        return json.createObjectNode().put("source", source).put("detail-type", "AWS API Call via CloudTrail")
                .set("detail", one);
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

    /// The patterns of the rules that take CloudTrail's events, by logical id.
    private static Map<String, JsonNode> patterns(Stack stack) {
        return stack.resources("AWS::Events::Rule").entrySet().stream()
                .filter(rule -> rule.getValue().at("/EventPattern/source/0").has("prefix"))
                .collect(Collectors.toMap(Map.Entry::getKey, rule -> rule.getValue().path("EventPattern")));
    }

    private static Set<String> matched(Envelope envelope) throws Exception {
        return matched(deploy(AGENTS), envelope.json());
    }

    private static Set<String> matched(Stack stack, JsonNode envelope) throws Exception {
        GenericMachine<String> machine = GenericMachine.<String>builder().build();
        for (Map.Entry<String, JsonNode> pattern : patterns(stack).entrySet()) {
            machine.addRule(pattern.getKey(), pattern.getValue().toString());
        }
        return new TreeSet<>(machine.rulesForJSONEvent(envelope.toString()));
    }
}
