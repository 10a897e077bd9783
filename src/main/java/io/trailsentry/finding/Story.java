package io.trailsentry.finding;

import io.trailsentry.baseline.DistinctCount;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.detect.Signal.Window;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The signals of one agent in one session and quarter hour, with the number and span of the events behind them.
///
/// Adding and merging may be done twice and in any order with the same result. Not thread-safe.
public final class Story {
    /// Signals kept for each step; more events of the same step are counted only.
    private static final int KEPT = Finding.MAX_EVENT_IDS;

    /// Which story a signal belongs to.
    ///
    /// @param session `principalId`; null for signals about how many calls there were
    /// @param quarter whole UTC quarter hours since 1970; [#UNDATED] for events without a time
    public record Key(@Nullable String session, long quarter) {
        /// The quarter of events without a time.
        public static final long UNDATED = Long.MIN_VALUE;
        /// Length of a quarter hour.
        public static final long SECONDS = 900;

        /// The quarter hour that a second since 1970 lies in.
        public static long quarterOf(long second) {
            return Math.floorDiv(second, SECONDS);
        }

        /// The story of an event.
        public static Key of(@Nullable String session, @Nullable Sighting at) {
            return new Key(session, at == null ? UNDATED : quarterOf(at.second()));
        }

        /// The same session a quarter hour before; null for undated events.
        @Nullable
        Key previous() {
            return quarter == UNDATED ? null : new Key(session, quarter - 1);
        }

        /// Second since 1970 at which the quarter ends; never, for undated events.
        public long end() {
            return quarter == UNDATED ? Long.MAX_VALUE : (quarter + 1) * SECONDS;
        }
    }

    /// What is the same deed, however often it is done.
    ///
    /// @param detector id of the detector
    /// @param action `service:EventName`; null for a window of calls
    /// @param target what was acted upon; null when nothing is named
    public record Step(String detector, @Nullable String action, @Nullable String target) {
        /// The step of a signal.
        public static Step of(Signal signal) {
            return new Step(signal.detector(), signal.action(), signal.target());
        }

        /// A short name that tells the step from every other.
        public String id() {
            return Judge.hash(detector, action == null ? "" : action, target == null ? "" : target);
        }

        /// The step as one text that tells it from every other.
        String text() {
            return detector + '\n' + (action == null ? "" : action) + '\n' + (target == null ? "" : target);
        }
    }

    private final Map<Step, Deed> deeds = new HashMap<>();

    /// A signal that a story keeps.
    ///
    /// @param session session of the story
    /// @param signal the signal
    /// @param first whether it is the strongest of its step
    /// @param weight bytes that it takes, about
    record Kept(@Nullable String session, Signal signal, boolean first, int weight) {
        /// What is kept longest comes first: one signal of each step, then the strongest.
        static final Comparator<Kept> WORTH = Comparator.comparing((Kept kept) -> !kept.first())
                .thenComparing(Kept::signal, Signal.STRONGEST)
                .thenComparing(kept -> kept.session() == null ? "" : kept.session())
                .thenComparing(kept -> Step.of(kept.signal()).text());
    }

    /// Drops the signals whose premise is broken: what was seen before stays seen.
    void dropBroken(Profile profile) {
        deeds.values().forEach(deed -> deed.kept.removeIf(signal -> isBroken(signal, profile)));
        deeds.values().removeIf(deed -> deed.kept.isEmpty() && deed.events.count() == 0);
    }

    /// The signals that are kept.
    List<Kept> kept(@Nullable String session) {
        List<Kept> all = new ArrayList<>();
        deeds.values().forEach(deed -> {
            boolean first = true;
            for (Signal signal : deed.kept) {
                int sketch = first ? Long.BYTES * Math.min(DistinctCount.KEPT, deed.events.count()) : 0;
                all.add(new Kept(session, signal, first, signal.weight() + sketch));
                first = false;
            }
        });
        return all;
    }

    /// Drops a signal, and its step with the last one.
    void drop(Signal signal) {
        Step step = Step.of(signal);
        Deed deed = deeds.get(step);
        if (deed != null) {
            deed.kept.remove(signal);
            if (deed.kept.isEmpty()) {
                deeds.remove(step);
            }
        }
    }

    /// What is known of a step's events beyond the signals that are kept.
    ///
    /// @param detector as in [Step]
    /// @param action as in [Step]
    /// @param target as in [Step]
    /// @param beyond their hashes
    /// @param first the earliest event; null when undated
    /// @param last the latest event; null when undated
    public record More(String detector, @Nullable String action, @Nullable String target, String beyond,
            @Nullable Sighting first, @Nullable Sighting last) {
    }

    /// The signals that are kept.
    public List<Signal> signals() {
        return deeds.values().stream().flatMap(deed -> deed.kept.stream())
                .sorted(Signal.STRONGEST.thenComparing(signal -> Step.of(signal).text())).toList();
    }

    /// What is known of its steps' events beyond the signals that are kept.
    public List<More> more() {
        List<More> all = new ArrayList<>();
        deeds.forEach((step, deed) -> {
            String beyond = deed.events.beyond(deed.kept.stream().filter(signal -> signal.premise() == null)
                    .map(signal -> signal.evidence().eventId()).toList());
            if (!beyond.isEmpty()) {
                all.add(new More(step.detector(), step.action(), step.target(), beyond, deed.first, deed.last));
            }
        });
        all.sort(Comparator.comparing(more -> new Step(more.detector(), more.action(), more.target()).text()));
        return all;
    }

