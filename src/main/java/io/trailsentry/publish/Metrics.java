package io.trailsentry.publish;

import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What one batch counted, for CloudWatch. Not thread-safe.
///
/// Names are part of the contract: `AgentCalls`, `Findings` (by `Severity`; by `Detector`), `AlertsPublished`,
/// `AlertsSuppressed`, `EventsRejected`, `EventsUncounted`, `EventAge` (by `Source`: `EventBridge`, `S3`),
/// `PublishFailures`, `Heartbeat`, `TrailHeartbeat` (by `Region`), `TrailFiles` (by `Region`), `TrailFilesSkipped`. Dimensions
/// never hold an ARN, a session or an address.
public final class Metrics {
    /// One metric's values.
    ///
    /// @param name its name
    /// @param dimension its only dimension; null: none
    /// @param value that dimension's value; null: none
    /// @param unit CloudWatch's unit
    /// @param values what was measured
    public record Datum(String name, @Nullable String dimension, @Nullable String value, Unit unit,
            List<Double> values) {
        public Datum {
            values = List.copyOf(values);
        }
    }

    /// Units in use.
    public enum Unit {
        /// A number of things, summed up.
        COUNT,
        /// A duration, each value kept.
        SECONDS
    }

    private record Key(String name, @Nullable String dimension, @Nullable String value) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return text().compareTo(other.text());
        }

        private String text() {
            return name + '\n' + dimension + '\n' + value;
        }
    }

    private final TreeMap<Key, Double> counts = new TreeMap<>();
    private final TreeMap<Key, List<Double>> durations = new TreeMap<>();

    /// Counts things.
    public void count(String name, double number) {
        counts.merge(new Key(name, null, null), number, Double::sum);
    }

    /// Counts things under a dimension.
    public void count(String name, String dimension, String value, double number) {
        counts.merge(new Key(name, dimension, value), number, Double::sum);
    }

    /// Adds a duration under a dimension; at most 150 values are kept, as many as CloudWatch takes.
    public void seconds(String name, String dimension, String value, double seconds) {
        List<Double> values = durations.computeIfAbsent(new Key(name, dimension, value),
                key -> new java.util.ArrayList<>());
        if (values.size() < 150) {
            values.add(seconds);
        }
    }

    /// Everything measured, in a stable order.
    public List<Datum> data() {
        List<Datum> data = new java.util.ArrayList<>();
        counts.forEach((key, sum) -> data
                .add(new Datum(key.name(), key.dimension(), key.value(), Unit.COUNT, List.of(sum))));
        durations.forEach((key, values) -> data
                .add(new Datum(key.name(), key.dimension(), key.value(), Unit.SECONDS, values)));
        return data;
    }

    /// Where metrics go. Never fails a batch: what cannot be sent goes to the log.
    @FunctionalInterface
    public interface Sink {
        /// Sends what was measured; nothing when nothing was.
        void put(Metrics metrics);
    }
}
