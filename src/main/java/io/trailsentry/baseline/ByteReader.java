package io.trailsentry.baseline;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads what a [ByteWriter] wrote. Anything else makes it throw an [IllegalArgumentException]. Not thread-safe.
public final class ByteReader {
    private final ByteBuffer bytes;
    private final List<String> names = new ArrayList<>();

    /// Reads bytes.
    public ByteReader(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    /// Reads a whole number.
    public long number() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            long next = one();
            value |= (next & 0x7F) << shift;
            if ((next & 0x80) == 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new IllegalArgumentException("a number is too long");
    }

    /// Reads how many of something follow.
    public int count() {
        long count = number();
        if (count < 0 || count > bytes.remaining()) {
            throw new IllegalArgumentException(
                    count + " of something cannot follow in " + bytes.remaining() + " bytes");
        }
        return (int) count;
    }

    private int one() {
        try {
            return bytes.get() & 0xFF;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("it ends too early", e);
        }
    }

    /// Reads a number of so many bytes.
    long fixed(int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | one();
        }
        return value;
    }

    private String text(int length) {
        byte[] utf8 = new byte[length];
        bytes.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /// Reads a text that may come again, or none.
    public @Nullable String name() {
        long number = number();
        if (number < 0) {
            return null;
        }
        if (number == 0) {
            names.add(text(count()));
            return names.getLast();
        }
        if (number > names.size()) {
            throw new IllegalArgumentException("no name " + number);
        }
        return names.get((int) number - 1);
    }

    /// Reads a text that may come again.
    String known() {
        String name = name();
        if (name == null) {
            throw new IllegalArgumentException("a name is missing");
        }
        return name;
    }

    /// Reads an id.
    String id() {
        long length = number();
        if (length < 0) {
            return new UUID(fixed(Long.BYTES), fixed(Long.BYTES)).toString();
        }
        if (length > bytes.remaining()) {
            throw new IllegalArgumentException("it ends too early");
        }
        return text((int) length);
    }
}
