package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.HeldBack;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Severity;
import io.trailsentry.finding.Story.Step;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.posture.Standing.Heard;
import io.trailsentry.posture.Standing.Item;
import io.trailsentry.posture.Standing.Open;
import io.trailsentry.posture.Standing.Whom;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Publisher.PublishException;
import io.trailsentry.publish.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Tells what the audit found: once, and again only when it changes. Thread-safe when its ports are.
///
/// All that one detector has to say of one principal is one finding, as long as anything of it lasts: what comes is told
/// as an update, what is mended too, and when nothing is left the finding is withdrawn. What a run did not look at, or could
/// not tell, stands as it stood. One run tells at a time; what was not accepted is told by the next.
public final class Announcer {
    /// Longer than the audit function runs.
    private static final Duration LEASE = Duration.ofMinutes(15);

    private final Watch watch;
    /// Judges what was told before, whatever is excepted now.
    private final Judge plain;
    private final Alerting alerting;
    private final Memory memory;
    private final Publisher publisher;
    private final Metrics.Sink metricsSink;
    private final InstantSource clock;
    private final Consumer<String> log;

    /// @param watch whose judge weighs what was found: exceptions, modes, severity
    /// @param log takes a line about what went wrong
    public Announcer(Watch watch, Memory memory, Publisher publisher, Metrics.Sink metricsSink, InstantSource clock,
            Consumer<String> log) {
        this.watch = watch;
        this.plain = new Judge(watch.detectors(), Map.of(), Exceptions.NONE);
        this.alerting = watch.alerting();
        this.memory = memory;
        this.publisher = publisher;
        this.metricsSink = metricsSink;
        this.clock = clock;
        this.log = log;
    }

    /// Tells what a run found.
    ///
    /// @param rules what the run looked at
    /// @return whether all that was to be told was accepted and noted
    /// @throws MemoryException when it cannot be known what was told before: then nothing is told
    public boolean tell(List<Check> checks, Set<Rule> rules) throws MemoryException {
        Instant now = clock.instant();
        String owner = UUID.randomUUID().toString();
        Standing before = Standing.of(memory.note(Standing.NOTE, note -> {
            Standing standing = Standing.of(note);
            return standing.owner() != null && standing.until() > now.getEpochSecond()
                    ? note
                    : new Standing(owner, now.plus(LEASE).getEpochSecond(), standing.open()).text();
        }));
        if (!owner.equals(before.owner())) {
            log.accept("another audit is telling what it found; this one tells nothing");
            return false;
        }
        Run run = new Run(now, new Found(checks, rules));
        List<Open> after = run.tell(before.open());
        memory.note(Standing.NOTE, note -> {
            Standing standing = Standing.of(note);
            return owner.equals(standing.owner()) ? new Standing(null, 0, after).text() : note;
        });
        metricsSink.put(run.metrics);
        return run.complete;
    }

    /// What a finding is about: all that one detector says of one principal.
    private record Key(String detector, Principal principal) {
    }

    /// What a run found, by finding.
    private record Found(List<Check> checks, Set<Rule> rules) {
        Map<Key, List<Check>> bad() {
            Map<Key, List<Check>> bad = new LinkedHashMap<>();
            checks.stream().filter(check -> rules.contains(check.rule()))
                    .filter(check -> check.verdict() != Verdict.OK && check.score() > 0)
                    .forEach(check -> bad.computeIfAbsent(key(check), key -> new ArrayList<>()).add(check));
            return bad;
        }

        static Key key(Check check) {
            return new Key(check.rule().detector(), check.subject().principal());
        }

        /// Whether what was found before still stands, though this run did not find it: nobody looked, or could tell.
        boolean stands(Key key, Item item) {
            Rule rule = Rule.of(item.rule());
            if (rule == null || item.verdict() == Verdict.UNKNOWN) {
                return rule != null && !rules.contains(rule);
            }
            return !rules.contains(rule) || checks.stream().filter(check -> check.verdict() == Verdict.UNKNOWN)
                    .anyMatch(check -> isUnread(check, key.principal()) || (check.rule() == rule
                            && key(check).equals(key)
                            && (check.target() == null || check.target().equals(item.target()))));
        }

        /// Whether a principal could not be read at all: it, or all that a pattern means. Then no rule could look at it.
        private static boolean isUnread(Check check, Principal principal) {
            String pattern = check.target();
            return check.rule() == Rule.PERIMETER && (pattern == null
                    ? check.subject().principal().is(principal.arn())
                    : PrincipalPattern.of(pattern).matches(principal));
        }
    }

    /// One run. Confined to one call.
    private final class Run {
        private final Instant now;
        private final Found found;
        private final Metrics metrics = new Metrics();
        private final Map<Topic, Integer> said = new EnumMap<>(Topic.class);
        private HeldBack heldBack = HeldBack.NONE;
        private boolean complete = true;

