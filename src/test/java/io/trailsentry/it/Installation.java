package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.lambda.AuditFunction;
import io.trailsentry.lambda.DetectorFunction;
import io.trailsentry.memory.dynamodb.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/// What a deployed TrailSentry has around its function, made for one test under names of its own: the three
/// topics, each with a subscriber, the way to AWS, and what else the test asks for.
///
/// Registered as an extension of a test instance it removes all that after the test, and adds what the functions
/// printed to a failure.
final class Installation implements AfterEachCallback, TestExecutionExceptionHandler {
    private static final String CONFIG_KEY = "config/trailsentry.yaml";

    private final String name = "trailsentry-it-" + UUID.randomUUID();
    private final List<PackagedFunction> functions = new ArrayList<>();
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private final AwsBackend aws;
    private final AwsRouter router;
    private final Inbox alerts;
    private final Inbox pages;
    private final Inbox findings;

    Installation(AwsBackend aws) {
        this.aws = aws;
        this.router = AwsRouter.to(aws.endpoint());
        undo.push(router::close);
        this.alerts = inbox("alerts");
        this.pages = inbox("pages");
        this.findings = inbox("findings");
    }

    private Inbox inbox(String suffix) {
        String topicArn = aws.sns().createTopic(request -> request.name(name + "-" + suffix)).topicArn();
        undo.push(() -> aws.sns().deleteTopic(request -> request.topicArn(topicArn)));
        return subscribe(topicArn, suffix);
    }

    /// Subscribes a queue to a topic.
    Inbox subscribe(String topicArn, String suffix) {
        Inbox inbox = Inbox.subscribe(aws, topicArn, name + "-" + suffix);
        undo.push(inbox::close);
        return inbox;
    }

    /// Starts the function with the topics of this installation, without a configuration and with its memory in
    /// memory, unless `more` says otherwise; returns before it is ready.
    PackagedFunction start(Map<String, String> more) {
        var environment = new HashMap<String, String>();
        environment.put("ALERTS_TOPIC_ARN", alerts.topicArn());
        environment.put("PAGES_TOPIC_ARN", pages.topicArn());
        environment.put("FINDINGS_TOPIC_ARN", findings.topicArn());
        environment.putAll(more);
        return start(DetectorFunction.class.getName() + "::handleRequest", environment);
    }

    /// Starts the audit.
    ///
    /// @param regions the watched Regions, separated by commas
    PackagedFunction startAudit(String regions) {
        return start(AuditFunction.class.getName() + "::handleRequest", Map.of("WATCHED_REGIONS", regions));
    }

    /// Starts a function with nothing but these variables and the way to AWS.
    ///
    /// @param handler as Lambda is told
    PackagedFunction start(String handler, Map<String, String> variables) {
        var environment = new HashMap<>(variables);
        environment.put("AWS_ENDPOINT_URL", router.endpoint().toString());
        PackagedFunction function = PackagedFunction.start(handler, environment);
        functions.add(function);
        undo.push(function::close);
        return function;
    }

    /// Subscribes another queue to the topic of one, to the messages with one of these severities.
    Inbox ofSeverity(Inbox topic, String suffix, String... severities) {
        Inbox inbox = topic.ofSeverity(name + "-" + suffix, severities);
        undo.push(inbox::close);
        return inbox;
    }

    /// Creates a stack in a Region.
    ///
    /// @param template as CloudFormation gets it
    DeployedStack stack(String region, String stackName, JsonNode template, Map<String, String> parameters) {
        DeployedStack stack = DeployedStack.create(aws, region, stackName, template, parameters);
        undo.push(stack::close);
        return stack;
    }

    /// Makes a queue.
    ///
    /// @return its URL
    String queue(String suffix, Map<QueueAttributeName, String> attributes) {
        String url = aws.sqs().createQueue(request -> request.queueName(name + "-" + suffix).attributes(attributes))
                .queueUrl();
        undo.push(() -> aws.sqs().deleteQueue(request -> request.queueUrl(url)));
        return url;
    }

