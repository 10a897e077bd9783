package io.trailsentry.memory.dynamodb;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/// A table in this process that takes the requests of [TableStore], honours their conditions, and counts what they cost by
/// AWS's rules: a read unit for each 4 KB read consistently, a write unit for each 1 KB of the larger of the item before
/// and after, one at least of either. Thread-safe.
public final class FakeDynamoDb implements DynamoDbClient {
    /// DynamoDB's limit.
    public static final int LARGEST_ITEM = 400 * 1024;

    private final Map<String, Map<String, AttributeValue>> items = new TreeMap<>();
    private final Deque<RuntimeException> failures = new ArrayDeque<>();
    private final Map<String, Integer> largest = new TreeMap<>();
    private final Map<String, List<Integer>> written = new TreeMap<>();
    private double readUnits;
    private double writeUnits;
    private int requests;
    private int unprocessed;

    @Override
    public String serviceName() {
        return "dynamodb";
    }

    @Override
    public void close() {
        // It holds nothing.
    }

    /// Makes the next requests fail.
    public synchronized void fail(RuntimeException... with) {
        failures.addAll(List.of(with));
    }

    /// Makes the next batch read leave keys out.
    public synchronized void leaveUnprocessed(int keys) {
        unprocessed = keys;
    }

    /// Read units since the last reset.
    public synchronized double readUnits() {
        return readUnits;
    }

    /// Write units since the last reset.
    public synchronized double writeUnits() {
        return writeUnits;
    }

    /// Requests since the last reset.
    public synchronized int requests() {
        return requests;
    }

    /// Largest item that was written, in bytes, by sort of item.
    public synchronized Map<String, Integer> largest() {
        return new TreeMap<>(largest);
    }

    /// Sizes of all items as they were written, by sort of item.
    public synchronized Map<String, List<Integer>> written() {
        return new TreeMap<>(written);
    }

    /// Begins to count anew.
    public synchronized void reset() {
        readUnits = 0;
        writeUnits = 0;
        requests = 0;
        largest.clear();
        written.clear();
    }

    /// All items.
    public synchronized List<Map<String, AttributeValue>> items() {
        return List.copyOf(items.values());
    }

    /// Changes an item behind everybody's back.
    public synchronized void put(Map<String, AttributeValue> item) {
        items.put(key(item), item);
    }

    private void begin() {
        requests++;
        RuntimeException failure = failures.poll();
        if (failure != null) {
            throw failure;
        }
    }

    private static String key(Map<String, AttributeValue> item) {
        return item.getOrDefault("pk", AttributeValue.fromS("")).s() + "\n"
                + item.getOrDefault("sk", AttributeValue.fromS("")).s();
    }

    private Map<String, AttributeValue> read(Map<String, AttributeValue> key, boolean consistent) {
        Map<String, AttributeValue> item = items.getOrDefault(key(key), Map.of());
        readUnits += Math.max(1, (size(item) + 4095) / 4096) * (consistent ? 1 : 0.5);
        return item;
    }

    private void write(Map<String, AttributeValue> item, @Nullable Map<String, AttributeValue> before) {
        int size = size(item);
        if (size > LARGEST_ITEM) {
            throw DynamoDbException.builder().statusCode(400).message("Item size has exceeded the maximum").build();
        }
        int larger = Math.max(size, before == null ? 0 : size(before));
        writeUnits += Math.max(1, (larger + 1023) / 1024);
        // The index: an entry is put, taken away, or both; a change of what it does not show costs nothing.
        Map<String, AttributeValue> now = index(item);
        Map<String, AttributeValue> then = before == null ? Map.of() : index(before);
        if (!now.equals(then)) {
            writeUnits += (now.isEmpty() ? 0 : 1) + (then.isEmpty() ? 0 : 1);
        }
        String sort = sort(item);
        largest.merge(sort, size, Math::max);
        written.computeIfAbsent(sort, key -> new ArrayList<>()).add(size);
        items.put(key(item), item);
    }

    private static Map<String, AttributeValue> index(Map<String, AttributeValue> item) {
        Map<String, AttributeValue> index = new HashMap<>(item);
        index.keySet().retainAll(List.of("open", "closes", "principal", "quarter"));
        return item.containsKey("open") ? index : Map.of();
    }

    private static String sort(Map<String, AttributeValue> item) {
        String sort = item.getOrDefault("sk", AttributeValue.fromS("")).s();
        return sort.contains("#") ? sort.substring(0, sort.indexOf('#')) : sort;
    }