        Run(Instant now, Found found) {
            this.now = now;
            this.found = found;
        }

        /// @return what is to be remembered
        List<Open> tell(List<Open> before) {
            Map<Key, Open> known = new LinkedHashMap<>();
            before.forEach(open -> known.put(new Key(open.detector(), open.whom().subject().principal()), open));
            Map<Key, List<Check>> bad = found.bad();
            Map<Key, Subject> subjects = new HashMap<>();
            bad.forEach((key, checks) -> subjects.put(key, checks.getFirst().subject()));
            Set<Key> keys = new LinkedHashSet<>(known.keySet());
            keys.addAll(bad.keySet());
            List<Change> changes = new ArrayList<>();
            for (Key key : keys) {
                Open old = known.get(key);
                Map<String, Item> items = new TreeMap<>();
                if (old != null) {
                    old.items().stream().filter(item -> found.stands(key, item))
                            .forEach(item -> items.put(id(key, item), item));
                }
                bad.getOrDefault(key, List.of()).stream().map(Item::of).forEach(item -> items.merge(id(key, item), item,
                        (one, other) -> one.score() >= other.score() ? one : other));
                Subject subject = subjects.getOrDefault(key,
                        old == null ? null : old.whom().subject());
                if (subject != null) {
                    changes.add(new Change(key, subject, old, List.copyOf(items.values())));
                }
            }
            // The worst first: if not all can be told one by one, these are.
            changes.sort(Comparator.comparingInt(Change::worst).reversed());
            List<Open> after = changes.stream().map(this::tell).flatMap(Optional::stream).toList();
            sumUp();
            return after;
        }

        private String id(Key key, Item item) {
            return Step.of(signal(key.detector(), key.principal(), item, now)).id();
        }

        /// What tells a signal from every other, also from the same in another state.
        private Map<String, String> ids(Change change, List<Item> items) {
            Map<String, String> ids = new HashMap<>();
            items.forEach(item -> {
                String id = id(change.key(), item);
                String state = item.state();
                ids.put(id, state == null || state.isEmpty() ? id : id + "/" + Integer.toHexString(state.hashCode()));
            });
            return ids;
        }

        private static String id(Map<String, String> ids, Signal signal) {
            String id = Step.of(signal).id();
            return ids.getOrDefault(id, id);
        }

        /// A finding's way from what it was to what it is.
        private record Change(Key key, Subject subject, @Nullable Open old, List<Item> items) {
            int worst() {
                return items.stream().mapToInt(Item::score).max().orElse(0);
            }
        }

        /// @return what is to be remembered; empty when nothing is left and everybody knows
        private Optional<Open> tell(Change change) {
            long since = change.old() == null ? now.getEpochSecond() : change.old().since();
            Open open = new Open(change.key().detector(), Whom.of(change.subject()), since, change.items(),
                    change.old() == null ? Map.of() : change.old().told());
            Optional<Finding> finding = judge(change, open, watch.judge());
            Map<String, Heard> told = new HashMap<>(open.told());
            for (Topic topic : Topic.values()) {
                if (topic == Topic.FINDINGS || publisher.reaches(topic)) {
                    tell(topic, change, finding, told);
                }
            }
            boolean over = finding.isEmpty() && told.isEmpty();
            return over ? Optional.empty() : Optional.of(open.with(told));
        }

        private void tell(Topic topic, Change change, Optional<Finding> finding, Map<String, Heard> told) {
            Heard heard = told.get(topic.name());
            if (finding.isEmpty()) {
                if (heard != null && (heard.quiet() || withdraw(topic, change))) {
                    told.remove(topic.name());
                }
                return;
            }
            Finding present = finding.get();
            Severity severity = topic == Topic.FINDINGS ? present.severity() : present.liveSeverity();
            Map<String, String> ids = ids(change, change.items());
            List<String> steps = present.signals().stream().map(signal -> id(ids, signal)).toList();
            if (heard == null) {
                if (severity.isAtLeast(least(topic))) {
                    said(topic, new Notice(Kind.CREATE, present, List.of(), now), severity)
                            .ifPresent(quiet -> told.put(topic.name(), new Heard(severity.label(), steps, quiet)));
                }
                return;
            }
            List<String> changes = changes(topic, change, present, severity, heard);
            if (changes.isEmpty()) {
                // What is mended and breaks again is news, also where that it was mended is not told.
                told.put(topic.name(), new Heard(heard.severity(),
                        heard.steps().stream().filter(steps::contains).toList(), heard.quiet()));
                return;
            }
            Notice notice = new Notice(heard.quiet() ? Kind.CREATE : Kind.UPDATE, present,
                    heard.quiet() ? List.of() : changes, now);
            said(topic, notice, severity).ifPresent(quiet -> told.put(topic.name(),
                    new Heard(severity.label(), steps, quiet && heard.quiet())));
        }

