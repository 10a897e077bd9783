package io.trailsentry.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.template.Template.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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
    /// For how long a function that tells of a finding holds it against others.
    private static final int CLAIM_SECONDS = 30;
    private static final List<String> SECTIONS = List.of("AWSTemplateFormatVersion", "Transform", "Description",
            "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Globals", "Resources", "Outputs");
    private static final Map<String, String> NAME_OF_TYPE = Map.of("AWS::Events::Rule", "Name", "AWS::SQS::Queue",
            "QueueName", "AWS::SNS::Topic", "TopicName", "AWS::Serverless::Function", "FunctionName", "AWS::IAM::Role",
            "RoleName", "AWS::Logs::LogGroup", "LogGroupName", "AWS::SSM::Parameter", "Name", "AWS::CloudWatch::Alarm",
            "AlarmName");
    private static final Map<String, String> NAME_OF_MORE_TYPES = Map.of("AWS::DynamoDB::Table", "TableName",
            "AWS::CloudWatch::CompositeAlarm", "AlarmName", "AWS::CloudWatch::Dashboard", "DashboardName",
            "AWS::S3::Bucket", "BucketName", "AWS::CloudTrail::Trail", "TrailName", "AWS::CloudFormation::StackSet",
            "StackSetName", "AWS::Chatbot::SlackChannelConfiguration", "ConfigurationName",
            "AWS::Events::EventBusPolicy", "StatementId", "AWS::IAM::Policy", "PolicyName");
    private static final Set<String> NAMELESS_TYPES = Set.of("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy",
            "AWS::SNS::Subscription", "AWS::S3::BucketPolicy", "AWS::Lambda::EventSourceMapping");
    /// A stack with everything that parameters can add.
    private static final Map<String, String> ALL = Map.ofEntries(Map.entry("AgentNames", "a,b"),
            Map.entry("OptInRegions", "ap-east-1,me-south-1"), Map.entry("OrganizationId", "o-a1b2c3d4e5"),
            Map.entry("ExpectedRegions", "eu-central-1,us-east-1"), Map.entry("WorkFrom", "08:00"),
            Map.entry("WorkUntil", "18:00"), Map.entry("TimeZone", "Europe/Berlin"),
            Map.entry("AlertEmail", "a@example.com"), Map.entry("SlackWorkspaceId", "T0123456789"),
            Map.entry("SlackChannelId", "C0123456789"), Map.entry("PagerEndpoint", "https://pager.example/key"),
            Map.entry("CreateTrail", "yes"), Map.entry("KmsKeyArn", "arn:aws:kms:us-east-1:111122223333:key/k"),
            Map.entry("DeletionProtection", "yes"));
    /// One that reads the log files of a trail that was there before.
    private static final Map<String, String> OTHER_TRAIL = Map.of("TrailBucket", "org-trail", "TrailTopicArn",
            "arn:aws:sns:eu-west-1:444455556666:trail", "TrailKeyArn", "arn:aws:kms:us-east-1:444455556666:key/t");

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
            assertThat(value.has("AllowedPattern") || value.has("AllowedValues") || value.has("MinValue")).as(name)
                    .isTrue();
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
            Watch               | everything
            WatchedRegions      | us-gov-west-1
            OptInRegions        | ``
            OptInRegions        | ap-east-1
            OrganizationId      | o-a1b2c3d4e5
            ExpectedRegions     | ``
            WorkingDays         | SUN-THU
            WorkingDays         | MON
            WorkFrom            | 00:00
            WorkUntil           | 00:00
            TimeZone            | America/Argentina/Buenos_Aires
            TimeZone            | UTC
            TimeZone            | Etc/GMT+3
            Mode                | dry-run
            SlackWorkspaceId    | T0123456789
            SlackChannelId      | C0123456789
            PagerEndpoint       | https://events.pagerduty.com/integration/0123/enqueue
            TrailBucket         | my.trail-bucket
            TrailTopicArn       | arn:aws-us-gov:sns:us-gov-west-1:111122223333:trail
            TrailKeyArn         | arn:aws:kms:us-east-1:111122223333:key/mrk-0123
            KmsKeyArn           | arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000001
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
            Watch               | all
            WatchedRegions      | ``
            WatchedRegions      | us-east-1a
            WatchedRegions      | *
            OrganizationId      | 111122223333
            WorkingDays         | MON-FRIDAY
            WorkFrom            | 8:00
            WorkFrom            | 24:00
            WorkUntil           | 24:00
            TimeZone            | ``
            TimeZone            | Europe/Berlin","days":"MON
            Mode                | silent
            SlackWorkspaceId    | my-workspace
            SlackChannelId      | #alerts
            PagerEndpoint       | http://pager.example
            TrailBucket         | s3://bucket
            TrailBucket         | bucket/*
            TrailTopicArn       | trail
            TrailKeyArn         | alias/trail
            KmsKeyArn           | alias/aws/sns
            DeletionProtection  | true
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
        Set<String> seen = new TreeSet<>();
        for (Map<String, String> parameters : List.of(ALL, Map.of("Watch", "everything"), OTHER_TRAIL)) {
            Stack stack = TEMPLATE.deploy(parameters);
            TEMPLATE.section("Resources").propertyStream().forEach(resource -> {
                String type = resource.getValue().path("Type").asText();
                JsonNode properties = stack.find(resource.getKey());
                if (!NAMELESS_TYPES.contains(type) && properties != null) {
                    String key = Objects.requireNonNull(NAME_OF_TYPE.getOrDefault(type, NAME_OF_MORE_TYPES.get(type)),
                            () -> "a type without a known name: " + type);
                    assertThat(properties.path(key).asText()).as(resource.getKey()).startsWith("trailsentry-");
                }
                if (properties != null) {
                    seen.add(resource.getKey());
                }
            });
        }
        assertThat(seen).isEqualTo(names("Resources"));
    }

    // ---- From CloudTrail to the queue ----

    @Test
    void rules_ofCloudTrailsEvents_areValidTakeReadsAndRefuseForgeries() {
        for (String watch : List.of("agents", "everything")) {
            Map<String, JsonNode> rules = cloudTrailRules(TEMPLATE.deploy(Map.of("Watch", watch)));

            assertThat(rules.keySet()).isEqualTo(watch.equals("agents")
                    ? Set.of("AgentCalls", "PerimeterChanges", "MonitorChanges")
                    : Set.of("Everything"));
            rules.forEach((name, rule) -> {
                assertThat(rule.path("State").asText()).as(name)
                        .isEqualTo("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
                assertThat(rule.at("/EventPattern/source").toString()).as(name).isEqualTo("[{\"prefix\":\"aws.\"}]");
                assertThat(check(rule.path("EventPattern"))).as(name).isEmpty();
                assertThat(rule.path("Targets").toString()).as(name).isEqualTo(
                        "[{\"Id\":\"queue\",\"Arn\":\"Events.Arn\",\"DeadLetterConfig\":{\"Arn\":\"DeadLetters.Arn\"}}]");
            });
        }
    }

    @Test
    void rules_loseNothing() {
        for (Map<String, String> parameters : List.of(Map.<String, String>of(), ALL)) {
            TEMPLATE.deploy(parameters).resources("AWS::Events::Rule").forEach((name, rule) -> {
                assertThat(rule.has("EventPattern") ? check(rule.path("EventPattern")) : "").as(name).isEmpty();
                assertThat(rule.path("Targets")).as(name).isNotEmpty()
                        .allSatisfy(target -> assertThat(target.at("/DeadLetterConfig/Arn").asText())
                                .isEqualTo("DeadLetters.Arn"));
            });
        }
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
        Stack stack = TEMPLATE.deploy(OTHER_TRAIL);
        Map<String, JsonNode> queues = stack.resources("AWS::SQS::Queue");
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
    void queues_acceptMessagesFromTheirSendersOnlyAndOverTlsOnly() {
        Set<String> rules = Set.of("AgentCalls.Arn", "PerimeterChanges.Arn", "MonitorChanges.Arn", "Heartbeat.Arn");
        assertSenders(stack(), Map.of("Events", rules, "DeadLetters", and(rules, "ForwarderAlarms.Arn")));
        assertSenders(TEMPLATE.deploy(Map.of("Watch", "everything")),
                Map.of("Events", Set.of("Everything.Arn", "Heartbeat.Arn"), "DeadLetters",
                        Set.of("Everything.Arn", "Heartbeat.Arn", "ForwarderAlarms.Arn")));
        assertSenders(TEMPLATE.deploy(ALL),
                Map.of("Events", rules, "DeadLetters", and(rules, "ForwarderAlarms.Arn", "NewFiles.Arn"), "Files",
                        Set.of("NewFiles.Arn"), "Undelivered", Set.of("Pages")));
        assertSenders(TEMPLATE.deploy(OTHER_TRAIL), Map.of("Events", rules, "DeadLetters",
                and(rules, "ForwarderAlarms.Arn"), "Files", Set.of("arn:aws:sns:eu-west-1:444455556666:trail")));
    }

    private static Set<String> and(Set<String> some, String... more) {
        return Stream.concat(some.stream(), Stream.of(more)).collect(Collectors.toSet());
    }

    private static void assertSenders(Stack stack, Map<String, Set<String>> senders) {
        Map<String, JsonNode> policies = byTarget(stack, "AWS::SQS::QueuePolicy", "Queues");

        assertThat(policies.keySet()).isEqualTo(stack.resources("AWS::SQS::Queue").keySet())
                .isEqualTo(senders.keySet());
        policies.forEach((queue, policy) -> {
            JsonNode send = statements(policy, "Allow").getFirst();
            assertThat(statements(policy, "Allow")).as(queue).hasSize(1);
            assertThat(texts(send.path("Action"))).as(queue).containsExactly("sqs:SendMessage");
            assertThat(texts(send.path("Resource"))).as(queue).containsExactly(queue + ".Arn");
            Set<String> sources = new TreeSet<>(texts(send.at("/Condition/ArnEquals/aws:SourceArn")));
            assertThat(sources).as(queue).isEqualTo(senders.get(queue));
            String service = sources.stream().allMatch(source -> source.endsWith(".Arn")) ? "events" : "sns";
            assertThat(send.path("Principal").toString()).as(queue)
                    .isEqualTo("{\"Service\":\"" + service + ".amazonaws.com\"}");
            assertDeniesPlainText(queue, policy, "sqs:*", queue + ".Arn");
        });
    }

    @Test
    void everything_thatHoldsEvents_isEncryptedWithTheKeyThatIsGiven() {
        String key = Objects.requireNonNull(ALL.get("KmsKeyArn"));
        Stack stack = TEMPLATE.deploy(ALL);

        for (String type : List.of("AWS::SQS::Queue", "AWS::SNS::Topic")) {
            assertThat(stack.resources(type).values()).isNotEmpty().allSatisfy(
                    resource -> assertThat(resource.path("KmsMasterKeyId").asText()).isEqualTo(key));
        }
        assertThat(stack.resources("AWS::Logs::LogGroup").values()).isNotEmpty()
                .allSatisfy(group -> assertThat(group.path("KmsKeyId").asText()).isEqualTo(key));
        assertThat(stack.properties("Memory").at("/SSESpecification/KMSMasterKeyId").asText()).isEqualTo(key);
        stack().resources("AWS::SQS::Queue").forEach((name, queue) -> {
            assertThat(queue.path("SqsManagedSseEnabled").asBoolean()).as(name).isTrue();
            assertThat(queue.has("KmsMasterKeyId")).as(name).isFalse();
        });
    }

    // ---- From other Regions and accounts ----

    @Test
    void forwarders_standInEveryWatchedRegion_andOneThatFailsUndoesNothing() {
        JsonNode stackSet = stack().properties("Forwarders");
        JsonNode more = TEMPLATE.deploy(ALL).properties("Forwarders");

        assertThat(texts(stackSet.at("/StackInstancesGroup/0/Regions"))).hasSize(17).contains("us-east-1");
        assertThat(texts(more.at("/StackInstancesGroup/0/Regions"))).hasSize(19)
                .containsAll(texts(stackSet.at("/StackInstancesGroup/0/Regions"))).contains("ap-east-1", "me-south-1");
        assertThat(texts(stackSet.at("/StackInstancesGroup/0/DeploymentTargets/Accounts")))
                .containsExactly("111122223333");
        assertThat(stackSet.at("/OperationPreferences/FailureTolerancePercentage").asInt()).isEqualTo(100);
        assertThat(stackSet.path("TemplateURL").asText()).isEqualTo("forwarder.yaml");
        assertThat(stackSet.path("PermissionModel").asText()).isEqualTo("SELF_MANAGED");
    }

    @Test
    void forwarders_getExactlyTheParametersThatTheyDeclare() {
        Set<String> given = stream(stack().properties("Forwarders").path("Parameters"))
                .map(parameter -> parameter.path("ParameterKey").asText()).collect(Collectors.toSet());

        assertThat(given).isEqualTo(Template.read("forwarder.yaml").section("Parameters").propertyStream()
                .map(Map.Entry::getKey).collect(Collectors.toSet()));
    }

    /// The stack set names them, so that CloudFormation makes them before it and removes them after it.
    @Test
    void forwarders_rolesOutliveTheInstances() {
        Set<String> named = TEMPLATE.references().stream()
                .filter(reference -> reference.from().startsWith("/Resources/Forwarders/")).map(Reference::name)
                .collect(Collectors.toSet());

        assertThat(named).contains("ForwardersAdministrationRole", "ForwardersExecutionRole", "ForwarderRole");
    }

    @Test
    void forwarders_ofRegionsThatHadToBeEnabled_areMadeByCloudFormationOfThatRegion() {
        String service = "/AssumeRolePolicyDocument/Statement/0/Principal/Service";

        assertThat(texts(TEMPLATE.deploy(ALL).properties("ForwardersAdministrationRole").at(service)))
                .containsExactly("cloudformation.amazonaws.com", "cloudformation.ap-east-1.amazonaws.com",
                        "cloudformation.me-south-1.amazonaws.com");
        assertThat(texts(stack().properties("ForwardersAdministrationRole").at(service)))
                .containsExactly("cloudformation.amazonaws.com");
    }

    @Test
    void organization_mayForwardCloudTrailsEventsOnly() {
        JsonNode statement = TEMPLATE.deploy(ALL).properties("OrganizationForwards").path("Statement");

        assertThat(statement.path("Action").asText()).isEqualTo("events:PutEvents");
        assertThat(statement.at("/Condition/StringEquals/aws:PrincipalOrgID").asText()).isEqualTo("o-a1b2c3d4e5");
        assertThat(statement.at("/Condition/ForAllValues:StringLike/events:source").asText()).isEqualTo("aws.*");
        assertThat(statement.at("/Condition/Null/events:source").asText()).isEqualTo("false");
        assertThat(stack().find("OrganizationForwards")).isNull();
    }

    // ---- The trail's log files ----

    @Test
    void files_ofTheOwnTrail_areToldOfByItsBucket() {
        Stack stack = TEMPLATE.deploy(ALL);

        assertThat(
                stack.properties("Trails").at("/NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled")
                        .asBoolean())
                .isTrue();
        assertThat(texts(stack.properties("NewFiles").at("/EventPattern/detail/bucket/name")))
                .containsExactly("Trails");
        assertThat(stack.properties("Detector").at("/Environment/Variables/TRAIL_BUCKET").asText()).isEqualTo("Trails");
        assertThat(stack.find("FilesSubscription")).isNull();
        assertThat(stack.properties("Trail").path("IsMultiRegionTrail").asBoolean()).isTrue();
        assertThat(stack.properties("Trail").path("IncludeGlobalServiceEvents").asBoolean()).isTrue();
    }

    @Test
    void files_ofAnotherTrail_areToldOfByItsTopic() {
        Stack stack = TEMPLATE.deploy(OTHER_TRAIL);

        assertThat(stack.properties("FilesSubscription").toString())
                .isEqualTo("{\"TopicArn\":\"arn:aws:sns:eu-west-1:444455556666:trail\",\"Region\":\"eu-west-1\","
                        + "\"Protocol\":\"sqs\",\"Endpoint\":\"Files.Arn\"}");
        assertThat(stack.find("NewFiles")).isNull();
        assertThat(stack.find("Trail")).isNull();
    }

    @Test
    void files_comeByAQueueAndAMappingOfTheirOwn() {
        JsonNode mapping = TEMPLATE.deploy(OTHER_TRAIL).properties("FilesMapping");

        assertThat(mapping.path("EventSourceArn").asText()).isEqualTo("Files.Arn");
        assertThat(mapping.path("FunctionName").asText()).isEqualTo("Detector.Alias");
        assertThat(texts(mapping.path("FunctionResponseTypes"))).containsExactly("ReportBatchItemFailures");
        assertThat(mapping.at("/ScalingConfig/MaximumConcurrency").asInt()).isEqualTo(2);
        assertThat(stack().find("FilesMapping")).isNull();
        assertThat(stack().find("Files")).isNull();
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
        for (String queue : List.of("Events", "Files")) {
            assertThat(TEMPLATE.deploy(ALL).properties(queue).path("VisibilityTimeout").asInt()).as(queue)
                    .isEqualTo(6 * timeout).isGreaterThan(CLAIM_SECONDS);
        }
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
        assertThat(stack().resources("AWS::Logs::LogGroup")).containsOnlyKeys(group,
                stack().properties("Audit").at("/LoggingConfig/LogGroup").asText());
        assertThat(stack().properties(group).path("RetentionInDays").asInt()).isEqualTo(90);
        assertThat(month.properties(group).path("RetentionInDays").asInt()).isEqualTo(30);
    }

    @Test
    void environment_isExactlyWhatTheCodeReadsAndOneForTheJvm() throws IOException {
        Set<String> given = variables("Detector");
        given.addAll(variables("Audit"));

        assertThat(given).isEqualTo(read());
        assertThat(variables("Audit")).containsExactly("AGENT_NAMES", "ALERTS_TOPIC_ARN", "FINDINGS_TOPIC_ARN",
                "JAVA_TOOL_OPTIONS", "KMS_KEY_ARN", "MEMORY_TABLE", "METRICS_NAMESPACE", "PAGES_TOPIC_ARN",
                "TRAILSENTRY_CONFIG", "WATCHED_REGIONS");
        assertThat(stack().properties("Detector").at("/Environment/Variables").toString())
                .isEqualTo("{\"AGENT_NAMES\":\"ssm:Names\",\"ALERTS_TOPIC_ARN\":\"Alerts\","
                        + "\"PAGES_TOPIC_ARN\":\"Pages\","
                        + "\"FINDINGS_TOPIC_ARN\":\"Findings\",\"METRICS_NAMESPACE\":\"TrailSentry\","
                        + "\"MEMORY_TABLE\":\"Memory\","
                        + "\"JAVA_TOOL_OPTIONS\":\"-XX:TieredStopAtLevel=1\"}");
    }

    private static Set<String> variables(String function) {
        return TEMPLATE.section("Resources").at("/" + function + "/Properties/Environment/Variables").propertyStream()
                .map(Map.Entry::getKey).collect(Collectors.toCollection(TreeSet::new));
    }

    /// The variables that the code reads, and the JVM's.
    private static Set<String> read() throws IOException {
        String source = Files.readString(Path.of("src/main/java/io/trailsentry/lambda/Environment.java"));
        Set<String> names = Pattern.compile("(?:value|list)\\(variables, \"([A-Z_]+)\"\\)").matcher(source).results()
                .map(match -> match.group(1)).collect(Collectors.toCollection(TreeSet::new));
        // The one whose name is put together.
        names.addAll(List.of("ALERTS_TOPIC_ARN", "PAGES_TOPIC_ARN", "FINDINGS_TOPIC_ARN", "JAVA_TOOL_OPTIONS"));
        return names;
    }

    @Test
    void dryRun_tellsTheFeedAndTheMetricsOnly() {
        JsonNode variables = TEMPLATE.deploy(Map.of("Mode", "dry-run")).properties("Detector")
                .at("/Environment/Variables");

        assertThat(variables.has("ALERTS_TOPIC_ARN")).isFalse();
        assertThat(variables.has("PAGES_TOPIC_ARN")).isFalse();
        assertThat(variables.path("FINDINGS_TOPIC_ARN").asText()).isEqualTo("Findings");
        assertThat(variables.path("METRICS_NAMESPACE").asText()).isEqualTo("TrailSentry");
    }

    @Test
    void deployment_isGradual_andRolledBackOnErrorsAndDeadLettersNeverOnSilence() {
        JsonNode preference = stack().properties("Detector").path("DeploymentPreference");

        assertThat(preference.path("Type").asText()).isEqualTo("Canary10Percent5Minutes");
        assertThat(texts(preference.path("Alarms"))).containsExactly("ErrorsAlarm", "DeadLettersAlarm");
        assertThat(preference.path("Role").asText()).isEqualTo("DeploymentRole.Arn");
    }

    @Test
    void canary_callsInEveryRegionThatIsForwarded() {
        for (Map<String, String> parameters : List.of(Map.<String, String>of(), ALL)) {
            Stack stack = TEMPLATE.deploy(parameters);
            String regions = stack.properties("Audit").at("/Environment/Variables/WATCHED_REGIONS").asText();

            assertThat(regions.split(",", -1)).containsExactlyElementsOf(
                    texts(stack.properties("Forwarders").at("/StackInstancesGroup/0/Regions")));
        }
        assertThat(stack().properties("Audit").path("Events").propertyStream().map(Map.Entry::getValue)
                .map(event -> event.at("/Properties/Schedule").asText() + " " + event.at("/Properties/Input").asText()))
                .containsExactly("rate(15 minutes) {\"run\":\"canary\"}", "rate(1 hour) {\"run\":\"brief\"}",
                        "rate(1 day) {\"run\":\"full\"}");
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
    void configuration_regionsAndHours_areTheAgents() throws Exception {
        String text = TEMPLATE.deploy(ALL).properties("Configuration").path("Value").asText();

        assertThat(JSON.readTree(text)).isEqualTo(JSON.readTree("""
                {"agents": [{"principals": ["a", "b"], "regions": ["eu-central-1", "us-east-1"], "hours":
                {"zone": "Europe/Berlin", "days": "MON-FRI", "from": "08:00", "to": "18:00"}}]}"""));
        assertThat(ConfigurationReader.read("the stack's", text, LocalDate.EPOCH).warnings()).isEmpty();
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
                for (String mode : List.of("live", "dry-run")) {
                    stacks.add(
                            TEMPLATE.deploy(Map.of("AgentNames", names, "ConfigurationSource", source, "Mode", mode)));
                }
            }
        }
        stacks.add(TEMPLATE.deploy(Map.of("LogRetentionDays", "30", "AlertEmail", "a@example.com")));
        stacks.add(TEMPLATE.deploy(Map.of("SnapStart", "off")));
        stacks.add(TEMPLATE.deploy(Map.of("Watch", "everything")));
        stacks.add(TEMPLATE.deploy(Map.of("TrailBucket", "one")));
        stacks.add(TEMPLATE.deploy(Map.of("TrailBucket", "two")));
        stacks.add(TEMPLATE.deploy(Map.of("CreateTrail", "yes")));

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
        // The mapping is none of the function's version.
        return ((ObjectNode) stack.properties("Detector")).without(List.of("VersionDescription", "Events"));
    }

    private static String configuration(Stack stack) {
        return stack.properties("Detector").at("/Environment/Variables/TRAILSENTRY_CONFIG").asText();
    }

    // ---- What the function may do ----

    @ParameterizedTest
    @MethodSource
    void role_mayDoExactlyWhatTheFunctionDoes(Map<String, String> parameters, List<String> more) {
        Set<String> expected = new TreeSet<>(List.of("sqs:ReceiveMessage Events.Arn", "sqs:DeleteMessage Events.Arn",
                "sqs:GetQueueAttributes Events.Arn", "logs:CreateLogStream DetectorLog.Arn",
                "logs:PutLogEvents DetectorLog.Arn", "sns:Publish Alerts", "sns:Publish Pages", "sns:Publish Findings",
                "cloudwatch:PutMetricData *", "dynamodb:BatchGetItem Memory.Arn", "dynamodb:GetItem Memory.Arn",
                "dynamodb:PutItem Memory.Arn", "dynamodb:UpdateItem Memory.Arn",
                "dynamodb:Query Memory.Arn/index/open"));
        expected.addAll(more);

        assertThat(grants(TEMPLATE.deploy(parameters), "DetectorRole")).isEqualTo(expected);
    }

    static Stream<Arguments> role_mayDoExactlyWhatTheFunctionDoes() {
        String parameter = "ssm:GetParameter arn:aws:ssm:us-east-1:111122223333:parameter/";
        String names = parameter + "Names";
        return Stream.of(arguments(Map.of(), names), arguments(Map.of("Watch", "everything")),
                arguments(Map.of("AgentNames", "a,b"), names, parameter + "Configuration"),
                arguments(Map.of("ConfigurationSource", "agents: []"), names, parameter + "Configuration"),
                arguments(Map.of("ConfigurationSource", "ssm:name"), names, parameter + "name"),
                arguments(Map.of("ConfigurationSource", "ssm:/team/name"), names, parameter + "team/name"),
                arguments(Map.of("ConfigurationSource", "s3://bucket/a/b.yaml"), names,
                        "s3:GetObject arn:aws:s3:::bucket/a/b.yaml"),
                arguments(OTHER_TRAIL, names, "s3:GetObject arn:aws:s3:::org-trail/*",
                        "kms:Decrypt arn:aws:kms:us-east-1:444455556666:key/t", "sqs:ReceiveMessage Files.Arn",
                        "sqs:DeleteMessage Files.Arn", "sqs:GetQueueAttributes Files.Arn"),
                arguments(Map.of("CreateTrail", "yes"), names, "s3:GetObject arn:aws:s3:::Trails/*",
                        "sqs:ReceiveMessage Files.Arn", "sqs:DeleteMessage Files.Arn",
                        "sqs:GetQueueAttributes Files.Arn"),
                arguments(Map.of("KmsKeyArn", "arn:aws:kms:us-east-1:111122223333:key/k"), names,
                        "kms:Decrypt arn:aws:kms:us-east-1:111122223333:key/k",
                        "kms:GenerateDataKey arn:aws:kms:us-east-1:111122223333:key/k"));
    }

    private static Arguments arguments(Map<String, String> parameters, String... more) {
        return Arguments.of(parameters, List.of(more));
    }

    @Test
    void roles_otherThanTheFunctions_mayDoExactlyWhatTheyAreFor() {
        Stack stack = TEMPLATE.deploy(ALL);
        String stacks = "arn:aws:cloudformation:*:111122223333:stack/StackSet-trailsentry-forwarders-*";

        assertThat(grants(stack, "AuditRole")).contains("logs:PutLogEvents AuditLog.Arn", "sns:Publish Findings")
                .filteredOn(grant -> grant.endsWith(" *"))
                .containsExactlyInAnyOrder("cloudwatch:PutMetricData *", "iam:ListRoles *", "iam:ListUsers *",
                        "iam:GetAccessKeyLastUsed *", "iam:GetServiceLastAccessedDetails *",
                        "cloudtrail:DescribeTrails *", "cloudwatch:GetMetricData *", "dynamodb:ListTables *",
                        "lambda:ListEventSourceMappings *", "s3:ListAllMyBuckets *");
        assertThat(grants(stack, "ChatRole")).isEmpty();
        assertThat(grants(stack, "ForwarderRole"))
                .containsExactly("events:PutEvents arn:aws:events:us-east-1:111122223333:event-bus/default");
        assertThat(grants(stack, "ForwardersAdministrationRole"))
                .containsExactly("sts:AssumeRole ForwardersExecutionRole.Arn");
        assertThat(grants(stack, "ForwardersExecutionRole")).contains("cloudformation:CreateStack " + stacks)
                .allMatch(
                        grant -> grant.contains("trailsentry-forward") || grant.equals("iam:PassRole ForwarderRole.Arn")
                                || grant.equals("s3:GetObject arn:aws:s3:::cf-templates-*/*"));
        assertThat(stack.resources("AWS::IAM::Role")).containsOnlyKeys("DetectorRole", "AuditRole", "ChatRole",
                "DeploymentRole", "ForwarderRole", "ForwardersAdministrationRole", "ForwardersExecutionRole");
        assertThat(stack.resources("AWS::IAM::Role").values()).noneMatch(role -> role.has("ManagedPolicyArns"));
    }

    private static Set<String> grants(Stack stack, String role) {
        Set<String> grants = new TreeSet<>();
        stack.policies(role).forEach(policy -> statements(policy, "Allow")
                .forEach(
                        statement -> texts(statement.path("Action")).forEach(action -> texts(statement.path("Resource"))
                                .forEach(resource -> grants.add(action + " " + resource)))));
        return grants;
    }

    @Test
    void role_isLambdasOnlyAndMeasuresInItsNamespaceOnly() {
        JsonNode role = stack().properties("DetectorRole");
        JsonNode namespace = stack().properties("Detector").at("/Environment/Variables/METRICS_NAMESPACE");

        assertThat(role.at("/AssumeRolePolicyDocument/Statement").toString()).isEqualTo("[{\"Effect\":\"Allow\","
                + "\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]");
        assertThat(everyStatement().stream().filter(statement -> texts(statement.path("Resource")).contains("*"))
                .filter(statement -> !statement.path("Sid").asText().equals("ReadWhatHasNoResource")))
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
        // Nobody is let in by account or name: services only, and CloudFormation's own role.
        assertThat(TEMPLATE.deploy(ALL).resources("AWS::IAM::Role").values()).allSatisfy(
                role -> assertThat(role.at("/AssumeRolePolicyDocument/Statement/0/Principal").has("Service")
                        || role.at("/AssumeRolePolicyDocument/Statement/0/Condition/ArnEquals/aws:PrincipalArn")
                                .asText()
                                .endsWith(":role/trailsentry-forwarders-administration-us-east-1"))
                        .isTrue());
    }

    // ---- Who is told ----

    @Test
    void topics_takeMessagesFromTheStacksAlarmOnlyAndOverTlsOnly() {
        Map<String, JsonNode> policies = byTarget(stack(), "AWS::SNS::TopicPolicy", "Topics");
        Set<String> told = Set.of("cloudwatch.amazonaws.com TroubleAlarm.Arn",
                "events.amazonaws.com ForwarderAlarms.Arn");

        assertThat(policies.keySet()).isEqualTo(stack().resources("AWS::SNS::Topic").keySet());
        policies.forEach((topic, policy) -> {
            Set<String> publishers = new HashSet<>();
            statements(policy, "Allow").forEach(publish -> {
                assertThat(texts(publish.path("Action"))).as(topic).containsExactly("sns:Publish");
                assertThat(texts(publish.path("Resource"))).as(topic).containsExactly(topic);
                texts(publish.at("/Condition/ArnEquals/aws:SourceArn"))
                        .forEach(source -> publishers.add(publish.at("/Principal/Service").asText() + " " + source));
            });
            assertThat(publishers).as(topic).isEqualTo(topic.equals("Findings") ? Set.of() : told);
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
    void pager_isSubscribedToPages_andWhatItDoesNotTakeIsKept() {
        JsonNode subscription = TEMPLATE.deploy(ALL).properties("PagerSubscription");

        assertThat(subscription.toString()).isEqualTo("{\"TopicArn\":\"Pages\",\"Protocol\":\"https\","
                + "\"Endpoint\":\"https://pager.example/key\","
                + "\"RedrivePolicy\":{\"deadLetterTargetArn\":\"Undelivered.Arn\"}}");
        assertThat(TEMPLATE.section("Parameters").at("/PagerEndpoint/NoEcho").asBoolean()).isTrue();
    }

    @Test
    void chat_mayReadAtMost() {
        JsonNode chat = TEMPLATE.deploy(ALL).properties("Chat");

        assertThat(texts(chat.path("SnsTopicArns"))).containsExactly("Alerts");
        assertThat(texts(chat.path("GuardrailPolicies")))
                .containsExactly("arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess");
        assertThat(chat.path("IamRoleArn").asText()).isEqualTo("ChatRole.Arn");
    }

    // ---- When it is in trouble ----

    @ParameterizedTest
    @CsvSource({"DeadLettersAlarm, ApproximateNumberOfMessagesVisible, notBreaching",
            "OldestEventAlarm, ApproximateAgeOfOldestMessage, notBreaching",
            "OldestFileAlarm, ApproximateAgeOfOldestMessage, notBreaching",
            "UndeliveredAlarm, ApproximateNumberOfMessagesVisible, notBreaching", "ErrorsAlarm, Errors, notBreaching",
            "ThrottlesAlarm, Throttles, notBreaching", "PublishFailuresAlarm, PublishFailures, notBreaching",
            "EventAgeAlarm, EventAge, notBreaching", "HeartbeatAlarm, Heartbeat, breaching",
            "TrailHeartbeatAlarm, TrailHeartbeat, breaching"})
    void alarm_ofEachTrouble_isPartOfTheOnePage(String alarm, String metric, String missing) throws IOException {
        Stack stack = TEMPLATE.deploy(ALL);
        JsonNode properties = stack.properties(alarm);

        assertThat(properties.path("MetricName").asText()).isEqualTo(metric);
        assertThat(properties.path("TreatMissingData").asText()).isEqualTo(missing);
        assertThat(stack.properties("TroubleAlarm").path("AlarmRule").asText()).contains("ALARM(\"" + alarm + "\")");
        String runbook = properties.path("AlarmDescription").asText().replaceFirst("(?s).*/docs/runbooks/", "");
        String[] place = runbook.split("#", -1);
        assertThat(Files.readAllLines(Path.of("docs/runbooks", place[0])).stream()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3).toLowerCase(Locale.ROOT).replace(' ', '-'))).contains(place[1]);
    }

    @Test
    void trouble_isToldOnceToPeopleAndPagers() {
        Stack stack = TEMPLATE.deploy(ALL);

        assertThat(stack.resources("AWS::CloudWatch::Alarm")).hasSize(10)
                .allSatisfy((name, alarm) -> assertThat(alarm.has("AlarmActions")).as(name).isFalse());
        assertThat(texts(stack.properties("TroubleAlarm").path("AlarmActions"))).containsExactly("Alerts", "Pages");
        assertThat(texts(stack.properties("TroubleAlarm").path("OKActions"))).containsExactly("Alerts", "Pages");
        assertThat(stack().properties("TroubleAlarm").path("AlarmRule").asText()).doesNotContain("OldestFileAlarm")
                .doesNotContain("UndeliveredAlarm");
    }

    @Test
    void dashboard_isValidAndShowsMetricsThatTheCodeSends() throws IOException {
        JsonNode body = JSON.readTree(stack().properties("Dashboard").path("DashboardBody").asText());
        String metrics = Files.readString(Path.of("src/main/java/io/trailsentry/publish/Metrics.java"));

        assertThat(body.path("widgets")).hasSize(7);
        Pattern.compile("\"TrailSentry\", ?\"(\\w+)\"|MetricName=\\\\\"(\\w+)").matcher(body.toString()).results()
                .map(match -> match.group(1) == null ? match.group(2) : match.group(1)).distinct()
                .forEach(metric -> assertThat(metrics).contains("`" + metric + "`"));
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
        assertThat(table.path("DeletionProtectionEnabled").asBoolean()).isFalse();
        assertThat(TEMPLATE.deploy(ALL).properties("Memory").path("DeletionProtectionEnabled").asBoolean()).isTrue();
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

    private static Map<String, JsonNode> cloudTrailRules(Stack stack) {
        return stack.resources("AWS::Events::Rule").entrySet().stream()
                .filter(rule -> rule.getValue().at("/EventPattern/source/0").has("prefix"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static String check(JsonNode pattern) {
        return Objects.requireNonNullElse(JsonRuleCompiler.check(pattern.toString()), "");
    }

    private static Set<String> names(String... sections) {
        return Stream.of(sections).flatMap(section -> TEMPLATE.section(section).propertyStream()).map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /// The policy documents of a type by the one resource that each is for.
    private static Map<String, JsonNode> byTarget(Stack stack, String type, String targets) {
        return stack.resources(type).values().stream().collect(Collectors.toMap(policy -> {
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
        Stream<Map<String, String>> parameters = Stream.of(ALL, OTHER_TRAIL, Map.of("Watch", "everything"),
                Map.of("ConfigurationSource", "ssm:a"), Map.of("ConfigurationSource", "s3://bucket/a"));
        return parameters.map(TEMPLATE::deploy)
                .flatMap(stack -> Stream.of("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::IAM::Role",
                        "AWS::IAM::Policy")
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
