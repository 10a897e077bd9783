package io.trailsentry.baseline;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

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

    /// Whether a trait was seen before an event by a day at least: on one of the given number of UTC days that end two
    /// days before the event's. What was seen yesterday or today may be the beginning of the present deed.
    ///
    /// @param days at least 2
    public boolean seenDaysBefore(Trait trait, Sighting at, int days) {
        TreeMap<Long, Sighting> seen = sightings.get(trait);
        return seen != null && !seen.subMap(at.day() - days, true, at.day() - 2, true).isEmpty();
    }

    /// What was seen of a kind before an event.
    ///
    /// @param kind of traits
    /// @param days how many UTC days before the event's count
    public Habit habit(String kind, Sighting at, int days) {
        List<Habit.Seen> values = new ArrayList<>();
        TreeSet<Long> seen = new TreeSet<>();
        TreeSet<Long> firsts = new TreeSet<>();
        sightings.forEach((trait, known) -> {
            if (trait.kind().equals(kind) && known.firstEntry().getValue().compareTo(at) < 0) {
                firsts.add(known.firstKey());
                TreeSet<Long> own = new TreeSet<>(known.subMap(at.day() - days, true, at.day(), false).keySet());
                Sighting today = known.get(at.day());
                if (today != null && today.compareTo(at) < 0) {
                    own.add(at.day());
                }
                if (!own.isEmpty()) {
                    seen.addAll(own);
                    values.add(new Habit.Seen(trait.value(), own.size(), own.first(), own.last()));
                }
            }
        });
        values.sort(Comparator.comparingInt(Habit.Seen::days).reversed().thenComparing(Habit.Seen::value));
        if (firsts.isEmpty() || seen.isEmpty()) {
            return new Habit(values, seen.size(), 0, 0);
        }
        long after = Math.max(firsts.first(), at.day() - days - 1) + 1;
        long until = Math.max(after, at.day());
        return new Habit(values, seen.size(), firsts.subSet(after, until).size(), seen.subSet(after, until).size());
    }

    /// How many values of a kind were seen for the first time in so many seconds before an event, on its UTC day; itself left
    /// out.
    ///
    /// @param days how many UTC days before the event's make a value known
    public int fresh(String kind, Sighting at, int seconds, int days) {
        int fresh = 0;
        for (Map.Entry<Trait, TreeMap<Long, Sighting>> entry : sightings.entrySet()) {
            if (entry.getKey().kind().equals(kind)) {
                Map.Entry<Long, Sighting> first = entry.getValue().ceilingEntry(at.day() - days);
                if (first != null && first.getKey() == at.day() && first.getValue().compareTo(at) < 0
                        && first.getValue().second() > at.second() - seconds) {
                    fresh++;
                }
            }
        }
        return fresh;
    }

    /// How much was seen before an event.
    ///
    /// @param days days since the first call that is known
    /// @param calls calls that are a day old, so that late events and the present deed change nothing
    public record Experience(long days, long calls) {
        /// Whether that is enough to rely on what was learned.
        public boolean isEnough() {
            return days >= LEARNING_DAYS && calls >= LEARNING_CALLS;
        }
    }

    /// How much was seen before an event.
    public Experience experience(Sighting at) {
        long quarter = Math.floorDiv(at.second(), 900);
        long since = calls.isEmpty() ? 0 : Math.max(0, quarter - calls.first());
        return new Experience(since / CallCounts.QUARTERS_A_DAY, calls.before(quarter - CallCounts.QUARTERS_A_DAY));
    }

    /// Whether enough was seen before an event to rely on what was learned: [#LEARNING_DAYS] since the first call, and
    /// [#LEARNING_CALLS] calls that are a day old.
    public boolean isLearned(Sighting at) {
        return experience(at).isEnough();
    }

    /// Whether another profile has a sighting that would be news to this one.
    public boolean learnsFrom(Profile other) {
        return other.sightings.entrySet().stream()
                .anyMatch(entry -> entry.getValue().values().stream().anyMatch(sighting -> {
                    TreeMap<Long, Sighting> days = sightings.get(entry.getKey());
                    Sighting before = days == null ? null : days.get(sighting.day());
                    return before == null || before.compareTo(sighting) > 0;
                }));
    }

    /// Adds all that another profile knows.
    public void merge(Profile other) {
        calls.merge(other.calls);
        other.sightings.forEach((trait, days) -> days.values().forEach(sighting -> add(trait, sighting)));
    }

    /// Values of a kind that are kept.
    private static final int MOST_VALUES = 500;
    /// Bytes of the traits of a kind that are kept.
    private static final int MOST_BYTES = 36 * 1024;

    /// Drops what cannot be kept because there is too much of it: of each kind the traits that were seen on the fewest days,
    /// and of those the ones that came last; of what was created, the oldest. Of days before one it is kept only that there was
    /// a sighting: nothing that still counts can come before it.
    public void bound(long day) {
        Map<String, List<Trait>> kinds = new HashMap<>();
        sightings.forEach((trait, days) -> {
            kinds.computeIfAbsent(trait.kind(), key -> new ArrayList<>()).add(trait);
            days.headMap(day).replaceAll((old, sighting) -> Sighting.atSomeTimeOf(old));
        });
        kinds.forEach((kind, traits) -> {
            traits.sort(kind.equals(Trait.CREATED) ? newest() : mostDays());
            int bytes = 0;
            for (int i = 0; i < traits.size(); i++) {
                bytes += traits.get(i).weight();
                if (i >= MOST_VALUES || bytes > MOST_BYTES) {
                    sightings.remove(traits.get(i));
                }
            }
        });
    }

    private NavigableMap<Long, Sighting> days(Trait trait) {
        return sightings.getOrDefault(trait, new TreeMap<>());
    }

    private Comparator<Trait> newest() {
        return Comparator.comparing((Trait trait) -> days(trait).lastEntry().getValue()).reversed()
                .thenComparing(Trait::value);
    }

    private Comparator<Trait> mostDays() {
        return Comparator.comparingInt((Trait trait) -> -days(trait).size())
                .thenComparing(trait -> days(trait).firstEntry().getValue()).thenComparing(Trait::value);
    }

    /// Writes the traits, the same always for the same.
    public void writeTraits(ByteWriter out) {
        out.number(sightings.size());
        sightings.entrySet().stream().sorted(Map.Entry.comparingByKey(Trait.ORDER)).forEach(entry -> {
            out.name(entry.getKey().kind());
            out.name(entry.getKey().value());
            writeDays(out, entry.getValue());
        });
    }

    /// Days as bits, the newest first, and the sightings that are known exactly.
    private static void writeDays(ByteWriter out, NavigableMap<Long, Sighting> days) {
        long newest = days.lastKey();
        out.number(newest);
        BitSet bits = new BitSet();
        days.keySet().forEach(day -> bits.set((int) (newest - day)));
        byte[] bytes = bits.toByteArray();
        out.number(bytes.length);
        for (byte one : bytes) {
            out.fixed(one, 1);
        }
        List<Sighting> exact = days.entrySet().stream()
                .filter(day -> !day.getValue().equals(Sighting.atSomeTimeOf(day.getKey()))).map(Map.Entry::getValue)
                .toList();
        out.number(exact.size());
        exact.forEach(sighting -> {
            out.number(sighting.second() - newest * 86_400);
            out.id(sighting.id());
        });
    }

    /// Reads traits into a profile that has none.
    ///
    /// @throws IllegalArgumentException when they were not written so
    public void readTraits(ByteReader in) {
        int size = in.count();
        for (int i = 0; i < size; i++) {
            Trait trait = new Trait(in.known(), in.known());
            long newest = in.number();
            byte[] bytes = new byte[in.count()];
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] = (byte) in.fixed(1);
            }
            TreeMap<Long, Sighting> days = sightings.computeIfAbsent(trait, key -> new TreeMap<>());
            BitSet.valueOf(bytes).stream().forEach(
                    back -> days.put(newest - back, Sighting.atSomeTimeOf(newest - back)));
            for (int exact = in.count(); exact > 0; exact--) {
                Sighting sighting = new Sighting(newest * 86_400 + in.number(), in.id());
                if (days.replace(sighting.day(), sighting) == null) {
                    throw new IllegalArgumentException("a sighting is of a day on which there was none");
                }
            }
            if (days.isEmpty()) {
                throw new IllegalArgumentException("a trait was seen on no day");
            }
        }
    }

    /// Drops the sightings of days before one.
    public void forgetBefore(long day) {
        calls.forgetBefore(day + DAYS_KEPT - CallCounts.DAYS_KEPT);
        sightings.values().forEach(days -> days.headMap(day).clear());
        sightings.values().removeIf(TreeMap::isEmpty);
    }

    /// Whether a trait was seen.
    public boolean hasTraits() {
        return !sightings.isEmpty();
    }

    /// Whether nothing is known.
    public boolean isEmpty() {
        return sightings.isEmpty() && calls.isEmpty();
    }
}
