package io.trailsentry.bench;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.memory.dynamodb.FakeDynamoDb;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/// Counts what workloads cost in DynamoDB: requests, read and write units by AWS's rules, sizes of items. Batches are what
/// the queue gathers in five seconds, a hundred at most, of events that come within five minutes in any order.
final class MemoryCost {
    private static final double READ_PRICE = 0.125 / 1e6;
    private static final double WRITE_PRICE = 0.625 / 1e6;
    private static final Instant START = Instant.parse("2026-10-05T00:00:00Z");
    private static final String[] READS = {"DescribeInstances", "DescribeVolumes", "DescribeVpcs", "DescribeImages",
            "DescribeSnapshots", "DescribeSecurityGroups"};

    private final Random random = new Random(1);
    private final Watch watch = Watch.of(Configuration.EMPTY, Configuration.EMPTY.roster(), Catalogue.load());
    private final FakeDynamoDb table = new FakeDynamoDb();
    private final Instant[] now = {START};
    private final InstantSource clock = () -> now[0];
    private final Engine engine = new Engine(watch, new DynamoDbMemory(table, "t", clock), new Silent(),
            metrics -> metrics.data(), clock, line -> {
            });

    private record Timed(long arrives, EventBuilder event) {
    }

    /// Prints the table.
    public static void main(String[] args) {
        System.out.println("| workload | events | batches | requests | read units | write units | USD | items (bytes:"
                + " median, largest) |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (Sort sort : Sort.values()) {
            new MemoryCost().measure(sort);
        }
    }

    private enum Sort {
        QUIET("quiet: 60 calls a day in 10 visits, 20 days"), BUSY("busy: 100 calls a minute for 8 hours"), TWICE(
                "the same, each event twice, ten minutes apart"), ATTACK(
                        "attack: 900 calls in 30 minutes by night"), FLOOD(
                                "flood: 20,000 deeds in an hour, all values made up");

        private final String label;

        Sort(String label) {
            this.label = label;
        }
    }

    private void measure(Sort sort) {
        handle(ordinary(20, 10, 6, 0));
        table.reset();
        List<Timed> events = switch (sort) {
            case QUIET -> ordinary(20, 10, 6, 20);
            case BUSY -> busy();
            case TWICE -> twice(busy());
            case ATTACK -> attack();
            case FLOOD -> flood();
        };
        int batches = handle(events);
        double thousand = events.size() / 1000.0;
        StringBuilder sizes = new StringBuilder();
        new TreeMap<>(table.written()).forEach((kind, all) -> {
            all.sort(Comparator.naturalOrder());
            sizes.append(sizes.isEmpty() ? "" : "; ").append(kind).append(' ').append(all.get(all.size() / 2))
                    .append(", ").append(all.getLast());
        });
        System.out.printf(Locale.ROOT, "| %s | %,d | %,d | %.0f | %.0f | %.0f | %.5f | %s |%n", sort.label,
                events.size(), batches, table.requests() / thousand, table.readUnits() / thousand,
                table.writeUnits() / thousand,
                (table.readUnits() * READ_PRICE + table.writeUnits() * WRITE_PRICE) / thousand, sizes);
    }

    /// @return number of batches
    private int handle(List<Timed> events) {
        events.sort(Comparator.comparingLong(Timed::arrives));
        int batches = 0;
        for (int from = 0; from < events.size();) {
            int to = from;
            List<Delivery> batch = new ArrayList<>();
            while (to < events.size() && batch.size() < 100
                    && events.get(to).arrives() < events.get(from).arrives() + 5) {
                batch.add(new Delivery("m" + to, events.get(to).event().envelope()));
                to++;
            }
            now[0] = Instant.ofEpochSecond(events.get(from).arrives() + 5);
            if (!engine.handle(batch).isEmpty()) {
                throw new IllegalStateException("messages came back");
            }
            batches++;
            from = to;
        }
        return batches;
    }

    private Timed timed(long second, EventBuilder event) {
        String id = new UUID(random.nextLong(), random.nextLong()).toString();
        return new Timed(second + 60 + random.nextInt(240), event.at(Instant.ofEpochSecond(second).toString(), id));
    }

    private EventBuilder read() {
        return EventBuilder.agent().call("ec2", READS[random.nextInt(READS.length)])
                .in(random.nextInt(5) == 0 ? "us-east-1" : "eu-central-1");
    }

    private EventBuilder write() {
        String name = "thing-" + random.nextInt(100_000);
        return random.nextBoolean()
                ? EventBuilder.agent().write("s3", "CreateBucket").parameter("bucketName", name)
                : EventBuilder.agent().write("lambda", "CreateFunction20150331").parameter("functionName", name);
    }

    private List<Timed> ordinary(int days, int visits, int calls, int after) {
        List<Timed> events = new ArrayList<>();
        for (int day = 0; day < days; day++) {
            for (int visit = 0; visit < visits; visit++) {
                long at = START.getEpochSecond() + (day + after) * 86_400L + 8 * 3_600 + random.nextInt(9 * 3_600);
                for (int i = 0; i < calls; i++) {
                    events.add(timed(at + random.nextInt(60), random.nextInt(10) == 0 ? write() : read()));
                }
            }
        }
        return events;
    }

    private List<Timed> busy() {
        List<Timed> events = new ArrayList<>();
        long at = START.getEpochSecond() + 21 * 86_400L + 8 * 3_600;
        for (int i = 0; i < 48_000; i++) {
            events.add(timed(at + i * 6L / 10, random.nextInt(30) == 0 ? write() : read()));
        }
        return events;
    }

    private static List<Timed> twice(List<Timed> events) {
        List<Timed> all = new ArrayList<>(events);
        events.forEach(timed -> all.add(new Timed(timed.arrives() + 600, timed.event())));
        return all;
    }

    private List<Timed> attack() {
        List<Timed> events = new ArrayList<>();
        long at = START.getEpochSecond() + 21 * 86_400L + 2 * 3_600;
        for (int i = 0; i < 900; i++) {
            EventBuilder event = switch (random.nextInt(6)) {
                case 0 -> EventBuilder.agent().write("iam", "AttachRolePolicy").parameter("roleName", "mcp-agent-role")
                        .denied("iam:AttachRolePolicy", "role mcp-agent-role");
                case 1 -> EventBuilder.agent().write("s3", "DeleteBucket").parameter("bucketName",
                        "data-" + random.nextInt(50));
                case 2 -> EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3");
                case 3 -> EventBuilder.agent().call("iam", "List" + (char) ('A' + random.nextInt(20)));
                default -> read();
            };
            events.add(timed(at + random.nextInt(1_800), event));
        }
        return events;
    }

    private List<Timed> flood() {
        List<Timed> events = new ArrayList<>();
        long at = START.getEpochSecond() + 21 * 86_400L + 2 * 3_600;
        for (int i = 0; i < 20_000; i++) {
            String made = "%x-%s".formatted(random.nextLong(), "z".repeat(200));
            EventBuilder event = EventBuilder.role("mcp-agent-role", "session-" + random.nextInt(5_000))
                    .write("s3", "DeleteBucket").parameter("bucketName", made).in("region-" + random.nextInt(10_000))
                    .with("userAgent", made + made);
            events.add(timed(at + random.nextInt(3_600),
                    random.nextInt(3) == 0 ? event.denied("s3:Delete" + made, made) : event));
        }
        return events;
    }
}
