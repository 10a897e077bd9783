package io.trailsentry.detect;

import io.trailsentry.baseline.Habit;
import io.trailsentry.baseline.Habit.Seen;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import java.util.List;
import java.util.stream.Collectors;

/// What something new is worth beside an agent's habits, and the words that say what it was learned from.
///
/// @param habit what was seen of the kind before
/// @param days days since the first call that is known
/// @param did what that was, as in `used`
/// @param thing one of the kind, as in `Region`
/// @param things several of it
record Novelty(Habit habit, long days, String did, String thing, String things) {
    /// How many days a thing is known after it was last seen.
    static final int DAYS = 90;
    private static final int SHOWN = 5;
    private static final int PERCENT = 100;

    /// The novelty of a thing of a kind, beside what was seen before an event.
    static Novelty of(Profile profile, String kind, Sighting at, String did, String thing, String things) {
        return new Novelty(profile.habit(kind, at, DAYS), profile.experience(at).days(), did, thing, things);
    }

    /// The signal as it is worth: a part of its score, the less the more of the days before brought something new.
    ///
    /// @param percent of the score
    /// @param more what else there is to say; empty: nothing
    Signal weighed(Signal signal, int percent, String more) {
        if (habit.values().isEmpty()) {
            return signal.with(part(signal.score() * percent / (double) PERCENT),
                    more + "; learned from " + counted(days, "day", "days") + ", in which it " + did + " no " + thing);
        }
        return signal.with(part(signal.score() * percent / (double) PERCENT * (1 - habit.drift())),
                more + "; learned from " + counted(habit.days(), "day", "days") + ", in which it " + did + " "
                        + listed(habit.values()) + " (" + counted(habit.values().size(), thing, things) + ")"
                        + drifting());
    }

    private static int part(double score) {
        return (int) Math.round(Math.min(PERCENT, score));
    }

    private String drifting() {
        return habit.freshDays() == 0
                ? ""
                : "; a new one came on " + habit.freshDays() + " of " + habit.settledDays()
                        + " days, so it counts for that much less";
    }

    private static String counted(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }

    /// Some values: `a`, `a and b`, `a, b, c, d, e and 3 more`.
    private static String listed(List<Seen> values) {
        List<String> shown = values.stream().limit(SHOWN).map(Seen::value).toList();
        int more = values.size() - shown.size();
        if (more > 0) {
            return String.join(", ", shown) + " and " + more + " more";
        }
        String last = shown.getLast();
        return shown.size() == 1
                ? last
                : shown.stream().limit(shown.size() - 1L).collect(Collectors.joining(", ")) + " and " + last;
    }
}
