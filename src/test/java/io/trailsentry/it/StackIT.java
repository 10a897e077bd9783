package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.it.AwsRouter.Metric;
import io.trailsentry.it.Inbox.Notification;
import io.trailsentry.testing.Notices;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.eventbridge.model.Rule;
import software.amazon.awssdk.services.eventbridge.model.RuleState;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.sns.model.Topic;

/// The stacks of `template.yaml` and `forwarder.yaml`, and the way of an event through them: from the bus by rule and queue
/// to the packaged function, with the handler and the variables that the stack gives it, and by the stack's topics to who
/// is subscribed.
///
/// What [#NOT_MADE] names is taken out of the templates, so it is not proven here. Neither is what moto takes without
/// doing it: who may do what, expiry, encryption, SnapStart, schedules, the rule states' effect, dead letters of rules, and
/// that a bucket tells EventBridge of new objects. The tests beside `Template` read those from the templates.
@RequiresAws
@RequiresSamTranslator
@EnabledOnOs(value = OS.LINUX, disabledReason = "AWS's runtime interface client is native code for Linux")
class StackIT {
    private static final String AWAY = "eu-central-1";

    /// What moto cannot make or must not, by type or logical id.
    private static final Map<String, String> NOT_MADE = Map.ofEntries(
            Map.entry("AWS::CloudFormation::StackSet",
                    "moto makes none from a template; the forwarder has its own tests"),
            Map.entry("AWS::CloudTrail::Trail", "moto makes none from a template"),
            Map.entry("AWS::Chatbot::SlackChannelConfiguration", "unknown to moto"),
            Map.entry("AWS::CloudWatch::Alarm", "moto makes none from a template"),
            Map.entry("AWS::CloudWatch::CompositeAlarm", "moto makes none from a template"),
            Map.entry("AWS::CloudWatch::Dashboard", "names the alarms by ARNs, and there are none"),
            Map.entry("Alarms", "a rule of the forwarder that names its alarm by the ARN, and there is none"),
            Map.entry("AWS::CodeDeploy::Application", "moto makes none from a template"),
            Map.entry("AWS::CodeDeploy::DeploymentGroup", "moto makes none from a template"),
            Map.entry("AWS::Events::EventBusPolicy", "moto makes none from a template"),
            Map.entry("AWS::IAM::Policy", "moto does not leave out of its statements what a condition leaves out"),
            Map.entry("AWS::Lambda::Alias", "moto makes none from a template"),
            Map.entry("AWS::Lambda::EventSourceMapping", "moto would take the events without running the function"),
            Map.entry("AWS::S3::BucketPolicy", "moto makes none from a template"),
            Map.entry("AWS::SNS::Subscription", "moto makes none from a template"),
            Map.entry("AWS::SNS::TopicPolicy", "moto makes none from a template"),
            Map.entry("AWS::SQS::QueuePolicy", "moto makes none from a template"));
    private static final RuleState ALL_EVENTS = RuleState.ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS;

    private static final String AGENTS = Events.AGENT_ROLE + ",research-agent";

    /// Whatever a condition can add, as far as parameters do not exclude each other.
    private static final Map<String, String> EVERYTHING = Map.ofEntries(
            Map.entry("AgentNames", AGENTS), Map.entry("AlertEmail", "pat@example.com"),
            Map.entry("CreateTrail", "yes"), Map.entry("ExpectedRegions", "us-east-1," + AWAY),
            Map.entry("OptInRegions", "ap-east-1"), Map.entry("OrganizationId", "o-a1b2c3d4e5"),
            Map.entry("PagerEndpoint", "https://pager.example.com/key"), Map.entry("SlackChannelId", "C0123456789"),
            Map.entry("SlackWorkspaceId", "T0123456789"), Map.entry("WorkFrom", "00:00"),
            Map.entry("WorkUntil", "00:00"));

    /// The project's templates without what is not made.
    private static final class Templates {
        static final JsonNode HOME = translated("template.yaml");
        static final JsonNode FORWARDER = translated("forwarder.yaml");

