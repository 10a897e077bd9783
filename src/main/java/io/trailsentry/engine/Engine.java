package io.trailsentry.engine;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Mark;
import io.trailsentry.config.Configuration.Flood;
import io.trailsentry.detect.Signal;
import io.trailsentry.engine.Intake.Log;
import io.trailsentry.engine.Intake.Message;
import io.trailsentry.engine.Teller.Word;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.AlertWindow.Place;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.HeldBack;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Judge.Judgement;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Story;
import io.trailsentry.finding.Told;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.Claim;
import io.trailsentry.memory.Memory.Due;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Recall;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Notice.Arrival;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Publisher.PublishException;
import io.trailsentry.publish.Topic;
import io.trailsentry.trail.LogFileStore;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailFiles;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Takes a batch of messages through four strokes: load the memory of its principals, evaluate, publish, commit. Memory
/// is committed last and without the messages that are handed back, so a message counts once however often it comes.
///
/// A message is acknowledged only when every finding it caused was told and noted. One that cannot be read to its end is
/// handed back alone; what could be read of it counts. Thread-safe when its ports are.
public final class Engine {
    /// How long after a quarter hour its last word is said.
    private static final Duration CLOSING = Duration.ofMinutes(15);
    /// Longer than a batch takes.
    private static final Duration LONGEST_BATCH = Duration.ofMinutes(1);
    /// How often a principal is judged in a batch, when others are quicker each time.
    private static final int MOST_ATTEMPTS = 10;

    private final Watch watch;
    private final Memory memory;
    private final Publisher publisher;
    private final Metrics.Sink metricsSink;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final RecordReader reader = new RecordReader();
    private final TrailFiles files = new TrailFiles();
    private final LogFileStore store;

    /// An engine that reads no log files.
    ///
    /// @param log takes a line about what went wrong
    public Engine(Watch watch, Memory memory, Publisher publisher, Metrics.Sink metricsSink, InstantSource clock,
            Consumer<String> log) {
        this(watch, LogFileStore.NONE, memory, publisher, metricsSink, clock, log);
    }

    /// An engine.
    ///
    /// @param store where the trail's log files are
    /// @param log takes a line about what went wrong
    public Engine(Watch watch, LogFileStore store, Memory memory, Publisher publisher, Metrics.Sink metricsSink,
            InstantSource clock, Consumer<String> log) {
        this.watch = watch;
        this.store = store;
        this.memory = memory;
        this.publisher = publisher;
        this.metricsSink = metricsSink;
        this.clock = clock;
        this.log = log;
    }

    /// Handles a batch.
    ///
    /// @return ids of the messages that are handed back, in the order of the batch
    public List<String> handle(List<Delivery> deliveries) {
        Batch batch = new Batch();
        Intake intake = new Intake(reader, watch, new LogReader(store, files, Intake.MOST_BYTES));
        List<Message> messages = batch.join(intake, deliveries.stream().map(intake::read).toList());
        batch.count(batch.receive(messages));
        boolean heartbeat = messages.stream().anyMatch(message -> message.heartbeats() > 0);
        if (heartbeat) {
            batch.close();
        }
        batch.sumUp(heartbeat);
        metricsSink.put(batch.metrics);
        return deliveries.stream().map(Delivery::id)
                .filter(id -> batch.failed.contains(id) || batch.unread.contains(id)).toList();
    }

    /// One batch on its way. Confined to one call.
    private final class Batch {
        private final Teller teller = new Teller(watch.alerting());
        private final String owner = UUID.randomUUID().toString();
        private final Instant now = clock.instant();
        private final Metrics metrics = new Metrics();
        /// Messages that cannot be read to their end.
        private final Set<String> unread = new LinkedHashSet<>();
        /// Messages with a finding that was not told and noted.
        private final Set<String> failed = new LinkedHashSet<>();
        private final Map<String, Arrival> arrivals = new HashMap<>();
        private final Map<Principal, Map<String, Ledger>> told = new HashMap<>();
        private final Flood cap = watch.alerting().flood();
        private @Nullable Recall recalled;
        private AlertWindow alerts = AlertWindow.NONE;
        private HeldBack heldBack = HeldBack.NONE;

