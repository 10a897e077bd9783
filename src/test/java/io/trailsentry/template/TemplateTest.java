package io.trailsentry.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.template.Template.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.event.ruler.JsonRuleCompiler;

/// What the stack promises, read from the template: nothing is lost on the way, and nobody may more than needed.
final class TemplateTest {
    private static final Template TEMPLATE = Template.read();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SECTIONS = List.of("AWSTemplateFormatVersion", "Transform", "Description",
            "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Globals", "Resources", "Outputs");
    private static final Map<String, String> NAME_OF_TYPE = Map.of("AWS::Events::Rule", "Name", "AWS::SQS::Queue",
            "QueueName", "AWS::SNS::Topic", "TopicName", "AWS::Serverless::Function", "FunctionName", "AWS::IAM::Role",
            "RoleName", "AWS::Logs::LogGroup", "LogGroupName", "AWS::SSM::Parameter", "Name", "AWS::CloudWatch::Alarm",
            "AlarmName", "AWS::DynamoDB::Table", "TableName");
    private static final Set<String> NAMELESS_TYPES = Set.of("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy",
            "AWS::SNS::Subscription");

    // ---- The document ----

    @Test
    void sections_standInTheCustomaryOrder() {
        List<String> present = TEMPLATE.document().propertyStream().map(Map.Entry::getKey).toList();

        assertThat(present).isEqualTo(SECTIONS.stream().filter(present::contains).toList());
    }

    @Test
    void references_allHaveATarget() {
        Set<String> values = names("Parameters", "Resources");
        Set<String> conditions = names("Conditions");

        assertThat(TEMPLATE.references()).isNotEmpty().allSatisfy(reference -> assertThat(switch (reference.kind()) {
            case VALUE -> values;
            case CONDITION -> conditions;
        }).as(reference.from()).contains(reference.name()));
    }

    @Test
    void parametersAndConditions_areAllUsed() {
        Set<String> used = TEMPLATE.references().stream().map(Reference::name).collect(Collectors.toSet());

        assertThat(used).containsAll(names("Parameters")).containsAll(names("Conditions"));
    }

    @Test
    void references_toWhatIsNotThere_areFound() {
        Template broken = Template.parse("""
                Resources:
                  Queue:
                    Condition: Missing1
                    DependsOn: Missing2
                    Properties:
                      A: !Ref Missing3
                      B: !GetAtt Missing4.Arn
                      C: !Sub "${Missing5}-${Missing6.Arn}-${AWS::Region}-${!Literal}"
                      D: !Sub ["${Local}", {Local: !If [Missing7, !Join ["", [!Ref Missing8]], ""]}]
                """);

        assertThat(broken.references()).extracting(Reference::name).containsExactlyInAnyOrder("Missing1", "Missing2",
                "Missing3", "Missing4", "Missing5", "Missing6", "Missing7", "Missing8");
    }

    @Test
    void template_keyTwice_isRefused() {
        assertThatThrownBy(() -> Template.parse("A: 1\nA: 2")).hasMessageContaining("duplicate key A");
    }

