package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trailsentry.engine.Remembered;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.AwsRouter.Fault;
import io.trailsentry.lambda.Wired;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.sqs.model.Message;

/// The work, done once by a function as it is wired, over AWS's protocols, with faults on its way; a queue and a clock
/// without waiting around it. Confined to one thread, but for its endpoint.
final class FaultRound implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QUEUE_ARN = "arn:aws:sqs:us-east-1:111122223333:trailsentry-events";
    private static final String TABLE = "trailsentry-memory";
    /// More than this, and nothing comes to an end.
    private static final int MOST_INVOCATIONS = 400;
    private static final String PAGE = "<html><head><title>502 Bad Gateway</title></head><body>proxy</body></html>";

    /// What may happen at a call.
    enum Kind {
        THROTTLED, ERROR_500, RESET, TIMEOUT, WEB_PAGE, NOISE, HALF_ANSWER, TAKEN_THEN_RESET, TAKEN_THEN_TIMEOUT, TAKEN_THEN_500, TAKEN_THEN_NOISE, KILLED_BEFORE, KILLED_AFTER, FULL_HEAP;

        /// What the endpoint does; null where it happens in the function.
        @Nullable
        Fault fault() {
            return switch (this) {
                case THROTTLED -> new Fault.Throttled();
                case ERROR_500 -> new Fault.Status(500);
                case RESET -> new Fault.Disconnect();
                case TIMEOUT -> new Fault.Stall();
                case WEB_PAGE -> new Fault.Answer(PAGE);
                case NOISE -> new Fault.Noise();
                case HALF_ANSWER -> new Fault.Half();
                case TAKEN_THEN_RESET -> new Fault.Taken(new Fault.Disconnect());
                case TAKEN_THEN_TIMEOUT -> new Fault.Taken(new Fault.Stall());
                case TAKEN_THEN_500 -> new Fault.Taken(new Fault.Status(500));
                case TAKEN_THEN_NOISE -> new Fault.Taken(new Fault.Noise());
                case KILLED_BEFORE, KILLED_AFTER, FULL_HEAP -> null;
            };
        }

        /// Whether there is no answer at all.
        boolean isSilent() {
            return this == RESET || this == TIMEOUT || this == TAKEN_THEN_RESET || this == TAKEN_THEN_TIMEOUT;
        }

        /// Whether the request takes effect without the function's knowledge.
        boolean isTaken() {
            return fault() instanceof Fault.Taken || this == HALF_ANSWER;
        }
    }

    /// A fault at a call.
    ///
    /// @param call number of the request at which it begins, from 1; what is tried again counts
    /// @param times how many requests to the same service it meets before all is well again
    record Planned(int call, Kind kind, int times) {
    }

    /// What became of the work.
    ///
    /// @param calls service of each request, in order
    /// @param dead bodies in the dead-letter queue
    /// @param told what topics took, in order
    /// @param excused threads of which DESIGN allows that a step comes twice: it was sent, and the function never knew
    /// @param away threads that were told while memory was away, as the function said
    /// @param uncounted events that the function said it could not count
    /// @param unmetered whether CloudWatch seemed to take metrics and did not, which the SDK does not see
    /// @param spurious whether a request failed that was not meant to
    record Outcome(List<String> calls, Remembered remembered, List<String> dead, List<Told> told, Set<String> excused,
            Set<String> away, double uncounted, boolean unmetered, int handedBack, int invocations, boolean spurious,
            List<String> log) {
    }

    /// A function that is killed.
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /// A message in the queue.
    private static final class Waiting {
        private final int number;
        private final String body;
        private Instant visible;
        private int receives;

        Waiting(int number, String body, Instant visible) {
            this.number = number;
            this.body = body;
            this.visible = visible;
        }

        Message message() {
            return Message.builder().messageId("message-" + number).receiptHandle("receipt").body(body)
                    .attributesWithStrings(Map.of("ApproximateReceiveCount", String.valueOf(receives))).build();
        }
    }

    private final FaultWork work;
    private final List<Planned> plan;
    private final IntFunction<Duration> skew;
    private final StandIn aws = new StandIn(this::published);
    private final AwsRouter router;
    private final Wire wire;
    private final List<Told> told = Collections.synchronizedList(new ArrayList<>());
    private final List<Wired> functions = new ArrayList<>();
    private final List<String> dead = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final Set<String> excused = ConcurrentHashMap.newKeySet();
    private final Set<String> away = new HashSet<>();
    /// Threads of which a step was sent in this invocation, and not yet noted.
    private final Set<String> unsettled = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    /// Requests that are meant to have no answer.
    private final AtomicInteger unanswered = new AtomicInteger();
    /// Whether the function will not learn of what it asks for now.
    private volatile boolean lost;
    private volatile boolean unmetered;
    private Instant now = FaultWork.START;
    private boolean killed;
    private int answers;
    private int stopped;
    private int handedBack;
    private int invocations;

    /// @param plan what happens
    /// @param skew by number of the invocation, from 0, how far the function's clock is off
    /// @param client with short time limits
    FaultRound(FaultWork work, List<Planned> plan, IntFunction<Duration> skew, SdkHttpClient client) {
        this.work = work;
        this.plan = plan;
        this.skew = skew;
        this.router = AwsRouter.to((call, exchange, body) -> {
            var answer = aws.answer(call, exchange, body);
            if (call.is("dynamodb", "UpdateItem") && answer.status() == 200) {
                written(JSON.readTree(body));
            }
            return answer;
        });
        this.wire = new Wire(client, router.endpoint(), this::before, this::after);
        work.deliver(aws);
        for (Planned planned : plan) {
            Fault fault = planned.kind().fault();
            if (fault != null) {
                router.failUntilHealed(fault, from(planned));
            }
        }
    }

    private void before() {
        int request = requests.incrementAndGet();
        lost = false;
        for (Planned planned : plan) {
            if (planned.call() == request && planned.kind() == Kind.KILLED_BEFORE) {
                killed = true;
            } else if (planned.call() == request && planned.kind() == Kind.FULL_HEAP) {
                stopped++;
                throw new OutOfMemoryError("of a test");
            }
        }
        stopIfKilled();
    }

    private void after() {
        answers++;
        if (plan.stream().anyMatch(one -> one.call() == requests.get() && one.kind() == Kind.KILLED_AFTER)) {
            killed = true;
        }
        if (killed) {
            answers--;
        }
        stopIfKilled();
    }

    private void stopIfKilled() {
        if (killed) {
            stopped++;
            throw new Killed();
        }
    }

    /// Whether a request meets a fault: from one on, so many to the same service.
    private Predicate<Call> from(Planned planned) {
        AtomicReference<String> service = new AtomicReference<>("");
        AtomicInteger left = new AtomicInteger(planned.times());
        return call -> {
            if (requests.get() >= planned.call()) {
                service.compareAndSet("", call.service());
            }
            if (!call.service().equals(service.get()) || left.getAndDecrement() <= 0) {
                return false;
            }
            if (planned.kind().isSilent()) {
                unanswered.incrementAndGet();
            }
            lost = planned.kind().isTaken();
            unmetered |= call.service().equals("monitoring")
                    && (planned.kind() == Kind.WEB_PAGE || planned.kind() == Kind.NOISE);
            return true;
        };
    }

    private void published(Map<String, String> fields) {
        Told one = Told.of(fields);
        told.add(one);
        unsettled.add(one.thread());
        if (lost) {
            excused.add(one.thread());
        }
    }

    /// A finding that is written without an owner is noted.
    private void written(JsonNode update) {
        String key = update.at("/Key/pk/S").asText();
        if (key.startsWith("finding#") && !update.path("ExpressionAttributeValues").has(":owner")) {
            unsettled.removeIf(thread -> thread.endsWith(" " + key.substring("finding#".length())));
        }
    }

    /// Does the work.
    Outcome run() throws IOException, MemoryException {
        List<Waiting> queue = new ArrayList<>();
        for (int i = 0; i < work.arrivals().size(); i++) {
            queue.add(new Waiting(i, work.arrivals().get(i).body(),
                    FaultWork.START.plus(work.arrivals().get(i).after())));
        }
        InstantSource clock = () -> now.plus(skew.apply(invocations));
        Wired function = started(clock);
        while (!queue.isEmpty()) {
            if (invocations >= MOST_INVOCATIONS) {
                throw new AssertionError("no end of it: " + plan);
            }
            List<Waiting> batch = receive(queue);
            if (!batch.isEmpty() && !invoke(function, batch, queue)) {
                function = started(clock);
            }
        }
        DynamoDbMemory memory = new DynamoDbMemory(aws.dynamoDb(), TABLE, clock);
        long quarter = FaultWork.START.getEpochSecond() / 900;
        return new Outcome(router.calls().stream().map(Call::service).toList(),
                Remembered.of(work.watch(), memory, work.events(),
                        new Span(quarter - 8, quarter + 8)),
                dead, List.copyOf(told), excused, away, uncounted(), unmetered, handedBack,
                invocations, requests.get() - answers - stopped > unanswered.get(), log);
    }

    private Wired started(InstantSource clock) {
        Wired function = work.function(TABLE, wire, clock, log::add);
        functions.add(function);
        return function;
    }

    /// What is to be seen at once or within the time that Lambda gathers.
    private List<Waiting> receive(List<Waiting> queue) {
        Instant first = queue.stream().map(waiting -> waiting.visible).min(Comparator.naturalOrder()).orElseThrow();
        now = first.isAfter(now) ? first : now;
        List<Waiting> batch = new ArrayList<>();
        for (Waiting waiting : List.copyOf(queue)) {
            if (batch.size() == FaultWork.BATCH || waiting.visible.isAfter(now)) {
                continue;
            }
            queue.remove(waiting);
            if (++waiting.receives > FaultWork.MOST_RECEIVES) {
                dead.add(waiting.body);
            } else {
                batch.add(waiting);
            }
        }
        return batch;
    }

    /// Lets the function handle a batch; what is not done comes back after its visibility timeout.
    ///
    /// @return whether the function still lives
    private boolean invoke(Wired function, List<Waiting> batch, List<Waiting> queue)
            throws IOException {
        unsettled.clear();
        int said = log.size();
        int sent = told.size();
        @Nullable
        Set<String> back = null;
        String event = EventSourceMapping.batch(batch.stream().map(Waiting::message).toList(), QUEUE_ARN);
        try {
            Set<String> failed = EventSourceMapping.failures(function.handle(event));
            back = killed ? null : failed;
        } catch (Killed | OutOfMemoryError e) {
            // Lambda sees no answer, and the whole batch comes back.
        }
        invocations++;
        if (log.subList(said, log.size()).stream()
                .anyMatch(line -> line.contains("memory is away") || line.contains("could not be noted"))) {
            told.subList(sent, told.size()).forEach(one -> away.add(one.thread()));
        }
        if (back == null) {
            excused.addAll(unsettled);
        }
        for (Waiting waiting : batch) {
            if (back == null || back.contains("message-" + waiting.number)) {
                waiting.visible = now.plus(FaultWork.INVISIBLE);
                queue.add(waiting);
                handedBack++;
            }
        }
        now = now.plusSeconds(1);
        boolean lives = !killed;
        killed = false;
        return lives;
    }

    /// As CloudWatch got it, or the log where CloudWatch did not.
    private double uncounted() throws IOException {
        double sum = router.metrics().stream().filter(metric -> metric.name().equals("EventsUncounted"))
                .mapToDouble(AwsRouter.Metric::sum).sum();
        for (String line : log) {
            if (line.startsWith("{\"_aws\"")) {
                sum += JSON.readTree(line).path("EventsUncounted").asDouble();
            }
        }
        return sum;
    }

    @Override
    public void close() {
        functions.forEach(Wired::close);
        router.close();
    }
}
