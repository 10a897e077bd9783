package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.it.AwsRouter.Metric;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.StatisticSet;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.SnsException;

/// The router against the SDK's own clients, with a backend that knows one answer.
class AwsRouterTest {
    private static final String PUBLISHED = """
            <PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
            <MessageId>message-1</MessageId></PublishResult></PublishResponse>""";
    /// The SDK's upper bound of the size from which it compresses.
    private static final int NEVER = 10_485_760;
    private static final String TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts";

    private final BlockingQueue<String> forwarded = new LinkedBlockingQueue<>();
    private final Loopback backend = Loopback.start(exchange -> {
        forwarded.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        exchange.getResponseHeaders().set("Content-Type", "text/xml");
        Loopback.send(exchange, 200, PUBLISHED.getBytes(StandardCharsets.UTF_8));
    });
    private final AwsRouter router = AwsRouter.to(backend.uri());
    private final StaticCredentialsProvider credentials = StaticCredentialsProvider
            .create(AwsBasicCredentials.create(AwsBackend.ACCESS_KEY, AwsBackend.SECRET_KEY));
    private final SnsClient sns = SnsClient.builder().endpointOverride(router.endpoint())
            .region(Region.of(AwsBackend.REGION)).credentialsProvider(credentials)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .overrideConfiguration(config -> config.retryStrategy(DefaultRetryStrategy.doNotRetry())).build();

    @AfterEach
    void stop() {
        sns.close();
        router.close();
        backend.close();
    }

    @Test
    void request_noFault_isForwardedAndAnswerReturned() {
        String messageId = sns.publish(request -> request.topicArn(TOPIC).message("50 % & more")).messageId();

        assertThat(messageId).isEqualTo("message-1");
        assertThat(forwarded).singleElement().asString().contains("Action=Publish", "Message=50+%25+%26+more");
        assertThat(router.calls()).singleElement().satisfies(call -> {
            assertThat(call.is("sns", "Publish")).isTrue();
            assertThat(call.parameters()).containsEntry("TopicArn", TOPIC).containsEntry("Message", "50 % & more");
        });
    }

    @Test
    void request_statusFaultOnce_failsThatOneOnly() {
        router.fail(1, new Fault.Status(503), call -> call.is("sns", "Publish"));

        assertThatThrownBy(this::publish).isInstanceOfSatisfying(SnsException.class,
                e -> assertThat(e.statusCode()).isEqualTo(503));
        publish();
        assertThat(forwarded).hasSize(1);
    }

    @Test
    void request_disconnectUntilHealed_failsWithoutAnswer() {
        router.failUntilHealed(new Fault.Disconnect(), call -> call.parameters().containsValue(TOPIC));

        assertThatThrownBy(this::publish).isInstanceOf(SdkClientException.class);
        router.heal();
        publish();
        assertThat(forwarded).hasSize(1);
    }

    @Test
    void putMetricData_ofEveryForm_isDecoded() {
        putMetricData(NEVER, List.of(
                MetricDatum.builder().metricName("Value").value(2.5)
                        .dimensions(Dimension.builder().name("Severity").value("high").build()).build(),
                MetricDatum.builder().metricName("Values").values(1.0, 3.0).counts(2.0, 4.0).build(),
                MetricDatum.builder().metricName("Statistics").statisticValues(
                        StatisticSet.builder().sampleCount(3.0).sum(7.0).minimum(1.0).maximum(5.0).build()).build()));

        assertThat(router.metrics()).containsExactly(
                new Metric("TrailSentry", "Value", Map.of("Severity", "high"), 2.5),
                new Metric("TrailSentry", "Values", Map.of(), 14),
                new Metric("TrailSentry", "Statistics", Map.of(), 7));
        assertThat(router.calls()).extracting(Call::service).containsExactly("monitoring");
        assertThat(forwarded).isEmpty();
    }

    @Test
    void putMetricData_compressedBySdk_isDecoded() {
        putMetricData(0, Collections.nCopies(100, MetricDatum.builder().metricName("AgentCalls").value(1.0).build()));

        assertThat(router.metrics()).hasSize(100);
    }

    private void publish() {
        sns.publish(request -> request.topicArn(TOPIC).message("hello"));
    }

    private void putMetricData(int compressFrom, List<MetricDatum> data) {
        try (var cloudWatch = CloudWatchClient.builder().endpointOverride(router.endpoint())
                .region(Region.of(AwsBackend.REGION)).credentialsProvider(credentials)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .overrideConfiguration(config -> config.compressionConfiguration(
                        compression -> compression.minimumCompressionThresholdInBytes(compressFrom)))
                .build()) {
            cloudWatch.putMetricData(request -> request.namespace("TrailSentry").metricData(data));
        }
    }
}
