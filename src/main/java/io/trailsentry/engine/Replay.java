package io.trailsentry.engine;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Judge.Excepted;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Judge.Judgement;
import io.trailsentry.finding.Observation;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailEntry;
import io.trailsentry.trail.TrailEntry.Announced;
import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Evaluates files as the function would have evaluated their events, once all of them had arrived: every finding comes
/// in its final state. The order, doubling and splitting of the input change nothing.
public final class Replay {
    private static final int BOUND_EVERY = 10_000;

    private final Watch watch;
    private final Listener listener;
    private final int run;

    /// Hears of the input on the way.
    public interface Listener {
        /// A file begins.
        ///
        /// @param number from 1
        void file(String file, int number, int of);

        /// Something in the input could not be read, or was taken in a way worth telling.
        ///
        /// @param lost whether it was lost
        void remark(Position position, String what, boolean lost);

        /// A call of a watched agent, or a change of its perimeter: in the order of events, each once.
        default void observed(Observation observation) {
        }

        /// Exceptions took a step out of a story.
        default void excepted(Agent agent, Excepted step) {
        }
    }

    /// What was read and found.
    ///
    /// @param findings in the order of their first event and id
    /// @param files number of files
    /// @param records events that were read, each once
    /// @param skipped JSON values that are no CloudTrail record
    /// @param duplicates events of watched agents that had come before
    /// @param unreadable values that could not be read
    /// @param calls calls of watched agents
    /// @param agents principals that were watched
    /// @param excepted steps of stories that exceptions took out
    public record Result(List<Finding> findings, int files, long records, long skipped, long duplicates,
            long unreadable, long calls, int agents, long excepted) {
        /// Copies the list.
        public Result {
            findings = List.copyOf(findings);
        }
    }

    /// A replay.
    public Replay(Watch watch, Listener listener) {
        this(watch, listener, EventOrder.RUN);
    }

    Replay(Watch watch, Listener listener, int run) {
        this.watch = watch;
        this.listener = listener;
        this.run = run;
    }

