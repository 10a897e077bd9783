package io.trailsentry.engine;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.engine.Intake.Message;
import io.trailsentry.engine.Teller.Word;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Judge.Judgement;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Story;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.Claim;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Publisher.PublishException;
import io.trailsentry.publish.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Takes a batch of messages through four strokes: load the memory of its principals, evaluate, publish, commit. Memory
/// is committed last and without the messages that are handed back, so a message counts once however often it comes.
///
/// A message is acknowledged only when every finding it caused was told and noted. One that cannot be read is handed
/// back alone. Thread-safe when its ports are.
public final class Engine {
    /// How long after a quarter hour its last word is said.
    private static final Duration CLOSING = Duration.ofMinutes(15);

    private final Watch watch;
    private final Memory memory;
    private final Publisher publisher;
    private final Metrics.Sink metricsSink;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final Intake intake = new Intake();

    /// An engine.
    ///
    /// @param log takes a line about what went wrong
    public Engine(Watch watch, Memory memory, Publisher publisher, Metrics.Sink metricsSink, InstantSource clock,
            Consumer<String> log) {
        this.watch = watch;
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
        List<Message> messages = batch
                .join(deliveries.stream().map(delivery -> intake.read(delivery, watch)).toList());
        Map<Principal, Set<Message>> byPrincipal = batch.receive(messages);
        batch.evaluate(byPrincipal);
        if (messages.stream().anyMatch(message -> message.heartbeats() > 0)) {
            batch.close();
        }
        batch.commit(byPrincipal);
        metricsSink.put(batch.metrics);
        return deliveries.stream().map(Delivery::id).filter(batch.failed::contains).toList();
    }

    /// One batch on its way. Confined to one call.
    private final class Batch {
        private final Teller teller = new Teller(watch.alerting());
        private final String owner = UUID.randomUUID().toString();
        private final Instant now = clock.instant();
        private final Metrics metrics = new Metrics();
        private final Set<String> failed = new LinkedHashSet<>();
        private final Map<Principal, History> told = new HashMap<>();
        private boolean remembering = true;

        /// Adds what agents did with the credentials of roles that they assumed, in this batch or before.
        List<Message> join(List<Message> messages) {
            Borrowing borrowing = new Borrowing(watch);
            messages.forEach(message -> message.observations().forEach(borrowing::opened));
            Set<String> keys = new LinkedHashSet<>();
            messages.forEach(message -> message.others().forEach(event -> keys.add(borrowing.key(event))));
            if (keys.isEmpty()) {
                return messages;
            }
            try {
                memory.lenders(keys).forEach(borrowing::opened);
            } catch (MemoryException e) {
                forgo(e);
            }
            borrowing.follow(messages.stream().flatMap(message -> message.others().stream()).toList());
            return messages.stream().map(message -> message.and(borrowing.observe(message.others()))).toList();
        }

        /// Counts what came, and sorts it by principal.
        Map<Principal, Set<Message>> receive(List<Message> messages) {
            Map<Principal, Set<Message>> byPrincipal = new LinkedHashMap<>();
            for (Message message : messages) {
                if (message.poison() != null) {
                    failed.add(message.delivery().id());
                    log.accept("message " + message.delivery().id() + " cannot be read: " + message.poison());
                    continue;
                }
                for (String reason : message.rejected()) {
                    metrics.count("EventsRejected", 1);
                    log.accept("message " + message.delivery().id() + " is refused: " + reason);
                }
                if (message.heartbeats() > 0) {
                    metrics.count("Heartbeat", message.heartbeats());
                }
                message.times().forEach(time -> metrics.seconds("EventAge", "Source", "EventBridge",
                        Math.max(0, Duration.between(time, now).toMillis() / 1000.0)));
                for (Observation observation : message.observations()) {
                    byPrincipal.computeIfAbsent(observation.principal(), key -> new LinkedHashSet<>()).add(message);
                    if (observation.isCounted()) {
                        metrics.count("AgentCalls", 1);
                    }
                }
            }
            return byPrincipal;
        }

        /// Loads, judges and tells.
        void evaluate(Map<Principal, Set<Message>> byPrincipal) {
            if (byPrincipal.isEmpty()) {
                return;
            }
            Map<Principal, History> histories = load(byPrincipal.keySet());
            byPrincipal.forEach((principal, messages) -> {
                History history = histories.getOrDefault(principal, new History());
                long since = history.settledBefore();
                messages.forEach(message -> observationsOf(principal, message).forEach(history::add));
                Agent agent = watch.roster().agentOf(principal);
                Judgement judgement = watch.judge().judge(agent, principal, history, since);
                countExcepted(principal, messages, judgement);
                for (Judged judged : judgement.findings().values()) {
                    tell(principal, history, judged, messages);
                }
                if (remembering) {
                    Teller.gone(history, judgement.findings().keySet())
                            .forEach((id, ledger) -> supersede(principal, history, id, messages));
                }
            });
        }

        /// Counts the steps that exceptions took out, each in every batch that has an event of it: what came in batches
        /// before is judged again with every new event, and counted already.
        private void countExcepted(Principal principal, Set<Message> messages, Judgement judgement) {
            if (judgement.excepted().isEmpty()) {
                return;
            }
            Set<String> came = messages.stream().flatMap(message -> observationsOf(principal, message).stream())
                    .map(Observation::eventId).collect(Collectors.toSet());
            int steps = (int) judgement.excepted().stream()
                    .filter(step -> step.eventIds().stream().anyMatch(came::contains)).count();
            if (steps > 0) {
                metrics.count("AlertsSuppressed", steps);
            }
        }

