package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Principal;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Story;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.memory.dynamodb.Table;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Seed;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/// Two functions that get the same events at once, over DynamoDB's protocol: one page for each finding, no lost count. A few
/// rounds; `-Dtrailsentry.it.rounds=100` for more.
@RequiresAws
class TwoFunctionsIT {
    private static final int ROUNDS = Integer.getInteger("trailsentry.it.rounds", 5);
    private static final Instant NOW = Instant.parse("2026-11-17T10:20:00Z");
    private static final Watch WATCH = Watch.of(Configuration.EMPTY, Configuration.EMPTY.roster(), Catalogue.load());
    private static final int CALLS = 60;

    private final AwsBackend aws;

    private final DynamoDbClient client;

    TwoFunctionsIT(AwsBackend aws) {
        this.aws = aws;
        this.client = aws.name().equals(AwsBackend.MOTO) ? new OneAtATime(aws.dynamoDb()) : aws.dynamoDb();
    }

    private record Sent(Topic topic, Notice notice) {
    }

    private record Collecting(Queue<Sent> sent) implements Publisher {
        @Override
        public boolean reaches(Topic topic) {
            return true;
        }

        @Override
        public void publish(Topic topic, Notice notice) {
            sent.add(new Sent(topic, notice));
        }

        @Override
        public void publish(Topic topic, FloodNotice notice) {
            throw new AssertionError("too few findings for a flood");
        }
    }

    private static List<Delivery> events(Random random) {
        List<Delivery> events = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            EventBuilder event = i % 20 == 7
                    ? EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role")
                    : EventBuilder.agent();
            String id = new UUID(random.nextLong(), random.nextLong()).toString();
            events.add(new Delivery(id,
                    event.at(NOW.minusSeconds(60 + random.nextInt(1_200)).toString(), id).envelope()));
        }
        return events;
    }

    @Test
    void sameEventsAtOnce_onePageAFinding_noLostCount() throws Exception {
        Random random = Seed.random("TwoFunctionsIT", 11);
        for (int round = 0; round < ROUNDS; round++) {
            String table = "trailsentry-memory-" + UUID.randomUUID();
            Table.create(aws.dynamoDb(), table);
            try {
                round(table, random);
            } finally {
                aws.dynamoDb().deleteTable(request -> request.tableName(table));
            }
        }
    }

    private void round(String table, Random random) throws InterruptedException, MemoryException {
        List<Delivery> events = events(random);
        Queue<Sent> sent = new ConcurrentLinkedQueue<>();
        Queue<String> log = new ConcurrentLinkedQueue<>();
        List<Thread> functions = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            List<Delivery> left = new ArrayList<>(events);
            Collections.shuffle(left, random);
            functions.add(Thread.ofPlatform().start(() -> handle(left, table, sent, log)));
        }
        for (Thread function : functions) {
            function.join();
        }

        List<String> pages = sent.stream().filter(one -> one.topic() == Topic.PAGES)
                .map(one -> one.notice().finding().id()).toList();
        assertThat(pages).isNotEmpty().doesNotHaveDuplicates();
        List<String> created = sent.stream().filter(one -> one.notice().kind() == Notice.Kind.CREATE)
                .map(one -> one.topic() + one.notice().finding().id()).toList();
        assertThat(created).doesNotHaveDuplicates();
        assertThat(log).noneMatch(line -> line.contains("memory is away"));
        assertThat(counted(table)).isEqualTo(CALLS);
    }

    private void handle(List<Delivery> deliveries, String table, Queue<Sent> sent, Queue<String> log) {
        Engine engine = new Engine(WATCH, new DynamoDbMemory(client, table, InstantSource.system()),
                new Collecting(sent), metrics -> metrics.data(), InstantSource.fixed(NOW), log::add);
        List<Delivery> left = new ArrayList<>(deliveries);
        while (!left.isEmpty()) {
            List<Delivery> batch = List.copyOf(left.subList(0, Math.min(15, left.size())));
            Set<String> back = Set.copyOf(engine.handle(batch));
            left.removeAll(batch);
            batch.stream().filter(delivery -> back.contains(delivery.id())).forEach(left::add);
        }
    }

    private int counted(String table) throws MemoryException {
        Principal agent = WATCH.observe(EventBuilder.agent().event()).getFirst().principal();
        long quarter = Story.Key.quarterOf(NOW.getEpochSecond());
        var calls = new DynamoDbMemory(aws.dynamoDb(), table, InstantSource.system())
                .recall(Map.of(agent, new Span(quarter - 4, quarter)), Set.of()).history(agent).profile().calls();
        int counted = 0;
        for (long at = quarter - 4; at <= quarter; at++) {
            counted += calls.of(at).calls();
        }
        return counted;
    }
}