        /// Recalls what the batch needs, and adds what agents did with the credentials of roles that they assumed, in this
        /// batch or before.
        List<Message> join(Intake intake, List<Message> messages) {
            Borrowing borrowing = new Borrowing(watch);
            messages.forEach(message -> message.observations().forEach(borrowing::opened));
            Set<String> keys = new LinkedHashSet<>();
            messages.forEach(message -> keys.addAll(message.borrowedKeys()));
            Map<Principal, Span> spans = spans(messages);
            recall(spans, keys);
            if (keys.isEmpty()) {
                return messages;
            }
            if (recalled != null) {
                recalled.lenders().forEach(borrowing::opened);
            } else {
                // Whose doing it was is known to memory alone: without, it would be nobody's for good.
                messages.stream().filter(message -> !message.borrowedKeys().isEmpty())
                        .forEach(message -> failed.add(message.delivery().id()));
            }
            List<Message> read = messages;
            Set<String> followed = new HashSet<>();
            for (boolean more = true; more;) {
                borrowing.follow(read.stream().flatMap(message -> message.others().stream()).toList());
                Set<String> next = new HashSet<>(borrowing.keys());
                next.retainAll(keys);
                next.removeAll(followed);
                read = read.stream().map(message -> intake.again(message, next)).toList();
                more = followed.addAll(next);
            }
            List<Message> joined = read.stream().map(message -> message.and(borrowing.observe(message.others())))
                    .toList();
            Map<Principal, Span> more = spans(joined);
            if (!more.equals(spans)) {
                reach(more);
            }
            return joined;
        }

        /// The quarter hours that messages are about, with those before them that judging needs.
        private Map<Principal, Span> spans(List<Message> messages) {
            Map<Principal, Span> spans = new HashMap<>();
            for (Message message : messages) {
                for (Observation observation : message.observations()) {
                    Span span = Span.NONE;
                    if (observation.at() != null) {
                        long quarter = Story.Key.quarterOf(observation.at().second());
                        span = new Span(quarter - watch.judge().quartersBefore(), quarter);
                    }
                    spans.merge(observation.principal(), span, Span::and);
                }
            }
            return spans;
        }

        private void recall(Map<Principal, Span> spans, Set<String> keys) {
            if (spans.isEmpty() && keys.isEmpty()) {
                return;
            }
            try {
                recalled = memory.recall(spans, keys);
            } catch (MemoryException e) {
                forgo(e);
            }
        }

        private void reach(Map<Principal, Span> spans) {
            try {
                if (recalled != null) {
                    recalled.reach(spans);
                }
            } catch (MemoryException e) {
                forgo(e);
            }
        }

        /// Memory is away: people are told all the same, perhaps more than once.
        private void forgo(MemoryException e) {
            recalled = null;
            log.accept("memory is away, alerts go out without it: " + e.getMessage());
        }

        /// Counts what came, and sorts it by principal.
        Map<Principal, Set<Message>> receive(List<Message> messages) {
            Map<Principal, Set<Message>> byPrincipal = new LinkedHashMap<>();
            for (Message message : messages) {
                if (message.poison() != null) {
                    unread.add(message.delivery().id());
                    log.accept("message " + message.delivery().id() + " cannot be read: " + message.poison());
                }
                message.refused().forEach((reason, times) -> {
                    metrics.count("EventsRejected", times);
                    log.accept("message " + message.delivery().id() + " is refused" + (times == 1
                            ? ""
                            : " in part, "
                                    + times + " times")
                            + ": " + reason);
                });
                if (message.heartbeats() > 0) {
                    metrics.count("Heartbeat", message.heartbeats());
                }
                message.canaries().forEach(region -> metrics.count("TrailHeartbeat", "Region", region, 1));
                Log files = message.log();
                if (files != null) {
                    files.files().forEach(file -> metrics.count("TrailFiles", "Region", file.region(), 1));
                    if (files.skipped() > 0) {
                        metrics.count("TrailFilesSkipped", files.skipped());
                    }
                }
                String source = files == null ? "EventBridge" : "S3";
                message.times().forEach(time -> metrics.seconds("EventAge", "Source", source,
                        Math.max(0, Duration.between(time, now).toMillis() / 1000.0)));
                for (Observation observation : message.observations()) {
                    byPrincipal.computeIfAbsent(observation.principal(), key -> new LinkedHashSet<>()).add(message);
                }
            }
            return byPrincipal;
        }

