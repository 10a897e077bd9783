package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.agent.Principal;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.template.Template;
import io.trailsentry.testing.EventBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.model.Message;

/// Lets the packaged function work under AWS's runtime client, in two processes, behind a queue that gathers, hands out,
/// takes back and gives up messages as the template tells SQS and Lambda to: finds how many events a second it carries,
/// then sends them for some minutes, with bursts, and counts what became of them.
///
/// AWS is a [StandIn] in the process of the queue. Both work on the same processors as the functions; how much they use
/// is printed.
final class Load implements AutoCloseable {
    private static final String QUEUE_ARN = "arn:aws:sqs:us-east-1:111122223333:trailsentry-events";
    private static final String TOPIC = "arn:aws:sns:us-east-1:111122223333:trailsentry-";
    private static final String TABLE = "trailsentry-memory";
    private static final String CONFIGURATION = """
            {"agents": [{"name": "fleet", "principals": ["arn:aws:iam::111122223333:role/agent-*"]}]}""";
    private static final JsonNode DETECTOR = Template.read().section("Resources").at("/Detector/Properties");
    private static final JsonNode MAPPING = DETECTOR.at("/Events/Queue/Properties");
    private static final JsonNode QUEUE = Template.read().section("Resources").at("/Events/Properties");

    private static final int FUNCTIONS = 2;
    /// So many that none makes more calls in a minute than are counted one by one.
    private static final int AGENTS = 3_000;
    /// Calls of one agent on end.
    private static final int RUN = 20;
    /// One event in so many is a deed that people are told of.
    private static final int DEED = 2_000;
    private static final int BURST_TIMES = 5;
    private static final int BURST_SECONDS = 10;
    private static final int FIRST_RATE = 100;
    private static final double STEP = 1.25;
    private static final int STEP_SECONDS = 15;
    private static final int TICKS = 50;
    /// Bursts included, the average is nine tenths of what is carried.
    private static final double SHARE = 0.9 * 60 / (60 - BURST_SECONDS + BURST_TIMES * BURST_SECONDS);
    private static final Pattern COLLECTED = Pattern.compile("->(\\d+)M\\(");

    /// A message on its way.
    private static final class Waiting implements Delayed {
        private final String id = UUID.randomUUID().toString();
        private final String body;
        private final long sentAt = System.nanoTime();
        private long visibleAt = sentAt;
        private int receives;

        Waiting(String body) {
            this.body = body;
        }

