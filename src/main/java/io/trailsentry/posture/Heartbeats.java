package io.trailsentry.posture;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;

/// Whether the canary's events came from each watched Region. They come every quarter of an hour, at work and at
/// weekends, so that a Region that stopped delivering is told apart from one where nobody works.
final class Heartbeats {
    private static final Duration LOOKED_BACK = Duration.ofHours(2);
    private static final int PERIOD = 300;
    private static final int MOST_QUERIES = 500;

    private Heartbeats() {
    }

    /// How many came within two hours, by Region.
    static Answer<Map<String, Double>> read(Regions regions, Coverage.Scope scope) {
        return Answer.to(() -> {
            try (CloudWatchClient client = regions.client(CloudWatchClient.builder(), scope.place().region())) {
                return Answers.ask(() -> counts(client, scope));
            }
        });
    }

    private static Map<String, Double> counts(CloudWatchClient client, Coverage.Scope scope) {
        List<MetricDataQuery> queries = new ArrayList<>();
        Map<String, String> regionOf = new LinkedHashMap<>();
        Map<String, Double> counts = new LinkedHashMap<>();
        for (String region : new TreeSet<>(scope.place().watchedRegions())) {
            if (queries.size() == MOST_QUERIES) {
                break;
            }
            String id = "r" + queries.size();
            regionOf.put(id, region);
            counts.put(region, 0.0);
            queries.add(MetricDataQuery.builder().id(id).metricStat(stat -> stat.period(PERIOD).stat("Sum")
                    .metric(metric -> metric.namespace(scope.place().namespace()).metricName("TrailHeartbeat")
                            .dimensions(Dimension.builder().name("Region").value(region).build())))
                    .build());
        }
        client.getMetricDataPaginator(request -> request.metricDataQueries(queries)
                .startTime(scope.now().minus(LOOKED_BACK)).endTime(scope.now())).metricDataResults()
                .forEach(result -> {
                    String region = regionOf.get(result.id());
                    if (region != null) {
                        counts.merge(region, result.values().stream().mapToDouble(Double::doubleValue).sum(),
                                Double::sum);
                    }
                });
        return counts;
    }

    /// A check for each Region that is not heard, and one for all others; one for all of them when none is.
    ///
    /// @param since when the function that counts was deployed; null: not known, and taken for long ago
    static List<Check> judge(Coverage.Scope scope, Answer<Map<String, Double>> counts, @Nullable Instant since) {
        Subject account = scope.subject();
        if (counts.refusal() != null) {
            return List.of(Check.refused(Rule.REGION_DELIVERS, account, null, counts.refusal(),
                    Faults.mend("cloudwatch:GetMetricData")));
        }
        TreeSet<String> silent = new TreeSet<>(scope.place().watchedRegions());
        if (counts.value() != null) {
            counts.value().forEach((region, count) -> {
                if (count > 0) {
                    silent.remove(region);
                }
            });
        }
        int heard = new TreeSet<>(scope.place().watchedRegions()).size() - silent.size();
        if (!silent.isEmpty() && since != null && since.isAfter(scope.now().minus(LOOKED_BACK))) {
            return List.of(Check.unknown(Rule.REGION_DELIVERS, account, null,
                    "has yet to get events from " + Faults.names(silent),
                    "The function is younger than two hours, and a new rule takes its time.", ""));
        }
        if (heard == 0 && silent.size() > 1) {
            return List.of(Check.failure(Rule.REGION_DELIVERS, account, 80, null,
                    "gets no events from any watched Region",
                    "Not even the canary's calls came within two hours: no trail logs, the rule at home is broken, or a "
                            + "function does not run.",
                    "See what else this audit says of trails, rules and functions, then the log group "
                            + "trailsentry-audit."));
        }
        List<Check> checks = new ArrayList<>();
        if (heard > 0) {
            checks.add(Check.ok(Rule.REGION_DELIVERS, account, null,
                    "gets events from " + heard + (heard == 1 ? " Region" : " Regions")));
        }
        silent.forEach(region -> checks.add(Check.failure(Rule.REGION_DELIVERS, account, 70, region,
                "gets no events from " + region + ": calls there are not seen",
                "The canary calls there every quarter of an hour, and none of it came within two hours.",
                "See what else this audit says of the rules of " + region + ", then the queue "
                        + "trailsentry-forwarder-dead-letters there and the log group trailsentry-audit, which tells a "
                        + "Region that cannot be called; take one that is not used out of WatchedRegions.")));
        return List.copyOf(checks);
    }
}