        /// Judges, tells and commits; and so again for a principal of which something else was committed meanwhile, so that
        /// what each function saw a part of is judged as a whole.
        void count(Map<Principal, Set<Message>> byPrincipal) {
            Map<Principal, Set<Message>> left = byPrincipal;
            for (int attempt = 0; !left.isEmpty() && attempt < MOST_ATTEMPTS; attempt++) {
                if (attempt > 0) {
                    recall(spans(left), Set.of());
                }
                Map<Principal, Long> newest = new HashMap<>();
                for (Map.Entry<Principal, Set<Message>> entry : left.entrySet()) {
                    newest.put(entry.getKey(), evaluate(entry.getKey(), entry.getValue(), attempt == 0));
                }
                left = commit(left, newest);
            }
            left.values().forEach(messages -> messages.forEach(message -> failed.add(message.delivery().id())));
        }

        private Map<Principal, Span> spans(Map<Principal, Set<Message>> byPrincipal) {
            Map<Principal, Span> spans = spans(byPrincipal.values().stream().flatMap(Set::stream).toList());
            spans.keySet().retainAll(byPrincipal.keySet());
            return spans;
        }

        /// Judges and tells.
        ///
        /// @return second of the newest event that was known before
        private long evaluate(Principal principal, Set<Message> messages, boolean first) {
            History history = recalled == null ? new History() : recalled.history(principal);
            told.getOrDefault(principal, Map.of()).forEach(history::add);
            long newest = history.newest();
            int before = history.calls();
            List<Observation> observations = messages.stream()
                    .flatMap(message -> observationsOf(principal, message).stream()).toList();
            long since = Long.MAX_VALUE;
            for (Observation observation : observations) {
                if (observation.at() != null && counts(observation, newest)) {
                    history.add(observation);
                    long quarter = Story.Key.quarterOf(observation.at().second());
                    since = Math.min(since, quarter * Story.Key.SECONDS);
                }
            }
            Agent agent = watch.roster().agentOf(principal);
            if (since < Long.MAX_VALUE) {
                Judgement judgement = judge(agent, principal, history, Math.max(since, history.settledBefore()));
                if (first) {
                    if (history.calls() > before) {
                        metrics.count("AgentCalls", history.calls() - before);
                    }
                    countExcepted(observations, judgement);
                }
                for (Judged judged : judgement.findings().values()) {
                    tell(principal, history, judged, messages);
                }
                Teller.gone(history, judgement.findings().keySet(), since)
                        .forEach((id, ledger) -> supersede(principal, history, id, messages));
            }
            judgeAside(agent, principal, history, observations.stream().filter(o -> !counts(o, newest)).toList(),
                    messages);
            return newest;
        }

        /// Whether an event counts: one without a time does not, nor one that comes more than a day late.
        private static boolean counts(Observation observation, long newest) {
            return observation.at() != null
                    && (newest == Long.MIN_VALUE || observation.at().second() >= newest - History.LATENESS);
        }

        /// Judges what does not count, by what it shows itself.
        private void judgeAside(Agent agent, Principal principal, History history, List<Observation> observations,
                Set<Message> messages) {
            if (observations.isEmpty()) {
                return;
            }
            History aside = history.aside();
            observations.forEach(aside::add);
            watch.judge().judge(agent, principal, aside, Long.MIN_VALUE).findings().values()
                    .forEach(judged -> tell(principal, aside, judged, messages));
        }