        private static ObjectNode translated(String file) {
            ObjectNode template = SamTranslator.translate(file);
            template.path("Resources").propertyStream().filter(Templates::isNotMade).map(Map.Entry::getKey).toList()
                    .forEach(((ObjectNode) template.path("Resources"))::remove);
            template.path("Resources").forEach(Templates::dependOnWhatIsMade);
            return template;
        }

        /// What waits for the policy of both functions need not, for it is not made.
        private static void dependOnWhatIsMade(JsonNode resource) {
            JsonNode before = resource.path("DependsOn");
            if (before.toString().contains("BothFunctions")) {
                ((ObjectNode) resource).remove("DependsOn");
            }
        }

        private static boolean isNotMade(Map.Entry<String, JsonNode> resource) {
            return NOT_MADE.containsKey(resource.getKey())
                    || NOT_MADE.containsKey(resource.getValue().path("Type").asText());
        }
    }

    private final AwsBackend aws;

    @RegisterExtension
    final Installation installation;

    StackIT(AwsBackend aws) {
        this.aws = aws;
        this.installation = new Installation(aws);
    }

    /// The stack, with nothing of its schedules: to moto, a schedule's rule matches every event.
    private DeployedStack deploy(Map<String, String> parameters) {
        DeployedStack stack = installation.stack(Events.REGION, "trailsentry", Templates.HOME, parameters);
        stack.rules().stream().filter(rule -> rule.scheduleExpression() != null).map(Rule::name)
                .forEach(stack::silence);
        return stack;
    }

    /// A forwarder's stack as the stack set makes it.
    private DeployedStack forward(String region, DeployedStack home) {
        var parameters = new HashMap<String, String>();
        for (String parameter : home.output("ForwarderParameters").split(" ", -1)) {
            parameters.put(parameter.replaceFirst("=.*", ""), parameter.replaceFirst(".*?=", ""));
        }
        parameters.put("AgentNames", AGENTS);
        parameters.put("ForwarderRoleArn", "arn:aws:iam::" + parameters.get("HomeAccount") + ":role/"
                + home.resource("ForwarderRole"));
        return installation.stack(region, "trailsentry-forwarder", Templates.FORWARDER, parameters);
    }

    private PackagedFunction detector(DeployedStack stack) {
        DeployedStack.Function function = stack.function("Detector");
        return installation.start(function.handler(), function.environment());
    }

    private Inbox subscriber(DeployedStack stack, String topic) {
        return installation.subscribe(stack.output(topic + "TopicArn"), "stack-" + topic);
    }

    /// Hands all that is in a queue to the function.
    ///
    /// @return how many messages
    private int handle(DeployedStack stack, String queue, PackagedFunction function) {
        String url = stack.resource(queue);
        int waiting = Queues.size(aws, url);
        var mapping = new EventSourceMapping(aws, url, function);
        while (Queues.size(aws, url) > 0) {
            assertThat(mapping.poll()).as("handed back").isEmpty();
        }
        return waiting;
    }

    private double sum(String metric) {
        return installation.router().metrics().stream()
                .filter(measured -> measured.name().equals(metric) && measured.dimensions().isEmpty())
                .mapToDouble(Metric::sum).sum();
    }

    @Test
    void create_withAllThatParametersCanAdd_makesEverythingElse() {
        DeployedStack stack = installation.stack(Events.REGION, "trailsentry", Templates.HOME, EVERYTHING);

        assertThat(stack.resources().keySet()).containsExactlyInAnyOrderElementsOf(
                Templates.HOME.path("Resources").propertyStream().map(Map.Entry::getKey)
                        .filter(logicalId -> !logicalId.equals("Everything")).toList());
        assertThat(stack.rules()).extracting(Rule::name, Rule::state).containsExactlyInAnyOrder(
                tuple("trailsentry-agent-calls", ALL_EVENTS), tuple("trailsentry-perimeter-changes", ALL_EVENTS),
                tuple("trailsentry-monitor-changes", ALL_EVENTS), tuple("trailsentry-new-files", RuleState.ENABLED),
                tuple("trailsentry-forwarder-alarms", RuleState.ENABLED),
                tuple("trailsentry-heartbeat", RuleState.ENABLED), tuple("trailsentry-canary", RuleState.ENABLED),
                tuple("trailsentry-audit-brief", RuleState.ENABLED),
                tuple("trailsentry-audit-full", RuleState.ENABLED));
        assertThat(stack.targets("trailsentry-heartbeat")).extracting(Target::arn)
                .containsExactly(stack.output("EventsQueueArn"));
        assertThat(stack.rules()).allSatisfy(rule -> assertThat(stack.targets(rule.name())).isNotEmpty()
                .allSatisfy(target -> assertThat(target.deadLetterConfig().arn())
                        .isEqualTo(stack.output("DeadLettersQueueArn"))));
        assertThat(schema(stack.resource("Memory"))).as("the table that the tests of memory use")
                .isEqualTo(schema(installation.memoryTable()));
    }

