package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.posture.Check;
import io.trailsentry.posture.Coverage;
import io.trailsentry.posture.Place;
import io.trailsentry.posture.Regions;
import io.trailsentry.posture.Rule;
import io.trailsentry.posture.Verdict;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudtrail.CloudTrailClient;
import software.amazon.awssdk.services.cloudtrail.model.EventSelector;
import software.amazon.awssdk.services.cloudtrail.model.ReadWriteType;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.RuleState;
import software.amazon.awssdk.services.eventbridge.model.Target;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/// The audit of what TrailSentry can see, over the services' own protocols.
@RequiresAws
class CoverageIT {
    private static final String ACCOUNT = "424242424242";
    private static final String HOME = AwsBackend.REGION;
    private static final String STATE = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    private static final String PATTERN = """
            {"source":[{"prefix":"aws."}],"detail-type":[{"suffix":" via CloudTrail"}],"detail":{"$or":[
            {"userIdentity":{"sessionContext":{"sessionIssuer":{"userName":["coder"]}}}},
            {"userIdentity":{"userName":["coder"]}}]}}""";

    private final AwsBackend aws;

    CoverageIT(AwsBackend aws) {
        this.aws = aws;
    }

    /// Clients of an endpoint, in an account that no other test uses: moto gives one of its own to each role's.
    private Regions at(String endpoint) {
        var session = aws.sts().assumeRole(request -> request.roleArn("arn:aws:iam::" + ACCOUNT + ":role/audit")
                .roleSessionName("audit")).credentials();
        var own = AwsSessionCredentials.create(session.accessKeyId(), session.secretAccessKey(),
                session.sessionToken());
        return new Regions() {
            @Override
            public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder,
                    String region) {
                if (builder instanceof software.amazon.awssdk.services.s3.S3ClientBuilder s3) {
                    s3.forcePathStyle(true);
                }
                return builder.endpointOverride(java.net.URI.create(endpoint)).region(Region.of(region))
                        .credentialsProvider(StaticCredentialsProvider.create(own))
                        .httpClientBuilder(UrlConnectionHttpClient.builder()).build();
            }
        };
    }

    private static List<Check> check(Regions regions, String key) {
        return new Coverage(regions).check(new Coverage.Scope(new Place("aws", ACCOUNT, HOME,
                List.of(HOME, "eu-west-2"), List.of("coder"), key, "TrailSentry"),
                new Roster(List.of(new Roster.Entry(null, List.of(PrincipalPattern.of("coder")))), false, Map.of()),
                List.of(), Instant.now()));
    }

    private static Map<Rule, List<Verdict>> verdicts(List<Check> checks) {
        return checks.stream().collect(java.util.stream.Collectors.groupingBy(Check::rule, java.util.TreeMap::new,
                java.util.stream.Collectors.mapping(Check::verdict, java.util.stream.Collectors.toList())));
    }

    @Test
    void halfConfiguredAccount_hasEveryPlantedFaultNamed() {
        Regions regions = at(aws.endpoint().toString());
        try (var trail = regions.client(CloudTrailClient.builder(), HOME);
                var s3 = regions.client(S3Client.builder(), HOME);
                var events = regions.client(EventBridgeClient.builder(), HOME);
                var sqs = regions.client(software.amazon.awssdk.services.sqs.SqsClient.builder(), HOME);
                var sns = regions.client(software.amazon.awssdk.services.sns.SnsClient.builder(), HOME);
                var kms = regions.client(KmsClient.builder(), HOME)) {
            s3.createBucket(request -> request.bucket("coverage-trails-" + ACCOUNT));
            trail.createTrail(request -> request.name("trail").s3BucketName("coverage-trails-" + ACCOUNT)
                    .isMultiRegionTrail(true).includeGlobalServiceEvents(true));
            trail.startLogging(request -> request.name("trail"));
            trail.putEventSelectors(request -> request.trailName("trail").eventSelectors(
                    EventSelector.builder().readWriteType(ReadWriteType.WRITE_ONLY).includeManagementEvents(true)
                            .build()));
            for (String queue : List.of("trailsentry-dead-letters", "trailsentry-events")) {
                sqs.createQueue(request -> request.queueName(queue).attributes(Map.of(QueueAttributeName.POLICY, """
                        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":
                        "events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}""")));
            }
            String deadLetters = sqs.getQueueUrl(request -> request.queueName("trailsentry-dead-letters")).queueUrl();
            sqs.sendMessage(request -> request.queueUrl(deadLetters).messageBody("lost"));
            for (String rule : List.of("agent-calls", "perimeter-changes")) {
                events.putRule(request -> request.name("trailsentry-" + rule).eventPattern(PATTERN)
                        .state(rule.startsWith("agent") ? STATE : RuleState.ENABLED.toString()));
                events.putTargets(request -> request.rule("trailsentry-" + rule).targets(Target.builder().id("queue")
                        .arn("arn:aws:sqs:" + HOME + ":" + ACCOUNT + ":trailsentry-events").build()));
            }
            String alerts = sns.createTopic(request -> request.name("trailsentry-alerts")).topicArn();
            sns.createTopic(request -> request.name("trailsentry-findings"));
            sns.subscribe(request -> request.topicArn(alerts).protocol("sqs")
                    .endpoint("arn:aws:sqs:" + HOME + ":" + ACCOUNT + ":trailsentry-events"));
            String key = kms.createKey().keyMetadata().arn();

            List<Check> checks = check(regions, key);

            assertThat(checks.stream().filter(check -> check.verdict() != Verdict.OK)
                    .map(check -> check.verdict() + " " + check.said())).containsExactlyInAnyOrder(
                            "FAILURE does not record read-only calls in eu-west-2, us-east-1",
                            "FAILURE has rule trailsentry-perimeter-changes in the state ENABLED in us-east-1",
                            "FAILURE has no rule trailsentry-monitor-changes in us-east-1",
                            "FAILURE has no rule trailsentry-forward-agent-calls in eu-west-2",
                            "FAILURE has no rule trailsentry-forward-perimeter-changes in eu-west-2",
                            "FAILURE has no rule trailsentry-forward-monitor-changes in eu-west-2",
                            // The SDK asks CloudWatch in CBOR, which moto does not answer.
                            "UNKNOWN cannot be checked: events of every watched Region arrive",
                            "FAILURE has queue trailsentry-events without its dead-letter queue",
                            "WARNING has lost events in trailsentry-dead-letters: about 1",
                            "FAILURE has no function trailsentry-detector with the alias live",
                            "FAILURE has no topic trailsentry-pages",
                            "FAILURE has no table trailsentry-memory",
                            "FAILURE has a key that events.amazonaws.com, cloudwatch.amazonaws.com, sns.amazonaws.com, "
                                    + "s3.amazonaws.com may not use; has a key that logs.us-east-1.amazonaws.com may "
                                    + "not use");
        }
    }

    @Test
    void accessDenied_failsNoCheckAndIsTold() {
        try (Loopback denying = Loopback.start(exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            exchange.getResponseHeaders().set("x-amzn-ErrorType", "AccessDeniedException");
            Loopback.send(exchange, 403, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}"
                    .getBytes(StandardCharsets.UTF_8));
        })) {
            List<Check> checks = check(at(denying.uri().toString()), "arn:aws:kms:us-east-1:" + ACCOUNT + ":key/k");

            // Whom the rules name was told at the deployment: nobody is asked.
            assertThat(checks).filteredOn(check -> check.rule() != Rule.AGENT_MATCHED).isNotEmpty()
                    .allMatch(check -> check.verdict() == Verdict.UNKNOWN);
            assertThat(verdicts(checks)).containsKeys(Rule.TRAIL_LOGS, Rule.RULE_STATE, Rule.REGION_DELIVERS,
                    Rule.QUEUES, Rule.FUNCTION, Rule.TOPICS, Rule.KEY, Rule.TABLE);
        }
    }

    @Test
    void throttling_isTriedAgain_andTargetsArePaged() {
        AtomicInteger throttled = new AtomicInteger();
        try (Loopback events = Loopback.start(exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String target = String.valueOf(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            String answer = "{}";
            int status = 200;
            if (target.endsWith("DescribeRule")) {
                boolean first = throttled.getAndIncrement() == 0;
                status = first ? 400 : 200;
                answer = first
                        ? "{\"__type\":\"ThrottlingException\",\"message\":\"slow down\"}"
                        : "{\"State\":\"" + STATE + "\",\"EventPattern\":\""
                                + PATTERN.replace("\n", "").replace("\"", "\\\"") + "\"}";
            } else if (target.endsWith("ListTargetsByRule")) {
                answer = body.contains("NextToken")
                        ? "{\"Targets\":[{\"Id\":\"q\",\"Arn\":\"arn:aws:sqs:us-east-1:" + ACCOUNT
                                + ":trailsentry-events\"},{\"Id\":\"h\",\"Arn\":\"arn:aws:events:us-east-1:" + ACCOUNT
                                + ":event-bus/default\"}]}"
                        : "{\"Targets\":[],\"NextToken\":\"more\"}";
            }
            Loopback.send(exchange, status, answer.getBytes(StandardCharsets.UTF_8));
        })) {
            List<Check> checks = check(at(events.uri().toString()), "arn:aws:kms:us-east-1:" + ACCOUNT + ":key/k");

            assertThat(throttled.get()).isEqualTo(7);
            assertThat(checks).filteredOn(check -> check.rule() == Rule.RULE_STATE).hasSize(6)
                    .allMatch(check -> check.verdict() == Verdict.OK);
        }
    }
}
