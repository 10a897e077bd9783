package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.it.RuntimeApi.Outcome;
import io.trailsentry.memory.dynamodb.Table;
import io.trailsentry.template.Template;
import io.trailsentry.testing.EventBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/// Measures the packaged function under AWS's runtime client, with the memory and the options that `template.yaml` gives
/// it, beside a plain handler in Python with boto3: the same events from the same Runtime API, the same backend. Prints a
/// table of medians.
final class FunctionBenchmark implements AutoCloseable {
    private static final String QUEUE_ARN = "arn:aws:sqs:us-east-1:111122223333:trailsentry-events";
    private static final String NAMES = "bench-agent-names";
    private static final int WARM_UP = 50;
    private static final int INVOCATIONS = 200;
    private static final List<Integer> BATCHES = List.of(1, 10);
    /// They take turns, so that no burst of one is found.
    private static final List<String> AGENTS = IntStream.range(0, 50).mapToObj(i -> "mcp-agent-role-" + i).toList();

    /// Between two turns of an agent, in the events' own time.
    private static final Duration TURN = Duration.ofMinutes(40);

    /// What a batch of one size took a warm function, in milliseconds, an invocation each.
    ///
    /// @param whole from the event's way out to the answer's way in
    /// @param own the same without what the backend took
    /// @param requests to AWS by invocation
    private record Warm(List<Double> whole, List<Double> own, double requests) {
    }

    /// One start or restore and what followed.
    ///
    /// @param alert milliseconds until the alert's request was answered
    /// @param answer milliseconds until the invocation was answered, without what the backend took
    /// @param processor milliseconds of processors until then
    /// @param requests to AWS until then
    /// @param peak resident memory by then, in MB
    /// @param end resident memory after all invocations, in MB
    private record Round(double alert, double answer, double processor, int requests, double peak, List<Warm> warm,
            double end) {
    }

    private final AwsBackend aws;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong backend = new AtomicLong();
    private final AtomicLong alertedAt = new AtomicLong();
    private final AwsRouter router;
    private final String alerts;
    private final String pages;
    private final String findings;
    private final JsonNode properties = Template.read().section("Resources").at("/Detector/Properties");

    private FunctionBenchmark(AwsBackend aws) {
        this.aws = aws;
        this.alerts = topic("alerts");
        this.pages = topic("pages");
        this.findings = topic("findings");
        this.router = AwsRouter.to(aws.endpoint(), this::answered);
        aws.ssm().putParameter(request -> request.name(NAMES).value(names()).type(ParameterType.STRING)
                .overwrite(true));
        if (properties.path("MemorySize").asInt() != PackagedFunction.MEMORY_MB) {
            throw new IllegalStateException("template.yaml gives other memory");
        }
    }

    /// Measures.
    ///
    /// @param args number of rounds; 5 when there is none
    public static void main(String[] args) throws IOException {
        int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
        switch (AwsBackend.choose()) {
            case AwsBackend.Choice.Missing missing -> throw new IllegalStateException("no backend: " + missing);
            case AwsBackend.Choice.Found found -> {
                try (found; var benchmark = new FunctionBenchmark(found.backend())) {
                    benchmark.run(rounds);
                }
            }
        }
    }

    private String topic(String name) {
        return aws.sns().createTopic(request -> request.name("bench-" + name)).topicArn();
    }

    private static String names() {
        return Events.AGENT_ROLE + "," + String.join(",", AGENTS);
    }

    private void answered(Call call, long nanoseconds) {
        requests.incrementAndGet();
        backend.addAndGet(nanoseconds);
        if (call.is("sns", "Publish")) {
            messages.incrementAndGet();
            if (alerts.equals(call.parameters().get("TopicArn"))) {
                alertedAt.set(System.nanoTime());
            }
        }
    }