        private Map<Principal, History> load(Set<Principal> principals) {
            try {
                return memory.load(principals);
            } catch (MemoryException e) {
                forgo(e);
                return new HashMap<>();
            }
        }

        /// Memory is away: people are told all the same, perhaps more than once.
        private void forgo(MemoryException e) {
            remembering = false;
            log.accept("memory is away, alerts go out without it: " + e.getMessage());
        }

        private static List<Observation> observationsOf(Principal principal, Message message) {
            return message.observations().stream().filter(o -> o.principal().equals(principal)).toList();
        }

        private void tell(Principal principal, History history, Judged judged, Set<Message> messages) {
            Ledger known = history.told().getOrDefault(judged.finding().id(), Ledger.EMPTY);
            Function<Ledger, Map<Topic, Word>> words = ledger -> words(topic -> teller.next(topic, judged,
                    ledger.told(topic.name()), history, now));
            if (words.apply(known).isEmpty()) {
                return;
            }
            if (!say(principal, history, judged.finding().id(), words)) {
                causes(principal, judged.story(), messages).forEach(m -> failed.add(m.delivery().id()));
            }
        }

        private void supersede(Principal principal, History history, String id, Set<Message> messages) {
            if (!say(principal, history, id, ledger -> superseding(ledger))) {
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
        private Set<Message> causes(Principal principal, Story.Key story, Set<Message> messages) {
            Set<Message> causes = messages.stream()
                    .filter(message -> observationsOf(principal, message).stream()
                            .anyMatch(o -> o.signals().stream()
                                    .anyMatch(signal -> Story.Key.of(o.session(), signal.at()).equals(story))))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            return causes.isEmpty() ? messages : causes;
        }

        /// Claims a finding, tells what is still to be told, notes it and gives the claim back.
        ///
        /// @return whether all was told and noted
        private boolean say(Principal principal, History history, String id, Function<Ledger, Map<Topic, Word>> words) {
            Ledger ledger = history.told().getOrDefault(id, Ledger.EMPTY);
            boolean claimed = false;
            if (remembering) {
                try {
                    switch (memory.claim(id, owner, now)) {
                        case Claim.Held(Instant until) -> {
                            log.accept("finding " + id + " is being told by another function until " + until);
                            return false;
                        }
                        case Claim.Granted(Ledger current) -> {
                            ledger = ledger.merge(current);
                            claimed = true;
                        }
                    }
                } catch (MemoryException e) {
                    forgo(e);
                }
            }
            boolean complete = true;
            for (Map.Entry<Topic, Word> entry : words.apply(ledger).entrySet()) {
                switch (entry.getValue()) {
                    case Word.Tell(var notice, var after) -> {
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
                    case Word.Nothing() -> {
                    }
                }
            }
            history.add(id, ledger);
            told.computeIfAbsent(principal, key -> new History()).add(id, ledger);
            boolean noted = !claimed || settle(id, ledger);
            return noted && complete;
        }

        private boolean publish(Topic topic, Notice notice) {
            try {
                if (publisher.reaches(topic)) {
                    publisher.publish(topic, notice);
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

        private boolean settle(String id, Ledger ledger) {
            try {
                memory.settle(id, owner, ledger);
                return true;
            } catch (MemoryException e) {
                log.accept("finding " + id + " was told, but that could not be noted: " + e.getMessage());
                return false;
            }
        }

        /// Says the last word on the findings whose time is over.
        void close() {
            try {
                Set<Principal> open = memory.open();
                Map<Principal, History> histories = memory.load(open);
                for (Principal principal : open) {
                    History history = histories.getOrDefault(principal, new History());
                    history.merge(told.getOrDefault(principal, new History()));
                    Judgement judgement = watch.judge().judge(watch.roster().agentOf(principal), principal, history,
                            history.settledBefore());
                    judgement.findings().values().stream()
                            .filter(judged -> judged.story().quarter() != Story.Key.UNDATED
                                    && judged.story().end() + CLOSING.toSeconds() <= now.getEpochSecond())
                            .forEach(judged -> closeOne(principal, history, judged));
                }
            } catch (MemoryException e) {
                log.accept("memory is away, no finding is closed: " + e.getMessage());
            }
        }

        private void closeOne(Principal principal, History history, Judged judged) {
            String id = judged.finding().id();
            Function<Ledger, Map<Topic, Word>> words = ledger -> words(
                    topic -> teller.close(topic, judged, ledger.told(topic.name()), now));
            if (!words.apply(history.told().getOrDefault(id, Ledger.EMPTY)).isEmpty()) {
                // What is not said now is said at the next heartbeat.
                say(principal, history, id, words);
            }
        }

        /// Notes what the messages that are not handed back showed, and what was told.
        void commit(Map<Principal, Set<Message>> byPrincipal) {
            Map<Principal, History> gained = new HashMap<>(told);
            int events = 0;
            for (Map.Entry<Principal, Set<Message>> entry : byPrincipal.entrySet()) {
                for (Message message : entry.getValue()) {
                    if (!failed.contains(message.delivery().id())) {
                        List<Observation> observations = observationsOf(entry.getKey(), message);
                        events += observations.size();
                        History gain = gained.computeIfAbsent(entry.getKey(), key -> new History());
                        observations.forEach(gain::add);
                    }
                }
            }
            if (gained.isEmpty()) {
                return;
            }
            try {
                if (remembering) {
                    memory.commit(gained);
                    return;
                }
            } catch (MemoryException e) {
                forgo(e);
            }
            metrics.count("EventsUncounted", events);
        }
    }
}
