package io.trailsentry.baseline;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/// When each trait of a principal was seen: its earliest sighting of each UTC day.
///
/// Adding and merging may be done twice and in any order with the same result, so late, doubled and concurrent events
/// do no harm. Novelty is judged as of an event: what came later does not count. Not thread-safe.
public final class Profile {
    /// Days for which sightings are kept.
    public static final int DAYS_KEPT = 120;

    private final Map<Trait, TreeMap<Long, Sighting>> sightings = new HashMap<>();

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

    /// Adds all that another profile knows.
    public void merge(Profile other) {
        other.sightings.forEach((trait, days) -> days.values().forEach(sighting -> add(trait, sighting)));
    }

    /// Drops the sightings of days before one.
    public void forgetBefore(long day) {
        sightings.values().forEach(days -> days.headMap(day).clear());
        sightings.values().removeIf(TreeMap::isEmpty);
    }

    /// Whether nothing is known.
    public boolean isEmpty() {
        return sightings.isEmpty();
    }
}