    /// Bytes of an item by AWS's rules: names and values.
    static int size(Map<String, AttributeValue> item) {
        int size = 0;
        for (Map.Entry<String, AttributeValue> attribute : item.entrySet()) {
            size += attribute.getKey().length();
            AttributeValue value = attribute.getValue();
            size += switch (value.type()) {
                case S -> value.s().getBytes(StandardCharsets.UTF_8).length;
                case N -> value.n().length() / 2 + 2;
                case B -> value.b().asByteArrayUnsafe().length;
                default -> throw new IllegalArgumentException("no size of " + value.type());
            };
        }
        return size;
    }

    @Override
    public synchronized BatchGetItemResponse batchGetItem(BatchGetItemRequest request) {
        begin();
        Map.Entry<String, KeysAndAttributes> table = request.requestItems().entrySet().iterator().next();
        List<Map<String, AttributeValue>> keys = table.getValue().keys();
        if (keys.size() > 100 || keys.stream().distinct().count() < keys.size()) {
            throw DynamoDbException.builder().statusCode(400).message("too many keys, or one twice").build();
        }
        int left = Math.min(unprocessed, keys.size() - 1);
        unprocessed = 0;
        List<Map<String, AttributeValue>> found = new ArrayList<>();
        for (Map<String, AttributeValue> key : keys.subList(left, keys.size())) {
            Map<String, AttributeValue> item = read(key, table.getValue().consistentRead());
            if (!item.isEmpty()) {
                found.add(item);
            }
        }
        return BatchGetItemResponse.builder().responses(Map.of(table.getKey(), found))
                .unprocessedKeys(left == 0
                        ? Map.of()
                        : Map.of(table.getKey(), KeysAndAttributes.builder().keys(keys.subList(0, left)).build()))
                .build();
    }

    @Override
    public synchronized GetItemResponse getItem(GetItemRequest request) {
        begin();
        return GetItemResponse.builder().item(read(request.key(), request.consistentRead())).build();
    }

    @Override
    public synchronized PutItemResponse putItem(PutItemRequest request) {
        begin();
        write(request.item(), items.get(key(request.item())));
        return PutItemResponse.builder().build();
    }

    @Override
    public synchronized UpdateItemResponse updateItem(UpdateItemRequest request) {
        begin();
        Map<String, AttributeValue> before = items.get(key(request.key()));
        if (!holds(request, before)) {
            writeUnits += before == null ? 1 : Math.max(1, (size(before) + 1023) / 1024);
            throw ConditionalCheckFailedException.builder().statusCode(400).message("The conditional request failed")
                    .build();
        }
        Map<String, AttributeValue> item = new HashMap<>(before == null ? request.key() : before);
        String[] parts = request.updateExpression().split(" REMOVE ", -1);
        for (String set : parts[0].substring("SET ".length()).split(", ", -1)) {
            String[] sides = set.split(" = ", -1);
            item.put(name(request, sides[0]), value(request, sides[1]));
        }
        if (parts.length > 1) {
            for (String remove : parts[1].split(", ", -1)) {
                item.remove(name(request, remove));
            }
        }
        write(item, before);
        return UpdateItemResponse.builder().build();
    }

    private static boolean holds(UpdateItemRequest request, @Nullable Map<String, AttributeValue> before) {
        String condition = request.conditionExpression();
        if (condition.equals("attribute_not_exists(pk)")) {
            return before == null;
        }
        String[] sides = condition.split(" = ", -1);
        return before != null && value(request, sides[1]).equals(before.get(name(request, sides[0])));
    }

    private static String name(UpdateItemRequest request, String placeholder) {
        String name = request.expressionAttributeNames().get(placeholder);
        if (name == null) {
            throw new IllegalArgumentException("no name " + placeholder);
        }
        return name;
    }

    private static AttributeValue value(UpdateItemRequest request, String placeholder) {
        AttributeValue value = request.expressionAttributeValues().get(placeholder);
        if (value == null) {
            throw new IllegalArgumentException("no value " + placeholder);
        }
        return value;
    }

    @Override
    public synchronized QueryResponse query(QueryRequest request) {
        begin();
        AttributeValue now = request.expressionAttributeValues().get(":now");
        long until = Long.parseLong(now == null ? "0" : now.n());
        List<Map<String, AttributeValue>> due = items.values().stream()
                .filter(item -> item.containsKey("open") && closes(item) <= until)
                .sorted(Comparator.comparingLong(FakeDynamoDb::closes)).limit(request.limit()).toList();
        readUnits += Math.max(0.5, due.size() * 200 / 8192.0);
        return QueryResponse.builder().items(due).build();
    }

    private static long closes(Map<String, AttributeValue> item) {
        return Long.parseLong(item.getOrDefault("closes", AttributeValue.fromN("0")).n());
    }
}
