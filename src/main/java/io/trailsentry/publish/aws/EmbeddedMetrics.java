package io.trailsentry.publish.aws;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.publish.Metrics.Datum;
import io.trailsentry.publish.Metrics.Unit;
import java.util.Map;
import java.util.TreeMap;

/// One log line in CloudWatch's embedded metric format. Confined to one batch.
///
/// A line has one place for each metric's value and for each dimension's, so it cannot hold a dimension with two values
/// or a metric with two: [#add] refuses what has no place, and it goes to a line of its own.
final class EmbeddedMetrics {
    /// Most values of one metric.
    static final int MOST_VALUES = 100;
    /// Most metrics of one directive.
    private static final int MOST_METRICS = 100;

    private final String namespace;
    private final long timestamp;
    private final Map<String, JsonNode> members = new TreeMap<>();
    /// The metrics of each dimension's directive; under the empty name those without a dimension.
    private final Map<String, Map<String, Unit>> directives = new TreeMap<>();

    EmbeddedMetrics(String namespace, long timestamp) {
        this.namespace = namespace;
        this.timestamp = timestamp;
    }

    /// Adds a datum of at most 100 values; false when this line has no place for it.
    boolean add(Datum datum) {
        String dimension = datum.dimension() == null ? "" : datum.dimension();
        Map<String, Unit> metrics = directives.getOrDefault(dimension, Map.of());
        JsonNode values = values(datum);
        JsonNode dimensionValue = JsonNodeFactory.instance.textNode(String.valueOf(datum.value()));
        boolean room = metrics.size() < MOST_METRICS && !metrics.containsKey(datum.name())
                && members.getOrDefault(datum.name(), values).equals(values)
                && (dimension.isEmpty() || members.getOrDefault(dimension, dimensionValue).equals(dimensionValue));
        if (!room) {
            return false;
        }
        members.put(datum.name(), values);
        if (!dimension.isEmpty()) {
            members.put(dimension, dimensionValue);
        }
        directives.computeIfAbsent(dimension, key -> new TreeMap<>()).put(datum.name(), datum.unit());
        return true;
    }

    private static JsonNode values(Datum datum) {
        if (datum.values().size() == 1) {
            return JsonNodeFactory.instance.numberNode(datum.values().getFirst());
        }
        ArrayNode values = JsonNodeFactory.instance.arrayNode();
        datum.values().forEach(values::add);
        return values;
    }

    /// The line, without its end.
    @Override
    public String toString() {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        ObjectNode aws = line.putObject("_aws");
        aws.put("Timestamp", timestamp);
        ArrayNode all = aws.putArray("CloudWatchMetrics");
        directives.forEach((dimension, metrics) -> {
            ObjectNode directive = all.addObject();
            directive.put("Namespace", namespace);
            ArrayNode set = directive.putArray("Dimensions").addArray();
            if (!dimension.isEmpty()) {
                set.add(dimension);
            }
            ArrayNode definitions = directive.putArray("Metrics");
            metrics.forEach((name, unit) -> definitions.addObject().put("Name", name).put("Unit", switch (unit) {
                case COUNT -> "Count";
                case SECONDS -> "Seconds";
            }));
        });
        members.forEach(line::set);
        return line.toString();
    }
}
