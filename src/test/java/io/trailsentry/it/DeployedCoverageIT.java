package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.posture.Access.May;
import io.trailsentry.posture.Check;
import io.trailsentry.posture.Coverage;
import io.trailsentry.posture.Place;
import io.trailsentry.posture.Regions;
import io.trailsentry.posture.Rule;
import io.trailsentry.posture.Subject;
import io.trailsentry.posture.Verdict;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudtrail.CloudTrailClient;
import software.amazon.awssdk.services.cloudtrail.model.AdvancedEventSelector;
import software.amazon.awssdk.services.cloudtrail.model.AdvancedFieldSelector;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.FunctionResponseType;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/// The audit of what TrailSentry can see where all is well, and then each request fails on its own. What is asked goes
/// through the services' own protocols.
@RequiresAws
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeployedCoverageIT {
    private static final String ACCOUNT = "434343434343";
    private static final String HOME = AwsBackend.REGION;
    private static final String AWAY = "eu-west-2";
    private static final String SNS = "arn:aws:sns:" + HOME + ":" + ACCOUNT + ":trailsentry-";
    private static final String SQS = "arn:aws:sqs:" + HOME + ":" + ACCOUNT + ":trailsentry-";
    private static final String STATE = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    private static final String PATTERN = """
            {"source":[{"prefix":"aws."}],"detail-type":[{"suffix":" via CloudTrail"}],"detail":{"$or":[
            {"userIdentity":{"sessionContext":{"sessionIssuer":{"userName":["coder"]}}}},
            {"userIdentity":{"userName":["coder"]}}]}}""";
    private static final String OPEN = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"%s","Resource":"*"}]}""";
    /// An archive of nothing is its own end.
    private static final byte[] EMPTY_ZIP = Arrays.copyOf(new byte[]{'P', 'K', 5, 6}, 22);
    private static final AdvancedEventSelector[] EVERYTHING = {selector("eventCategory=Management"),
            selector("eventCategory=Data", "resources.type=AWS::S3::Object"),
            selector("eventCategory=Data", "resources.type=AWS::DynamoDB::Table")};
    private static final Set<Rule> TRAILS = EnumSet.of(Rule.TRAIL_LOGS, Rule.TRAIL_MULTI_REGION,
            Rule.TRAIL_MANAGEMENT_EVENTS, Rule.TRAIL_GLOBAL_SERVICES, Rule.DATA_EVENTS);

    private final AwsBackend aws;
    private final AwsRouter router;
    private final Regions regions;
    private String key = "";
    private int audits;

    DeployedCoverageIT(AwsBackend aws) {
        this.aws = aws;
        this.router = AwsRouter.to(aws.endpoint());
        this.regions = at(router.endpoint());
    }

    /// An operation of AWS, and the checks that need it.
    enum Operation {
        DESCRIBE_TRAILS("cloudtrail", "DescribeTrails"), GET_TRAIL_STATUS("cloudtrail",
                "GetTrailStatus"), GET_EVENT_SELECTORS("cloudtrail", "GetEventSelectors"), LIST_BUCKETS("s3",
                        "/"), LIST_TABLES("dynamodb", "ListTables"), DESCRIBE_RULE("events",
                                "DescribeRule"), LIST_TARGETS("events", "ListTargetsByRule"), GET_METRIC_DATA(
                                        "monitoring",
                                        "GetMetricData"), GET_QUEUE_URL("sqs", "GetQueueUrl"), GET_QUEUE_ATTRIBUTES(
                                                "sqs", "GetQueueAttributes"), GET_FUNCTION("lambda",
                                                        "/configuration"), GET_CONCURRENCY("lambda",
                                                                "/concurrency"), LIST_MAPPINGS("lambda",
                                                                        "/event-source-mappings"), LIST_SUBSCRIPTIONS(
                                                                                "sns",
                                                                                "ListSubscriptionsByTopic"), DESCRIBE_TABLE(
                                                                                        "dynamodb",
                                                                                        "DescribeTable"), DESCRIBE_TIME_TO_LIVE(
                                                                                                "dynamodb",
                                                                                                "DescribeTimeToLive"), DESCRIBE_BACKUPS(
                                                                                                        "dynamodb",
                                                                                                        "DescribeContinuousBackups"), GET_KEY_POLICY(
                                                                                                                "kms",
                                                                                                                "GetKeyPolicy"), DESCRIBE_KEY(
                                                                                                                        "kms",
                                                                                                                        "DescribeKey");

        private final String service;
        private final String action;

        /// @param action an API action; or, where the protocol has only paths, what the path ends with
        Operation(String service, String action) {
            this.service = service;
            this.action = action;
        }

        /// The checks that cannot be told without it.
        Set<Rule> checks() {
            return switch (this) {
                case DESCRIBE_TRAILS, GET_TRAIL_STATUS -> TRAILS;
                case GET_EVENT_SELECTORS -> EnumSet.of(Rule.TRAIL_MANAGEMENT_EVENTS, Rule.DATA_EVENTS);
                case LIST_BUCKETS, LIST_TABLES -> EnumSet.of(Rule.DATA_EVENTS);
                case DESCRIBE_RULE, LIST_TARGETS -> EnumSet.of(Rule.RULE_STATE);
                case GET_METRIC_DATA -> EnumSet.of(Rule.REGION_DELIVERS);
                case GET_QUEUE_URL, GET_QUEUE_ATTRIBUTES -> EnumSet.of(Rule.QUEUES, Rule.DEAD_LETTERS);
                case GET_FUNCTION, GET_CONCURRENCY, LIST_MAPPINGS -> EnumSet.of(Rule.FUNCTION);
                case LIST_SUBSCRIPTIONS -> EnumSet.of(Rule.TOPICS, Rule.SUBSCRIPTIONS);
                case DESCRIBE_TABLE, DESCRIBE_TIME_TO_LIVE, DESCRIBE_BACKUPS -> EnumSet.of(Rule.TABLE);
                case GET_KEY_POLICY, DESCRIBE_KEY -> EnumSet.of(Rule.KEY);
            };
        }

        boolean is(Call call) {
            return call.service().equals(service)
                    && (action.startsWith("/")
                            ? call.path().replaceFirst("(?<=.)/$", "").endsWith(action)
                            : call.action().equals(action));
        }
    }

    /// Clients of an endpoint, in an account that no other test uses.
    private Regions at(URI endpoint) {
        var session = aws.sts().assumeRole(request -> request.roleArn("arn:aws:iam::" + ACCOUNT + ":role/audit")
                .roleSessionName("audit")).credentials();
        var own = StaticCredentialsProvider.create(AwsSessionCredentials.create(session.accessKeyId(),
                session.secretAccessKey(), session.sessionToken()));
        return new Regions() {
            @Override
            public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder,
                    String region) {
                if (builder instanceof S3ClientBuilder s3) {
                    s3.forcePathStyle(true);
                }
                return builder.endpointOverride(endpoint).region(Region.of(region)).credentialsProvider(own)
                        .httpClientBuilder(UrlConnectionHttpClient.builder()).build();
            }
        };
    }

    private static AdvancedEventSelector selector(String... fields) {
        return AdvancedEventSelector.builder().fieldSelectors(Stream.of(fields).map(field -> AdvancedFieldSelector
                .builder().field(field.substring(0, field.indexOf('=')))
                .equalsValue(field.substring(field.indexOf('=') + 1)).build()).toList()).build();
    }

    @BeforeAll
    void deploy() {
        trail();
        queues();
        rules();
        topics();
        table();
        function();
        try (var kms = regions.client(KmsClient.builder(), HOME)) {
            key = kms.createKey(request -> request.policy(OPEN.formatted("kms:*"))).keyMetadata().arn();
        }
    }

    private void trail() {
        try (var trails = regions.client(CloudTrailClient.builder(), HOME);
                var s3 = regions.client(S3Client.builder(), HOME)) {
            for (String bucket : List.of("deployed-trails-", "deployed-work-")) {
                s3.createBucket(request -> request.bucket(bucket + ACCOUNT));
            }
            trails.createTrail(request -> request.name("all").s3BucketName("deployed-trails-" + ACCOUNT)
                    .isMultiRegionTrail(true).includeGlobalServiceEvents(true));
            trails.startLogging(request -> request.name("all"));
            select(EVERYTHING);
        }
    }

    private void queues() {
        lost(sqs -> sqs.createQueue(request -> request.queueName("trailsentry-forwarder-dead-letters")));
        with(SqsClient.builder(), sqs -> {
            for (String name : List.of("dead-letters", "events", "files")) {
                Map<QueueAttributeName, String> attributes = new EnumMap<>(QueueAttributeName.class);
                attributes.put(QueueAttributeName.POLICY, OPEN.formatted("sqs:SendMessage"));
                if (!name.equals("dead-letters")) {
                    attributes.put(QueueAttributeName.REDRIVE_POLICY,
                            "{\"deadLetterTargetArn\":\"" + SQS + "dead-letters\",\"maxReceiveCount\":10}");
                }
                sqs.createQueue(request -> request.queueName("trailsentry-" + name).attributes(attributes));
            }
        });
    }

    private void rules() {
        for (String region : List.of(HOME, AWAY)) {
            try (var events = regions.client(EventBridgeClient.builder(), region)) {
                for (String rule : List.of("agent-calls", "perimeter-changes", "monitor-changes")) {
                    String name = (region.equals(HOME) ? "trailsentry-" : "trailsentry-forward-") + rule;
                    events.putRule(request -> request.name(name).eventPattern(PATTERN).state(STATE));
                    events.putTargets(request -> request.rule(name).targets(Target.builder().id("target")
                            .arn(region.equals(HOME)
                                    ? SQS + "events"
                                    : "arn:aws:events:" + HOME + ":" + ACCOUNT + ":event-bus/default")
                            .build()));
                }
            }
        }
    }

    private void topics() {
        try (var sns = regions.client(SnsClient.builder(), HOME)) {
            for (String name : List.of("alerts", "pages", "findings")) {
                String topic = sns.createTopic(request -> request.name("trailsentry-" + name)).topicArn();
                sns.subscribe(request -> request.topicArn(topic).protocol("sqs").endpoint(SQS + "files"));
            }
        }
    }

    private void table() {
        try (var tables = regions.client(DynamoDbClient.builder(), HOME)) {
            io.trailsentry.memory.dynamodb.Table.create(tables, "trailsentry-memory");
            tables.updateTimeToLive(request -> request.tableName("trailsentry-memory").timeToLiveSpecification(
                    expiry -> expiry.enabled(true).attributeName("expires")));
            tables.updateContinuousBackups(request -> request.tableName("trailsentry-memory")
                    .pointInTimeRecoverySpecification(recovery -> recovery.pointInTimeRecoveryEnabled(true)));
        }
    }

    private void function() {
        try (var lambda = regions.client(LambdaClient.builder(), HOME);
                var iam = regions.client(IamClient.builder(), HOME)) {
            String role = iam.createRole(request -> request.roleName("detector").assumeRolePolicyDocument("""
                    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":
                    "lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""")).role().arn();
            lambda.createFunction(request -> request.functionName("trailsentry-detector").runtime("java25").role(role)
                    .handler("Detector").code(code -> code.zipFile(SdkBytes.fromByteArray(EMPTY_ZIP))).publish(true)
                    .environment(environment -> environment.variables(Map.of("FINDINGS_TOPIC_ARN", SNS + "findings",
                            "ALERTS_TOPIC_ARN", SNS + "alerts", "PAGES_TOPIC_ARN", SNS + "pages", "MEMORY_TABLE",
                            "trailsentry-memory", "TRAIL_BUCKET", "deployed-trails-" + ACCOUNT))));
            lambda.createAlias(request -> request.functionName("trailsentry-detector").name("live")
                    .functionVersion("1"));
            for (String queue : List.of("events", "files")) {
                lambda.createEventSourceMapping(request -> request.functionName("trailsentry-detector:live")
                        .eventSourceArn(SQS + queue).enabled(true)
                        .functionResponseTypes(FunctionResponseType.REPORT_BATCH_ITEM_FAILURES));
            }
        }
    }

    @AfterEach
    void heal() {
        router.heal();
    }

    @AfterAll
    void stop() {
        router.close();
    }

    /// Audits after the canary's events came from some Regions.
    private List<Check> audit(List<String> heard) {
        // Each time under a namespace of its own, since the router keeps what it was given.
        String namespace = "TrailSentry-" + audits++;
        try (var cloudWatch = regions.client(CloudWatchClient.builder(), HOME)) {
            for (String region : heard) {
                cloudWatch.putMetricData(request -> request.namespace(namespace).metricData(MetricDatum.builder()
                        .metricName("TrailHeartbeat").value(1.0)
                        .dimensions(Dimension.builder().name("Region").value(region).build()).build()));
            }
        }
        Principal coder = new Principal(Principal.Kind.ROLE, ACCOUNT, "arn:aws:iam::" + ACCOUNT + ":role/coder",
                "coder");
        Roster roster = new Roster(List.of(new Roster.Entry(null, List.of(PrincipalPattern.of("coder")))), false,
                Map.of());
        return new Coverage(regions).check(new Coverage.Scope(new Place("aws", ACCOUNT, HOME, List.of(HOME, AWAY),
                List.of("coder"), key, namespace), roster,
                List.of(new Coverage.Agent(
                        new Subject(Agent.learned("coder"), coder), (action, arn) -> May.YES)),
                Instant.now()));
    }

    private List<Check> audit() {
        return audit(List.of(HOME, AWAY));
    }

    private static String told(List<Check> checks) {
        return checks.stream().filter(check -> check.verdict() != Verdict.OK)
                .map(check -> check.verdict() + " " + check.rule().id() + " " + check.said() + ": " + check.reason())
                .collect(Collectors.joining("\n"));
    }

    @Test
    void everythingDeployed_isOk_byOneCheckOfEach() {
        List<Check> checks = audit();

        assertThat(told(checks)).isEmpty();
        assertThat(checks).extracting(Check::rule).contains(TRAILS.toArray(Rule[]::new)).contains(Rule.RULE_STATE,
                Rule.AGENT_MATCHED, Rule.REGION_DELIVERS, Rule.QUEUES, Rule.DEAD_LETTERS, Rule.FUNCTION, Rule.TOPICS,
                Rule.SUBSCRIPTIONS, Rule.KEY, Rule.TABLE);
        assertThat(ids(checks)).doesNotHaveDuplicates();
    }

    /// What tells a check from another.
    private static List<List<Object>> ids(List<Check> checks) {
        return checks.stream().map(check -> Arrays.<Object>asList(check.rule(), check.subject(), check.target()))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void oneOperationRefused_failsNothing_andLeavesAllOtherChecks(Operation operation) {
        List<Rule> sound = audit().stream().map(Check::rule).filter(rule -> !operation.checks().contains(rule))
                .toList();
        router.failUntilHealed(new Fault.Refusal("AccessDeniedException", "not you"), operation::is);
        List<Check> checks = audit();

        assertThat(checks).filteredOn(check -> check.verdict() != Verdict.OK).isNotEmpty()
                .allMatch(check -> check.verdict() == Verdict.UNKNOWN);
        assertThat(checks).filteredOn(check -> check.verdict() == Verdict.UNKNOWN).extracting(Check::rule)
                .containsOnly(operation.checks().toArray(Rule[]::new));
        assertThat(checks).filteredOn(check -> check.verdict() == Verdict.UNKNOWN && check.score() == 20).isNotEmpty()
                .allSatisfy(check -> assertThat(check.reason()).endsWith("AccessDeniedException: not you"));
        assertThat(checks).filteredOn(check -> check.verdict() == Verdict.OK).extracting(Check::rule)
                .containsAll(sound);
        assertThat(ids(checks)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void oneOperationThrottledOnce_isTriedAgain(Operation operation) {
        audit();
        int before = router.calls().size();
        router.fail(1, new Fault.Refusal("ThrottlingException", "Rate exceeded"), operation::is);

        assertThat(told(audit())).isEmpty();
        assertThat(router.calls().stream().skip(before).filter(operation::is)).hasSizeGreaterThan(1);
    }

    /// A fault in AWS itself, and how the audit tells it.
    ///
    /// @param plant makes it; whoever made it mends it
    record Planted(String told, Runnable plant, Runnable mend) {
        @Override
        public String toString() {
            return told;
        }
    }

    Stream<Planted> planted() {
        return Stream.of(
                new Planted("FAILURE trail-logs has no trail that logs",
                        () -> with(CloudTrailClient.builder(), trails -> trails.stopLogging(r -> r.name("all"))),
                        () -> with(CloudTrailClient.builder(), trails -> trails.startLogging(r -> r.name("all")))),
                new Planted("WARNING data-events can reach what has no data events: bucket deployed-trails-" + ACCOUNT,
                        () -> select(selector("eventCategory=Management"),
                                selector("eventCategory=Data", "resources.type=AWS::DynamoDB::Table")),
                        () -> select(EVERYTHING)),
                new Planted("FAILURE trail-management-events does not record read-only calls in eu-west-2",
                        () -> select(selector("eventCategory=Management", "readOnly=false"), EVERYTHING[1],
                                EVERYTHING[2]),
                        () -> select(EVERYTHING)),
                new Planted("FAILURE function has function trailsentry-detector stopped by a reserved concurrency of 0",
                        () -> with(LambdaClient.builder(), lambda -> lambda.putFunctionConcurrency(
                                r -> r.functionName("trailsentry-detector").reservedConcurrentExecutions(0))),
                        () -> with(LambdaClient.builder(), lambda -> lambda.deleteFunctionConcurrency(
                                r -> r.functionName("trailsentry-detector")))),
                new Planted("FAILURE function has the event source mapping of trailsentry-events in the state Disabled",
                        () -> feed(false), () -> feed(true)),
                new Planted("WARNING table has table trailsentry-memory that forgets nothing", () -> expire(false),
                        () -> expire(true)),
                new Planted("WARNING table has table trailsentry-memory that cannot be restored", () -> recover(false),
                        () -> recover(true)),
                new Planted("FAILURE key has a key that is not enabled: Disabled",
                        () -> router.failUntilHealed(new Fault.Answer(
                                "{\"KeyMetadata\":{\"KeyId\":\"k\",\"KeyState\":\"Disabled\"}}"),
                                Operation.DESCRIBE_KEY::is),
                        router::heal),
                new Planted("FAILURE queues has queue trailsentry-events whose policy refuses what the rules send",
                        () -> with(SqsClient.builder(), sqs -> allow(sqs, "sqs:ReceiveMessage")),
                        () -> with(SqsClient.builder(), sqs -> allow(sqs, "sqs:SendMessage"))),
                new Planted("WARNING dead-letters has lost events in trailsentry-forwarder-dead-letters in eu-west-2",
                        () -> lost(sqs -> sqs.sendMessage(r -> r.queueUrl(url(sqs, "forwarder-dead-letters"))
                                .messageBody("lost"))),
                        () -> lost(sqs -> sqs.purgeQueue(r -> r.queueUrl(url(sqs, "forwarder-dead-letters"))))),
                new Planted("FAILURE rule-state has no rule trailsentry-forward-agent-calls in eu-west-2",
                        this::removeRule, this::rules));
    }

    private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C extends SdkAutoCloseable> void with(
            B builder, Consumer<C> doing) {
        with(builder, HOME, doing);
    }

    private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C extends SdkAutoCloseable> void with(
            B builder, String region, Consumer<C> doing) {
        try (C client = regions.client(builder, region)) {
            doing.accept(client);
        }
    }

    private void select(AdvancedEventSelector... selectors) {
        with(CloudTrailClient.builder(), trails -> trails.putEventSelectors(
                request -> request.trailName("all").advancedEventSelectors(selectors)));
    }

    private void feed(boolean enabled) {
        with(LambdaClient.builder(), lambda -> lambda.listEventSourceMappings().eventSourceMappings().stream()
                .filter(mapping -> mapping.eventSourceArn().equals(SQS + "events"))
                .forEach(mapping -> lambda.updateEventSourceMapping(
                        request -> request.uuid(mapping.uuid()).enabled(enabled))));
    }

    private void expire(boolean enabled) {
        with(DynamoDbClient.builder(), tables -> tables.updateTimeToLive(
                request -> request.tableName("trailsentry-memory").timeToLiveSpecification(
                        expiry -> expiry.enabled(enabled).attributeName("expires"))));
    }

    private void recover(boolean enabled) {
        with(DynamoDbClient.builder(), tables -> tables.updateContinuousBackups(
                request -> request.tableName("trailsentry-memory").pointInTimeRecoverySpecification(
                        recovery -> recovery.pointInTimeRecoveryEnabled(enabled))));
    }

    private void lost(Consumer<SqsClient> doing) {
        with(SqsClient.builder(), AWAY, doing);
    }

    private static void allow(SqsClient sqs, String action) {
        sqs.setQueueAttributes(request -> request.queueUrl(url(sqs, "events"))
                .attributes(Map.of(QueueAttributeName.POLICY, OPEN.formatted(action))));
    }

    private static String url(SqsClient sqs, String name) {
        return sqs.getQueueUrl(request -> request.queueName("trailsentry-" + name)).queueUrl();
    }

    private void removeRule() {
        with(EventBridgeClient.builder(), AWAY, events -> {
            events.removeTargets(request -> request.rule("trailsentry-forward-agent-calls").ids("target"));
            events.deleteRule(request -> request.name("trailsentry-forward-agent-calls"));
        });
    }

    @ParameterizedTest
    @MethodSource("planted")
    void oneFaultPlanted_isNamed_andNoOther(Planted planted) {
        planted.plant().run();
        try {
            assertThat(told(audit())).startsWith(planted.told())
                    .satisfies(told -> assertThat(told.lines().filter(line -> !line.startsWith("UNKNOWN"))).hasSize(1));
        } finally {
            planted.mend().run();
        }
        assertThat(told(audit())).isEmpty();
    }

    @Test
    void regionThatIsNotHeard_isTold() {
        assertThat(told(audit(List.of(HOME)))).startsWith("FAILURE region-delivers gets no events from eu-west-2");
        assertThat(told(audit(List.of()))).startsWith(
                "FAILURE region-delivers gets no events from any watched Region");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            LIST_TARGETS; ResourceNotFoundException; FAILURE; has no rule trailsentry-agent-calls in us-east-1
            GET_QUEUE_ATTRIBUTES; QueueDoesNotExist; FAILURE; has no queue trailsentry-events
            GET_FUNCTION; ResourceNotFoundException; FAILURE; has no function trailsentry-detector
            LIST_MAPPINGS; ResourceNotFoundException; UNKNOWN; ResourceNotFoundException: gone
            LIST_SUBSCRIPTIONS; NotFound; FAILURE; has no topic trailsentry-alerts
            DESCRIBE_TABLE; ResourceNotFoundException; FAILURE; has no table trailsentry-memory
            DESCRIBE_TIME_TO_LIVE; ResourceNotFoundException; UNKNOWN; ResourceNotFoundException: gone
            GET_TRAIL_STATUS; TrailNotFoundException; UNKNOWN; TrailNotFoundException: gone
            DESCRIBE_KEY; NotFoundException; UNKNOWN; NotFoundException: gone
            """)
    void whatVanishesBetweenTwoRequests_isMissing_orCannotBeTold(Operation operation, String code, Verdict verdict,
            String told) {
        router.failUntilHealed(new Fault.Refusal(code, "gone"), operation::is);
        List<Check> checks = audit();

        assertThat(checks).filteredOn(check -> operation.checks().contains(check.rule())).extracting(Check::verdict)
                .contains(verdict);
        assertThat(told(checks)).contains(told);
    }

    @Test
    void functionThatVanishes_beforeItsConcurrencyIsRead_failsNothing() {
        router.failUntilHealed(new Fault.Refusal("ResourceNotFoundException", "gone"), Operation.GET_CONCURRENCY::is);

        assertThat(told(audit())).isEmpty();
    }

    @Test
    void pages_areReadToTheLast() {
        page(Operation.LIST_TABLES, "{\"TableNames\":[\"orders\"],\"LastEvaluatedTableName\":\"orders\"}");
        page(Operation.LIST_TABLES, "{\"TableNames\":[\"prices\"]}");
        page(Operation.LIST_BUCKETS, "<ListAllMyBucketsResult><Buckets><Bucket><Name>first</Name></Bucket></Buckets>"
                + "<ContinuationToken>next</ContinuationToken></ListAllMyBucketsResult>");
        page(Operation.LIST_MAPPINGS, "{\"EventSourceMappings\":[],\"NextMarker\":\"next\"}");
        page(Operation.LIST_SUBSCRIPTIONS, "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult>"
                + "<Subscriptions/><NextToken>0</NextToken></ListSubscriptionsByTopicResult>"
                + "</ListSubscriptionsByTopicResponse>");
        int before = router.calls().size();
        List<Check> checks = audit();

        assertThat(told(checks)).isEmpty();
        assertThat(checks).filteredOn(check -> check.rule() == Rule.DATA_EVENTS).singleElement()
                .extracting(Check::said).asString().contains("bucket first", "bucket deployed-work-" + ACCOUNT,
                        "table orders", "table prices");
        List<Call> calls = router.calls().stream().skip(before).toList();
        assertThat(calls).filteredOn(Operation.GET_METRIC_DATA::is).hasSize(2);
        assertThat(calls).filteredOn(Operation.LIST_MAPPINGS::is).hasSize(2);
        assertThat(calls).filteredOn(Operation.LIST_SUBSCRIPTIONS::is).hasSize(4);
    }

    private void page(Operation operation, String answer) {
        router.fail(1, new Fault.Answer(answer), operation::is);
    }

    @Test
    void answerThatCannotBeRead_isNotTakenForARefusal() {
        router.failUntilHealed(new Fault.Answer("{\"EventSourceMappings\":[{\"EventSourceArn\":\"a\"}]}"),
                Operation.DESCRIBE_BACKUPS::is);

        assertThat(told(audit())).startsWith("UNKNOWN table").contains("TrailSentry could not read the answer");
    }
}
