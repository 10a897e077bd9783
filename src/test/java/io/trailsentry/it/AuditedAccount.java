package io.trailsentry.it;

import io.trailsentry.memory.dynamodb.Table;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudtrail.CloudTrailClient;
import software.amazon.awssdk.services.cloudtrail.model.EventSelector;
import software.amazon.awssdk.services.cloudtrail.model.ReadWriteType;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.FunctionResponseType;
import software.amazon.awssdk.services.lambda.model.Runtime;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.ParameterType;
import software.amazon.awssdk.services.sts.StsClient;

/// An account in which TrailSentry is installed as its stack would, with two watched Regions; a test then breaks what it
/// is about. Its twelve digits are of that test alone, and it ends with the backend.
final class AuditedAccount {
    static final String HOME = AwsBackend.REGION;
    static final String AWAY = "eu-west-2";
    static final String TABLE = "trailsentry-memory";
    static final String ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    static final String CONFIG_PARAMETER = "/trailsentry/config";
    /// What must never be shown: who is told, and where the pager is.
    static final List<String> SECRETS = List.of("pager.example.com", "s3cr3t-key", "pat@example.com");

    private static final String NOBODY = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
            + "{\"AWS\":\"arn:aws:iam::%s:role/starts-agents\"},\"Action\":\"sts:AssumeRole\"}]}";
    private static final String LAMBDA = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
            + "{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";
    private static final String FROM_RULES = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},
            "Action":"sqs:SendMessage","Resource":"*"}]}""";

    private final URI endpoint;
    private final String account;
    private final AwsSessionCredentials credentials;
    private final List<String> agents;

    /// Makes it.
    ///
    /// @param account twelve digits, of no other test
    /// @param agents names that the rules deliver
    AuditedAccount(AwsBackend aws, String account, List<String> agents) {
        this.endpoint = aws.endpoint();
        this.account = account;
        this.agents = List.copyOf(agents);
        this.credentials = session("auditor");
        logTrail(ReadWriteType.ALL);
        makeRules();
        makeQueues();
        makeTopics();
        makeTable();
        makeFunctions();
    }

    private AwsSessionCredentials session(String role) {
        try (var sts = client(StsClient.builder(), HOME,
                AwsBasicCredentials.create(AwsBackend.ACCESS_KEY,
                        AwsBackend.SECRET_KEY))) {
            var session = sts.assumeRole(request -> request.roleArn("arn:aws:iam::" + account + ":role/" + role)
                    .roleSessionName("pat")).credentials();
            return AwsSessionCredentials.create(session.accessKeyId(), session.secretAccessKey(),
                    session.sessionToken());
        }
    }

    private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder, String region,
            AwsCredentials as) {
        return builder.endpointOverride(endpoint).region(Region.of(region))
                .credentialsProvider(StaticCredentialsProvider.create(as))
                .httpClientBuilder(UrlConnectionHttpClient.builder()).build();
    }

    /// A client in the account; who asked for it closes it.
    <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder, String region) {
        return client(builder, region, credentials);
    }

    String id() {
        return account;
    }

    String arn(String service, String resource) {
        return "arn:aws:" + service + ":" + HOME + ":" + account + ":" + resource;
    }

    /// What a person's shell holds who has credentials of the account.
    Map<String, String> environment() {
        return Map.of("AWS_ACCESS_KEY_ID", credentials.accessKeyId(), "AWS_SECRET_ACCESS_KEY",
                credentials.secretAccessKey(), "AWS_SESSION_TOKEN", credentials.sessionToken(), "AWS_REGION", HOME);
    }

    /// A file of shared credentials with a profile `agent`, of a session of a role.
    String profileOf(String role) {
        AwsSessionCredentials agent = session(role);
        return "[agent]\naws_access_key_id = " + agent.accessKeyId() + "\naws_secret_access_key = "
                + agent.secretAccessKey() + "\naws_session_token = " + agent.sessionToken() + "\n";
    }

    /// Lets the trail of all Regions record such management events.
    void logTrail(ReadWriteType kind) {
        try (var trail = client(CloudTrailClient.builder(), HOME); var s3 = client(S3Client.builder(), HOME)) {
            if (trail.describeTrails().trailList().isEmpty()) {
                s3.createBucket(request -> request.bucket("trails-" + account));
                trail.createTrail(request -> request.name("trail").s3BucketName("trails-" + account)
                        .isMultiRegionTrail(true).includeGlobalServiceEvents(true));
                trail.startLogging(request -> request.name("trail"));
            }
            trail.putEventSelectors(request -> request.trailName("trail").eventSelectors(
                    EventSelector.builder().readWriteType(kind).includeManagementEvents(true).build()));
        }
    }

    private void makeRules() {
        for (String rule : List.of("agent-calls", "perimeter-changes", "monitor-changes")) {
            putRule(HOME, "trailsentry-" + rule, ALL_EVENTS);
            putRule(AWAY, "trailsentry-forward-" + rule, ALL_EVENTS);
        }
    }

    /// Makes a rule, or brings it into another state.
    void putRule(String region, String name, String state) {
        String names = "\"" + String.join("\",\"", agents) + "\"";
        try (var events = client(EventBridgeClient.builder(), region)) {
            events.putRule(request -> request.name(name).state(state).eventPattern("""
                    {"source":[{"prefix":"aws."}],"detail-type":[{"suffix":" via CloudTrail"}],"detail":{"$or":[
                    {"userIdentity":{"sessionContext":{"sessionIssuer":{"userName":[%1$s]}}}},
                    {"userIdentity":{"userName":[%1$s]}}]}}""".formatted(names)));
            events.putTargets(request -> request.rule(name).targets(Target.builder().id("target").arn(
                    region.equals(HOME) ? arn("sqs", "trailsentry-events") : arn("events", "event-bus/default"))
                    .build()));
        }
    }

    private void makeQueues() {
        try (var sqs = client(SqsClient.builder(), HOME)) {
            sqs.createQueue(request -> request.queueName("trailsentry-dead-letters")
                    .attributes(Map.of(QueueAttributeName.POLICY, FROM_RULES)));
            sqs.createQueue(request -> request.queueName("trailsentry-events").attributes(Map.of(
                    QueueAttributeName.POLICY, FROM_RULES, QueueAttributeName.REDRIVE_POLICY,
                    "{\"deadLetterTargetArn\":\"" + arn("sqs", "trailsentry-dead-letters")
                            + "\",\"maxReceiveCount\":10}")));
        }
    }

    /// Takes the dead-letter queue from the queue of events, in which an event ended before.
    void loseDeadLetters() {
        try (var sqs = client(SqsClient.builder(), HOME)) {
            String dead = sqs.getQueueUrl(request -> request.queueName("trailsentry-dead-letters")).queueUrl();
            sqs.sendMessage(request -> request.queueUrl(dead).messageBody("lost"));
            String events = sqs.getQueueUrl(request -> request.queueName("trailsentry-events")).queueUrl();
            sqs.deleteQueue(request -> request.queueUrl(events));
            sqs.createQueue(request -> request.queueName("trailsentry-events")
                    .attributes(Map.of(QueueAttributeName.POLICY, FROM_RULES)));
        }
    }

    /// Ends every subscription of a topic.
    void unsubscribe(String topic) {
        try (var sns = client(SnsClient.builder(), HOME)) {
            sns.listSubscriptionsByTopic(request -> request.topicArn(arn("sns", topic))).subscriptions()
                    .forEach(one -> sns.unsubscribe(request -> request.subscriptionArn(one.subscriptionArn())));
        }
    }

    private void makeTopics() {
        try (var sns = client(SnsClient.builder(), HOME)) {
            for (String topic : List.of("trailsentry-alerts", "trailsentry-pages", "trailsentry-findings")) {
                sns.createTopic(request -> request.name(topic));
            }
            sns.subscribe(request -> request.topicArn(arn("sns", "trailsentry-alerts")).protocol("email")
                    .endpoint("pat@example.com"));
            sns.subscribe(request -> request.topicArn(arn("sns", "trailsentry-pages")).protocol("https")
                    .endpoint("https://pager.example.com/s3cr3t-key"));
        }
    }

    private void makeTable() {
        try (var dynamoDb = client(DynamoDbClient.builder(), HOME)) {
            Table.create(dynamoDb, TABLE);
            expire(true);
            dynamoDb.updateContinuousBackups(request -> request.tableName(TABLE)
                    .pointInTimeRecoverySpecification(recovery -> recovery.pointInTimeRecoveryEnabled(true)));
        }
    }

    /// Lets the memory forget, or not.
    void expire(boolean enabled) {
        try (var dynamoDb = client(DynamoDbClient.builder(), HOME)) {
            dynamoDb.updateTimeToLive(request -> request.tableName(TABLE)
                    .timeToLiveSpecification(ttl -> ttl.attributeName("expires").enabled(enabled)));
        }
    }

    private void makeFunctions() {
        try (var lambda = client(LambdaClient.builder(), HOME); var iam = client(IamClient.builder(), HOME)) {
            iam.createRole(request -> request.roleName("trailsentry-functions").assumeRolePolicyDocument(LAMBDA));
            make(lambda, "trailsentry-audit", Map.of("WATCHED_REGIONS", HOME + "," + AWAY, "AGENT_NAMES",
                    String.join(",", agents), "MEMORY_TABLE", TABLE, "TRAILSENTRY_CONFIG", "ssm:" + CONFIG_PARAMETER));
            make(lambda, "trailsentry-detector", Map.of("ALERTS_TOPIC_ARN", arn("sns", "trailsentry-alerts"),
                    "PAGES_TOPIC_ARN", arn("sns", "trailsentry-pages"), "FINDINGS_TOPIC_ARN",
                    arn("sns", "trailsentry-findings"), "MEMORY_TABLE", TABLE));
            String version = lambda.publishVersion(request -> request.functionName("trailsentry-detector")).version();
            lambda.createAlias(request -> request.functionName("trailsentry-detector").name("live")
                    .functionVersion(version));
            lambda.createEventSourceMapping(request -> request.functionName("trailsentry-detector:live")
                    .eventSourceArn(arn("sqs", "trailsentry-events")).enabled(true)
                    .functionResponseTypes(FunctionResponseType.REPORT_BATCH_ITEM_FAILURES));
        }
    }

    /// Stops the function from reading the queue.
    void stopReading() {
        try (var lambda = client(LambdaClient.builder(), HOME)) {
            lambda.listEventSourceMappings().eventSourceMappings().forEach(mapping -> lambda
                    .updateEventSourceMapping(request -> request.uuid(mapping.uuid()).enabled(false)));
        }
    }

    private void make(LambdaClient lambda, String name, Map<String, String> environment) {
        lambda.createFunction(request -> request.functionName(name).runtime(Runtime.JAVA25).handler("none")
                .role("arn:aws:iam::" + account + ":role/trailsentry-functions")
                .code(code -> code.zipFile(SdkBytes.fromByteArray(emptyPackage())))
                .environment(variables -> variables.variables(environment)));
    }

    private static byte[] emptyPackage() {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("empty"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// Gives the stack its configuration.
    void configure(String yaml) {
        try (var ssm = client(SsmClient.builder(), HOME)) {
            ssm.putParameter(request -> request.name(CONFIG_PARAMETER).type(ParameterType.STRING).overwrite(true)
                    .value(yaml));
        }
    }

    /// Makes a role whose trust names one other, which has a boundary and may list one log group.
    void boundedRole(String name) {
        try (var iam = client(IamClient.builder(), HOME)) {
            String boundary = iam.createPolicy(request -> request.policyName("boundary-of-" + name)
                    .policyDocument(allowing("logs:*"))).policy().arn();
            iam.createRole(request -> request.roleName(name).permissionsBoundary(boundary)
                    .assumeRolePolicyDocument(NOBODY.formatted(account)));
            putPolicy(name, "work", "logs:GetLogEvents");
        }
    }

    /// Makes a role that may do everything, without a boundary, by a policy that is attached to it.
    void administrator(String name) {
        try (var iam = client(IamClient.builder(), HOME)) {
            String policy = iam.createPolicy(request -> request.policyName("everything").policyDocument(allowing("*")))
                    .policy().arn();
            iam.createRole(request -> request.roleName(name).assumeRolePolicyDocument(NOBODY.formatted(account)));
            iam.attachRolePolicy(request -> request.roleName(name).policyArn(policy));
        }
    }

    /// Takes the boundary from a role.
    void unbind(String role) {
        try (var iam = client(IamClient.builder(), HOME)) {
            iam.deleteRolePermissionsBoundary(request -> request.roleName(role));
        }
    }

    /// Lets everybody become a role.
    void trustEverybody(String role) {
        try (var iam = client(IamClient.builder(), HOME)) {
            iam.updateAssumeRolePolicy(request -> request.roleName(role)
                    .policyDocument(NOBODY.formatted(account).replaceAll("\"arn:[^\"]*\"", "\"*\"")));
        }
    }

    /// Writes an inline policy of a role: one action, on everything.
    void putPolicy(String role, String policy, String action) {
        try (var iam = client(IamClient.builder(), HOME)) {
            iam.putRolePolicy(request -> request.roleName(role).policyName(policy).policyDocument(allowing(action)));
        }
    }

    static String allowing(String action) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" + action
                + "\",\"Resource\":\"*\"}]}";
    }
}
