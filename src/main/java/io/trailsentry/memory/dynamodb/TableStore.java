package io.trailsentry.memory.dynamodb;

import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.finding.History;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/// Parts, claims and sessions as items of a table. Each item tells its format; attributes that are not known are kept.
/// Thread-safe.
final class TableStore implements Store {
    private static final String PK = "pk";
    private static final String SK = "sk";
    private static final String VERSION = "v";
    private static final String FORMAT = "format";
    private static final String EXPIRES = "expires";
    private static final String PRINCIPAL = "principal";
    private static final String LEDGER = "ledger";
    private static final String OWNER = "owner";
    private static final String UNTIL = "until";
    private static final String QUARTER = "quarter";
    private static final String OPEN = "open";
    private static final String CLOSES = "closes";
    private static final String LENDER = "lender";
    private static final String WINDOW = "window";
    private static final String TEXT = "text";
    private static final List<String> ENTRY = List.of(PRINCIPAL, LEDGER, OWNER, UNTIL, QUARTER, OPEN, CLOSES);
    /// Index of the findings whose last word is to be said.
    private static final String INDEX = "open";

    private static final String FINDING = "finding#";

    private static final int MOST_KEYS = 100;
    private static final int MOST_UNPROCESSED = 8;
    private static final int MOST_DUE = 100;
    private static final int LONGEST_NAME = 1_500;
    private static final Duration LASTING_KEPT = Duration.ofDays(121);
    private static final Duration QUARTER_KEPT = Duration.ofDays(3);
    private static final Duration SESSION_KEPT = Duration.ofDays(2);
    /// Longer than a queue keeps a message, so that what comes back after an outage is known.
    private static final Duration FINDING_KEPT = Duration.ofDays(15);

    private static final Map<String, AttributeValue> ALERTS = key("alerts", "window");

    private final DynamoDbClient client;
    private final String table;
    private final InstantSource clock;
    private final Patience patience;
    private final Codec codec = new Codec();

    TableStore(DynamoDbClient client, String table, InstantSource clock, Patience patience) {
        this.client = client;
        this.table = table;
        this.clock = clock;
        this.patience = patience;
    }

    @Override
    public Found read(Collection<Part> parts, Set<String> accessKeyIds) throws MemoryException {
        Map<Map<String, AttributeValue>, Part> wanted = new LinkedHashMap<>();
        parts.forEach(part -> wanted.put(key(part), part));
        Map<Map<String, AttributeValue>, String> sessions = new LinkedHashMap<>();
        accessKeyIds.stream().filter(id -> !id.isEmpty() && id.length() <= LONGEST_NAME)
                .forEach(id -> sessions.put(sessionKey(id), id));
        List<Map<String, AttributeValue>> keys = new ArrayList<>(wanted.keySet());
        keys.addAll(sessions.keySet());
        Map<Part, Stored> found = new HashMap<>();
        Map<String, Lender> lenders = new HashMap<>();
        for (Map<String, AttributeValue> item : items(keys)) {
            Map<String, AttributeValue> key = Map.of(PK, value(item, PK), SK, value(item, SK));
            check(item);
            try {
                Part part = wanted.get(key);
                String session = sessions.get(key);
                if (part != null) {
                    Map<String, AttributeValue> image = new HashMap<>(item);
                    image.keySet().retainAll(Codec.PART);
                    found.put(part, new Stored(codec.history(item), codec.contents(item), version(item), image));
                } else if (session != null) {
                    lenders.put(session, codec.lender(value(item, LENDER)));
                }
            } catch (IOException | RuntimeException e) {
                throw new MemoryException("item " + key + " cannot be read", e);
            }
        }
        return new Found(found, lenders);
    }

    private List<Map<String, AttributeValue>> items(List<Map<String, AttributeValue>> keys) throws MemoryException {
        List<Map<String, AttributeValue>> items = new ArrayList<>();
        List<Map<String, AttributeValue>> left = new ArrayList<>(keys);
        for (int attempt = 0; !left.isEmpty();) {
            List<Map<String, AttributeValue>> now = left.subList(0, Math.min(MOST_KEYS, left.size()));
            var answer = patience.insist(() -> client.batchGetItem(request -> request
                    .requestItems(Map.of(table, KeysAndAttributes.builder().keys(now).consistentRead(true).build()))));
            items.addAll(answer.responses().getOrDefault(table, List.of()));
            List<Map<String, AttributeValue>> next = new ArrayList<>(left.subList(now.size(), left.size()));
            if (answer.hasUnprocessedKeys() && answer.unprocessedKeys().containsKey(table)) {
                next.addAll(answer.unprocessedKeys().get(table).keys());
                if (attempt >= MOST_UNPROCESSED) {
                    throw new MemoryException("DynamoDB leaves keys unread", null);
                }
                patience.pause(attempt++);
            }
            left = next;
        }
        return items;
    }

