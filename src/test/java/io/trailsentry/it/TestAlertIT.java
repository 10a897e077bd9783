package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import io.trailsentry.publish.aws.ChannelTest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.sns.SnsClient;

/// `test-alert` over the protocols of SNS and CloudWatch.
@RequiresAws
class TestAlertIT {
    private static final Instant NOW = Instant.parse("2026-11-21T10:15:00Z");
    private static final Principal RESPONDER = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/responder", "responder");

    private final AwsBackend aws;
    @RegisterExtension
    final Installation installation;
    private final List<Duration> pauses = new ArrayList<>();
    private String report = "";

    TestAlertIT(AwsBackend aws) {
        this.aws = aws;
        this.installation = new Installation(aws);
    }

    private Map<Topic, String> topics() {
        return Map.of(Topic.ALERTS, installation.alerts().topicArn(), Topic.PAGES, installation.pages().topicArn(),
                Topic.FINDINGS, installation.findings().topicArn());
    }

    private boolean run(Map<Topic, String> topics) throws InterruptedException {
        try (SnsClient sns = client(SnsClient.builder());
                CloudWatchClient cloudWatch = client(CloudWatchClient.builder())) {
            ChannelTest test = new ChannelTest(new ChannelTest.Means(region -> sns, cloudWatch, "TrailSentry",
                    Renderers.of(Catalogue.load(), Map.of(), "0.1.0"), InstantSource.fixed(NOW), pauses::add),
                    RESPONDER, topics);
            boolean well = test.run(Duration.ofSeconds(30), line -> {
            });
            report = test.toString().replaceAll("\\s+", " ");
            return well;
        }
    }

    private <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C client(B builder) {
        return builder.endpointOverride(installation.router().endpoint()).region(Region.of(AwsBackend.REGION))
                .credentialsProvider(StaticCredentialsProvider
                        .create(AwsBasicCredentials.create(AwsBackend.ACCESS_KEY, AwsBackend.SECRET_KEY)))
                .httpClientBuilder(UrlConnectionHttpClient.builder()).build();
    }

