package io.trailsentry.memory.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.finding.AlertWindow.Place;
import io.trailsentry.finding.HeldBack;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.memory.MemoryContract;
import io.trailsentry.trail.Seed;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.InternalServerErrorException;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.dynamodb.model.RequestLimitExceededException;

class DynamoDbMemoryTest extends MemoryContract {
    private final FakeDynamoDb table = new FakeDynamoDb();
    private final List<Long> slept = new ArrayList<>();
    private long nanos;
    private final Memory memory = new DynamoDbMemory(table, "trailsentry-memory", InstantSource.fixed(NOW),
            new Patience(Duration.ofSeconds(2), () -> nanos, this::sleep));

    private void sleep(long millis) {
        slept.add(millis);
        nanos += millis * 1_000_000;
    }

    @Override
    protected Memory memory() {
        return memory;
    }

    private void remember() throws MemoryException {
        remember(NOW.getEpochSecond());
    }

    private void remember(long second) throws MemoryException {
        memory.recall(Map.of(agent, Span.NONE), Set.of())
                .commit(Map.of(agent, gain(deed(second, "e", "role", 90, null))), Map.of());
    }

    private Map<String, AttributeValue> recent() {
        return table.items().stream().filter(item -> AttributeValue.fromS("recent").equals(item.get("sk"))).findFirst()
                .orElseThrow();
    }

    @Test
    void throttlingAndFailures_areTriedAgainAfterPauses() throws MemoryException {
        table.fail(ProvisionedThroughputExceededException.builder().statusCode(400)
                .awsErrorDetails(details("ProvisionedThroughputExceededException")).build(),
                InternalServerErrorException.builder().statusCode(500).build(),
                SdkClientException.create("timed out"), RequestLimitExceededException.builder().statusCode(400)
                        .awsErrorDetails(details("RequestLimitExceeded")).build());
        remember();
        assertThat(slept).hasSize(4).allMatch(millis -> millis >= 0 && millis <= 400);
        assertThat(recent()).containsKey("minutes");
    }

    private static AwsErrorDetails details(String code) {
        return AwsErrorDetails.builder().errorCode(code).build();
    }

    @Test
    void failures_withoutEnd_areMemoryAwayAfterAWhile() {
        RuntimeException[] failures = new RuntimeException[200];
        Arrays.fill(failures, SdkClientException.create("timed out"));
        table.fail(failures);
        assertThatThrownBy(this::remember).isInstanceOf(MemoryException.class).hasMessageContaining("timed out");
        assertThat(nanos).isBetween(2_000_000_000L, 2_500_000_000L);
    }

    @Test
    void refusal_isMemoryAwayAtOnce() {
        table.fail(DynamoDbException.builder().statusCode(400).message("no such table").build());
        assertThatThrownBy(this::remember).isInstanceOf(MemoryException.class).hasMessageContaining("no such table");
        assertThat(slept).isEmpty();
    }

    @Test
    void unprocessedKeys_areAskedForAgain() throws MemoryException {
        remember();
        table.leaveUnprocessed(2);
        assertThat(memory.recall(Map.of(agent, new Span(Long.MAX_VALUE, Long.MIN_VALUE)), Set.of("k")).history(agent)
                .isEmpty()).isFalse();
        assertThat(slept).hasSize(1);
    }

    @Test
    void sameAgain_isNotWritten() throws MemoryException {
        remember();
        table.reset();
        remember();
        assertThat(table.writeUnits()).isZero();
    }

    @Test
    void ordinaryBatch_isOneReadAndOneWrite() throws MemoryException {
        remember();
        table.reset();
        memory.recall(Map.of(agent, Span.NONE), Set.of())
                .commit(Map.of(agent, gain(deed(NOW.getEpochSecond() + 1, "e2", "role", 90, null))), Map.of());
        assertThat(table.requests()).isEqualTo(2);
    }

    @Test
    void attributesThatAreNotKnown_areKept() throws MemoryException {
        remember();
        Map<String, AttributeValue> item = new HashMap<>(recent());
        item.put("future", AttributeValue.fromS("something"));
        table.put(item);
        memory.recall(Map.of(agent, Span.NONE), Set.of())
                .commit(Map.of(agent, gain(deed(NOW.getEpochSecond() + 1, "e2", "role", 90, null))), Map.of());
        assertThat(recent()).containsEntry("future", AttributeValue.fromS("something"));
    }

    @Test
    void itemTooNew_isMemoryAway_notPoison() throws MemoryException {
        remember();
        Map<String, AttributeValue> item = new HashMap<>(recent());
        item.put("format", AttributeValue.fromN("2"));
        table.put(item);
        assertThatThrownBy(this::remember).isInstanceOf(MemoryException.class).hasMessageContaining("format 2");
    }