        /// Judges, and recalls more as long as a window of calls may begin before what was recalled.
        private Judgement judge(Agent agent, Principal principal, History history, long since) {
            history.bound(history.profile());
            Judgement judgement = watch.judge().judge(agent, principal, history, since);
            long first = Story.Key.quarterOf(history.settledBefore()) - watch.judge().quartersBefore();
            for (long step = 4; recalled != null && recalled.from(principal) > first
                    && judgement.reach() < recalled.from(principal); step *= 4) {
                long from = Math.max(first, Math.min(judgement.reach(), recalled.from(principal)) - step);
                reach(Map.of(principal, new Span(from, recalled.from(principal))));
                history.bound(history.profile());
                judgement = watch.judge().judge(agent, principal, history, since);
            }
            return judgement;
        }

        /// Counts the steps that exceptions took out, each in every batch that has an event of it: what came in batches
        /// before is judged again with every new event, and counted already.
        private void countExcepted(List<Observation> observations, Judgement judgement) {
            if (judgement.excepted().isEmpty()) {
                return;
            }
            Set<String> came = observations.stream().map(Observation::eventId).collect(Collectors.toSet());
            int steps = (int) judgement.excepted().stream()
                    .filter(step -> step.eventIds().stream().anyMatch(came::contains)).count();
            if (steps > 0) {
                metrics.count("AlertsSuppressed", steps);
            }
        }

        private static List<Observation> observationsOf(Principal principal, Message message) {
            return message.observations().stream().filter(o -> o.principal().equals(principal)).toList();
        }

        private void tell(Principal principal, History history, Judged judged, Set<Message> messages) {
            String id = judged.finding().id();
            Ledger known = history.told().getOrDefault(id, Ledger.EMPTY);
            Function<Ledger, Map<Topic, Word>> words = ledger -> words(topic -> teller.next(topic, judged,
                    ledger.told(topic.name()), history, now));
            Instant due = closing(judged.story());
            Set<Message> causes = causes(principal, judged, messages);
            boolean done;
            if (words.apply(known).isEmpty()) {
                done = reopen(judged, known, due);
            } else {
                arrival(principal, judged, causes).ifPresent(arrival -> arrivals.put(id, arrival));
                done = say(principal, history, id, null, ledger -> new Saying(words.apply(ledger), due));
            }
            if (!done) {
                causes.forEach(message -> failed.add(message.delivery().id()));
            }
        }

        /// When the last word on a story is due; null: never.
        private @Nullable Instant closing(Story.Key story) {
            if (story.quarter() == Story.Key.UNDATED) {
                return null;
            }
            Instant closing = Instant.ofEpochSecond(story.end()).plus(CLOSING);
            // Later than now: what came is remembered only after it was told.
            Instant soon = now.plus(LONGEST_BATCH);
            return closing.isBefore(soon) ? soon : closing;
        }

        /// What came after the last word was due makes it due once more: whether the count is still the one that was told then
        /// is known to the claim alone.
        private boolean reopen(Judged judged, Ledger known, @Nullable Instant due) {
            if (recalled == null || due == null || known.equals(Ledger.EMPTY)
                    || Instant.ofEpochSecond(judged.story().end()).plus(CLOSING).isAfter(now)) {
                return true;
            }
            try {
                memory.reopen(judged.finding().id(), due);
                return true;
            } catch (MemoryException e) {
                log.accept("finding " + judged.finding().id() + " changed, but that could not be noted: "
                        + e.getMessage());
                return false;
            }
        }

        /// The newest event for which a finding is told now, and the way it came.
        private static Optional<Arrival> arrival(Principal principal, Judged judged, Set<Message> causes) {
            Stream<Arrival> all = causes.stream().flatMap(message -> {
                List<Observation> observations = observationsOf(principal, message);
                List<Observation> own = observations.stream().filter(observation -> isOf(judged, observation)).toList();
                return (own.isEmpty() ? observations : own).stream().map(Observation::at).filter(Objects::nonNull)
                        .map(at -> new Arrival(at.time(), message.log() != null));
            });
            return all.max(Comparator.comparing(Arrival::happened).thenComparing(arrival -> !arrival.fromLogFile()));
        }

        /// Whether an event has a signal of a finding's story. What was only learned counts where it is among what is told.
        private static boolean isOf(Judged judged, Observation observation) {
            return observation.signals().stream()
                    .anyMatch(signal -> Story.Key.of(observation.session(), signal.at()).equals(judged.story())
                            && (!signal.isLearned() || judged.finding().eventIds().contains(observation.eventId())));
        }