        /// What is new to a topic's readers, in words; empty when nothing is. The pager hears what is worse only.
        private List<String> changes(Topic topic, Change change, Finding present, Severity severity, Heard heard) {
            Map<String, String> ids = ids(change, change.items());
            List<String> changes = new ArrayList<>();
            Severity last = Severity.parse(heard.severity());
            if (last != null && !last.isAtLeast(severity)) {
                changes.add("severity rose from " + last.label() + " to " + severity.label());
            }
            Severity least = topic == Topic.PAGES ? alerting.pageAt() : Severity.LOW;
            present.signals().stream().filter(signal -> !heard.steps().contains(id(ids, signal)))
                    .filter(signal -> Severity.of(signal.score()).isAtLeast(least)
                            && severity.isAtLeast(least(topic)))
                    .forEach(signal -> changes.add(signal.headline()));
            if (topic != Topic.PAGES && change.old() != null) {
                Map<String, String> before = ids(change, change.old().items());
                Set<String> standing = present.signals().stream().map(signal -> Step.of(signal).id())
                        .collect(Collectors.toSet());
                signals(change, change.old()).stream()
                        .filter(signal -> heard.steps().contains(id(before, signal))
                                && !standing.contains(Step.of(signal).id()))
                        .forEach(signal -> changes.add("mended: " + signal.headline()));
            }
            return changes;
        }

        private boolean withdraw(Topic topic, Change change) {
            Open old = change.old();
            Optional<Finding> last = old == null ? Optional.empty() : judge(change, old, plain);
            return last.isEmpty() || publish(topic,
                    new Notice(Kind.SUPERSEDED, last.get(), List.of("it is as it should be"), now));
        }

        /// Tells, or keeps it for the sum when so much was told already.
        ///
        /// @return whether it was kept for the sum; empty when it was not accepted
        private Optional<Boolean> said(Topic topic, Notice notice, Severity urgency) {
            if (topic != Topic.FINDINGS && said.getOrDefault(topic, 0) >= alerting.flood().alerts()) {
                metrics.count("AlertsSuppressed", 1);
                heldBack = heldBack.and(HeldBack.of(notice.finding(), urgency, List.of(topic.name()), now));
                return Optional.of(true);
            }
            said.merge(topic, 1, Integer::sum);
            return publish(topic, notice) ? Optional.of(false) : Optional.empty();
        }

        private boolean publish(Topic topic, Notice notice) {
            try {
                if (publisher.reaches(topic)) {
                    publisher.publish(topic, notice);
                }
                if (topic == Topic.ALERTS) {
                    metrics.count("AlertsPublished", 1);
                }
                if (topic == Topic.FINDINGS && notice.kind() == Kind.CREATE) {
                    metrics.count("Findings", "Severity", notice.finding().severity().label(), 1);
                    metrics.count("Findings", "Detector", notice.finding().leading().detector(), 1);
                }
                return true;
            } catch (PublishException e) {
                metrics.count("PublishFailures", 1);
                log.accept("finding " + notice.finding().id() + " could not be published to " + topic + ": "
                        + e.getMessage());
                complete = false;
                return false;
            }
        }

        private void sumUp() {
            for (Topic topic : List.of(Topic.ALERTS, Topic.PAGES)) {
                if (heldBack.topics().getOrDefault(topic.name(), 0) > 0) {
                    try {
                        publisher.publish(topic, new FloodNotice(heldBack, true, alerting.flood(), now));
                    } catch (PublishException e) {
                        metrics.count("PublishFailures", 1);
                        complete = false;
                        log.accept("that findings were held back could not be published to " + topic + ": "
                                + e.getMessage());
                    }
                }
            }
        }

        private Optional<Finding> judge(Change change, Open open, Judge judge) {
            return judge.judgeState(change.subject().agent(), change.key().principal(), open.detector(),
                    signals(change, open), Instant.ofEpochSecond(open.since())).map(Judged::finding);
        }

        private List<Signal> signals(Change change, Open open) {
            return open.items().stream()
                    .map(item -> signal(open.detector(), change.key().principal(), item, now)).toList();
        }
    }

    private Severity least(Topic topic) {
        return switch (topic) {
            case ALERTS -> Severity.MEDIUM;
            case PAGES -> alerting.pageAt();
            case FINDINGS -> Severity.LOW;
        };
    }

    private static Signal signal(String detector, Principal principal, Item item, Instant at) {
        String action = item.action() == null ? "audit:" + item.rule() : item.action();
        return new Signal(detector, item.score(), Outcome.SUCCEEDED, action, item.target(), item.said(),
                (item.mend().isEmpty() ? item.reason() : item.reason() + " To mend it: " + item.mend())
                        .replace('\n', ' '),
                new Sighting(at.getEpochSecond(), ""), List.of(),
                Evidence.ofWindow("none, the audit found it", null, principal.account()), null, null);
    }
}
