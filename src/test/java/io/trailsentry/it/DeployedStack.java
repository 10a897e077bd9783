package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.Capability;
import software.amazon.awssdk.services.cloudformation.model.Parameter;
import software.amazon.awssdk.services.cloudformation.model.ResourceStatus;
import software.amazon.awssdk.services.cloudformation.model.StackResourceSummary;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.Rule;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.lambda.LambdaClient;

/// A stack that CloudFormation made, with the event bus of its Region.
final class DeployedStack implements AutoCloseable {
    private static final String RULES = "trailsentry-";

    /// A function as Lambda would start it.
    record Function(String handler, Map<String, String> environment) {
    }

    private final AwsBackend aws;
    private final String name;
    private final JsonNode template;
    private final CloudFormationClient cloudFormation;
    private final EventBridgeClient events;
    private final LambdaClient lambda;
    private final Map<String, String> resources;

    private DeployedStack(AwsBackend aws, String region, String name, JsonNode template,
            CloudFormationClient cloudFormation) {
        this.aws = aws;
        this.name = name;
        this.template = template;
        this.cloudFormation = cloudFormation;
        this.events = aws.client(EventBridgeClient.builder(), region);
        this.lambda = aws.client(LambdaClient.builder(), region);
        this.resources = resources(cloudFormation, name);
    }

    /// Makes the stack, and before that the package that its functions name.
    ///
    /// @param template as CloudFormation gets it
    static DeployedStack create(AwsBackend aws, String region, String name, JsonNode template,
            Map<String, String> parameters) {
        template.path("Resources").findParents("S3Bucket").stream().findFirst()
                .ifPresent(code -> upload(aws, code.path("S3Bucket").asText(), code.path("S3Key").asText()));
        var given = new HashMap<>(parameters);
        // moto takes the default of a list for a text.
        template.path("Parameters").propertyStream().filter(parameter -> parameter.getValue().path("Type").asText()
                .equals("CommaDelimitedList") && parameter.getValue().has("Default")).forEach(
                        list -> given.putIfAbsent(list.getKey(), list.getValue().path("Default").asText()));
        List<Parameter> values = given.entrySet().stream().map(parameter -> Parameter.builder()
                .parameterKey(parameter.getKey()).parameterValue(parameter.getValue()).build()).toList();
        CloudFormationClient cloudFormation = aws.client(CloudFormationClient.builder(), region);
        cloudFormation.createStack(request -> request.stackName(name).templateBody(template.toString())
                .parameters(values).capabilities(Capability.CAPABILITY_NAMED_IAM));
        try (var waiter = cloudFormation.waiter()) {
            waiter.waitUntilStackCreateComplete(request -> request.stackName(name));
        }
        return new DeployedStack(aws, region, name, template, cloudFormation);
    }

    /// An empty package: Lambda wants one, and the tests run the real one themselves.
    private static void upload(AwsBackend aws, String bucket, String key) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("empty"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        aws.s3().createBucket(request -> request.bucket(bucket));
        aws.s3().putObject(request -> request.bucket(bucket).key(key), RequestBody.fromBytes(bytes.toByteArray()));
    }

    private static Map<String, String> resources(CloudFormationClient cloudFormation, String name) {
        var resources = new HashMap<String, String>();
        for (StackResourceSummary resource : cloudFormation
                .listStackResourcesPaginator(request -> request.stackName(name)).stackResourceSummaries()) {
            if (resource.resourceStatus() != ResourceStatus.CREATE_COMPLETE) {
                throw new AssertionError(resource.toString());
            }
            // moto lists what a condition excludes as well, without any id.
            if (resource.logicalResourceId() != null && !resource.logicalResourceId().isEmpty()) {
                resources.put(resource.logicalResourceId(), resource.physicalResourceId());
            }
        }
        return Map.copyOf(resources);
    }

    /// Physical ids of the resources by logical id; all are there completely.
    Map<String, String> resources() {
        return resources;
    }

    /// A resource's physical id.
    String resource(String logicalId) {
        return Objects.requireNonNull(resources.get(logicalId), logicalId);
    }

    /// What the stack says of itself.
    String output(String key) {
        return cloudFormation.describeStacks(request -> request.stackName(name)).stacks().getFirst().outputs().stream()
                .filter(output -> output.outputKey().equals(key)).findFirst().orElseThrow().outputValue();
    }

    /// A function of the stack, as Lambda knows it.
    Function function(String logicalId) {
        var configuration = lambda.getFunctionConfiguration(
                request -> request.functionName(resource(logicalId)));
        return new Function(configuration.handler(), configuration.environment().variables());
    }

    /// The rules of TrailSentry on the Region's default bus.
    List<Rule> rules() {
        return events.listRules(request -> request.namePrefix(RULES)).rules();
    }

    /// Where a rule sends.
    List<Target> targets(String rule) {
        return events.listTargetsByRule(request -> request.rule(rule)).targets();
    }

    /// Takes its targets from a rule.
    void silence(String rule) {
        List<String> ids = targets(rule).stream().map(Target::id).toList();
        events.removeTargets(request -> request.rule(rule).ids(ids));
    }

    /// Puts an event on the Region's default bus. AWS itself would refuse one whose source begins with `aws.`.
    void put(JsonNode event) {
        var entry = PutEventsRequestEntry.builder().source(event.path("source").asText())
                .detailType(event.path("detail-type").asText()).detail(event.path("detail").toString()).build();
        PutEventsResponse answer = events.putEvents(request -> request.entries(entry));
        if (answer.failedEntryCount() != 0) {
            throw new AssertionError(answer.toString());
        }
    }

    /// Deletes the stack; what it retains stays.
    void delete() {
        cloudFormation.deleteStack(request -> request.stackName(name));
        try (var waiter = cloudFormation.waiter()) {
            waiter.waitUntilStackDeleteComplete(request -> request.stackName(name));
        }
    }

    /// Deletes the stack and what it retains.
    @Override
    public void close() {
        delete();
        resources.forEach((logicalId, id) -> {
            JsonNode resource = template.path("Resources").path(logicalId);
            if (resource.path("DeletionPolicy").asText().equals("Retain")) {
                switch (resource.path("Type").asText()) {
                    case "AWS::DynamoDB::Table" -> aws.dynamoDb().deleteTable(request -> request.tableName(id));
                    case "AWS::S3::Bucket" -> aws.s3().deleteBucket(request -> request.bucket(id));
                    // It went with its function.
                    case "AWS::Lambda::Version" -> {
                    }
                    default -> throw new AssertionError("who deletes " + logicalId + "?");
                }
            }
        });
        lambda.close();
        events.close();
        cloudFormation.close();
    }
}
