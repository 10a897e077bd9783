package io.trailsentry.publish;

import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Exceptions.Entry;
import io.trailsentry.finding.Judge.Excepted;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a replay saw of each agent and what exceptions hid: the ground of a report. It holds some 16 bytes for each minute
/// with calls. Not thread-safe.
public final class Survey {
    /// Values of one kind that are told apart, first come; an agent can invent Regions without end.
    private static final int MOST_VALUES = 1_000;

    private final Map<Principal, Work> works = new HashMap<>();
    private final List<Hidden> hidden = new ArrayList<>();

    /// A survey of nothing yet.
    ///
    /// @param exceptions those that are in force
    public Survey(Exceptions exceptions) {
        exceptions.entries().forEach(entry -> hidden.add(new Hidden(entry)));
    }

    /// Notes an observation; to be called in the order of events, once for each.
    public void observed(Observation observation) {
        if (observation.isCounted()) {
            works.computeIfAbsent(observation.principal(), key -> new Work()).add(observation);
        }
    }

    /// Notes a step that exceptions took out. It counts for the first exception that covers its strongest signal.
    ///
    /// @param agent name of the agent
    public void excepted(String agent, Excepted step) {
        step.signals().stream().limit(1).forEach(signal -> hidden.stream()
                .filter(entry -> entry.entry.covers(agent, signal)).findFirst()
                .ifPresent(entry -> entry.add(signal.score(), signal.at())));
    }

    /// What each principal did.
    Map<Principal, Work> works() {
        return works;
    }

    /// What each exception hid, in the order of the configuration.
    List<Hidden> hidden() {
        return hidden;
    }

    /// What one exception hid.
    static final class Hidden {
        private final Entry entry;
        private int steps;
        private int gravest;
        private @Nullable Sighting last;

        private Hidden(Entry entry) {
            this.entry = entry;
        }

        private void add(int score, @Nullable Sighting at) {
            steps++;
            gravest = Math.max(gravest, score);
            last = at == null || (last != null && last.compareTo(at) > 0) ? last : at;
        }

        Entry entry() {
            return entry;
        }

        /// Number of steps.
        int steps() {
            return steps;
        }

        /// What the gravest of them would have been by itself.
        Severity gravest() {
            return Severity.of(gravest);
        }

        /// The latest of them; null when there is none, or none has a time.
        @Nullable
        Sighting last() {
            return last;
        }
    }

    /// When a value was seen, and in how many calls.
    static final class Seen {
        private final @Nullable Sighting first;
        private @Nullable Sighting last;
        private int calls;

        private Seen(@Nullable Sighting at) {
            first = at;
        }

        private void add(@Nullable Sighting at) {
            last = at;
            calls++;
        }

        /// The earliest call; null when undated.
        @Nullable
        Sighting first() {
            return first;
        }

        /// The latest call; null when undated.
        @Nullable
        Sighting last() {
            return last;
        }

        int calls() {
            return calls;
        }
    }

    /// Takes minutes that had calls.
    interface EachMinute {
        /// Takes one minute.
        ///
        /// @param minute since 1970
        /// @param denied calls that were refused permission
        void take(long minute, int calls, int denied);
    }

    /// What one principal did.
    static final class Work {
        private static final String DENIED = "denied";

        private final Map<String, Map<String, Seen>> seen = new HashMap<>();
        private long[] minutes = new long[16];
        private int[] calls = new int[16];
        private int[] denied = new int[16];
        private int size;
        private long undated;
        private long total;

        private void add(Observation observation) {
            Sighting at = observation.at();
            total++;
            if (at == null) {
                undated++;
            } else {
                count(at.minute(), observation.marks().stream().anyMatch(mark -> mark.series().equals(DENIED)));
            }
            if (observation.region() != null) {
                see(new Trait("region", observation.region()), at);
            }
            observation.traits().stream().filter(trait -> !trait.kind().equals("region"))
                    .forEach(trait -> see(trait, at));
        }

        private void see(Trait trait, @Nullable Sighting at) {
            Map<String, Seen> values = seen.computeIfAbsent(trait.kind(), key -> new TreeMap<>());
            if (values.size() < MOST_VALUES || values.containsKey(trait.value())) {
                values.computeIfAbsent(trait.value(), key -> new Seen(at)).add(at);
            }
        }

        private void count(long minute, boolean refused) {
            if (size == 0 || minutes[size - 1] != minute) {
                if (size > 0 && minutes[size - 1] > minute) {
                    throw new IllegalStateException("observations are out of order");
                }
                if (size == minutes.length) {
                    minutes = Arrays.copyOf(minutes, size * 2);
                    calls = Arrays.copyOf(calls, size * 2);
                    denied = Arrays.copyOf(denied, size * 2);
                }
                minutes[size++] = minute;
            }
            calls[size - 1]++;
            denied[size - 1] += refused ? 1 : 0;
        }

        /// The minutes with calls, in order.
        void forEachMinute(EachMinute each) {
            for (int i = 0; i < size; i++) {
                each.take(minutes[i], calls[i], denied[i]);
            }
        }

        /// Number of calls.
        long calls() {
            return total;
        }

        /// Number of calls without a time.
        long undated() {
            return undated;
        }

        /// Whether no call has a time.
        boolean isTimeless() {
            return size == 0;
        }

        /// First minute with calls; of no meaning when timeless.
        long firstMinute() {
            return minutes[0];
        }

        /// Last minute with calls; of no meaning when timeless.
        long lastMinute() {
            return minutes[Math.max(0, size - 1)];
        }

        /// What was seen of a kind, as `region` and `service`, by value.
        Map<String, Seen> seen(String kind) {
            return seen.getOrDefault(kind, Map.of());
        }
    }
}
