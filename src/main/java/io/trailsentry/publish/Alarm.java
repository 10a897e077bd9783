package io.trailsentry.publish;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A page in the form of a CloudWatch alarm: CloudWatch's fields first, then those that a custom template of a pager may
/// name.
///
/// @param name by which pagers fold
/// @param region null when there is none
/// @param firing else it is resolved
/// @param since when what it tells of began
/// @param at when it is told
/// @param url where to read on
record Alarm(String name, String title, String reason, String description, String account, @Nullable String region,
        String severity, boolean firing, Instant since, Instant at, String url, Map<String, String> metadata) {
    private static final DateTimeFormatter TIME = DateTimeFormatter
            .ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxx", Locale.ROOT).withZone(ZoneOffset.UTC);

    /// The message.
    @Override
    public String toString() {
        String partition = region == null ? null : Links.partition(region);
        String owner = SafeText.ASCII.text(account, 40);
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("AlarmName", name);
        message.put("AlarmDescription", description);
        message.put("AWSAccountId", owner);
        message.put("AlarmConfigurationUpdatedTimestamp", TIME.format(since));
        message.put("NewStateValue", firing ? "ALARM" : "OK");
        message.put("NewStateReason", reason);
        message.put("StateChangeTime", TIME.format(at));
        message.put("Region", region == null ? "unknown" : region);
        message.put("AlarmArn", "arn:" + (partition == null ? "aws" : partition) + ":cloudwatch:"
                + (region == null ? "" : region) + ":" + owner + ":alarm:" + name);
        message.put("OldStateValue", firing ? "OK" : "ALARM");
        message.putArray("OKActions");
        message.putArray("AlarmActions");
        message.putArray("InsufficientDataActions");
        trigger(message.putObject("Trigger"), severity);
        message.put("title", title);
        message.put("description", description);
        message.put("deduplication_key", name);
        message.put("status", firing ? "firing" : "resolved");
        message.put("source_url", url);
        ObjectNode fields = message.putObject("metadata");
        metadata.forEach(fields::put);
        return message.toString();
    }

    private static void trigger(ObjectNode trigger, String severity) {
        trigger.put("MetricName", "Findings");
        trigger.put("Namespace", "TrailSentry");
        trigger.put("StatisticType", "Statistic");
        trigger.put("Statistic", "SUM");
        trigger.putNull("Unit");
        trigger.putArray("Dimensions").addObject().put("value", severity).put("name", "Severity");
        trigger.put("Period", 60);
        trigger.put("EvaluationPeriods", 1);
        trigger.put("DatapointsToAlarm", 1);
        trigger.put("ComparisonOperator", "GreaterThanOrEqualToThreshold");
        trigger.put("Threshold", 1.0);
        trigger.put("TreatMissingData", "notBreaching");
        trigger.put("EvaluateLowSampleCountPercentile", "");
    }
}
