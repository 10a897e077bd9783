package io.trailsentry.engine;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.agent.Roster.Entry;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.config.Configuration.Flood;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.finding.Story.Step;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.testing.Notices;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One way of events through two functions. Only one of them runs at a time; which one, is drawn before and after each
/// effect, and sometimes that it is killed there. So a seed gives the same way always.
final class Schedule {
    private static final Agent CODER = new Agent("coder", true, "dev", Set.of("eu-central-1", "us-east-1"),
            new Hours(ZoneOffset.UTC, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), LocalTime.of(8, 0),
                    LocalTime.of(18, 0)),
            false, null, Set.of());
    private static final Watch WATCH = Watch.of(Configuration.EMPTY,
            new Roster(List.of(new Entry(CODER, List.of(PrincipalPattern.of("mcp-agent-role")))), true, Map.of()),
            Catalogue.load());
    /// The same, where little is a flood.
    private static final Watch CROWDED = new Watch(WATCH.roster(), WATCH.detectors(), WATCH.modes(), WATCH.judge(),
            new Alerting(Severity.HIGH, Duration.ofHours(1), new Flood(1, Duration.ofHours(6))));
    private static final long DAY = Instant.parse("2026-11-17T00:00:00Z").getEpochSecond();

    private final Random random;
    private final Watch watch;
    private final Path folder;
    private final List<String> faults = new ArrayList<>();
    private final Steps steps = new Steps();
    private final Feed feed = new Feed();
    private final FakeLogFiles files = new FakeLogFiles();
    private Instant now = Instant.ofEpochSecond(DAY + 40_000);
    private int findings;
    private int summaries;

    /// @param crowded whether few alerts are a flood
    Schedule(Random random, Path folder, boolean crowded) {
        this.random = random;
        this.watch = crowded ? CROWDED : WATCH;
        this.folder = folder;
    }

    List<String> faults() {
        return faults;
    }

    int findings() {
        return findings;
    }

    int summaries() {
        return summaries;
    }

    int kills() {
        return steps.kills;
    }

    int steps() {
        return steps.count;
    }

    int overtaken() {
        return steps.overtaken;
    }

    /// A function that is killed.
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /// A function at work on a batch.
    private final class Worker {
        private final Semaphore turn = new Semaphore(0);
        private final List<Delivery> batch;
        private final Engine engine;
        private final Set<String> unsettled = new HashSet<>();
        private boolean doomed;
        private boolean done;
        private List<String> back;
        private @Nullable Throwable failure;

        Worker(Engine engine, List<Delivery> batch) {
            this.engine = engine;
            this.batch = batch;
            this.back = batch.stream().map(Delivery::id).toList();
        }

        void run() {
            turn.acquireUninterruptibly();
            try {
                back = engine.handle(batch);
            } catch (Killed killed) {
                feed.excused.addAll(unsettled);
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            done = true;
            steps.turnOver.release();
        }
    }

    /// What may happen before and after an effect.
    final class Steps {
        private final Semaphore turnOver = new Semaphore(0);
        private @Nullable Worker running;
        private int kills;
        private int count;
        private int overtaken;

        void step() {
            Worker worker = running;
            if (worker == null) {
                return;
            }
            count++;
            turnOver.release();
            worker.turn.acquireUninterruptibly();
            if (worker.doomed) {
                kills++;
                throw new Killed();
            }
        }

        void overtaken() {
            overtaken++;
        }

        void shuffle(List<?> list) {
            Collections.shuffle(list, random);
        }

        void published(String findingId) {
            if (running != null) {
                running.unsettled.add(findingId);
            }
        }

        void settled(String findingId) {
            if (running != null) {
                running.unsettled.remove(findingId);
            }
        }
    }

    /// What subscribers get, and whether they may.
    private final class Feed implements Publisher {
        private final Set<String> excused = new HashSet<>();
        private final Map<String, Finding> last = new TreeMap<>();
        private final Map<String, Set<String>> stepsTold = new HashMap<>();
        private final Map<String, Severity> severities = new HashMap<>();
        private final Map<String, Integer> counts = new HashMap<>();
        private final Set<String> superseded = new HashSet<>();
        private final Set<String> summed = new HashSet<>();

        @Override
        public boolean reaches(Topic topic) {
            return true;
        }

        @Override
        public void publish(Topic topic, Notice notice) throws PublishException {
            steps.step();
            if (random.nextInt(40) == 0) {
                throw new PublishException("throttled", new IllegalStateException());
            }
            Finding finding = notice.finding();
            steps.published(finding.id());
            if (!isNews(topic, notice) && !excused.contains(finding.id())) {
                faults.add("told twice to " + topic + ": " + notice.kind() + " " + finding.id() + " "
                        + notice.changes());
            }
            String key = topic + finding.id();
            Set<String> told = stepsTold.computeIfAbsent(key, k -> new HashSet<>());
            finding.signals().forEach(signal -> told.add(Step.of(signal).id()));
            severities.merge(key, finding.severity(), (a, b) -> a.isAtLeast(b) ? a : b);
            counts.put(key, finding.count());
            if (topic == Topic.FINDINGS && notice.kind() == Notice.Kind.SUPERSEDED) {
                last.remove(finding.id());
            } else if (topic == Topic.FINDINGS) {
                last.put(finding.id(), finding);
            }
            steps.step();
        }

        @Override
        public void publish(Topic topic, FloodNotice notice) throws PublishException {
            steps.step();
            if (random.nextInt(10) == 0) {
                throw new PublishException("throttled", new IllegalStateException());
            }
            summaries++;
            if (!summed.add(topic + " " + notice.held().from() + notice.over()) && steps.kills == 0) {
                faults.add("summed up twice to " + topic + ": " + notice);
            }
            steps.step();
        }

        private boolean isNews(Topic topic, Notice notice) {
            Finding finding = notice.finding();
            String key = topic + finding.id();
            Set<String> told = stepsTold.get(key);
            if (notice.kind() != Notice.Kind.SUPERSEDED && superseded.remove(key)) {
                return true;
            }
            return switch (notice.kind()) {
                case CREATE -> told == null;
                case SUPERSEDED -> superseded.add(key);
                case CLOSE -> finding.count() != counts.getOrDefault(key, 0);
                default -> told == null || (!severities.getOrDefault(key, Severity.INFORMATIONAL)
                        .isAtLeast(finding.severity())
                        || finding.signals().stream().anyMatch(signal -> !told.contains(Step.of(signal).id())));
            };
        }
    }

    /// Runs it, and notes what is not as it should be.
    void run(Function<Steps, Memory> form) throws IOException, MemoryException {
        Memory memory = form.apply(steps);
        List<EventBuilder> events = events();
        List<Finding> expected = Remembered.replayed(watch, folder, events);
        findings = expected.size();
        List<Delivery> queue = new ArrayList<>();
        boolean both = random.nextBoolean();
        for (EventBuilder event : events) {
            // EventBridge delivers twice at times, and not at all where the log files will.
            int copies = random.nextInt(4) == 0 ? 2 : both && random.nextInt(8) == 0 ? 0 : 1;
            for (; copies > 0; copies--) {
                queue.add(new Delivery("m" + queue.size(), event.envelope()));
            }
        }
        for (int from = 0, to = 0; both && from < events.size(); from = to) {
            to = Math.min(events.size(), from + 1 + random.nextInt(20));
            String key = files.deliver("file-" + from, events.subList(from, to).toArray(EventBuilder[]::new));
            queue.add(random.nextInt(queue.size() + 1),
                    new Delivery("f" + from, Notices.trail(FakeLogFiles.BUCKET, key)));
        }
        if (random.nextBoolean()) {
            Collections.shuffle(queue, random);
        }
        boolean killing = random.nextBoolean();
        for (int round = 0; !queue.isEmpty(); round++) {
            round(memory, queue, killing && round < 200);
            now = now.plusSeconds(31 + random.nextInt(600));
        }
        for (int i = 0; i < 4; i++) {
            now = now.plus(Duration.ofHours(30));
            new Engine(watch, files, memory, feed, metrics -> metrics.data(), () -> now, line -> {
            }).handle(List.of(heartbeat()));
        }
        compare(memory, events, expected);
        AlertWindow alerts = memory.alerts(UnaryOperator.identity());
        if (!alerts.held().isEmpty() || !alerts.over().isEmpty()) {
            faults.add("held back, but not summed up: " + alerts);
        }
    }

    private static Delivery heartbeat() {
        return new Delivery("heartbeat",
                "{\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\",\"detail\":{}}");
    }

    /// Lets one or two functions handle a batch each.
    private void round(Memory memory, List<Delivery> queue, boolean killing) {
        List<Worker> workers = new ArrayList<>();
        for (int i = random.nextInt(3) == 0 ? 1 : 2; i > 0 && !queue.isEmpty(); i--) {
            List<Delivery> batch = new ArrayList<>();
            int from = random.nextInt(Math.min(queue.size(), 30));
            for (int left = 1 + random.nextInt(25); left > 0 && from < queue.size(); left--) {
                batch.add(queue.remove(from));
            }
            if (random.nextInt(6) == 0) {
                batch.add(heartbeat());
            }
            workers.add(
                    new Worker(new Engine(watch, files, memory, feed, metrics -> metrics.data(), () -> now, line -> {
                    }), batch));
        }
        List<Thread> threads = workers.stream().map(worker -> Thread.ofVirtual().start(worker::run)).toList();
        List<Worker> alive = new ArrayList<>(workers);
        Worker at = alive.getFirst();
        while (!alive.isEmpty()) {
            at = random.nextInt(3) == 0 || at.done ? alive.get(random.nextInt(alive.size())) : at;
            at.doomed = killing && random.nextInt(60) == 0;
            steps.running = at;
            at.turn.release();
            steps.turnOver.acquireUninterruptibly();
            steps.running = null;
            alive.removeIf(worker -> worker.done);
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        for (Worker worker : workers) {
            if (worker.failure != null) {
                throw new AssertionError("a function failed", worker.failure);
            }
            for (Delivery delivery : worker.batch) {
                boolean again = worker.back.contains(delivery.id()) || random.nextInt(20) == 0;
                if (again && !delivery.id().equals("heartbeat")) {
                    queue.add(random.nextInt(queue.size() + 1), delivery);
                }
            }
        }
    }

    private void compare(Memory memory, List<EventBuilder> events, List<Finding> expected) throws MemoryException {
        Remembered remembered = Remembered.of(watch, memory, events, new Span(DAY / 900 - 200, DAY / 900 + 100));
        Map<String, Integer> made = Remembered.made(watch, events);
        if (!remembered.calls().equals(made)) {
            faults.add("made " + made + ", but counted are " + remembered.calls());
        }
        if (!remembered.findings().equals(expected)) {
            faults.add("found " + remembered.findings() + "\n but replay finds " + expected);
        }
        Map<String, Integer> counts = new TreeMap<>();
        expected.forEach(finding -> counts.put(finding.id(), finding.count()));
        Map<String, Integer> told = new TreeMap<>();
        feed.last.forEach((id, finding) -> told.put(id, finding.count()));
        // Of what was told by a function that was killed before it noted that, nobody knows that it is to be put right.
        told.keySet().removeAll(feed.excused);
        counts.keySet().removeAll(feed.excused);
        if (!told.equals(counts)) {
            faults.add("told " + told + ", but replay finds " + counts);
        }
    }

    /// Some work within a day, with attacks and bursts that like the ends of quarter hours, each event with an id of its own.
    private List<EventBuilder> events() {
        List<EventBuilder> events = new ArrayList<>();
        long centre = DAY + 900L * (4 + random.nextInt(80));
        int spread = List.of(300, 2_000, 20_000).get(random.nextInt(3));
        for (int i = 10 + random.nextInt(40); i > 0; i--) {
            EventBuilder event = switch (random.nextInt(8)) {
                case 0 -> EventBuilder.user("dana").mcp();
                case 1 -> EventBuilder.user("eve").mcp().write("ec2", "CreateTags");
                case 2 -> EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3");
                case 3 -> EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role");
                case 4 -> EventBuilder.agent().write("iam", "PutRolePolicy").denied("iam:PutRolePolicy",
                        "role mcp-agent-role");
                case 5 -> EventBuilder.agent().write("s3", "DeleteBucket").parameter("bucketName",
                        "b" + random.nextInt(4));
                default -> EventBuilder.role("mcp-agent-role", "coder-" + random.nextInt(3)).mcp();
            };
            events.add(event.at(time(centre, spread), "event-" + i));
        }
        for (int burst = random.nextInt(3); burst > 0; burst--) {
            long at = centre + 900L * (random.nextInt(5) - 2) - random.nextInt(300);
            int length = 60 + random.nextInt(random.nextInt(4) == 0 ? 3_000 : 500);
            boolean denied = random.nextInt(4) == 0;
            for (int i = 20 + random.nextInt(60); i > 0; i--) {
                EventBuilder event = denied
                        ? EventBuilder.agent().write("ec2", "Create" + (char) ('A' + random.nextInt(7)))
                                .denied("ec2:CreateX", "")
                        : EventBuilder.agent();
                events.add(event.at(Instant.ofEpochSecond(clamp(at + random.nextInt(length))).toString(),
                        "burst-" + burst + "-" + i));
            }
        }
        return events;
    }

    private String time(long centre, int spread) {
        return Instant.ofEpochSecond(clamp(centre + random.nextInt(2 * spread) - spread)).toString();
    }

    private static long clamp(long second) {
        return Math.max(DAY, Math.min(DAY + 86_000, second));
    }
}