    /// Adds what is known of a step's events.
    public void add(More more) {
        Deed deed = deeds.computeIfAbsent(new Step(more.detector(), more.action(), more.target()), key -> new Deed());
        deed.events.addBeyond(more.beyond());
        deed.first = earlier(deed.first, more.first());
        deed.last = later(deed.last, more.last());
    }

    /// Whether it has no step.
    boolean isEmpty() {
        return deeds.isEmpty();
    }

    /// Adds a signal.
    public void add(Signal signal) {
        deeds.computeIfAbsent(Step.of(signal), key -> new Deed()).add(signal);
    }

    /// Adds all that another part of the same story holds.
    public void merge(Story other) {
        other.deeds.forEach((step, deed) -> deeds.computeIfAbsent(step, key -> new Deed()).merge(deed));
    }

    /// Adds to its signals the tool calls behind their events, where they are known.
    void complete(ToolCalls toolCalls) {
        deeds.values().forEach(deed -> deed.complete(toolCalls));
    }

    /// Whether a signal does not hold: something was seen before that it takes for new, or, of what was only learned, the
    /// event has no time. What was seen before stays so, therefore such a signal need not be kept.
    static boolean isBroken(Signal signal, Profile profile) {
        Premise premise = signal.premise();
        return premise != null && (signal.at() == null
                ? premise.learned()
                : profile.seenBefore(premise.unseen(), signal.at(), premise.days()));
    }

    /// What of the story holds, given what was seen before each of its events.
    ///
    /// @param weighed gives a signal the score that it is worth by what was seen before
    List<Part> holding(Profile profile, UnaryOperator<Signal> weighed) {
        List<Part> parts = new ArrayList<>();
        for (Deed deed : deeds.values()) {
            Part part = deed.holding(profile, weighed);
            if (!part.signals().isEmpty()) {
                parts.add(part);
            }
        }
        return parts;
    }

    /// The signals of one step, with the number and span of its events.
    private static final class Deed {
        private final TreeSet<Signal> kept = new TreeSet<>(Signal.STRONGEST);
        private final DistinctCount events = new DistinctCount();
        private @Nullable Sighting first;
        private @Nullable Sighting last;

        void add(Signal signal) {
            keep(signal);
            if (signal.premise() == null) {
                // What depends on a premise is counted when it is judged: it may fall away.
                events.add(signal.evidence().eventId());
                first = earlier(first, signal.at());
                last = later(last, signal.at());
            }
        }

        private void keep(Signal signal) {
            if (!kept.add(signal) && signal.evidence().toolCall() != null) {
                replace(signal);
            }
            if (kept.size() > KEPT) {
                kept.pollLast();
            }
        }

        private void replace(Signal signal) {
            kept.remove(signal);
            kept.add(signal);
        }

        void complete(ToolCalls toolCalls) {
            List<Signal> completed = kept.stream()
                    .filter(signal -> signal.evidence().toolCall() == null && signal.evidence().requestId() != null)
                    .map(toolCalls::complete).filter(signal -> signal.evidence().toolCall() != null).toList();
            completed.forEach(this::replace);
        }

        void merge(Deed other) {
            other.kept.forEach(this::keep);
            events.merge(other.events);
            first = earlier(first, other.first);
            last = later(last, other.last);
        }

        Part holding(Profile profile, UnaryOperator<Signal> weighed) {
            List<Signal> signals = kept.stream().filter(signal -> !isBroken(signal, profile)).map(weighed)
                    .sorted(Signal.STRONGEST).toList();
            DistinctCount counted = events.copy();
            Sighting from = first;
            Sighting to = last;
            for (Signal signal : signals) {
                counted.add(signal.evidence().eventId());
                from = earlier(from, signal.at());
                to = later(to, signal.at());
            }
            return new Part(signals, counted, from, to);
        }
    }

    /// The part of a story that one step is.
    ///
    /// @param signals those that hold, strongest first; at least one
    /// @param events the events behind them
    /// @param first the earliest event; null when undated
    /// @param last the latest event; null when undated
    record Part(List<Signal> signals, DistinctCount events, @Nullable Sighting first, @Nullable Sighting last) {
        /// The same with each signal replaced.
        Part mapped(UnaryOperator<Signal> replacement) {
            return new Part(signals.stream().map(replacement).toList(), events, first, last);
        }

        /// The same without some of its signals; nothing when that is all.
        Optional<Part> without(Predicate<Signal> some) {
            List<Signal> left = signals.stream().filter(some.negate()).toList();
            return left.isEmpty() ? Optional.empty() : Optional.of(new Part(left, events, first, last));
        }

        /// The part that a signal about many calls is by itself.
        static Part of(Signal signal, Window window) {
            return new Part(List.of(signal), new DistinctCount(), window.first(), window.last());
        }
    }

    static @Nullable Sighting earlier(@Nullable Sighting a, @Nullable Sighting b) {
        return a == null ? b : b == null ? a : Sighting.earlier(a, b);
    }

    static @Nullable Sighting later(@Nullable Sighting a, @Nullable Sighting b) {
        return a == null ? b : b == null ? a : Sighting.later(a, b);
    }
}