        private void supersede(Principal principal, History history, String id, Set<Message> messages) {
            if (!say(principal, history, id, null, ledger -> new Saying(superseding(ledger),
                    ledger.story().map(story -> settled(story.quarter())).orElse(null)))) {
                messages.forEach(message -> failed.add(message.delivery().id()));
            }
        }

        private Map<Topic, Word> superseding(Ledger ledger) {
            Finding last = ledger.last();
            return last == null
                    ? Map.of()
                    : words(topic -> teller.supersede(topic, last, ledger.told(topic.name()), now));
        }

        /// What is to be told, by topic. The feed counts even where nobody reads it: metrics follow it.
        private Map<Topic, Word> words(Function<Topic, Word> word) {
            Map<Topic, Word> words = new LinkedHashMap<>();
            for (Topic topic : Topic.values()) {
                if (topic == Topic.FINDINGS || publisher.reaches(topic)) {
                    Word next = word.apply(topic);
                    if (!(next instanceof Word.Nothing)) {
                        words.put(topic, next);
                    }
                }
            }
            return words;
        }

        /// The messages that a finding hangs on: those with a signal of its story; all of the principal's when it is about
        /// how many calls there were, or came to light by something else.
        private Set<Message> causes(Principal principal, Judged judged, Set<Message> messages) {
            Set<Message> causes = messages.stream()
                    .filter(message -> observationsOf(principal, message).stream().anyMatch(o -> isOf(judged, o)))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            return causes.isEmpty() ? messages : causes;
        }

        /// What is to be said of a finding.
        ///
        /// @param closes when the last word on it is due then; null: when it is due already, if at all
        private record Saying(Map<Topic, Word> words, @Nullable Instant closes) {
        }

        /// Claims a finding, tells what is still to be told, notes it and gives the claim back.
        ///
        /// @param answered when the last word was due that this is; null: it is none
        /// @param what by what was told before
        /// @return whether all was told and noted
        private boolean say(Principal principal, History history, String id, @Nullable Instant answered,
                Function<Ledger, Saying> what) {
            Ledger ledger = history.told().getOrDefault(id, Ledger.EMPTY);
            boolean claimed = false;
            boolean stale = false;
            if (recalled != null) {
                try {
                    switch (memory.claim(id, owner, now)) {
                        case Claim.Held(Instant until) -> {
                            log.accept("finding " + id + " is being told by another function until " + until);
                            return false;
                        }
                        case Claim.Granted(Ledger current, Instant closes) -> {
                            ledger = ledger.merge(current);
                            claimed = true;
                            // Somebody told of it since: what was judged here may not be the whole.
                            stale = answered != null && !answered.equals(closes);
                        }
                    }
                } catch (MemoryException e) {
                    forgo(e);
                }
            }
            Saying saying = stale ? new Saying(Map.of(), null) : what.apply(ledger);
            Set<Topic> crowded = claimed ? crowded(id, ledger, saying.words()) : Set.of();
            List<Word.Tell> held = new ArrayList<>();
            boolean complete = true;
            for (Map.Entry<Topic, Word> entry : saying.words().entrySet()) {
                switch (entry.getValue()) {
                    case Word.Tell tell when crowded.contains(entry.getKey()) -> {
                        metrics.count("AlertsSuppressed", 1);
                        String topic = entry.getKey().name();
                        ledger = ledger
                                .merge(new Ledger(Map.of(topic, tell.told().heldBack(ledger.told(topic))), null));
                        held.add(tell);
                    }
                    case Word.Tell(var notice, var after, var _) -> {
                        if (publish(entry.getKey(), notice)) {
                            ledger = ledger.with(entry.getKey().name(), after, notice.finding());
                        } else {
                            complete = false;
                        }
                    }
                    case Word.Keep(var after) -> {
                        metrics.count("AlertsSuppressed", 1);
                        ledger = ledger.merge(new Ledger(Map.of(entry.getKey().name(), after), null));
                    }
                    case Word.Note(var after) ->
                        ledger = ledger.merge(new Ledger(Map.of(entry.getKey().name(), after), null));
                    case Word.Nothing() -> {
                    }
                }
            }
            history.add(id, ledger);
            told.computeIfAbsent(principal, key -> new HashMap<>()).merge(id, ledger, Ledger::merge);
            boolean noted = !claimed || settle(id, principal, ledger, answered,
                    complete ? saying.closes() : now);
            if (noted) {
                // That a count is final is no news to who reads that there are too many alerts.
                held.stream().filter(tell -> tell.notice().kind() == Kind.CREATE || tell.notice().kind() == Kind.UPDATE)
                        .max(Comparator.comparing(Word.Tell::urgency))
                        .ifPresent(tell -> heldBack = heldBack.and(HeldBack.of(tell.notice().finding(), tell.urgency(),
                                crowded.stream().map(Topic::name).toList(), now)));
            }
            return noted && complete;
        }