    @Test
    void itemThatCannotBeRead_isMemoryAway() throws MemoryException {
        remember();
        for (String attribute : List.of("minutes", "stories", "contents")) {
            Map<String, AttributeValue> good = recent();
            Map<String, AttributeValue> item = new HashMap<>(good);
            item.put(attribute, AttributeValue.fromB(SdkBytes.fromByteArray(new byte[]{3, 2, 1})));
            table.put(item);
            assertThatThrownBy(this::remember).as(attribute).isInstanceOf(MemoryException.class)
                    .hasMessageContaining("cannot be read");
            table.put(good);
        }
    }

    @Test
    void itemOfOtherTypes_isMemoryAway() throws MemoryException {
        remember();
        for (String attribute : List.of("minutes", "stories", "contents", "v", "format")) {
            Map<String, AttributeValue> good = recent();
            Map<String, AttributeValue> item = new HashMap<>(good);
            item.put(attribute, AttributeValue.fromS("1"));
            table.put(item);
            assertThatThrownBy(this::remember).as(attribute).isInstanceOf(MemoryException.class);
            table.put(good);
        }
    }

    /// Everything that an agent can make up, of the longest texts, which no compression makes shorter.
    @Test
    void worstItems_fitIntoAnItem() throws MemoryException {
        Random random = Seed.random("DynamoDbMemoryTest.worst", 9);
        long start = NOW.getEpochSecond() / 900 * 900;
        for (int batch = 0; batch < 8; batch++) {
            History gain = new History();
            for (int i = 0; i < 6_000; i++) {
                String id = new UUID(random.nextLong(), random.nextLong()).toString();
                Sighting at = new Sighting(start + random.nextInt(900), id);
                String made = made(random, 128);
                gain.add(new Observation(agent, id, at, made, made, List.of(Mark.CALL, new Mark("bulk-objects", ""),
                        new Mark("bulk-secrets", ""), new Mark("denied", made), new Mark("iam-reads", made),
                        new Mark("regions", made)), List.of(), List.of(), null));
            }
            for (int i = 0; i < 100; i++) {
                String id = new UUID(random.nextLong(), random.nextLong()).toString();
                List<Trait> traits = IntStream.range(0, 9).mapToObj(kind -> new Trait("kind" + kind, made(random, 256)))
                        .toList();
                Observation deed = deed(start + i, id, made(random, 500), 50, null);
                gain.add(new Observation(agent, id, deed.at(), made(random, 500), null, List.of(), traits,
                        deed.signals(), null));
            }
            memory.recall(Map.of(agent, Span.NONE), Set.of()).commit(Map.of(agent, gain), Map.of());
        }
        remember(start + 900);
        assertThat(table.largest().get("quarter")).isBetween(200_000, FakeDynamoDb.LARGEST_ITEM);
        assertThat(table.largest().get("recent")).isLessThan(FakeDynamoDb.LARGEST_ITEM);
        assertThat(table.largest().get("lasting")).isBetween(200_000, FakeDynamoDb.LARGEST_ITEM);
        System.out.println("worst items: " + table.largest());
    }

    @Test
    void worstAlerts_fitIntoAnItem() throws MemoryException {
        Random random = Seed.random("DynamoDbMemoryTest.alerts", 9);
        for (Severity severity : Severity.values()) {
            List<Place> places = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                places.add(new Place(i % 2 == 0 ? "ALERTS" : "PAGES",
                        String.format("%016x", random.nextLong()) + "#" + random.nextInt(1_000), severity));
            }
            memory.alerts(window -> window.with(places, NOW, Duration.ofMinutes(10), 1_000));
        }
        for (int i = 0; i < 200; i++) {
            String name = made(random, 128);
            HeldBack held = new HeldBack(NOW, NOW, Map.of(Severity.HIGH, 1), Map.of("ALERTS", 1), Map.of(name, 1),
                    Map.of(name, 1), Map.of(name, 1), Map.of());
            memory.alerts(window -> window.holding(held));
        }
        assertThat(memory.alerts(window -> window).places()).hasSize(10_000);
        assertThat(table.largest().get("window")).isBetween(50_000, FakeDynamoDb.LARGEST_ITEM);
        System.out.println("worst alerts: " + table.largest());
    }

    private static String made(Random random, int length) {
        return random.ints(length, 0x4e00, 0x9fff).mapToObj(Character::toString).collect(Collectors.joining());
    }

    @Test
    void everyItem_runsOut() throws MemoryException {
        remember();
        memory.claim("f", "a", NOW);
        memory.alerts(
                window -> window.with(List.of(new Place("ALERTS", "s", Severity.HIGH)), NOW, Duration.ofMinutes(1),
                        1));
        assertThat(table.items()).hasSize(4).allSatisfy(item -> assertThat(item).containsKeys("expires", "format"));
    }
}
