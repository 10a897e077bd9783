package io.trailsentry.posture;

import io.trailsentry.posture.Access.May;
import io.trailsentry.posture.Selectors.Extent;
import io.trailsentry.posture.Trails.Trail;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/// Whether data events are recorded of the buckets and tables that an agent can reach. Immutable.
///
/// @param buckets Region by name; empty where AWS does not tell it
/// @param tables names of the tables of the home Region
record DataEvents(Answer<Map<String, String>> buckets, Answer<List<String>> tables) {
    private static final List<String> ON_OBJECTS = List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject");
    private static final List<String> ON_ITEMS = List.of("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan",
            "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem");
    private static final String REASON = "Reads and writes of what lies in them come as data events only, so what the "
            + "agent takes or changes there is not seen.";

    /// Asks for the buckets of the account and the tables of one Region.
    static DataEvents read(Regions regions, String home) {
        return new DataEvents(Answer.to(() -> buckets(regions, home)), Answer.to(() -> tables(regions, home)));
    }

    private static Map<String, String> buckets(Regions regions, String home) throws RefusedException {
        try (S3Client client = regions.client(S3Client.builder(), home)) {
            return Answers.ask(() -> {
                Map<String, String> buckets = new LinkedHashMap<>();
                client.listBucketsPaginator(request -> request.maxBuckets(1000)).buckets()
                        .forEach(bucket -> buckets.put(bucket.name(),
                                bucket.bucketRegion() == null ? "" : bucket.bucketRegion()));
                return buckets;
            });
        }
    }

    private static List<String> tables(Regions regions, String home) throws RefusedException {
        try (DynamoDbClient client = regions.client(DynamoDbClient.builder(), home)) {
            return Answers.ask(() -> client.listTablesPaginator().tableNames().stream().toList());
        }
    }

    /// What is to be told of one agent, in the order of the things.
    private record Told(List<String> recorded, List<String> missing, List<String> partly, List<String> perhaps,
            List<String> statements) {
        Told() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        boolean isAllRecorded() {
            return missing.isEmpty() && partly.isEmpty() && perhaps.isEmpty();
        }

        void add(String name, May may, Extent extent, String statement) {
            if (may == May.NO) {
                return;
            }
            if (extent == Extent.ALL) {
                recorded.add(name);
                return;
            }
            (may == May.CANNOT_TELL ? perhaps : extent == Extent.PARTLY ? partly : missing).add(name);
            if (statements.size() < 3) {
                statements.add(statement);
            }
        }
    }

    /// The check of one agent.
    ///
    /// @param home the account's partition, number and home Region
    Check judge(Subject agent, Access access, Coverage.Scope home, Trails trails) {
        Told told = new Told();
        if (buckets.value() != null) {
            buckets.value().forEach((bucket, region) -> told.add("bucket " + bucket,
                    reach(access, ON_OBJECTS, "arn:" + home.place().partition() + ":s3:::" + bucket + "/*"),
                    extent(trails, region, selectors -> selectors.objects(home.place().partition(), bucket)),
                    statement("AWS::S3::Object", "StartsWith",
                            "arn:" + home.place().partition() + ":s3:::" + bucket + "/")));
        }
        if (tables.value() != null) {
            tables.value().forEach(table -> {
                String arn = home.arn("dynamodb", "table/" + table);
                told.add("table " + table, reach(access, ON_ITEMS, arn),
                        extent(trails, home.place().region(), selectors -> selectors.items(arn)),
                        statement("AWS::DynamoDB::Table", "Equals", arn));
            });
        }
        RefusedException hidden = told.isAllRecorded() ? null : refusal(trails);
        if (hidden != null) {
            return refused(agent, hidden);
        }
        if (!told.isAllRecorded() && trails.logging().isEmpty()) {
            return Check.unknown(Rule.DATA_EVENTS, agent, null, "cannot be checked: " + Rule.DATA_EVENTS.title(),
                    "No trail is known to log, which is to be mended first.", "");
        }
        return check(agent, told, buckets.refusal() != null ? buckets.refusal() : tables.refusal());
    }

    private static Check refused(Subject agent, RefusedException refusal) {
        return Check.refused(Rule.DATA_EVENTS, agent, null, refusal, Faults.mend(
                "s3:ListAllMyBuckets, dynamodb:ListTables, cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus and "
                        + "cloudtrail:GetEventSelectors"));
    }

    private static Check check(Subject agent, Told told, @Nullable RefusedException refusal) {
        String also = refusal == null ? "" : " Not all could be looked at: " + refusal.reason();
        String recorded = told.recorded().isEmpty() ? "" : "; recorded: " + Faults.names(told.recorded());
        String mend = "Add to the selectors of a trail, with `aws cloudtrail put-event-selectors`, which replaces those "
                + "it has: " + String.join(", ", told.statements());
        if (!told.missing().isEmpty() || !told.partly().isEmpty()) {
            List<String> said = new ArrayList<>();
            if (!told.missing().isEmpty()) {
                said.add("can reach what has no data events: " + Faults.names(told.missing()));
            }
            if (!told.partly().isEmpty()) {
                said.add("can reach what has a part of its data events: " + Faults.names(told.partly()));
            }
            return Check.warning(Rule.DATA_EVENTS, agent, 30, null, String.join("; ", said) + recorded, REASON + also,
                    mend);
        }
        if (refusal != null) {
            return refused(agent, refusal);
        }
        if (!told.perhaps().isEmpty()) {
            return Check.unknown(Rule.DATA_EVENTS, agent, null,
                    "may be able to reach what lacks data events: " + Faults.names(told.perhaps()) + recorded,
                    "What its policies let it reach depends on more than they say.", mend);
        }
        return Check.ok(Rule.DATA_EVENTS, agent, null, told.recorded().isEmpty()
                ? "can reach no bucket and no table"
                : "has data events of all it can reach: " + Faults.names(told.recorded()));
    }

    /// What could hide a trail that records more.
    private static @Nullable RefusedException refusal(Trails trails) {
        for (Trail trail : trails.trails()) {
            RefusedException refusal = trail.state().refusal() == null
                    ? trail.selectors().refusal()
                    : trail.state().refusal();
            if (refusal != null) {
                return refusal;
            }
        }
        return trails.refused().values().stream().findFirst().orElse(null);
    }

    private static May reach(Access access, List<String> actions, String arn) {
        May most = May.NO;
        for (String action : actions) {
            May may = access.reach(action, arn);
            if (may == May.YES) {
                return may;
            }
            most = may == May.CANNOT_TELL ? may : most;
        }
        return most;
    }

    private static Extent extent(Trails trails, String region,
            Function<Selectors, Extent> recorded) {
        Extent most = Extent.NONE;
        for (Trail trail : trails.logging()) {
            Selectors selectors = trail.selectors().value();
            if (selectors != null && (region.isEmpty() || trail.covers(region))) {
                Extent extent = recorded.apply(selectors);
                most = most.or(region.isEmpty() && !trail.multiRegion() ? extent.and(Extent.PARTLY) : extent);
            }
        }
        return most;
    }

    private static String statement(String type, String operator, String arn) {
        return "{\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]},"
                + "{\"Field\":\"resources.type\",\"Equals\":[\"" + type + "\"]},{\"Field\":\"resources.ARN\",\""
                + operator
                + "\":[\"" + arn + "\"]}]}";
    }
}
