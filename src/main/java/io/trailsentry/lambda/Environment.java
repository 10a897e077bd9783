package io.trailsentry.lambda;

import io.trailsentry.publish.Topic;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the function is told by its environment. Immutable.
///
/// @param configuration YAML or JSON text, `ssm:NAME` or `s3://BUCKET/KEY`; blank: the empty configuration
/// @param topics ARNs of the topics that are there
/// @param namespace CloudWatch namespace of the metrics
/// @param memoryTable name of the DynamoDB table that holds the memory; null: it is held in the function
/// @param trailBucket the bucket whose log files are read; empty: none
/// @param agentNames where it stands whose calls the rules deliver, or the names themselves; blank: everybody's
record Environment(String configuration, Map<Topic, String> topics, String namespace, @Nullable String memoryTable,
        String trailBucket, String agentNames) {
    private static final Pattern TOPIC_ARN = Pattern.compile("arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[\\w-]{1,256}");
    private static final Pattern TABLE = Pattern.compile("[\\w.-]{3,255}");
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-\\d");
    private static final Pattern NAMESPACE = Pattern.compile("(?!AWS/)[\\w.\\-/#:]{1,255}");

    /// Copies the map.
    Environment {
        topics = Map.copyOf(topics);
    }

    /// Reads the environment.
    ///
    /// @throws IllegalArgumentException that names every fault, a line each
    static Environment of(Map<String, String> variables) {
        List<String> faults = new ArrayList<>();
        Map<Topic, String> topics = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
            String name = topic.name() + "_TOPIC_ARN";
            String arn = value(variables, name);
            if (arn != null && TOPIC_ARN.matcher(arn).matches()) {
                topics.put(topic, arn);
            } else if (arn != null) {
                faults.add(name + " must be the ARN of an SNS topic, but was " + arn);
            }
        }
        String namespace = value(variables, "METRICS_NAMESPACE");
        if (namespace != null && !NAMESPACE.matcher(namespace).matches()) {
            faults.add("METRICS_NAMESPACE must be a CloudWatch namespace that does not begin with AWS/, but was "
                    + namespace);
        }
        String bucket = value(variables, "TRAIL_BUCKET");
        if (bucket != null && !BUCKET.matcher(bucket).matches()) {
            faults.add("TRAIL_BUCKET must be the name of an S3 bucket, but was " + bucket);
        }
        String table = value(variables, "MEMORY_TABLE");
        if (table != null && !TABLE.matcher(table).matches()) {
            faults.add("MEMORY_TABLE must be the name of a DynamoDB table, but was " + table);
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", faults));
        }
        String configuration = value(variables, "TRAILSENTRY_CONFIG");
        String agentNames = value(variables, "AGENT_NAMES");
        return new Environment(configuration == null ? "" : configuration, topics,
                namespace == null ? "TrailSentry" : namespace, table, bucket == null ? "" : bucket,
                agentNames == null ? "" : agentNames);
    }

    /// The ARN of the key that the stack was given, by `KMS_KEY_ARN`; null: none was.
    static @Nullable String key(Map<String, String> variables) {
        return value(variables, "KMS_KEY_ARN");
    }

    /// The Regions that are watched, by `WATCHED_REGIONS`: separated by commas, each once.
    ///
    /// @throws IllegalArgumentException that names every fault, a line each
    static List<String> watchedRegions(Map<String, String> variables) {
        List<String> regions = list(variables, "WATCHED_REGIONS");
        if (regions.isEmpty()) {
            throw new IllegalArgumentException("WATCHED_REGIONS must name the Regions that are watched");
        }
        String faults = regions.stream().filter(region -> !REGION.matcher(region).matches())
                .map(region -> "WATCHED_REGIONS must be Regions, separated by commas, but one was \"" + region + "\"")
                .collect(Collectors.joining("\n"));
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(faults);
        }
        return regions;
    }

    /// What a variable lists, separated by commas, each once; empty when it is blank.
    private static List<String> list(Map<String, String> variables, String name) {
        String value = value(variables, name);
        return value == null
                ? List.of()
                : Stream.of(value.split(",", -1)).map(String::strip).distinct().toList();
    }

    private static @Nullable String value(Map<String, String> variables, String name) {
        String value = variables.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