        Message message() {
            return Message.builder().messageId(id).receiptHandle("receipt").body(body)
                    .attributesWithStrings(Map.of("ApproximateReceiveCount", String.valueOf(receives))).build();
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(visibleAt - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    private final AtomicInteger messages = new AtomicInteger();
    private final StandIn aws = new StandIn(fields -> messages.incrementAndGet());
    private final AwsRouter router = AwsRouter.to(aws);
    private final List<PackagedFunction> functions = new ArrayList<>();
    private final List<Thread> workers = new ArrayList<>();
    private final LinkedBlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
    private final DelayQueue<Waiting> invisible = new DelayQueue<>();
    private final AtomicInteger dead = new AtomicInteger();
    private final AtomicInteger handedBack = new AtomicInteger();
    private final AtomicInteger batches = new AtomicInteger();
    private final AtomicLong acknowledged = new AtomicLong();
    /// Milliseconds from arrival to acknowledgement, since they were last looked at.
    private final Queue<Double> latencies = new ConcurrentLinkedQueue<>();
    private final List<String> quiet = new ArrayList<>();
    private final List<String> deeds = new ArrayList<>();
    private final Instant began = Instant.now();
    private long sent;
    private int heartbeats;
    private volatile boolean over;
    private volatile @Nullable Throwable broken;

    private Load() {
        for (int i = 0; i < AGENTS; i++) {
            quiet.add(agent(i).call("ec2", "DescribeInstances").at("@TIME@", "@ID@").envelope());
            deeds.add(agent(i).write("iam", "PutRolePolicy").parameter("roleName", "agent-" + i)
                    .at("@TIME@", "@ID@").envelope());
        }
        Map<String, String> environment = new HashMap<>(Map.of("ALERTS_TOPIC_ARN", TOPIC + "alerts",
                "PAGES_TOPIC_ARN", TOPIC + "pages", "FINDINGS_TOPIC_ARN", TOPIC + "findings", "MEMORY_TABLE", TABLE,
                "TRAILSENTRY_CONFIG", CONFIGURATION, "AWS_ENDPOINT_URL", router.endpoint().toString(),
                "JAVA_TOOL_OPTIONS",
                DETECTOR.at("/Environment/Variables/JAVA_TOOL_OPTIONS").asText() + " -Xlog:gc"));
        for (int i = 0; i < FUNCTIONS; i++) {
            PackagedFunction function = PackagedFunction.start(DETECTOR.path("Handler").asText(), environment);
            functions.add(function);
            workers.add(Thread.ofPlatform().start(() -> work(function)));
        }
    }

    private static EventBuilder agent(int number) {
        return EventBuilder.role("agent-" + number, "s").mcp();
    }

    /// Measures.
    ///
    /// @param args minutes of the load; 10 when there is none. Then the rate to take as carried; else it is looked for
    public static void main(String[] args) throws MemoryException, ConfigurationException {
        int minutes = args.length == 0 ? 10 : Integer.parseInt(args[0]);
        try (Load load = new Load()) {
            double carried = args.length > 1 ? Double.parseDouble(args[1]) : load.climb();
            load.run(minutes, carried);
            load.compare();
        }
    }

    private void work(PackagedFunction function) {
        int most = MAPPING.path("BatchSize").asInt();
        long window = TimeUnit.SECONDS.toNanos(MAPPING.path("MaximumBatchingWindowInSeconds").asInt());
        try {
            while (!over) {
                List<Waiting> batch = gather(most, window);
                if (!batch.isEmpty()) {
                    invoke(function, batch);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | AssertionError e) {
            broken = e;
        }
    }

    /// As Lambda does: as many as a batch may hold, or what came within its window.
    private List<Waiting> gather(int most, long window) throws InterruptedException {
        List<Waiting> batch = new ArrayList<>();
        Waiting first = queue.poll(1, TimeUnit.SECONDS);
        long end = System.nanoTime() + window;
        for (Waiting next = first; next != null; next = batch.size() == most
                ? null
                : queue.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            next.receives++;
            if (next.receives > QUEUE.at("/RedrivePolicy/maxReceiveCount").asInt()) {
                dead.incrementAndGet();
            } else {
                batch.add(next);
            }
        }
        return batch;
    }

    private void invoke(PackagedFunction function, List<Waiting> batch) {
        Set<String> back = EventSourceMapping.failures(function.invoke(
                EventSourceMapping.batch(batch.stream().map(Waiting::message).toList(), QUEUE_ARN)));
        long now = System.nanoTime();
        batches.incrementAndGet();
        for (Waiting waiting : batch) {
            if (back.contains(waiting.id)) {
                handedBack.incrementAndGet();
                waiting.visibleAt = now + TimeUnit.SECONDS.toNanos(QUEUE.path("VisibilityTimeout").asInt());
                invisible.add(waiting);
            } else {
                latencies.add((now - waiting.sentAt) / 1e6);
                acknowledged.incrementAndGet();
            }
        }
    }

    /// Sends events for a time, each when it is due.
    private void send(double rate, double seconds) {
        int ticks = (int) Math.round(seconds * TICKS);
        double due = 0;
        long next = System.nanoTime();
        for (int tick = 0; tick < ticks; tick++) {
            String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
            for (due += rate / TICKS; due >= 1; due--) {
                int agent = (int) (sent / RUN % AGENTS);
                String body = (sent % DEED == DEED - 1 ? deeds : quiet).get(agent);
                queue.add(new Waiting(body.replace("@TIME@", time).replace("@ID@", "event-" + sent)));
                sent++;
            }
            for (Waiting back = invisible.poll(); back != null; back = invisible.poll()) {
                queue.add(back);
            }
            next += TimeUnit.SECONDS.toNanos(1) / TICKS;
            LockSupport.parkNanos(next - System.nanoTime());
            Throwable failure = broken;
            if (failure != null) {
                throw new IllegalStateException("the function broke: " + functions.getFirst().output(), failure);
            }
        }
    }

    /// Goes up until the queue grows.
    ///
    /// @return events a second
    private double climb() {
        send(FIRST_RATE, STEP_SECONDS);
        latencies.clear();
        System.out.printf(Locale.ROOT,
                "| events/s | acknowledged/s | p50, s | p99, s | waiting |%n|---|---|---|---|---|%n");
        double carried = FIRST_RATE;
        for (double rate = FIRST_RATE;; rate *= STEP) {
            long before = acknowledged.get();
            send(rate, STEP_SECONDS);
            double done = (acknowledged.get() - before) / (double) STEP_SECONDS;
            int waiting = queue.size();
            List<Double> took = took();
            System.out.printf(Locale.ROOT, "| %.0f | %.0f | %.2f | %.2f | %d |%n", rate, done, at(50, took),
                    at(99, took), waiting);
            // What comes in half a second is no queue.
            if (waiting > rate / 2) {
                break;
            }
            carried = rate;
        }
        drain();
        took();
        System.out.printf(Locale.ROOT, "%nCarried: %.0f events a second.%n%n", carried);
        return carried;
    }

    private List<Double> took() {
        List<Double> took = new ArrayList<>();
        for (Double one = latencies.poll(); one != null; one = latencies.poll()) {
            took.add(one / 1_000);
        }
        Collections.sort(took);
        return took;
    }

    private static double at(int percent, List<Double> sorted) {
        return sorted.isEmpty() ? 0 : sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    /// Waits until nothing is on its way.
    private void drain() {
        while (acknowledged.get() + dead.get() < sent) {
            send(0, 1);
        }
    }

    private void run(int minutes, double carried) {
        double rate = carried * SHARE;
        List<Duration> before = used();
        long started = System.nanoTime();
        System.out.printf(Locale.ROOT, "%d minutes at %.0f events a second, %.0f for %d s of each.%n%n"
                + "| minute | sent | acknowledged | handed back | p50, s | p90, s | p99, s | max, s | waiting | RSS, MB |"
                + " heap after collection, MB |%n|---|---|---|---|---|---|---|---|---|---|---|%n", minutes, rate,
                rate * BURST_TIMES, BURST_SECONDS);
        for (int minute = 1; minute <= minutes; minute++) {
            long sentBefore = sent;
            long acknowledgedBefore = acknowledged.get();
            int backBefore = handedBack.get();
            List<Integer> printed = functions.stream().map(function -> function.output().length()).toList();
            if (minute % 5 == 1) {
                sent++;
                heartbeats++;
                queue.add(new Waiting(Events.heartbeat().toString()));
            }
            send(rate, 60 - BURST_SECONDS - 20);
            send(rate * BURST_TIMES, BURST_SECONDS);
            send(rate, 20);
            List<Double> took = took();
            System.out.printf(Locale.ROOT, "| %d | %d | %d | %d | %.2f | %.2f | %.2f | %.2f | %d | %s | %s |%n", minute,
                    sent - sentBefore, acknowledged.get() - acknowledgedBefore, handedBack.get() - backBefore,
                    at(50, took), at(90, took), at(99, took), at(100, took), queue.size(),
                    join(functions.stream().map(function -> function.process().memory() / 1024).toList()),
                    join(IntStream.range(0, FUNCTIONS).mapToObj(i -> collected(functions.get(i).output()
                            .substring(printed.get(i)))).toList()));
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        List<Duration> after = used();
        drain();
        System.out.printf(Locale.ROOT, "%nOf %d processors the functions used %.2f, queue and AWS %.2f.%n",
                Runtime.getRuntime().availableProcessors(),
                after.get(0).minus(before.get(0)).toMillis() / seconds / 1e3,
                after.get(1).minus(before.get(1)).toMillis() / seconds / 1e3);
    }

    private List<Duration> used() {
        return List.of(functions.stream().map(function -> function.process().processorTime())
                .reduce(Duration.ZERO, Duration::plus),
                ProcessHandle.current().info().totalCpuDuration().orElseThrow());
    }

    private static String join(List<?> values) {
        return String.join(", ", values.stream().map(String::valueOf).toList());
    }

    /// The least that a collection left.
    private static String collected(String log) {
        Matcher matcher = COLLECTED.matcher(log);
        int least = Integer.MAX_VALUE;
        while (matcher.find()) {
            least = Math.min(least, Integer.parseInt(matcher.group(1)));
        }
        return least == Integer.MAX_VALUE ? "none" : String.valueOf(least);
    }

    /// Holds what is remembered against what was sent.
    private void compare() throws MemoryException, ConfigurationException {
        Configuration configuration = ConfigurationReader
                .read("load", CONFIGURATION, LocalDate.ofInstant(began, ZoneOffset.UTC)).configuration();
        Watch watch = Watch.of(configuration, configuration.roster(), Catalogue.load());
        var memory = new DynamoDbMemory(aws.dynamoDb(), TABLE, InstantSource.system());
        Span span = new Span(began.getEpochSecond() / 900 - 1, Instant.now().getEpochSecond() / 900 + 1);
        long counted = 0;
        int findings = 0;
        for (int i = 0; i < AGENTS; i++) {
            Principal principal = watch.observe(agent(i).event()).getFirst().principal();
            var history = memory.recall(Map.of(principal, span), Set.of()).history(principal);
            for (long quarter = span.from(); quarter <= span.to(); quarter++) {
                counted += history.profile().calls().of(quarter).calls();
            }
            findings += watch.judge().judge(watch.roster().agentOf(principal), principal, history, Long.MIN_VALUE)
                    .findings().size();
        }
        System.out.printf(Locale.ROOT,
                "%d events and %d heartbeats sent in %d batches; acknowledged %d, dead %d, handed "
                        + "back %d times.%nCounted in memory %d, lost %d, uncounted %.0f; %d findings, %d messages to topics, %d "
                        + "requests to AWS.%n",
                sent - heartbeats, heartbeats, batches.get(), acknowledged.get(), dead.get(),
                handedBack.get(), counted, sent - heartbeats - counted, sum("EventsUncounted"), findings,
                messages.get(), router.calls().size());
    }

    private double sum(String metric) {
        return router.metrics().stream().filter(one -> one.name().equals(metric)).mapToDouble(AwsRouter.Metric::sum)
                .sum();
    }

    @Override
    public void close() {
        over = true;
        workers.forEach(Thread::interrupt);
        functions.forEach(PackagedFunction::close);
        router.close();
    }
}