    private List<Object> schema(String table) {
        TableDescription description = aws.dynamoDb().describeTable(request -> request.tableName(table)).table();
        return List.of(Set.copyOf(description.attributeDefinitions()), description.keySchema(),
                description.globalSecondaryIndexes().stream()
                        .map(index -> List.of(index.indexName(), index.keySchema(), index.projection())).toList());
    }

    @Test
    void create_lists_nameOnlyWhatTheTemplatesHave() {
        var names = new ArrayList<String>();
        for (String file : List.of("template.yaml", "forwarder.yaml")) {
            SamTranslator.translate(file).path("Resources").forEachEntry((logicalId, resource) -> {
                names.add(logicalId);
                names.add(resource.path("Type").asText());
            });
        }

        assertThat(names).containsAll(NOT_MADE.keySet());
    }

    @Test
    void event_onTheBus_comesByRuleAndQueueToPersonPagerAndSiem_nearMissesDoNot() {
        DeployedStack stack = deploy(EVERYTHING);
        Inbox alerts = subscriber(stack, "Alerts");
        Inbox pages = subscriber(stack, "Pages");
        Inbox findings = subscriber(stack, "Findings");
        PackagedFunction function = detector(stack);

        stack.put(Events.ordinaryWork("platform-admin"));
        stack.put(Events.ordinaryWork(Events.AGENT_ROLE + "-2"));
        stack.put(Events.selfModification().put("source", "com.example.iam"));
        assertThat(handle(stack, "Events", function)).as("near misses").isZero();
        stack.put(Events.selfModification());
        stack.put(Events.perimeterChange());
        assertThat(handle(stack, "Events", function)).isEqualTo(2);

        assertThat(findings.drain()).extracting(Notification::attributes)
                .extracting(attributes -> attributes.get("detector"), attributes -> attributes.get("severity"),
                        attributes -> attributes.get("agent"))
                .containsExactlyInAnyOrder(tuple("iam-self-modification", "critical", Events.AGENT_ROLE),
                        tuple("perimeter-change", "high", Events.AGENT_ROLE));
        assertThat(alerts.drain()).hasSize(2)
                .allSatisfy(alert -> assertThat(alert.message()).contains(Events.AGENT_ROLE, "AttachRolePolicy"))
                .anySatisfy(alert -> assertThat(alert.message()).contains("platform-admin"));
        assertThat(pages.drain()).hasSize(2)
                .allSatisfy(page -> assertThat(page.subject()).startsWith("ALARM: "));
        assertThat(sum("EventsRejected")).isZero();

        aws.sqs().sendMessage(request -> request.queueUrl(stack.resource("Events"))
                .messageBody(Events.heartbeat().toString()));
        assertThat(handle(stack, "Events", function)).isEqualTo(1);
        assertThat(sum("Heartbeat")).isEqualTo(1);
        assertThat(installation.router().calls()).as("by the table's index")
                .anyMatch(call -> call.is("dynamodb", "Query"));
        assertThat(sum("EventsUncounted")).as("what the table could not hold").isZero();
        assertThat(function.output()).doesNotContain("memory is away");
    }

