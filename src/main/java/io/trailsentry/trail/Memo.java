package io.trailsentry.trail;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Remembers what was made of values that come again and again, in so many places and no more: a value that needs the
/// place of another one takes it. Thread-safe: what is made must be immutable and the same always, so that a lost race
/// costs the making of one again.
///
/// @param <K> what it is made of
/// @param <V> what is made
public final class Memo<K, V> {
    private static final int BITS = 12;
    /// Most characters of a value that is remembered.
    private static final int LONGEST = 2_048;

    private record Made<K, V>(K key, V value) {
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private final @Nullable Made<K, V>[] places = new Made[1 << BITS];
    private final Function<K, V> make;

    /// @param make makes the same of the same always
    public Memo(Function<K, V> make) {
        this.make = make;
    }

    /// What is made of a value.
    ///
    /// @param length characters that the value has, about
    public V of(K key, int length) {
        if (length > LONGEST) {
            return make.apply(key);
        }
        int hash = key.hashCode() * 0x9E3779B9;
        int place = hash >>> (Integer.SIZE - BITS);
        Made<K, V> made = places[place];
        if (made == null || !made.key().equals(key)) {
            made = new Made<>(key, make.apply(key));
            places[place] = made;
        }
        return made.value();
    }
}