        /// The topics whose readers are not told, because they were told so much already. Without memory there are none.
        private Set<Topic> crowded(String id, Ledger ledger, Map<Topic, Word> words) {
            Map<Topic, Place> places = new EnumMap<>(Topic.class);
            words.forEach((topic, word) -> {
                if (topic != Topic.FINDINGS && word instanceof Word.Tell tell) {
                    Told told = ledger.told(topic.name());
                    places.put(topic, new Place(topic.name(), id + "#" + (told == null ? 0 : told.words()),
                            tell.urgency()));
                }
            });
            List<Place> wanted = List.copyOf(places.values());
            try {
                if (!alerts.decides(wanted, now, cap.alerts())) {
                    alerts = memory.alerts(window -> window.with(wanted, now, cap.per(), cap.alerts()));
                }
            } catch (MemoryException e) {
                log.accept("memory is away, alerts go out without a cap: " + e.getMessage());
                return Set.of();
            }
            places.values().removeIf(alerts::has);
            return places.keySet();
        }

        /// Tells people that something was held back when that begins, and how much it was when it is over; one function
        /// only.
        ///
        /// @param heartbeat whether to look for what is over
        void sumUp(boolean heartbeat) {
            if (heldBack.isEmpty() && !heartbeat) {
                return;
            }
            AlertWindow window;
            try {
                window = memory.alerts(before -> {
                    AlertWindow after = before.holding(heldBack);
                    if (heartbeat) {
                        after = after.at(now);
                    }
                    return isSilent(after, heartbeat) ? after : after.claimed(owner, now, Memory.LEASE);
                });
            } catch (MemoryException e) {
                log.accept("memory is away, what was held back is not summed up: " + e.getMessage());
                tellOf(heldBack, false);
                return;
            }
            if (owner.equals(window.owner())) {
                sumUp(window.held(), false);
                if (heartbeat) {
                    sumUp(window.over(), true);
                }
            }
        }

        private static boolean isSilent(AlertWindow window, boolean heartbeat) {
            return Stream.of(Topic.values()).noneMatch(topic -> window.held().isUnknownTo(topic.name()))
                    && (!heartbeat || window.over().isEmpty());
        }

        private void sumUp(HeldBack held, boolean over) {
            Map<String, Integer> said = tellOf(held, over);
            try {
                memory.alerts(window -> window.said(held, said, owner));
            } catch (MemoryException e) {
                log.accept("what was held back was told, but that could not be noted: " + e.getMessage());
            }
        }

        /// Tells of what was held back: people first of what there is so far and last of all; the pager once.
        ///
        /// @return by topic, of how many steps more they know
        private Map<String, Integer> tellOf(HeldBack held, boolean over) {
            Map<String, Integer> said = new HashMap<>();
            for (Topic topic : Topic.values()) {
                String name = topic.name();
                boolean known = !held.isUnknownTo(name);
                if (over ? !held.isNewsTo(name) : known) {
                    continue;
                }
                if ((known && topic == Topic.PAGES) || publish(topic, new FloodNotice(held, over, cap, now))) {
                    said.put(name, held.total() - held.said().getOrDefault(name, 0));
                }
            }
            return said;
        }