    /// Reads and evaluates files.
    ///
    /// @param files as [TrailFiles#files] lists them
    /// @throws IOException when temporary files cannot be used
    public Result run(TrailFiles reader, List<String> files) throws IOException {
        try (EventOrder order = new EventOrder(run)) {
            Reading reading = new Reading(order);
            ReadAhead.read(reader, files, i -> listener.file(files.get(i), i + 1, files.size()),
                    watch.roster()::recognise, reading);
            reading.follow(reader, files.stream().filter(file -> !file.equals("-")).toList());
            Evaluation evaluation = new Evaluation();
            for (Iterator<Observation> observations = order.inOrder(); observations.hasNext();) {
                evaluation.add(observations.next());
            }
            List<Finding> findings = evaluation.findings();
            return new Result(findings, files.size(), reading.recorded - evaluation.duplicates, reading.skipped,
                    evaluation.duplicates, reading.unreadable, evaluation.calls,
                    evaluation.courses.size(), evaluation.excepted);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /// Takes what the files hold. Confined to one run.
    private final class Reading implements ReadAhead.Sink {
        private final EventOrder order;
        private final Borrowing borrowing = new Borrowing(watch);
        private final Known known = new Known();
        /// Keys of sessions of roles that nobody watches: an agent may have opened them.
        private final Set<String> otherKeys = new HashSet<>();
        /// What nobody watched did to the monitor: by an agent that assumed the role, it is the agent's.
        private final List<Observation> ofNoAgent = new ArrayList<>();
        private long recorded;
        private long skipped;
        private long unreadable;

        Reading(EventOrder order) {
            this.order = order;
        }

        @Override
        public void accept(TrailEntry entry, Position position, @Nullable Call call) {
            switch (entry) {
                case Recorded(CloudTrailEvent event, Envelope ignored, List<String> remarks) -> {
                    recorded++;
                    remarks.forEach(remark -> listener.remark(position, remark, false));
                    boolean counted = false;
                    for (Observation observation : watch.observe(event, call, known)) {
                        counted |= observation.isCounted();
                        if (observation.isByNoAgent()) {
                            ofNoAgent.add(observation);
                        } else {
                            add(observation);
                        }
                    }
                    String key = counted ? null : Watch.borrowedKey(event);
                    if (key != null) {
                        otherKeys.add(key);
                    }
                }
                case Skipped ignored -> skipped++;
                case Announced ignored -> skipped++;
                case Unreadable(long offset, String reason) -> {
                    unreadable++;
                    listener.remark(new Position(position.file(), position.record(), position.offset() + offset),
                            reason,
                            true);
                }
            }
        }

        /// Reads the files again for what agents did with the credentials of roles that they assumed: which sessions these are
        /// is known only when all has been read once. Sessions that were opened from such sessions take one reading more each.
        void follow(TrailFiles reader, List<String> files) {
            Set<String> followed = new HashSet<>();
            Set<String> next = toFollow(followed);
            while (!next.isEmpty()) {
                Set<String> now = next;
                ReadAhead.read(reader, files, file -> {
                }, event -> null, (entry, position, nobody) -> {
                    if (entry instanceof Recorded recordedEntry && now.contains(borrowing.key(recordedEntry.event()))) {
                        Observation observation = borrowing.observe(recordedEntry.event());
                        if (observation != null) {
                            add(observation);
                            ofNoAgent.removeIf(other -> other.eventId().equals(observation.eventId()));
                        }
                    }
                });
                followed.addAll(now);
                next = toFollow(followed);
            }
            ofNoAgent.forEach(this::add);
        }

        private Set<String> toFollow(Set<String> followed) {
            Set<String> keys = new HashSet<>(borrowing.keys());
            keys.retainAll(otherKeys);
            keys.removeAll(followed);
            return keys;
        }

        private void add(Observation observation) {
            borrowing.opened(observation);
            try {
                order.add(known.note(observation));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// What is known of one principal on the way.
    private static final class Course {
        private final History history = new History();
        /// Second before which everything was told; the least long when nothing was.
        private long settled = Long.MIN_VALUE;
    }

    /// Evaluates observations in order. Confined to one run.
    private final class Evaluation {
        private final Map<Principal, Course> courses = new HashMap<>();
        private final Map<String, Finding> findings = new TreeMap<>();
        private @Nullable Sighting last;
        private String lastId = "";
        private @Nullable Observation only;
        private final Set<Observation> showed = new HashSet<>();
        private long copies;
        private long duplicates;
        private long calls;
        private long excepted;

        void add(Observation observation) {
            Sighting at = observation.at();
            if (!observation.eventId().equals(lastId) || !Objects.equals(at, last)) {
                finishEvent();
                last = at;
                lastId = observation.eventId();
            }
            if (isFirst(observation)) {
                listener.observed(observation);
                calls += observation.isCounted() ? 1 : 0;
            }
            Course course = courses.computeIfAbsent(observation.principal(), key -> new Course());
            if (at != null && !course.history.isEmpty()) {
                settle(observation.principal(), course, History.settledAt(at.second()));
            }
            course.history.add(observation);
            if (calls % BOUND_EVERY == 0) {
                course.history.bound(course.history.profile());
            }
        }

        /// Whether it is no copy. Nearly every event shows one thing and comes once.
        private boolean isFirst(Observation observation) {
            copies++;
            if (copies == 1) {
                only = observation;
                return true;
            }
            if (only != null) {
                showed.add(unlearned(only));
                only = null;
            }
            return showed.add(unlearned(observation));
        }

        /// Of two copies the second lacks what was known by then not to be new.
        private static Observation unlearned(Observation observation) {
            return observation.with(observation.marks(), observation.traits(),
                    observation.signals().stream().filter(signal -> !signal.isLearned()).toList());
        }

        /// An event shows one thing or several, as of the agent and of the one that it changed; each copy shows as much again.
        private void finishEvent() {
            if (copies > 0) {
                duplicates += copies / Math.max(1, showed.size()) - 1;
            }
            copies = 0;
            only = null;
            showed.clear();
        }

        /// Takes the findings whose time is over out of a history, once a day of events is enough.
        private void settle(Principal principal, Course course, long now) {
            if (course.settled != Long.MIN_VALUE && now - course.settled < History.LATENESS) {
                return;
            }
            take(principal, course.history, course.settled, now);
            course.history.forgetBefore(now);
            course.settled = now;
        }

        private void take(Principal principal, History history, long since, long until) {
            Agent agent = watch.roster().agentOf(principal);
            history.bound(history.profile());
            Judgement judgement = watch.judge().judge(agent, principal, history, since);
            for (Judged judged : judgement.findings().values()) {
                if (since < judged.story().end() && judged.story().end() <= until) {
                    findings.putIfAbsent(judged.finding().id(), judged.finding());
                }
            }
            // The last quarter hour that was settled is kept for the score of the next: its steps are counted already.
            judgement.excepted().stream().filter(step -> since < step.story().end() && step.story().end() <= until)
                    .forEach(step -> {
                        excepted++;
                        listener.excepted(agent, step);
                    });
        }

        List<Finding> findings() {
            finishEvent();
            courses.forEach((principal, course) -> take(principal, course.history, course.settled, Long.MAX_VALUE));
            List<Finding> ordered = new ArrayList<>(findings.values());
            ordered.sort(Judge.FIRST_SEEN);
            return ordered;
        }
    }
}
