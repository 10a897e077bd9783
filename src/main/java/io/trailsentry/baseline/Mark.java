package io.trailsentry.baseline;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// What a call counts as, where calls are counted by minute: a series, and a value within it.
///
/// @param series as in `calls`, `denied`
/// @param value what is told apart within the series; empty when nothing is
public record Mark(String series, String value) implements Comparable<Mark> {
    /// Any call.
    public static final Mark CALL = new Mark("calls", "");
    private static final int LONGEST = 128;

    private static final Comparator<Mark> ORDER = Comparator.comparing(Mark::series).thenComparing(Mark::value);

    /// Cuts a value of more than 128 characters: no name that AWS gives is as long.
    public Mark {
        value = value.length() <= LONGEST ? value : value.substring(0, LONGEST);
    }

    @Override
    public int hashCode() {
        return series.hashCode() * 31 + value.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Mark that && series.equals(that.series) && value.equals(that.value));
    }

    @Override
    public int compareTo(Mark other) {
        return ORDER.compare(this, other);
    }
}