    @Override
    public long write(Part part, History history, Contents contents, Stored read) throws MemoryException {
        Map<String, AttributeValue> attributes;
        try {
            attributes = codec.encode(history, contents);
        } catch (IOException e) {
            throw new MemoryException("a part cannot be written", e);
        }
        if (attributes.equals(read.image())) {
            return read.version();
        }
        Duration kept = part.isLasting() || part.isRecent() ? LASTING_KEPT : QUARTER_KEPT;
        boolean written = update(key(part), attributes, Codec.PART, read.version(), kept);
        return written ? read.version() + 1 : -1;
    }

    /// Sets attributes if the item's version is still the one that was read.
    ///
    /// @param known names of the attributes of which those that are not given are taken away
    /// @param kept for how long; null: until it is changed
    private boolean update(Map<String, AttributeValue> key, Map<String, AttributeValue> attributes,
            List<String> known, long version, @Nullable Duration kept) throws MemoryException {
        Map<String, String> names = new HashMap<>();
        Map<String, AttributeValue> values = new HashMap<>();
        List<String> set = new ArrayList<>();
        Map<String, AttributeValue> all = new LinkedHashMap<>(attributes);
        all.put(VERSION, number(version + 1));
        all.put(FORMAT, number(Codec.WRITTEN));
        if (kept != null) {
            all.put(EXPIRES, number(clock.instant().plus(kept).getEpochSecond()));
        }
        all.forEach((name, value) -> {
            names.put("#" + name, name);
            values.put(":" + name, value);
            set.add("#" + name + " = :" + name);
        });
        List<String> remove = new ArrayList<>();
        for (String name : known) {
            if (version > 0 && !attributes.containsKey(name)) {
                names.put("#" + name, name);
                remove.add("#" + name);
            }
        }
        String condition = "attribute_not_exists(" + PK + ")";
        if (version > 0) {
            values.put(":before", number(version));
            condition = "#" + VERSION + " = :before";
        }
        String change = "SET " + String.join(", ", set)
                + (remove.isEmpty() ? "" : " REMOVE " + String.join(", ", remove));
        UpdateItemRequest request = UpdateItemRequest.builder().tableName(table).key(key).updateExpression(change)
                .conditionExpression(condition).expressionAttributeNames(names).expressionAttributeValues(values)
                .build();
        try {
            patience.insist(() -> client.updateItem(request));
            return true;
        } catch (MemoryException e) {
            if (e.getCause() instanceof ConditionalCheckFailedException) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void write(Map<String, Lender> opened) throws MemoryException {
        for (Map.Entry<String, Lender> session : opened.entrySet()) {
            String id = session.getKey();
            if (id.isEmpty() || id.length() > LONGEST_NAME) {
                continue;
            }
            Map<String, AttributeValue> item = new HashMap<>(sessionKey(id));
            try {
                item.put(LENDER, codec.encode(session.getValue()));
            } catch (IOException e) {
                throw new MemoryException("a session cannot be written", e);
            }
            item.put(FORMAT, number(Codec.WRITTEN));
            item.put(EXPIRES, number(clock.instant().plus(SESSION_KEPT).getEpochSecond()));
            patience.insist(() -> client.putItem(request -> request.tableName(table).item(item)));
        }
    }

    @Override
    public Entry entry(String findingId) throws MemoryException {
        Map<String, AttributeValue> item = item(findingKey(findingId));
        if (item.isEmpty()) {
            return Entry.NONE;
        }
        try {
            AttributeValue principal = item.get(PRINCIPAL);
            AttributeValue owner = item.get(OWNER);
            AttributeValue closes = item.get(CLOSES);
            return new Entry(version(item), principal == null ? null : codec.principal(principal),
                    codec.ledger(item.get(LEDGER)), owner == null ? null : owner.s(),
                    Instant.ofEpochMilli(Long.parseLong(value(item, UNTIL).n())),
                    closes == null ? null : Instant.ofEpochSecond(Long.parseLong(closes.n())));
        } catch (IOException | RuntimeException e) {
            throw new MemoryException("what was told of finding " + findingId + " cannot be read", e);
        }
    }

    @Override
    public boolean write(String findingId, Entry entry) throws MemoryException {
        Map<String, AttributeValue> attributes = new HashMap<>();
        try {
            Principal principal = entry.principal();
            if (principal != null) {
                attributes.put(PRINCIPAL, codec.encode(principal));
            }
            attributes.put(LEDGER, codec.encode(entry.ledger()));
        } catch (IOException e) {
            throw new MemoryException("what was told of finding " + findingId + " cannot be written", e);
        }
        if (entry.owner() != null) {
            attributes.put(OWNER, AttributeValue.fromS(entry.owner()));
        }
        attributes.put(UNTIL, number(entry.until().toEpochMilli()));
        entry.due(findingId).ifPresent(due -> {
            attributes.put(QUARTER, number(due.quarter()));
            attributes.put(OPEN, AttributeValue.fromS("open"));
            attributes.put(CLOSES, number(due.closes().getEpochSecond()));
        });
        return update(findingKey(findingId), attributes, ENTRY, entry.version(), FINDING_KEPT);
    }

    @Override
    public List<Memory.Due> due(Instant now) throws MemoryException {
        var answer = patience.insist(() -> client.query(request -> request.tableName(table).indexName(INDEX)
                .keyConditionExpression("#open = :open AND #closes <= :now")
                .expressionAttributeNames(Map.of("#open", OPEN, "#closes", CLOSES))
                .expressionAttributeValues(
                        Map.of(":open", AttributeValue.fromS("open"), ":now", number(now.getEpochSecond())))
                .limit(MOST_DUE)));
        List<Memory.Due> due = new ArrayList<>();
        for (Map<String, AttributeValue> item : answer.items()) {
            try {
                due.add(new Memory.Due(value(item, PK).s().substring(FINDING.length()),
                        codec.principal(value(item, PRINCIPAL)), Long.parseLong(value(item, QUARTER).n()),
                        Instant.ofEpochSecond(Long.parseLong(value(item, CLOSES).n()))));
            } catch (IOException | RuntimeException e) {
                throw new MemoryException("what is due cannot be read", e);
            }
        }
        return due;
    }

    @Override
    public Alerts alerts() throws MemoryException {
        Map<String, AttributeValue> item = item(ALERTS);
        if (item.isEmpty()) {
            return Alerts.NONE;
        }
        try {
            return new Alerts(version(item), codec.window(value(item, WINDOW)));
        } catch (IOException | RuntimeException e) {
            throw new MemoryException("the alerts of late cannot be read", e);
        }
    }

    @Override
    public boolean write(Alerts alerts) throws MemoryException {
        Map<String, AttributeValue> attributes = new HashMap<>();
        try {
            attributes.put(WINDOW, codec.encode(alerts.window()));
        } catch (IOException e) {
            throw new MemoryException("the alerts of late cannot be written", e);
        }
        return update(ALERTS, attributes, List.of(WINDOW), alerts.version(), FINDING_KEPT);
    }

    @Override
    public Note note(String name) throws MemoryException {
        Map<String, AttributeValue> item = item(noteKey(name));
        if (item.isEmpty()) {
            return Note.NONE;
        }
        try {
            return new Note(version(item), codec.text(value(item, TEXT)));
        } catch (IOException | RuntimeException e) {
            throw new MemoryException("what is noted of " + name + " cannot be read", e);
        }
    }

    @Override
    public boolean write(String name, Note note) throws MemoryException {
        Map<String, AttributeValue> attributes = new HashMap<>();
        try {
            attributes.put(TEXT, codec.encode(note.text()));
        } catch (IOException e) {
            throw new MemoryException("what is noted of " + name + " cannot be written", e);
        }
        return update(noteKey(name), attributes, List.of(TEXT), note.version(), null);
    }

    /// An item whose format is known; empty when it is not there.
    private Map<String, AttributeValue> item(Map<String, AttributeValue> key) throws MemoryException {
        Map<String, AttributeValue> item = patience.insist(() -> client
                .getItem(request -> request.tableName(table).key(key).consistentRead(true))).item();
        if (!item.isEmpty()) {
            check(item);
        }
        return item;
    }

    @Override
    public void pause(int attempt) {
        patience.pause(attempt);
    }

    private static void check(Map<String, AttributeValue> item) throws MemoryException {
        AttributeValue format = item.get(FORMAT);
        String number = format == null ? "none" : String.valueOf(format.n());
        if (IntStream.rangeClosed(1, Codec.READABLE).mapToObj(Integer::toString).noneMatch(number::equals)) {
            throw new MemoryException("what is remembered has format " + number
                    + ", but this version reads formats up to " + Codec.READABLE + ": it is older than what wrote it",
                    null);
        }
    }

    private static Map<String, AttributeValue> findingKey(String id) {
        return key(FINDING + id, "claim");
    }

    private static Map<String, AttributeValue> noteKey(String name) {
        return key("note#" + name, "note");
    }

    private static Map<String, AttributeValue> sessionKey(String accessKeyId) {
        return key("key#" + accessKeyId, "session");
    }

    private static Map<String, AttributeValue> key(Part part) {
        String sort = part.isLasting() ? "lasting" : part.isRecent() ? "recent" : "quarter#" + part.quarter();
        return key(name(part.principal()), sort);
    }

    /// A name for a principal, of its parts; where they are long, of their hash.
    private static String name(Principal principal) {
        String name = "agent#" + principal.kind() + "#" + principal.account() + "#" + principal.arn() + "#"
                + principal.name();
        if (name.length() <= LONGEST_NAME / 3) {
            return name;
        }
        try {
            return "agent#" + HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    private static Map<String, AttributeValue> key(String partition, String sort) {
        return Map.of(PK, AttributeValue.fromS(partition), SK, AttributeValue.fromS(sort));
    }

    private static AttributeValue number(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }

    private static long version(Map<String, AttributeValue> item) {
        return Long.parseLong(value(item, VERSION).n());
    }

    private static AttributeValue value(Map<String, AttributeValue> item, String name) {
        AttributeValue value = item.get(name);
        if (value == null) {
            throw new IllegalArgumentException("attribute " + name + " is missing");
        }
        return value;
    }
}
