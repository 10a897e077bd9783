package io.trailsentry.baseline;

import java.util.List;

/// What a principal did of one kind before an event: the Regions it used, the networks it came from.
///
/// @param values those that were seen, the one of most days first; equals in alphabetical order
/// @param days UTC days on which any of them was seen
/// @param freshDays of the days after the first: those that brought a value never seen before. The event's own day does
///         not count, so that one deed does not excuse the next
/// @param settledDays the days that `freshDays` is a part of
public record Habit(List<Seen> values, int days, int freshDays, int settledDays) {
    /// Copies the list.
    public Habit {
        values = List.copyOf(values);
    }

    /// One value.
    ///
    /// @param value as in the trait
    /// @param days UTC days on which it was seen
    /// @param first the first of them, in days since 1970
    /// @param last the last of them
    public record Seen(String value, int days, long first, long last) {
    }

    /// How ordinary it is that something new comes: the share of days that brought something new, from 0 to 1.
    public double drift() {
        return settledDays == 0 ? 0 : (double) freshDays / settledDays;
    }
}
