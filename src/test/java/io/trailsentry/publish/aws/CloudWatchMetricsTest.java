package io.trailsentry.publish.aws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.publish.Metrics;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.CloudWatchException;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.PutMetricDataRequest;
import software.amazon.awssdk.services.cloudwatch.model.PutMetricDataResponse;
import software.amazon.awssdk.services.cloudwatch.model.StandardUnit;

class CloudWatchMetricsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:14:15Z");
    private final List<PutMetricDataRequest> calls = new ArrayList<>();
    private final List<String> log = new ArrayList<>();

    private CloudWatchMetrics sink(@Nullable RuntimeException fault) {
        return new CloudWatchMetrics(new CloudWatchClient() {
            @Override
            public PutMetricDataResponse putMetricData(PutMetricDataRequest request) {
                if (fault != null) {
                    throw fault;
                }
                calls.add(request);
                return PutMetricDataResponse.builder().build();
            }

            @Override
            public String serviceName() {
                return "cloudwatch";
            }

            @Override
            public void close() {
            }
        }, "TrailSentry", log::add, InstantSource.fixed(NOW));
    }

    private static Metrics batch() {
        Metrics metrics = new Metrics();
        metrics.count("AgentCalls", 12);
        metrics.count("Findings", "Severity", "critical", 1);
        metrics.count("Findings", "Detector", "iam-self-modification", 1);
        metrics.seconds("EventAge", "Source", "eventbridge", 12.5);
        metrics.seconds("EventAge", "Source", "eventbridge", 3.25);
        metrics.seconds("EventAge", "Source", "eventbridge", 12.5);
        return metrics;
    }

    @Test
    void put_batch_isOneCall() {
        sink(null).put(batch());

        assertThat(log).isEmpty();
        PutMetricDataRequest call = calls.getFirst();
        assertThat(calls).hasSize(1);
        assertThat(call.namespace()).isEqualTo("TrailSentry");
        assertThat(call.metricData()).extracting(MetricDatum::metricName).containsExactly("AgentCalls", "Findings",
                "Findings", "EventAge");
        assertThat(call.metricData().get(0)).satisfies(calls -> {
            assertThat(calls.values()).containsExactly(12.0);
            assertThat(calls.unit()).isEqualTo(StandardUnit.COUNT);
            assertThat(calls.hasDimensions()).isFalse();
        });
        assertThat(call.metricData().get(3)).satisfies(age -> {
            assertThat(age.values()).containsExactly(3.25, 12.5);
            assertThat(age.counts()).containsExactly(1.0, 2.0);
            assertThat(age.unit()).isEqualTo(StandardUnit.SECONDS);
            assertThat(age.dimensions())
                    .containsExactly(Dimension.builder().name("Source").value("eventbridge").build());
        });
    }

    @Test
    void put_nothing_callsNobody() {
        sink(null).put(new Metrics());
        Metrics noNumbers = new Metrics();
        noNumbers.count("AgentCalls", Double.NaN);
        sink(null).put(noNumbers);

        assertThat(calls).isEmpty();
        assertThat(log).isEmpty();
    }

    static List<RuntimeException> put_cloudWatchAway_isOneLineInTheLog() {
        return List.of(SdkClientException.create("connection refused"), ApiCallTimeoutException.create(2_000),
                CloudWatchException.builder().statusCode(500).message("oops").build(),
                new IllegalStateException("Connection pool shut down"));
    }

    @ParameterizedTest
    @MethodSource
    void put_cloudWatchAway_isOneLineInTheLog(RuntimeException fault) throws JsonProcessingException {
        sink(fault).put(batch());

        assertThat(log).singleElement().satisfies(line -> assertThat(line).doesNotContain("\n"));
        assertThat(metrics(log)).containsExactlyInAnyOrder("AgentCalls{} Count [12.0]",
                "Findings{Severity=critical} Count [1.0]", "Findings{Detector=iam-self-modification} Count [1.0]",
                "EventAge{Source=eventbridge} Seconds [12.5, 3.25, 12.5]");
        JsonNode line = new JsonMapper().readTree(log.getFirst());
        assertThat(line.at("/_aws/Timestamp").asLong()).isEqualTo(NOW.toEpochMilli());
        assertThat(line.path("AgentCalls").asInt()).isEqualTo(12);
    }

    @Test
    void put_dimensionOfSeveralValues_losesNothingAndTakesALineForEach() throws JsonProcessingException {
        Metrics metrics = batch();
        metrics.count("Findings", "Severity", "low", 3);

        sink(SdkClientException.create("away")).put(metrics);

        assertThat(log).hasSize(2);
        assertThat(metrics(log)).containsExactlyInAnyOrder("AgentCalls{} Count [12.0]",
                "Findings{Severity=critical} Count [1.0]", "Findings{Severity=low} Count [3.0]",
                "Findings{Detector=iam-self-modification} Count [1.0]",
                "EventAge{Source=eventbridge} Seconds [12.5, 3.25, 12.5]");
    }

    @Test
    void put_moreValuesThanALineHolds_losesNone() throws JsonProcessingException {
        Metrics metrics = new Metrics();
        for (int i = 0; i < 150; i++) {
            metrics.seconds("EventAge", "Source", "s3", i);
        }

        sink(SdkClientException.create("away")).put(metrics);

        assertThat(metrics(log)).hasSize(2);
        int values = 0;
        for (String line : log) {
            values += new JsonMapper().readTree(line).path("EventAge").size();
        }
        assertThat(values).isEqualTo(150);
    }

    @Test
    void put_moreThanOneCallTakes_sendsThousandAndLogsTheRest() throws JsonProcessingException {
        Metrics metrics = new Metrics();
        for (int i = 0; i < 1_030; i++) {
            metrics.count("Findings", "Detector", "detector-" + i, 1);
        }

        sink(null).put(metrics);

        assertThat(calls).singleElement().satisfies(call -> assertThat(call.metricData()).hasSize(1_000));
        assertThat(metrics(log)).hasSize(30);
    }

    /// What CloudWatch reads out of lines in the embedded metric format.
    private static List<String> metrics(List<String> lines) throws JsonProcessingException {
        List<String> metrics = new ArrayList<>();
        for (String text : lines) {
            JsonNode line = new JsonMapper().readTree(text);
            for (JsonNode directive : line.at("/_aws/CloudWatchMetrics")) {
                assertThat(directive.path("Namespace").asText()).isEqualTo("TrailSentry");
                assertThat(directive.path("Metrics")).isNotEmpty().hasSizeLessThanOrEqualTo(100);
                for (JsonNode set : directive.path("Dimensions")) {
                    Map<String, String> dimensions = new java.util.TreeMap<>();
                    set.forEach(name -> dimensions.put(name.asText(), line.path(name.asText()).asText()));
                    for (JsonNode metric : directive.path("Metrics")) {
                        JsonNode value = line.path(metric.path("Name").asText());
                        assertThat(value.isNumber() || value.size() <= 100).isTrue();
                        List<Double> values = new ArrayList<>();
                        if (value.isNumber()) {
                            values.add(value.asDouble());
                        }
                        value.forEach(item -> values.add(item.asDouble()));
                        metrics.add(metric.path("Name").asText() + dimensions + " " + metric.path("Unit").asText() + " "
                                + values);
                    }
                }
            }
        }
        return metrics;
    }
}