        private boolean publish(Topic topic, FloodNotice notice) {
            try {
                publisher.publish(topic, notice);
                return true;
            } catch (PublishException e) {
                metrics.count("PublishFailures", 1);
                log.accept("that alerts were held back could not be published to " + topic + ": " + e.getMessage());
                return false;
            }
        }

        private boolean publish(Topic topic, Notice notice) {
            try {
                if (publisher.reaches(topic)) {
                    publisher.publish(topic, notice.arrived(arrivals.get(notice.finding().id())));
                }
                count(topic, notice);
                return true;
            } catch (PublishException e) {
                metrics.count("PublishFailures", 1);
                log.accept("finding " + notice.finding().id() + " could not be published to " + topic + ": "
                        + e.getMessage());
                return false;
            }
        }

        private void count(Topic topic, Notice notice) {
            if (topic == Topic.ALERTS) {
                metrics.count("AlertsPublished", 1);
            }
            if (topic == Topic.FINDINGS && notice.kind() == Notice.Kind.CREATE) {
                metrics.count("Findings", "Severity", notice.finding().severity().label(), 1);
                metrics.count("Findings", "Detector", notice.finding().leading().detector(), 1);
            }
        }

        private boolean settle(String id, Principal principal, Ledger ledger, @Nullable Instant answered,
                @Nullable Instant closes) {
            try {
                memory.settle(id, owner, principal, ledger, answered, closes);
                return true;
            } catch (MemoryException e) {
                log.accept("finding " + id + " was told, but that could not be noted: " + e.getMessage());
                return false;
            }
        }

        /// Says the last word on the findings whose time is over.
        void close() {
            try {
                List<Due> due = memory.due(now);
                Map<Principal, Span> spans = new LinkedHashMap<>();
                for (Due one : due) {
                    spans.merge(one.principal(),
                            new Span(one.quarter() - watch.judge().quartersBefore(), one.quarter()), Span::and);
                }
                recall(spans, Set.of());
                for (Map.Entry<Principal, Span> entry : spans.entrySet()) {
                    close(entry.getKey(), entry.getValue().from() + watch.judge().quartersBefore(),
                            due.stream().filter(one -> one.principal().equals(entry.getKey())).toList());
                }
            } catch (MemoryException e) {
                log.accept("memory is away, no finding is closed: " + e.getMessage());
            }
        }

        private void close(Principal principal, long first, List<Due> due) throws MemoryException {
            if (recalled == null) {
                return;
            }
            History history = recalled.history(principal);
            Judgement judgement = judge(watch.roster().agentOf(principal), principal, history,
                    first * Story.Key.SECONDS);
            History gain = new History();
            for (Due one : due) {
                String id = one.findingId();
                Judged judged = judgement.findings().get(id);
                if (judged == null || history.told().containsKey(id)) {
                    // What cannot be said now is said at the next heartbeat.
                    say(principal, history, id, one.closes(), ledger -> lastWord(one, judged, ledger, history));
                } else {
                    // Told in a batch of which a part was handed back: until that it was told is noted with its story, a late
                    // event that explains it would pass without a word.
                    say(principal, history, id, null, ledger -> new Saying(Map.of(), one.closes()));
                    gain.add(id, history.told().getOrDefault(id, Ledger.EMPTY));
                }
            }
            if (!gain.isEmpty() && recalled != null) {
                recalled.commit(Map.of(principal, gain), Map.of());
            }
        }

        /// @param judged the finding as it is; null: it is none
        private Saying lastWord(Due due, @Nullable Judged judged, Ledger ledger, History history) {
            boolean counted = isCounted(history, ledger);
            if (judged == null) {
                return new Saying(counted ? superseding(ledger) : Map.of(), settled(due.quarter()));
            }
            boolean fewer = ledger.byTopic().values().stream()
                    .anyMatch(word -> word.count() > judged.finding().count());
            if (fewer && !counted) {
                return new Saying(Map.of(), settled(due.quarter()));
            }
            return new Saying(words(topic -> teller.last(topic, judged, ledger.told(topic.name()), history, now)),
                    isSuperseded(ledger) ? settled(due.quarter()) : null);
        }

