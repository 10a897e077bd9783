package io.trailsentry.bench;

import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.memory.dynamodb.FakeDynamoDb;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/// How the work of the function for one event grows with what there is of something: agents, exceptions, Regions, history,
/// bytes of an event. Batches go the whole way, from text to a table in the process that encodes and decodes as the real
/// one does. Each size is measured in turn, several rounds; the median is printed, and its ratio to that of the first size.
final class Growth {
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final int ROUNDS = 7;
    private static final int BATCHES = 60;
    private static final int BATCH = 10;
    private static final Instant START = Instant.parse("2026-10-05T08:00:00Z");

    private Growth() {
    }

    /// What is measured.
    ///
    /// @param name what grows
    /// @param sizes how much there is of it, the least first
    /// @param scene a function in which there is so much of it
    private record Curve(String name, List<Integer> sizes, IntFunction<Scene> scene) {
    }

    /// A function and the events that it gets next. Confined to one thread.
    private static final class Scene {
        private Instant now = START;
        private int id;
        private final Engine engine;
        private final IntFunction<EventBuilder> events;

        Scene(String configuration, IntFunction<EventBuilder> events) {
            this.events = events;
            InstantSource clock = () -> now;
            this.engine = new Engine(watch(configuration),
                    new DynamoDbMemory(new FakeDynamoDb(), "t", clock), new Silent(), metrics -> metrics.data(), clock,
                    line -> {
                    });
        }

        private static Watch watch(String text) {
            try {
                Configuration configuration = ConfigurationReader.read("growth", text, LocalDate.EPOCH)
                        .configuration();
                return Watch.of(configuration, configuration.roster(), CATALOGUE);
            } catch (ConfigurationException e) {
                throw new IllegalStateException(e);
            }
        }

        /// Ordinary days of work before, of some calls each.
        Scene after(int days, int calls) {
            for (int day = 0; day < days; day++) {
                now = START.plusSeconds(86_400L * day);
                List<Delivery> batch = new ArrayList<>();
                for (int i = 0; i < calls; i++) {
                    now = now.plusSeconds(20_000 / calls + 1);
                    batch.add(next());
                    if (batch.size() == BATCH) {
                        engine.handle(batch);
                        batch.clear();
                    }
                }
                engine.handle(batch);
            }
            now = START.plusSeconds(86_400L * days);
            return this;
        }

        private Delivery next() {
            id++;
            return new Delivery("m" + id, events.apply(id).at(now.toString(), "event-" + id).envelope());
        }

        /// Handles some batches.
        ///
        /// @return nanoseconds an event
        double run() {
            List<List<Delivery>> batches = new ArrayList<>();
            for (int i = 0; i < BATCHES; i++) {
                List<Delivery> batch = new ArrayList<>();
                for (int j = 0; j < BATCH; j++) {
                    now = now.plusSeconds(1);
                    batch.add(next());
                }
                batches.add(batch);
                now = now.plusSeconds(60);
            }
            long before = System.nanoTime();
            batches.forEach(engine::handle);
            return (double) (System.nanoTime() - before) / (BATCHES * BATCH);
        }
    }

    private static EventBuilder work(int i) {
        return EventBuilder.agent().call(i % 2 == 0 ? "ec2" : "s3", i % 2 == 0 ? "DescribeInstances" : "ListBuckets");
    }

    private static String agents(int number) {
        StringBuilder yaml = new StringBuilder("agents:\n");
        for (int i = 0; i < number; i++) {
            yaml.append("  - { name: a").append(i).append(", principals: [\"arn:aws:iam::111122223333:role/")
                    .append(i == 0 ? "mcp-agent-role" : "agent-" + i).append("\"] }\n");
        }
        return yaml.toString();
    }

    private static String exceptions(int number) {
        StringBuilder yaml = new StringBuilder("exceptions:\n");
        for (int i = 0; i < number; i++) {
            yaml.append("  - { detector: destructive-action, agent: mcp-agent-role, action: \"ec2:StopInstances\",")
                    .append(" target: \"i-").append(i).append("\", until: 2027-01-01, reason: planned }\n");
        }
        return yaml.toString();
    }

    private static EventBuilder large(int bytes) {
        return EventBuilder.agent().call("ec2", "DescribeInstances").parameter("filter", "x".repeat(bytes));
    }

    private static List<Curve> curves() {
        return List.of(
                new Curve("agents on the roster", List.of(1, 10, 100, 1_000, 10_000),
                        size -> new Scene(agents(size), Growth::work)),
                new Curve("exceptions", List.of(1, 10, 100, 1_000),
                        size -> new Scene(exceptions(size), i -> i % 20 == 0
                                ? EventBuilder.agent().write("ec2", "StopInstances").parameter("instancesSet",
                                        java.util.Map.of("items",
                                                List.of(java.util.Map.of("instanceId", "i-" + i % size))))
                                : work(i))),
                new Curve("Regions in use", List.of(1, 4, 16),
                        size -> new Scene("", i -> work(i).in("eu-west-" + (1 + i % size))).after(8, 100)),
                new Curve("days of history, 200 calls each", List.of(1, 10, 50, 100),
                        size -> new Scene("", Growth::work).after(size, 200)),
                new Curve("calls of the same day before", List.of(100, 1_000, 10_000),
                        size -> new Scene("", Growth::work).after(1, size)),
                new Curve("bytes of an event's parameters", List.of(100, 1_000, 10_000, 100_000),
                        size -> new Scene("", i -> large(size))));
    }

    /// Prints the curves as a table.
    public static void main(String[] arguments) {
        System.out.println("| what grows | size | microseconds an event, median of " + ROUNDS
                + " (least to most) | to the first |\n|---|---|---|---|");
        for (Curve curve : curves()) {
            Scene[] scenes = curve.sizes().stream().map(curve.scene()::apply).toArray(Scene[]::new);
            double[][] times = new double[scenes.length][ROUNDS];
            for (int round = -3; round < ROUNDS; round++) {
                for (int i = 0; i < scenes.length; i++) {
                    double time = scenes[i].run();
                    if (round >= 0) {
                        times[i][round] = time;
                    }
                }
            }
            for (double[] all : times) {
                Arrays.sort(all);
            }
            for (int i = 0; i < scenes.length; i++) {
                double median = times[i][ROUNDS / 2];
                System.out.println(String.format(Locale.ROOT, "| %s | %,d | %.0f (%.0f to %.0f) | %.2f |", curve.name(),
                        curve.sizes().get(i), median / 1e3, times[i][0] / 1e3, times[i][ROUNDS - 1] / 1e3,
                        median / times[0][ROUNDS / 2]));
            }
        }
    }
}