    /// Makes a table for the memory.
    ///
    /// @return its name
    String memoryTable() {
        String table = name + "-memory";
        Table.create(aws.dynamoDb(), table);
        undo.push(() -> aws.dynamoDb().deleteTable(request -> request.tableName(table)));
        return table;
    }

    /// Puts a configuration into Systems Manager.
    ///
    /// @return the parameter's name
    String parameter(String config) {
        String parameter = "/" + name + "/config";
        change(parameter, config);
        undo.push(() -> aws.ssm().deleteParameter(request -> request.name(parameter)));
        return parameter;
    }

    /// Gives a parameter another value.
    void change(String parameter, String config) {
        aws.ssm().putParameter(
                request -> request.name(parameter).type(ParameterType.STRING).overwrite(true).value(config));
    }

    /// Puts a configuration into a bucket.
    ///
    /// @return its `s3://` address
    String object(String config) {
        aws.s3().createBucket(request -> request.bucket(name));
        undo.push(() -> aws.s3().deleteBucket(request -> request.bucket(name)));
        aws.s3().putObject(request -> request.bucket(name).key(CONFIG_KEY), RequestBody.fromString(config));
        undo.push(() -> aws.s3().deleteObject(request -> request.bucket(name).key(CONFIG_KEY)));
        return "s3://" + name + "/" + CONFIG_KEY;
    }

    /// Makes a role.
    ///
    /// @param trust who may assume it
    /// @param policy its inline policy `work`; null: none
    /// @return its name
    String role(String trust, @Nullable String policy) {
        String role = name.replace("trailsentry", "agent");
        aws.iam().createRole(request -> request.roleName(role).assumeRolePolicyDocument(trust));
        undo.push(() -> aws.iam().deleteRole(request -> request.roleName(role)));
        if (policy != null) {
            aws.iam().putRolePolicy(request -> request.roleName(role).policyName("work").policyDocument(policy));
            undo.push(() -> aws.iam().listRolePolicies(request -> request.roleName(role)).policyNames()
                    .forEach(left -> aws.iam().deleteRolePolicy(
                            request -> request.roleName(role).policyName(left))));
        }
        return role;
    }

    /// Attaches a new managed policy to a role.
    ///
    /// @return its ARN
    String attachedPolicy(String role, String document) {
        String policy = aws.iam()
                .createPolicy(
                        request -> request.policyName(name.replace("trailsentry", "agent")).policyDocument(document))
                .policy().arn();
        undo.push(() -> aws.iam().deletePolicy(request -> request.policyArn(policy)));
        aws.iam().attachRolePolicy(request -> request.roleName(role).policyArn(policy));
        undo.push(() -> aws.iam().detachRolePolicy(request -> request.roleName(role).policyArn(policy)));
        return policy;
    }

    /// Makes a bucket for a trail.
    ///
    /// @return its name
    String bucket() {
        String bucket = name + "-trail";
        aws.s3().createBucket(request -> request.bucket(bucket));
        undo.push(() -> aws.s3().deleteBucket(request -> request.bucket(bucket)));
        return bucket;
    }

    /// Puts an object into a bucket.
    void put(String bucket, String key, byte[] bytes) {
        aws.s3().putObject(request -> request.bucket(bucket).key(key), RequestBody.fromBytes(bytes));
        undo.push(() -> aws.s3().deleteObject(request -> request.bucket(bucket).key(key)));
    }

    AwsRouter router() {
        return router;
    }

    Inbox alerts() {
        return alerts;
    }

    Inbox pages() {
        return pages;
    }

    Inbox findings() {
        return findings;
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        failure.addSuppressed(new AssertionError(functions.stream().map(PackagedFunction::output)
                .collect(Collectors.joining("\n---\n", "the function printed:\n", ""))));
        throw failure;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }
}