    @Test
    void parameters_areExplainedGroupedAndHaveADefault() {
        JsonNode form = TEMPLATE.section("Metadata").required("AWS::CloudFormation::Interface");
        List<String> grouped = new ArrayList<>();
        form.required("ParameterGroups").forEach(group -> {
            assertThat(group.at("/Label/default").asText()).isNotBlank();
            grouped.addAll(texts(group.required("Parameters")));
        });

        assertThat(grouped).doesNotHaveDuplicates().hasSameElementsAs(names("Parameters"));
        TEMPLATE.section("Parameters").propertyStream().forEach(parameter -> {
            String name = parameter.getKey();
            JsonNode value = parameter.getValue();
            assertThat(form.at("/ParameterLabels/" + name + "/default").asText()).as(name).isNotBlank();
            assertThat(value.path("Description").asText()).as(name).hasSizeBetween(80, 4000);
            assertThat(value.has("Default")).as(name).isTrue();
            assertThat(value.has("AllowedPattern") || value.has("AllowedValues")).as(name).isTrue();
            assertThat(value.path("ConstraintDescription").asText()).as(name).startsWith("must be ");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            AgentNames          | mcp-agent-role
            AgentNames          | AWSReservedSSO_Agent_0123456789abcdef
            AgentNames          | ci.bot+x=y@example
            ConfigurationSource | ``
            ConfigurationSource | ssm:trailsentry
            ConfigurationSource | ssm:/team/trailsentry.yaml
            ConfigurationSource | s3://my-bucket/conf/trailsentry.yaml
            ConfigurationSource | {"agents":[]}
            ConfigurationSource | `# mine\nagents:\n  - name: coder`
            AlertEmail          | ``
            AlertEmail          | oncall+aws@example.com
            SnapStart           | off
            LogRetentionDays    | 365
            """)
    void parameter_sensibleValue_isAccepted(String parameter, String value) {
        assertThat(accepts(parameter, value.replace("\\n", "\n"))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            AgentNames          | ``
            AgentNames          | arn:aws:iam::111122223333:role/mcp-agent-role
            AgentNames          | team/mcp-agent-role
            AgentNames          | mcp-*
            AgentNames          | a-name-of-one-more-character-than-the-64-that-iam-allows-for-role
            AgentNames          | a"]}
            ConfigurationSource | ssm:
            ConfigurationSource | ssm: name
            ConfigurationSource | ssm:*
            ConfigurationSource | smm:name
            ConfigurationSource | s3://my-bucket
            ConfigurationSource | s3://my-bucket/*
            ConfigurationSource | s3:/my-bucket/key
            ConfigurationSource | trailsentry.yaml
            ConfigurationSource | https://example.com/trailsentry.yaml
            AlertEmail          | oncall
            AlertEmail          | a@example.com,b@example.com
            SnapStart           | true
            LogRetentionDays    | 0
            """)
    void parameter_unusableValue_isRefused(String parameter, String value) {
        assertThat(accepts(parameter, value)).isFalse();
    }

    private static boolean accepts(String name, String value) {
        JsonNode parameter = TEMPLATE.section("Parameters").required(name);
        return (!parameter.has("AllowedPattern")
                || Pattern.matches(parameter.path("AllowedPattern").asText(), value))
                && (!parameter.has("AllowedValues") || texts(parameter.path("AllowedValues")).contains(value));
    }

    @Test
    void resources_allCarryThePrefix() {
        Stack stack = TEMPLATE.deploy(Map.of("AgentNames", "a", "AlertEmail", "a@example.com"));

        TEMPLATE.section("Resources").propertyStream().forEach(resource -> {
            String type = resource.getValue().path("Type").asText();
            if (!NAMELESS_TYPES.contains(type)) {
                String key = Objects.requireNonNull(NAME_OF_TYPE.get(type),
                        () -> "a type without a known name: " + type);
                assertThat(stack.properties(resource.getKey()).path(key).asText()).as(resource.getKey())
                        .startsWith("trailsentry-");
            }
        });
    }

    // ---- From CloudTrail to the queue ----

    @Test
    void rules_withAPattern_areValidTakeReadsAndRefuseForgeries() {
        Map<String, JsonNode> rules = patternRules();

        assertThat(rules).isNotEmpty();
        rules.forEach((name, rule) -> {
            assertThat(rule.path("State").asText()).as(name)
                    .isEqualTo("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
            assertThat(rule.at("/EventPattern/source").toString()).as(name).isEqualTo("[{\"prefix\":\"aws.\"}]");
            assertThat(check(rule.path("EventPattern"))).as(name).isEmpty();
        });
    }

    @Test
    void rules_allSendToTheQueueAndLoseNothing() {
        stack().resources("AWS::Events::Rule").forEach((name, rule) -> assertThat(rule.path("Targets").toString())
                .as(name)
                .isEqualTo(
                        "[{\"Id\":\"queue\",\"Arn\":\"Events.Arn\",\"DeadLetterConfig\":{\"Arn\":\"DeadLetters.Arn\"}}]"));
    }

    @Test
    void heartbeat_beatsEveryFiveMinutesAsAPlainScheduledEvent() {
        JsonNode heartbeat = stack().properties("Heartbeat");

        assertThat(heartbeat.path("ScheduleExpression").asText()).isEqualTo("rate(5 minutes)");
        assertThat(heartbeat.path("State").asText()).isEqualTo("ENABLED");
        assertThat(heartbeat.has("EventPattern")).isFalse();
        assertThat(heartbeat.path("Targets").findValue("Input")).isNull();
    }

    @Test
    void queues_ofTheEventPath_endInADeadLetterQueueThatKeepsLonger() {
        Map<String, JsonNode> queues = stack().resources("AWS::SQS::Queue");
        Set<String> deadLetters = queues.values().stream().filter(queue -> queue.has("RedrivePolicy"))
                .map(queue -> queue.at("/RedrivePolicy/deadLetterTargetArn").asText().replace(".Arn", ""))
                .collect(Collectors.toSet());

        assertThat(deadLetters).hasSize(1).isSubsetOf(queues.keySet());
        queues.forEach((name, queue) -> {
            assertThat(queue.path("SqsManagedSseEnabled").asBoolean()).as(name).isTrue();
            assertThat(queue.path("MaximumMessageSize").asInt()).as(name).isEqualTo(1024 * 1024);
            if (deadLetters.contains(name)) {
                assertThat(queue.path("MessageRetentionPeriod").asInt()).as(name).isEqualTo(14 * 24 * 3600);
            } else {
                assertThat(queue.at("/RedrivePolicy/maxReceiveCount").asInt()).as(name).isBetween(5, 20);
                assertThat(queue.path("MessageRetentionPeriod").asInt()).as(name).isLessThan(14 * 24 * 3600);
            }
        });
    }

    @Test
    void queues_acceptEventsFromTheRulesOnlyAndOverTlsOnly() {
        Set<String> rules = stack().resources("AWS::Events::Rule").keySet().stream().map(rule -> rule + ".Arn")
                .collect(Collectors.toSet());
        Map<String, JsonNode> policies = byTarget("AWS::SQS::QueuePolicy", "Queues");

        assertThat(policies.keySet()).isEqualTo(stack().resources("AWS::SQS::Queue").keySet());
        policies.forEach((queue, policy) -> {
            List<JsonNode> allowed = statements(policy, "Allow");
            assertThat(allowed).as(queue).hasSize(1);
            JsonNode send = allowed.getFirst();
            assertThat(send.path("Principal").toString()).as(queue).isEqualTo("{\"Service\":\"events.amazonaws.com\"}");
            assertThat(texts(send.path("Action"))).as(queue).containsExactly("sqs:SendMessage");
            assertThat(texts(send.path("Resource"))).as(queue).containsExactly(queue + ".Arn");
            assertThat(texts(send.at("/Condition/ArnEquals/aws:SourceArn"))).as(queue)
                    .containsExactlyInAnyOrderElementsOf(rules);
            assertDeniesPlainText(queue, policy, "sqs:*", queue + ".Arn");
        });
    }

    // ---- The function ----

    @Test
    void function_isTheContracts() {
        JsonNode function = stack().properties("Detector");

        assertThat(function.path("Handler").asText())
                .isEqualTo("io.trailsentry.lambda.DetectorFunction::handleRequest");
        assertThat(function.path("Runtime").asText()).isEqualTo("java25");
        assertThat(texts(function.path("Architectures"))).containsExactly("arm64");
        assertThat(function.path("AutoPublishAlias").asText()).isEqualTo("live");
        assertThat(function.path("AutoPublishAliasAllProperties").asBoolean()).isTrue();
        assertThat(function.at("/SnapStart/ApplyOn").asText()).isEqualTo("PublishedVersions");
        assertThat(TEMPLATE.deploy(Map.of("SnapStart", "off")).properties("Detector").at("/SnapStart/ApplyOn").asText())
                .isEqualTo("None");
    }

    @Test
    void queue_hidesAMessageForSixTimesTheFunctionsTimeout() {
        int timeout = stack().properties("Detector").path("Timeout").asInt();

        assertThat(timeout).isPositive();
        assertThat(stack().properties("Events").path("VisibilityTimeout").asInt()).isEqualTo(6 * timeout);
    }

    @Test
    void function_takesBatchesFromTheQueueAndHandsBackWhatFailed() {
        JsonNode events = stack().properties("Detector").path("Events");

        assertThat(events.size()).isEqualTo(1);
        JsonNode source = events.path("Queue");
        assertThat(source.path("Type").asText()).isEqualTo("SQS");
        assertThat(source.at("/Properties/Queue").asText()).isEqualTo("Events.Arn");
        assertThat(texts(source.at("/Properties/FunctionResponseTypes"))).containsExactly("ReportBatchItemFailures");
        assertThat(source.at("/Properties/MaximumBatchingWindowInSeconds").asInt()).isBetween(1, 10);
        assertThat(source.at("/Properties/ScalingConfig/MaximumConcurrency").asInt()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void function_logsAsJsonToAGroupThatForgets() {
        String group = stack().properties("Detector").at("/LoggingConfig/LogGroup").asText();
        Stack month = TEMPLATE.deploy(Map.of("LogRetentionDays", "30"));

        assertThat(stack().properties("Detector").at("/LoggingConfig/LogFormat").asText()).isEqualTo("JSON");
        assertThat(stack().resources("AWS::Logs::LogGroup")).containsOnlyKeys(group);
        assertThat(stack().properties(group).path("RetentionInDays").asInt()).isEqualTo(90);
        assertThat(month.properties(group).path("RetentionInDays").asInt()).isEqualTo(30);
    }

    @Test
    void environment_isExactlyWhatTheCodeReadsAndOneForTheJvm() {
        JsonNode variables = TEMPLATE.section("Resources").at("/Detector/Properties/Environment/Variables");

        assertThat(variables.propertyStream().map(Map.Entry::getKey)).containsExactlyInAnyOrder("TRAILSENTRY_CONFIG",
                "ALERTS_TOPIC_ARN", "PAGES_TOPIC_ARN", "FINDINGS_TOPIC_ARN", "METRICS_NAMESPACE", "MEMORY_TABLE",
                "JAVA_TOOL_OPTIONS");
        assertThat(stack().properties("Detector").at("/Environment/Variables").toString())
                .isEqualTo("{\"ALERTS_TOPIC_ARN\":\"Alerts\",\"PAGES_TOPIC_ARN\":\"Pages\","
                        + "\"FINDINGS_TOPIC_ARN\":\"Findings\",\"METRICS_NAMESPACE\":\"TrailSentry\","
                        + "\"MEMORY_TABLE\":\"Memory\","
                        + "\"JAVA_TOOL_OPTIONS\":\"-XX:TieredStopAtLevel=1\"}");
    }

    @Test
    void configuration_defaultNames_isTheEmptyOne() {
        assertThat(stack().properties("Detector").at("/Environment/Variables").has("TRAILSENTRY_CONFIG")).isFalse();
        assertThat(stack().find("Configuration")).isNull();
    }

    @Test
    void configuration_namesOnly_isARosterOfTheSameNames() throws IOException {
        Stack stack = TEMPLATE.deploy(Map.of("AgentNames", "mcp-agent-role, ci.bot+x=y@example"));

        assertThat(configuration(stack)).isEqualTo("ssm:Configuration");
        assertThat(JSON.readTree(stack.properties("Configuration").path("Value").asText())).isEqualTo(JSON.readTree("""
                {"agents": [{"principals": ["mcp-agent-role", "ci.bot+x=y@example"]}]}"""));
    }

    @Test
    void configuration_text_isStoredAsItIs() {
        String text = "agents:\n  - name: coder\n    principals: [mcp-agent-role]\n";
        Stack stack = TEMPLATE.deploy(Map.of("ConfigurationSource", text));

        assertThat(configuration(stack)).isEqualTo("ssm:Configuration");
        assertThat(stack.properties("Configuration").path("Value").asText()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssm:/team/trailsentry", "s3://my-bucket/trailsentry.yaml"})
    void configuration_elsewhere_isReadThere(String source) {
        Stack stack = TEMPLATE.deploy(Map.of("ConfigurationSource", source, "AgentNames", "a,b"));

        assertThat(configuration(stack)).isEqualTo(source);
        assertThat(stack.find("Configuration")).isNull();
    }

    /// SAM publishes a version when the template's text changes, not when a parameter does: then the alias would stay
    /// on the old one. A version's description forces a new one; a new one of an unchanged function is an error.
    @Test
    void version_isNewExactlyWhenAParameterChangesTheFunction() {
        List<Stack> stacks = new ArrayList<>();
        for (String names : List.of("mcp-agent-role", "a,b", "a,b,c")) {
            for (String source : List.of("", "agents: []", "agents: [ ]", "ssm:a", "ssm:b", "s3://bucket/a")) {
                for (String snapStart : List.of("on", "off")) {
                    stacks.add(TEMPLATE.deploy(
                            Map.of("AgentNames", names, "ConfigurationSource", source, "SnapStart", snapStart)));
                }
            }
        }
        stacks.add(TEMPLATE.deploy(Map.of("LogRetentionDays", "30", "AlertEmail", "a@example.com")));

        for (Stack before : stacks) {
            for (Stack after : stacks) {
                assertThat(version(before).equals(version(after))).isEqualTo(function(before).equals(function(after)));
            }
        }
        assertThat(stacks.stream().map(TemplateTest::version).distinct().count()).isGreaterThan(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssm:", "s3://bucket-bucket-bucket-bucket-bucket-bucket-bucket-bucket-bucket/"})
    void version_longestSource_isDescribedWithinLambdasLimit(String start) {
        String source = start;
        while (accepts("ConfigurationSource", source + "x")) {
            source += "x";
        }

        assertThat(source.length()).isGreaterThan(start.length() + 100);
        assertThat(version(TEMPLATE.deploy(Map.of("ConfigurationSource", source)))).hasSizeLessThanOrEqualTo(256);
    }

    private static String version(Stack stack) {
        return stack.properties("Detector").path("VersionDescription").asText();
    }

    private static JsonNode function(Stack stack) {
        return ((ObjectNode) stack.properties("Detector"))
                .without("VersionDescription");
    }

    private static String configuration(Stack stack) {
        return stack.properties("Detector").at("/Environment/Variables/TRAILSENTRY_CONFIG").asText();
    }

    // ---- What the function may do ----

    @ParameterizedTest
    @MethodSource
    void role_mayDoExactlyWhatTheFunctionDoes(Map<String, String> parameters, String reads) {
        JsonNode role = TEMPLATE.deploy(parameters).properties("DetectorRole");
        Set<String> grants = new TreeSet<>();
        role.path("Policies").forEach(policy -> statements(policy.path("PolicyDocument"), "Allow")
                .forEach(
                        statement -> texts(statement.path("Action")).forEach(action -> texts(statement.path("Resource"))
                                .forEach(resource -> grants.add(action + " " + resource)))));

        Set<String> expected = new TreeSet<>(List.of("sqs:ReceiveMessage Events.Arn", "sqs:DeleteMessage Events.Arn",
                "sqs:GetQueueAttributes Events.Arn", "logs:CreateLogStream DetectorLog.Arn",
                "logs:PutLogEvents DetectorLog.Arn", "sns:Publish Alerts", "sns:Publish Pages", "sns:Publish Findings",
                "cloudwatch:PutMetricData *", "dynamodb:BatchGetItem Memory.Arn", "dynamodb:GetItem Memory.Arn",
                "dynamodb:PutItem Memory.Arn", "dynamodb:UpdateItem Memory.Arn",
                "dynamodb:Query Memory.Arn/index/open"));
        if (!reads.isEmpty()) {
            expected.add(reads);
        }
        assertThat(grants).isEqualTo(expected);
        assertThat(role.has("ManagedPolicyArns")).isFalse();
    }

    static Stream<Arguments> role_mayDoExactlyWhatTheFunctionDoes() {
        String parameter = "ssm:GetParameter arn:aws:ssm:us-east-1:111122223333:parameter/";
        return Stream.of(arguments(Map.of(), ""),
                arguments(Map.of("AgentNames", "a,b"), parameter + "Configuration"),
                arguments(Map.of("ConfigurationSource", "agents: []"), parameter + "Configuration"),
                arguments(Map.of("ConfigurationSource", "ssm:name"), parameter + "name"),
                arguments(Map.of("ConfigurationSource", "ssm:/team/name"), parameter + "team/name"),
                arguments(Map.of("ConfigurationSource", "s3://bucket/a/b.yaml"),
                        "s3:GetObject arn:aws:s3:::bucket/a/b.yaml"));
    }

    private static Arguments arguments(Map<String, String> parameters, String reads) {
        return Arguments.of(parameters, reads);
    }

    @Test
    void role_isLambdasOnlyAndMeasuresInItsNamespaceOnly() {
        JsonNode role = stack().properties("DetectorRole");
        JsonNode namespace = stack().properties("Detector").at("/Environment/Variables/METRICS_NAMESPACE");

        assertThat(role.at("/AssumeRolePolicyDocument/Statement").toString()).isEqualTo("[{\"Effect\":\"Allow\","
                + "\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]");
        assertThat(everyStatement().stream().filter(statement -> texts(statement.path("Resource")).contains("*")))
                .singleElement().satisfies(measure -> {
                    assertThat(texts(measure.path("Action"))).containsExactly("cloudwatch:PutMetricData");
                    assertThat(measure.path("Condition").toString())
                            .isEqualTo("{\"StringEquals\":{\"cloudwatch:namespace\":" + namespace + "}}");
                });
    }

    @Test
    void statements_thatAllow_nameTheirActions() {
        assertThat(everyStatement()).isNotEmpty()
                .filteredOn(statement -> statement.path("Effect").asText().equals("Allow"))
                .allSatisfy(statement -> assertThat(texts(statement.path("Action")))
                        .allSatisfy(action -> assertThat(action).doesNotContain("*")))
                .allSatisfy(statement -> assertThat(statement.path("Principal").asText()).isNotEqualTo("*"));
    }

    // ---- Who is told ----

    @Test
    void topics_takeMessagesFromTheStacksAlarmsOnlyAndOverTlsOnly() {
        Map<String, JsonNode> policies = byTarget("AWS::SNS::TopicPolicy", "Topics");
        Map<String, Set<String>> alarms = Map.of("Alerts", alarmArns("Alerts"), "Pages", alarmArns("Pages"), "Findings",
                alarmArns("Findings"));

        assertThat(policies.keySet()).isEqualTo(alarms.keySet())
                .isEqualTo(stack().resources("AWS::SNS::Topic").keySet());
        policies.forEach((topic, policy) -> {
            Set<String> publishers = new HashSet<>();
            statements(policy, "Allow").forEach(publish -> {
                assertThat(publish.path("Principal").toString()).as(topic)
                        .isEqualTo("{\"Service\":\"cloudwatch.amazonaws.com\"}");
                assertThat(texts(publish.path("Action"))).as(topic).containsExactly("sns:Publish");
                assertThat(texts(publish.path("Resource"))).as(topic).containsExactly(topic);
                publishers.addAll(texts(publish.at("/Condition/ArnEquals/aws:SourceArn")));
            });
            assertThat(publishers).as(topic).isEqualTo(alarms.get(topic));
            assertDeniesPlainText(topic, policy, "sns:Publish", topic);
        });
    }

    /// Neither CloudWatch's alarms nor the chat client may use the key that AWS manages for SNS.
    @Test
    void topics_withAlarms_haveNoKeyThatKeepsTheAlarmsOut() {
        assertThat(stack().resources("AWS::SNS::Topic").values()).allSatisfy(
                topic -> assertThat(topic.path("KmsMasterKeyId").asText()).doesNotContain("alias/aws/"));
    }

    @Test
    void email_isSubscribedToAlertsWhenGiven() {
        JsonNode subscription = TEMPLATE.deploy(Map.of("AlertEmail", "oncall@example.com"))
                .properties("AlertEmailSubscription");

        assertThat(subscription.toString())
                .isEqualTo("{\"TopicArn\":\"Alerts\",\"Protocol\":\"email\",\"Endpoint\":\"oncall@example.com\"}");
        assertThat(stack().find("AlertEmailSubscription")).isNull();
    }

    @Test
    void alarms_watchBothQueuesAndReachPeopleAndPagers() {
        Map<String, JsonNode> alarms = stack().resources("AWS::CloudWatch::Alarm");

        assertThat(alarms.values().stream().map(alarm -> alarm.path("MetricName").asText() + " "
                + alarm.at("/Dimensions/0/Value").asText() + " > " + alarm.path("Threshold").asText()))
                .containsExactlyInAnyOrder("ApproximateNumberOfMessagesVisible DeadLetters.QueueName > 0",
                        "ApproximateAgeOfOldestMessage Events.QueueName > 600");
        alarms.forEach((name, alarm) -> {
            assertThat(alarm.path("ComparisonOperator").asText()).as(name).isEqualTo("GreaterThanThreshold");
            assertThat(texts(alarm.path("AlarmActions"))).as(name).containsExactly("Alerts", "Pages");
            assertThat(texts(alarm.path("OKActions"))).as(name).containsExactly("Alerts", "Pages");
            assertThat(alarm.path("AlarmDescription").asText()).as(name).contains("trailsentry-");
        });
    }

    // ---- What is remembered ----

    @Test
    void memory_costsByUse_forgets_isEncryptedAndOutlivesTheStack() {
        JsonNode table = stack().properties("Memory");
        JsonNode resource = TEMPLATE.section("Resources").path("Memory");

        assertThat(table.path("BillingMode").asText()).isEqualTo("PAY_PER_REQUEST");
        assertThat(table.path("TimeToLiveSpecification").toString())
                .isEqualTo("{\"AttributeName\":\"expires\",\"Enabled\":true}");
        assertThat(table.at("/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled").asBoolean()).isTrue();
        assertThat(table.at("/SSESpecification/SSEEnabled").asBoolean()).isTrue();
        assertThat(resource.path("DeletionPolicy").asText()).isEqualTo("Retain");
        assertThat(resource.path("UpdateReplacePolicy").asText()).isEqualTo("Retain");
    }

    // ---- samconfig.toml ----

    @Test
    void samconfig_acknowledgesTheNamedRoleAndAsksBeforeChanges() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("samconfig.toml"));

        assertThat(stack().resources("AWS::IAM::Role").values()).allMatch(role -> role.has("RoleName"));
        assertThat(lines).contains("capabilities = \"CAPABILITY_NAMED_IAM\"", "confirm_changeset = true",
                "resolve_s3 = true", "stack_name = \"trailsentry\"");
    }

    private static Stack stack() {
        return TEMPLATE.deploy(Map.of());
    }

    private static Map<String, JsonNode> patternRules() {
        return stack().resources("AWS::Events::Rule").entrySet().stream()
                .filter(rule -> rule.getValue().has("EventPattern"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static String check(JsonNode pattern) {
        return Objects.requireNonNullElse(JsonRuleCompiler.check(pattern.toString()), "");
    }

    private static Set<String> names(String... sections) {
        return Stream.of(sections).flatMap(section -> TEMPLATE.section(section).propertyStream()).map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static Set<String> alarmArns(String topic) {
        return stack().resources("AWS::CloudWatch::Alarm").entrySet().stream()
                .filter(alarm -> texts(alarm.getValue().path("AlarmActions")).contains(topic))
                .map(alarm -> alarm.getKey() + ".Arn").collect(Collectors.toSet());
    }

    /// The policy documents of a type by the one resource that each is for.
    private static Map<String, JsonNode> byTarget(String type, String targets) {
        return stack().resources(type).values().stream().collect(Collectors.toMap(policy -> {
            assertThat(policy.path(targets).size()).isEqualTo(1);
            return policy.path(targets).path(0).asText();
        }, policy -> policy.path("PolicyDocument")));
    }

    private static List<JsonNode> statements(JsonNode document, String effect) {
        assertThat(document.path("Version").asText()).isEqualTo("2012-10-17");
        return stream(document.path("Statement")).filter(statement -> statement.path("Effect").asText().equals(effect))
                .toList();
    }

    /// Every statement that speaks of a resource, in all policies, with everything that parameters may add.
    private static List<JsonNode> everyStatement() {
        Stream<Map<String, String>> parameters = Stream.of(Map.of("AgentNames", "a"),
                Map.of("ConfigurationSource", "ssm:a"), Map.of("ConfigurationSource", "s3://bucket/a"));
        return parameters.map(TEMPLATE::deploy)
                .flatMap(stack -> Stream.of("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::IAM::Role")
                        .flatMap(type -> stack.resources(type).values().stream()))
                .flatMap(owner -> owner.findParents("Effect").stream()).filter(statement -> statement.has("Resource"))
                .distinct().toList();
    }

    private static void assertDeniesPlainText(String name, JsonNode policy, String action, String resource) {
        assertThat(statements(policy, "Deny")).as(name).singleElement().satisfies(deny -> {
            assertThat(deny.path("Principal").asText()).isEqualTo("*");
            assertThat(texts(deny.path("Action"))).containsExactly(action);
            assertThat(texts(deny.path("Resource"))).containsExactly(resource);
            assertThat(deny.path("Condition").toString()).isEqualTo("{\"Bool\":{\"aws:SecureTransport\":\"false\"}}");
        });
    }

    /// A text, or each of a list of texts.
    private static List<String> texts(JsonNode node) {
        return node.isArray() ? stream(node).map(JsonNode::asText).toList() : List.of(node.asText());
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
