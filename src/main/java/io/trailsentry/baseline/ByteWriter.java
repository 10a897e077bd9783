package io.trailsentry.baseline;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes numbers and texts in few bytes. Not thread-safe.
public final class ByteWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<String, Integer> names = new HashMap<>();

    /// Writes a whole number: small ones, also negative ones, take few bytes.
    public void number(long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7FL) != 0) {
            bytes.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    /// Writes the lowest bytes of a number.
    void fixed(long value, int length) {
        for (int i = length - 1; i >= 0; i--) {
            bytes.write((int) (value >>> (8 * i)));
        }
    }

    /// Writes a text.
    private void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        number(utf8.length);
        bytes.writeBytes(utf8);
    }

    /// Writes a text that may come again, or none.
    public void name(@Nullable String name) {
        if (name == null) {
            number(-1);
            return;
        }
        Integer known = names.putIfAbsent(name, names.size());
        if (known != null) {
            number(known + 1L);
        } else {
            number(0);
            text(name);
        }
    }

    /// Writes an id, which takes 17 bytes if it is a UUID as CloudTrail writes them.
    void id(String id) {
        if (id.length() == 36) {
            try {
                UUID uuid = UUID.fromString(id);
                if (uuid.toString().equals(id)) {
                    number(-1);
                    fixed(uuid.getMostSignificantBits(), Long.BYTES);
                    fixed(uuid.getLeastSignificantBits(), Long.BYTES);
                    return;
                }
            } catch (IllegalArgumentException notOne) {
                // It is written as the text that it is.
            }
        }
        text(id);
    }

    /// What was written.
    public byte[] bytes() {
        return bytes.toByteArray();
    }
}
