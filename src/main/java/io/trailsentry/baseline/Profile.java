package io.trailsentry.baseline;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/// What is usual for a principal: when each of its traits was seen, as the earliest sighting of each UTC day, and how many
/// calls it made.
///
/// Adding and merging may be done twice and in any order with the same result, so late, doubled and concurrent events
/// do no harm. Novelty is judged as of an event: what came later does not count. Not thread-safe.
public final class Profile {
    /// Days for which sightings are kept.
    public static final int DAYS_KEPT = 120;

    /// Days from the first sighting until what was learned is relied upon.
    public static final int LEARNING_DAYS = 7;
    /// Calls until what was learned is relied upon.
    public static final int LEARNING_CALLS = 200;

    private final Map<Trait, TreeMap<Long, Sighting>> sightings = new HashMap<>();
    private final CallCounts calls = new CallCounts();

    /// Notes that a trait was seen.
    ///
    /// @return whether that was news: the first or an earlier sighting of its day
    public boolean add(Trait trait, Sighting sighting) {
        TreeMap<Long, Sighting> days = sightings.computeIfAbsent(trait, key -> new TreeMap<>());
        Sighting before = days.get(sighting.day());
        if (before != null && before.compareTo(sighting) <= 0) {
            return false;
        }
        days.put(sighting.day(), sighting);
        return true;
    }

    /// Whether a trait was seen before a sighting: on its UTC day or on one of the given number of days before it.
    public boolean seenBefore(Trait trait, Sighting at, int days) {
        TreeMap<Long, Sighting> seen = sightings.get(trait);
        if (seen == null) {
            return false;
        }
        return seen.subMap(at.day() - days, true, at.day(), true).values().stream().anyMatch(s -> s.compareTo(at) < 0);
    }

    /// How many calls there were. What is added to it is added to this profile.
    public CallCounts calls() {
        return calls;
    }

    /// Whether enough was seen before an event to rely on what was learned: [#LEARNING_DAYS] since the first call, and
    /// [#LEARNING_CALLS] calls that are a day old, so that late events and the present deed change nothing.
    public boolean isLearned(Sighting at) {
        long quarter = Math.floorDiv(at.second(), 900);
        return calls.first() <= quarter - LEARNING_DAYS * (long) CallCounts.QUARTERS_A_DAY
                && calls.before(quarter - CallCounts.QUARTERS_A_DAY) >= LEARNING_CALLS;
    }

    /// Adds all that another profile knows.
    public void merge(Profile other) {
        calls.merge(other.calls);
        other.sightings.forEach((trait, days) -> days.values().forEach(sighting -> add(trait, sighting)));
    }

    /// Drops the sightings of days before one.
    public void forgetBefore(long day) {
        calls.forgetBefore(day + DAYS_KEPT - CallCounts.DAYS_KEPT);
        sightings.values().forEach(days -> days.headMap(day).clear());
        sightings.values().removeIf(TreeMap::isEmpty);
    }

    /// Whether nothing is known.
    public boolean isEmpty() {
        return sightings.isEmpty() && calls.isEmpty();
    }
}