    private static JsonNode json(String text) {
        try {
            return new JsonMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    @Test
    void everyChannel_getsAMarkedTest_andPageAndFindingAreClosed() throws InterruptedException {
        assertThat(run(topics())).as(report).isTrue();

        assertThat(installation.alerts().drain()).singleElement().satisfies(alert -> {
            assertThat(alert.subject()).contains("[TEST]");
            assertThat(alert.message()).startsWith("INFORMATIONAL: [TEST]");
        });
        assertThat(installation.pages().drain()).hasSize(2).satisfiesOnlyOnce(page -> {
            assertThat(page.subject()).startsWith("ALARM: \"INFORMATIONAL [TEST]");
            assertThat(page.attributes()).containsEntry("severity", "informational");
        }).satisfiesOnlyOnce(page -> assertThat(page.subject()).startsWith("OK: \"INFORMATIONAL [TEST]"))
                .extracting(page -> json(page.message()).path("AlarmName").asText()).containsOnly(
                        "TrailSentry-test-" + NOW.getEpochSecond() + "-informational");
        assertThat(installation.findings().drain()).extracting(finding -> json(finding.message()))
                .allSatisfy(finding -> assertThat(finding.at("/finding_info/title").asText()).startsWith("[TEST]"))
                .extracting(finding -> finding.path("activity_name").asText())
                .containsExactlyInAnyOrder("Create", "Close");
        assertThat(pauses).containsExactly(Duration.ofSeconds(30));
        assertThat(installation.router().metrics()).singleElement().satisfies(metric -> {
            assertThat(metric.name()).isEqualTo("AlertsPublished");
            assertThat(metric.sum()).isZero();
        });
        assertThat(report).contains("alerts " + installation.alerts().topicArn() + " sent, message ",
                "subscribers: 1 confirmed (sqs 1)", "pages resolved, message ", "findings closed, message ",
                "metrics namespace TrailSentry in us-east-1 accepted").doesNotContain("NOBODY", "NOT ");
    }

    @Test
    void missingTopic_isTold_andTheOthersAreTested() throws InterruptedException {
        String gone = installation.pages().topicArn() + "-gone";

        boolean well = run(Map.of(Topic.ALERTS, installation.alerts().topicArn(), Topic.PAGES, gone));

        assertThat(well).isFalse();
        assertThat(report).contains("pages " + gone + " NOT SENT: NotFound",
                "Is TrailSentry installed in Region us-east-1?");
        assertThat(installation.alerts().drain()).hasSize(1);
        assertThat(installation.findings().drain()).isEmpty();
        assertThat(pauses).as("nothing to resolve").isEmpty();
    }

    @Test
    void pendingSubscription_isNamedWithoutItsAddress() throws InterruptedException {
        installation.router().failUntilHealed(new Fault.Answer("""
                <ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
                <ListSubscriptionsByTopicResult><Subscriptions><member>
                <TopicArn>t</TopicArn><Protocol>email</Protocol><SubscriptionArn>PendingConfirmation</SubscriptionArn>
                <Owner>111122223333</Owner><Endpoint>dana@example.com</Endpoint></member></Subscriptions>
                </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"""),
                call -> call.action().equals("ListSubscriptionsByTopic"));

        boolean well = run(Map.of(Topic.ALERTS, installation.alerts().topicArn()));

        assertThat(well).as("nobody gets alerts").isFalse();
        assertThat(report).contains("0 confirmed, 1 pending (email d***@e***.com)", "NOBODY GETS THESE MESSAGES")
                .doesNotContain("dana");
    }

    @Test
    void refusals_areToldWithWhatIsNeeded() throws InterruptedException {
        installation.router().failUntilHealed(new Fault.Refusal("AuthorizationError", "may not"),
                call -> call.service().equals("sns"));
        installation.router().failUntilHealed(new Fault.Status(403), call -> call.action().equals("PutMetricData"));

        boolean well = run(Map.of(Topic.ALERTS, installation.alerts().topicArn()));

        assertThat(well).isFalse();
        assertThat(report).contains("NOT SENT: AuthorizationError: may not",
                "arn:aws:iam::111122223333:role/responder, need sns:Publish.",
                "subscribers not known: AuthorizationError", "NOT ACCEPTED: HTTP status 403");
    }

    @Test
    void keyThatMayNotBeUsed_isTold() throws InterruptedException {
        installation.router().failUntilHealed(new Fault.Refusal("KMSAccessDenied", "may not"),
                call -> call.is("sns", "Publish"));

        assertThat(run(Map.of(Topic.ALERTS, installation.alerts().topicArn()))).isFalse();
        assertThat(report).contains("NOT SENT: KMSAccessDenied", "need kms:GenerateDataKey and kms:Decrypt");
    }

    @Test
    void serverError_isToldAfterTheRetries() throws InterruptedException {
        installation.router().failUntilHealed(new Fault.Status(500), call -> call.is("sns", "Publish"));

        assertThat(run(topics())).isFalse();
        assertThat(report).contains("NOT SENT: HTTP status 500", "Try again in a minute.");
    }

    @Test
    void pageThatCannotBeResolved_isTold() throws InterruptedException {
        installation.router().failUntilHealed(new Fault.Refusal("AuthorizationError", "may not"),
                call -> call.is("sns", "Publish") && call.parameters().getOrDefault("Subject", "").startsWith("OK"));

        assertThat(run(topics())).isFalse();
        assertThat(report).contains("PAGES NOT RESOLVED, do so by hand: AuthorizationError");
    }

    @Test
    void program_testsTheTopicsOfTheEnvironment_elseTheStacks() {
        Map<String, String> named = Map.of("AWS_REGION", AwsBackend.REGION, "ALERTS_TOPIC_ARN",
                installation.alerts().topicArn());

        assertThat(run(named, "test-alert", "--hold", "0")).returns(0, CommandLineProgram::code)
                .extracting(CommandLineProgram::output).asString().contains("sent, message");
        assertThat(installation.alerts().drain()).hasSize(1);
        CommandLineProgram stack = run(Map.of("AWS_REGION", "eu-west-3"), "test-alert", "--hold", "0");
        assertThat(stack).returns(1, CommandLineProgram::code).extracting(CommandLineProgram::output).asString()
                .contains("arn:aws:sns:eu-west-3:" + aws.sts().getCallerIdentity().account() + ":trailsentry-alerts",
                        "NOT SENT: NotFound");
        assertThat(run(Map.of("AWS_REGION", AwsBackend.REGION), "test-alert", "--alerts", "trailsentry-alerts"))
                .returns(2, CommandLineProgram::code).extracting(CommandLineProgram::output).asString()
                .contains("must be an ARN");
        assertThat(run(Map.of(), "test-alert")).returns(2, CommandLineProgram::code)
                .extracting(CommandLineProgram::output).asString().contains("set AWS_REGION");
    }

    private CommandLineProgram run(Map<String, String> environment, String... arguments) {
        return CommandLineProgram.run(installation.router().endpoint(), environment, arguments);
    }
}
