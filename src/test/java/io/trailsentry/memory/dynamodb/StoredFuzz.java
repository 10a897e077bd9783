package io.trailsentry.memory.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Principal;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Store;
import io.trailsentry.memory.Store.Part;
import io.trailsentry.memory.Store.Stored;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/// Any bytes in place of one attribute of a stored item: it is read or refused as memory that is away, and what is read
/// can be written and is read as the same.
///
/// The first byte says which attribute, the second how: as bytes, as deflated bytes, as a text, a number, or not at all.
public final class StoredFuzz {
    private static final List<Map<String, AttributeValue>> ITEMS = items();
    private static final Codec CODEC = new Codec();

    /// An attribute of an item.
    private record Attribute(Map<String, AttributeValue> item, String name) {
    }

    private static final List<Attribute> ATTRIBUTES = attributes();

    private StoredFuzz() {
    }

    private static List<Map<String, AttributeValue>> items() {
        try {
            return StoredFormatTest.stored().items();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Attribute> attributes() {
        List<Attribute> attributes = new ArrayList<>();
        for (Map<String, AttributeValue> item : ITEMS) {
            for (String name : new TreeSet<>(item.keySet())) {
                if (!name.equals("pk") && !name.equals("sk")) {
                    attributes.add(new Attribute(item, name));
                }
            }
        }
        return attributes;
    }

    /// Reads the damaged item by every way that leads to it.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        Attribute attribute = ATTRIBUTES.get((input[0] & 0xff) % ATTRIBUTES.size());
        Map<String, AttributeValue> item = new HashMap<>(attribute.item());
        byte[] bytes = Arrays.copyOfRange(input, 2, input.length);
        switch (input[1] & 7) {
            case 0, 1 -> item.put(attribute.name(), AttributeValue.fromB(SdkBytes.fromByteArray(bytes)));
            case 2, 3, 4 -> item.put(attribute.name(), AttributeValue.fromB(SdkBytes.fromByteArray(deflated(bytes))));
            case 5 -> item.put(attribute.name(), AttributeValue.fromS(new String(bytes, UTF_8)));
            case 6 -> item.put(attribute.name(), AttributeValue.fromN(String.valueOf(number(bytes))));
            default -> item.remove(attribute.name());
        }
        FakeDynamoDb table = new FakeDynamoDb();
        table.put(item);
        Store store = new TableStore(table, "t", InstantSource.fixed(Instant.parse("2026-11-17T09:40:00Z")),
                new Patience(DynamoDbMemory.PATIENCE, () -> 0, millis -> {
                }));
        read(store, String.valueOf(text(item, "pk")), text(item, "sk"));
    }

    private static void read(Store store, String pk, String sk) {
        String[] part = pk.split("#", 5);
        try {
            if (part[0].equals("agent")) {
                Principal principal = new Principal(Principal.Kind.valueOf(part[1]), part[2], part[3], part[4]);
                Set<Part> parts = new java.util.HashSet<>(List.of(Part.lasting(principal), Part.recent(principal)));
                if (sk.startsWith("quarter#")) {
                    parts.add(new Part(principal, Long.parseLong(sk.substring("quarter#".length()))));
                }
                for (Stored stored : store.read(parts, Set.of()).parts().values()) {
                    isWrittenAsTheSame(stored);
                }
            } else {
                String id = pk.substring(pk.indexOf('#') + 1);
                store.read(Set.of(), Set.of(id));
                store.entry(id);
                store.note(id);
                store.alerts();
                store.due(Instant.parse("2027-01-01T00:00:00Z"));
            }
        } catch (MemoryException e) {
            assertThat(e).hasMessageFindingMatch("\\S");
        }
    }

    private static void isWrittenAsTheSame(Stored stored) {
        try {
            Map<String, AttributeValue> written = CODEC.encode(stored.history(), stored.contents());
            assertThat(CODEC.encode(CODEC.history(written), CODEC.contents(written))).isEqualTo(written);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Map<String, AttributeValue> item, String name) {
        return String.valueOf(item.getOrDefault(name, AttributeValue.fromS("")).s());
    }

    private static long number(byte[] bytes) {
        long number = 0;
        for (int i = 0; i < Math.min(Long.BYTES, bytes.length); i++) {
            number = number << 8 | (bytes[i] & 0xff);
        }
        return number;
    }

    private static byte[] deflated(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed, deflater)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return packed.toByteArray();
    }
}