    private void run(int rounds) throws IOException {
        String load = Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
        List<Round> started = new ArrayList<>();
        List<Round> restored = new ArrayList<>();
        List<Round> python = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            started.add(started());
            restored.add(restored());
            python.add(python());
            System.err.printf(Locale.ROOT, "round %d: first alert after %.0f ms, %.0f restored, %.0f in Python%n",
                    round,
                    started.getLast().alert(), restored.getLast().alert(), python.getLast().alert());
        }
        String versions = said(
                "import boto3, platform; print(platform.python_version() + ', boto3 ' + boto3.__version__)");
        System.out.printf(Locale.ROOT, "%d rounds on %d processors (%s), load %s before; Java %s, Python %s; %s.%n%n",
                rounds, Runtime.getRuntime().availableProcessors(), processor(), load,
                System.getProperty("java.version"), versions, aws.name());
        System.out.println("| median (least to most) | started | restored | Python | started / Python"
                + " | restored / Python |\n|---|---|---|---|---|---|");
        List<List<Round>> all = List.of(started, restored, python);
        row("first alert, ms", all, Round::alert);
        row("first answer without what AWS took, ms", all, Round::answer);
        row("processor time until then, ms", all, Round::processor);
        row("requests to AWS until then", all, Round::requests);
        row("peak memory until then, MB", all, Round::peak);
        for (int i = 0; i < BATCHES.size(); i++) {
            int size = i;
            String warm = "warm, batch of " + BATCHES.get(i) + ": ";
            row(warm + "median, ms", all, round -> at(50, round.warm().get(size).whole()));
            row(warm + "p99, ms", all, round -> at(99, round.warm().get(size).whole()));
            row(warm + "median without what AWS took, ms", all, round -> at(50, round.warm().get(size).own()));
            row(warm + "p99 without what AWS took, ms", all, round -> at(99, round.warm().get(size).own()));
            row(warm + "requests to AWS", all, round -> round.warm().get(size).requests());
        }
        row("peak memory at the end, MB", all, Round::end);
    }

    private static void row(String name, List<List<Round>> all, ToDoubleFunction<Round> figure) {
        StringBuilder row = new StringBuilder("| ").append(name);
        List<Double> medians = new ArrayList<>();
        for (List<Round> rounds : all) {
            List<Double> figures = rounds.stream().mapToDouble(figure).boxed().toList();
            medians.add(at(50, figures));
            String form = Collections.max(figures) < 20 ? " | %.1f (%.1f to %.1f)" : " | %.0f (%.0f to %.0f)";
            row.append(String.format(Locale.ROOT, form, medians.getLast(), Collections.min(figures),
                    Collections.max(figures)));
        }
        System.out.printf(Locale.ROOT, "%s | %.2f | %.2f |%n", row, medians.get(0) / medians.get(2),
                medians.get(1) / medians.get(2));
    }

    private static double at(int percentile, List<Double> figures) {
        return figures.stream().sorted().toList().get(Math.min(figures.size() - 1, figures.size() * percentile / 100));
    }

    private Round started() {
        try (PackagedFunction function = java(Map.of())) {
            return alerted(function, function.process().startedAt(), Duration.ZERO);
        }
    }

    private Round restored() {
        try (PackagedFunction function = java(Map.of("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"))) {
            var restoredAt = new AtomicLong();
            function.restore(() -> restoredAt.set(System.nanoTime()));
            Duration before = function.process().processorTime();
            return alerted(function, restoredAt.get(), before);
        }
    }

    private Round python() {
        Map<String, String> environment = Map.of("AGENT_NAMES", names(), "EXPECTED_REGIONS", Events.REGION);
        try (PackagedFunction function = PackagedFunction.startPython(Path.of("src/test/python"), "handler.handler",
                environment(environment))) {
            return alerted(function, function.process().startedAt(), Duration.ZERO);
        }
    }

    private PackagedFunction java(Map<String, String> start) {
        Map<String, String> environment = environment(start);
        environment.putAll(Map.of("PAGES_TOPIC_ARN", pages, "FINDINGS_TOPIC_ARN", findings,
                "TRAILSENTRY_CONFIG", "{\"agents\":[{\"principals\":[\"" + names().replace(",", "\",\"") + "\"]}]}",
                "AGENT_NAMES",
                "ssm:" + NAMES, "JAVA_TOOL_OPTIONS",
                properties.at("/Environment/Variables/JAVA_TOOL_OPTIONS").asText()));
        return PackagedFunction.start(properties.path("Handler").asText(), environment);
    }

    private Map<String, String> environment(Map<String, String> more) {
        String table = "bench-" + UUID.randomUUID();
        Table.create(aws.dynamoDb(), table);
        Map<String, String> environment = new HashMap<>(more);
        environment.putAll(Map.of("ALERTS_TOPIC_ARN", alerts, "METRICS_NAMESPACE", "TrailSentry", "MEMORY_TABLE", table,
                "AWS_ENDPOINT_URL", router.endpoint().toString()));
        return environment;
    }

    /// Lets the first invocation make an alert, then measures ordinary ones.
    ///
    /// @param from when it was started or restored
    /// @param before what it had used of processors by then
    private Round alerted(PackagedFunction function, long from, Duration before) {
        requests.set(0);
        backend.set(0);
        alertedAt.set(0);
        function.invoke(batch(List.of(Events.selfModification().toString())));
        double answer = milliseconds(System.nanoTime() - from - backend.get());
        double processor = milliseconds(function.process().processorTime().minus(before).toNanos());
        int made = requests.get();
        double alert = milliseconds(alertedAt.get() - from);
        double peak = function.process().peakMemory() / 1024.0;

        int told = messages.get();
        List<Warm> warm = new ArrayList<>();
        Instant time = Instant.now().minus(Duration.ofHours(12)).truncatedTo(ChronoUnit.SECONDS);
        invoke(function, WARM_UP, 1, time);
        for (int batch : BATCHES) {
            time = time.plus(Duration.ofHours(4));
            warm.add(invoke(function, INVOCATIONS, batch, time));
        }
        if (messages.get() != told) {
            throw new IllegalStateException("ordinary work was told of: " + router.calls().stream()
                    .filter(call -> call.is("sns", "Publish")).toList().getLast().parameters());
        }
        return new Round(alert, answer, processor, made, peak, warm, function.process().peakMemory() / 1024.0);
    }

    private Warm invoke(PackagedFunction function, int times, int size, Instant first) {
        List<Double> whole = new ArrayList<>();
        List<Double> own = new ArrayList<>();
        requests.set(0);
        for (int i = 0; i < times; i++) {
            String agent = AGENTS.get(i % AGENTS.size());
            String time = first.plus(TURN.multipliedBy(i / AGENTS.size())).toString();
            String batch = batch(Stream.generate(() -> EventBuilder.role(agent, "coder-1").mcp()
                    .call("ec2", "DescribeInstances").at(time, UUID.randomUUID().toString()).envelope()).limit(size)
                    .toList());
            backend.set(0);
            long from = System.nanoTime();
            String answer = function.invoke(batch);
            long took = System.nanoTime() - from;
            if (!EventSourceMapping.failures(answer).isEmpty()) {
                throw new IllegalStateException(answer + function.output());
            }
            whole.add(milliseconds(took));
            own.add(milliseconds(took - backend.get()));
        }
        return new Warm(whole, own, (double) requests.get() / times);
    }

    private static String batch(List<String> bodies) {
        return EventSourceMapping.batch(IntStream.range(0, bodies.size())
                .mapToObj(i -> Message.builder().messageId("message-" + i).receiptHandle("receipt-" + i)
                        .body(bodies.get(i)).attributesWithStrings(Map.of("ApproximateReceiveCount", "1")).build())
                .toList(), QUEUE_ARN);
    }

    private static double milliseconds(long nanoseconds) {
        return nanoseconds / 1e6;
    }

    private static String processor() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name")).findFirst().orElse("of unknown make")
                    .replaceFirst(".*: ", "");
        }
    }

    private static String said(String python) throws IOException {
        return new String(new ProcessBuilder("python3", "-c", python).start().getInputStream().readAllBytes(),
                StandardCharsets.UTF_8).strip();
    }

    @Override
    public void close() {
        router.close();
    }
}