        /// Whether people were told that nothing is left of a finding, which may become true once more.
        private static boolean isSuperseded(Ledger ledger) {
            return ledger.byTopic().values().stream().anyMatch(Told::superseded);
        }

        /// Whether the events of a finding that was told were counted: then nothing is left of it. Until then, the messages are
        /// still on their way, or memory was away when they came.
        private static boolean isCounted(History history, Ledger ledger) {
            Finding last = ledger.last();
            return last != null && last.signals().stream().map(Signal::at).filter(Objects::nonNull)
                    .allMatch(history.activity().of(Mark.CALL)::contains);
        }

        /// When to look a last time after a finding that came or went because a function was interrupted: a day after its quarter
        /// hour, when all is settled; null when that is over.
        private @Nullable Instant settled(long quarter) {
            Instant settled = Instant.ofEpochSecond((quarter + 1) * Story.Key.SECONDS + History.LATENESS).plus(CLOSING);
            return settled.isAfter(now) ? settled : null;
        }

        /// Notes what the messages that are not handed back showed, and what was told.
        ///
        /// @param newest by principal, the second of the newest event that was known before
        /// @return what is to be judged again
        private Map<Principal, Set<Message>> commit(Map<Principal, Set<Message>> byPrincipal,
                Map<Principal, Long> newest) {
            Map<Principal, History> gained = new LinkedHashMap<>();
            Map<Principal, Integer> uncounted = new HashMap<>();
            Map<String, Lender> opened = new HashMap<>();
            for (Map.Entry<Principal, Set<Message>> entry : byPrincipal.entrySet()) {
                Principal principal = entry.getKey();
                History gain = new History();
                boolean whole = true;
                for (Message message : entry.getValue()) {
                    if (failed.contains(message.delivery().id())) {
                        whole = false;
                        continue;
                    }
                    for (Observation observation : observationsOf(principal, message)) {
                        if (observation.openedKey() != null) {
                            opened.put(observation.openedKey(), observation.lender());
                        }
                        if (counts(observation, newest.getOrDefault(principal, Long.MIN_VALUE))) {
                            gain.add(observation);
                        } else {
                            uncounted.merge(principal, 1, Integer::sum);
                        }
                    }
                }
                for (Map.Entry<String, Ledger> word : told.getOrDefault(principal, Map.of()).entrySet()) {
                    // That a finding was told is known with its story only: without, it would seem to be gone.
                    if (whole) {
                        gain.add(word.getKey(), word.getValue());
                    } else {
                        gain.addTellings(word.getValue());
                    }
                }
                if (!gain.isEmpty()) {
                    gained.put(principal, gain);
                }
            }
            try {
                if (recalled != null) {
                    Set<Principal> overtaken = gained.isEmpty() ? Set.of() : recalled.commit(gained, opened);
                    uncounted.keySet().removeAll(overtaken);
                    int late = uncounted.values().stream().mapToInt(Integer::intValue).sum();
                    if (late > 0) {
                        metrics.count("EventsUncounted", late);
                    }
                    Map<Principal, Set<Message>> left = new LinkedHashMap<>(byPrincipal);
                    left.keySet().retainAll(overtaken);
                    return left;
                }
            } catch (MemoryException e) {
                forgo(e);
            }
            leaveUncounted(byPrincipal);
            return Map.of();
        }

        /// What opens a session comes back: who acts with it would not be known.
        private void leaveUncounted(Map<Principal, Set<Message>> byPrincipal) {
            byPrincipal.values().stream().flatMap(Set::stream)
                    .filter(message -> message.observations().stream().anyMatch(one -> one.openedKey() != null))
                    .forEach(message -> failed.add(message.delivery().id()));
            int events = 0;
            for (Map.Entry<Principal, Set<Message>> entry : byPrincipal.entrySet()) {
                events += entry.getValue().stream().filter(message -> !failed.contains(message.delivery().id()))
                        .mapToInt(message -> observationsOf(entry.getKey(), message).size()).sum();
            }
            if (events > 0) {
                metrics.count("EventsUncounted", events);
            }
        }
    }
}