    @Test
    void logFile_newInTheTrailsBucket_comesByItsOwnQueue() throws IOException {
        DeployedStack stack = deploy(EVERYTHING);
        Inbox alerts = subscriber(stack, "Alerts");
        String bucket = stack.resource("Trails");
        String key = "AWSLogs/" + Events.ACCOUNT + "/CloudTrail/" + Events.REGION
                + "/2026/11/17/x_CloudTrail.json.gz";
        installation.put(bucket, key, packed("{\"Records\":[" + Events.selfModification().path("detail") + "]}"));

        stack.put(Events.parse(Notices.eventBridge(bucket, key.replace("/CloudTrail/", "/CloudTrail-Digest/"))));
        stack.put(Events.parse(Notices.eventBridge(bucket, key)));

        PackagedFunction function = detector(stack);
        assertThat(handle(stack, "Events", function)).isZero();
        assertThat(handle(stack, "Files", function)).isEqualTo(1);
        assertThat(alerts.drain()).singleElement()
                .satisfies(alert -> assertThat(alert.message()).contains("AttachRolePolicy"));
    }

    @Test
    void dryRun_ofEverything_tellsNobodyButTheSiem() {
        DeployedStack stack = deploy(Map.of("Mode", "dry-run", "Watch", "everything"));
        Inbox alerts = subscriber(stack, "Alerts");
        Inbox pages = subscriber(stack, "Pages");
        Inbox findings = subscriber(stack, "Findings");
        PackagedFunction function = detector(stack);

        stack.put(Events.ordinaryWork("platform-admin"));
        stack.put(Events.selfModification());
        assertThat(handle(stack, "Events", function)).isEqualTo(2);

        assertThat(findings.drain()).hasSize(1);
        assertThat(alerts.drain()).isEmpty();
        assertThat(pages.drain()).isEmpty();
        assertThat(sum("PublishFailures")).isZero();
    }

    @Test
    void forwarder_inAnotherRegion_sendsHome_whereItCountsOnce() {
        DeployedStack home = deploy(EVERYTHING);
        DeployedStack away = forward(AWAY, home);
        Inbox alerts = subscriber(home, "Alerts");

        assertThat(away.resources()).containsOnlyKeys("AgentCalls", "PerimeterChanges", "MonitorChanges",
                "DeadLetters");
        assertThat(away.rules()).extracting(Rule::name, Rule::state).containsExactlyInAnyOrder(
                tuple("trailsentry-forward-agent-calls", ALL_EVENTS),
                tuple("trailsentry-forward-perimeter-changes", ALL_EVENTS),
                tuple("trailsentry-forward-monitor-changes", ALL_EVENTS));
        away.put(Events.ordinaryWork("platform-admin"));
        away.put(Events.auditTampering("research-agent", AWAY));

        PackagedFunction function = detector(home);
        assertThat(handle(home, "Events", function)).as("by two rules there, and by two here").isEqualTo(4);
        assertThat(alerts.drain()).singleElement().satisfies(
                alert -> assertThat(alert.message()).contains("research-agent", "StopLogging", AWAY));
        assertThat(sum("AgentCalls")).isEqualTo(1);
    }

    @Test
    void forwarder_atHome_isEmpty() {
        DeployedStack home = deploy(EVERYTHING);
        List<Rule> rules = home.rules();

        DeployedStack forwarder = forward(Events.REGION, home);

        assertThat(home.rules()).isEqualTo(rules);
        // moto takes the handle that keeps the stack from being empty, and does not list it.
        assertThat(forwarder.resources().keySet()).isSubsetOf("Nothing");
    }

    @Test
    void delete_leavesMemoryAndTrail() {
        DeployedStack stack = deploy(EVERYTHING);

        stack.delete();

        assertThat(aws.dynamoDb().listTables().tableNames()).contains(stack.resource("Memory"));
        assertThat(aws.s3().listBuckets().buckets()).extracting(Bucket::name).contains(stack.resource("Trails"));
        assertThat(stack.rules()).isEmpty();
        assertThat(aws.sns().listTopics().topics()).extracting(Topic::topicArn)
                .doesNotContain(stack.resource("Alerts"), stack.resource("Pages"), stack.resource("Findings"));
        assertThat(aws.sqs().listQueues(request -> request.queueNamePrefix("trailsentry-events")).queueUrls())
                .isEmpty();
    }

    private static byte[] packed(String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
