package io.trailsentry.publish.aws;

import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Metrics.Datum;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.StandardUnit;

/// Sends metrics to CloudWatch, in one call a batch; what the call does not take goes to the log in CloudWatch's
/// embedded metric format, of which CloudWatch makes the same metrics. Thread-safe if the log is; never throws.
///
/// Sources: CloudWatch API reference, `PutMetricData` (1,000 data a call, 150 values a datum); CloudWatch user guide,
/// "Specification: Embedded metric format" (100 values a metric).
public final class CloudWatchMetrics implements Metrics.Sink {
    private static final int MOST_DATA = 1_000;

    private final CloudWatchClient cloudWatch;
    private final String namespace;
    private final Consumer<String> log;
    private final InstantSource clock;

    /// @param cloudWatch with the time limits of calls set
    /// @param log takes a line without its end
    /// @param clock stamps what goes to the log; a call is stamped by CloudWatch
    public CloudWatchMetrics(CloudWatchClient cloudWatch, String namespace, Consumer<String> log,
            InstantSource clock) {
        this.cloudWatch = cloudWatch;
        this.namespace = namespace;
        this.log = log;
        this.clock = clock;
    }

    @Override
    public void put(Metrics metrics) {
        List<Datum> data = metrics.data().stream().map(CloudWatchMetrics::measured)
                .filter(datum -> !datum.values().isEmpty()).toList();
        if (data.isEmpty()) {
            return;
        }
        List<Datum> sent = data.subList(0, Math.min(MOST_DATA, data.size()));
        try {
            send(sent);
        } catch (RuntimeException e) {
            // Whatever failed, a batch must not fail for its metrics.
            log(data);
            return;
        }
        log(data.subList(sent.size(), data.size()));
    }

    /// Sends in one call.
    ///
    /// @throws SdkException when CloudWatch did not accept it
    void send(List<Datum> data) {
        cloudWatch.putMetricData(request -> request.namespace(namespace)
                .metricData(data.stream().map(CloudWatchMetrics::datum).toList()));
    }

    /// Neither CloudWatch nor JSON has a form for what is no number.
    private static Datum measured(Datum datum) {
        return new Datum(datum.name(), datum.dimension(), datum.value(), datum.unit(),
                datum.values().stream().filter(Double::isFinite).toList());
    }

    private static MetricDatum datum(Datum datum) {
        Map<Double, Double> counts = new TreeMap<>();
        datum.values().forEach(value -> counts.merge(value, 1.0, Double::sum));
        MetricDatum.Builder built = MetricDatum.builder().metricName(datum.name())
                .unit(switch (datum.unit()) {
                    case COUNT -> StandardUnit.COUNT;
                    case SECONDS -> StandardUnit.SECONDS;
                }).values(counts.keySet()).counts(counts.values());
        if (datum.dimension() != null) {
            built.dimensions(Dimension.builder().name(datum.dimension()).value(datum.value()).build());
        }
        return built.build();
    }

    private void log(List<Datum> data) {
        List<EmbeddedMetrics> lines = new ArrayList<>();
        for (Datum datum : data) {
            for (Datum part : parts(datum)) {
                if (lines.stream().noneMatch(line -> line.add(part))) {
                    EmbeddedMetrics line = new EmbeddedMetrics(namespace, clock.millis());
                    line.add(part);
                    lines.add(line);
                }
            }
        }
        lines.forEach(line -> log.accept(line.toString()));
    }

    private static List<Datum> parts(Datum datum) {
        List<Datum> parts = new ArrayList<>();
        for (int from = 0; from < datum.values().size(); from += EmbeddedMetrics.MOST_VALUES) {
            parts.add(new Datum(datum.name(), datum.dimension(), datum.value(), datum.unit(), datum.values()
                    .subList(from, Math.min(from + EmbeddedMetrics.MOST_VALUES, datum.values().size()))));
        }
        return parts;
    }
}
