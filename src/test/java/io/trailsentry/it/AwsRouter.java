package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import software.amazon.awssdk.core.SdkBytes;

/// The one endpoint that the function is given: it answers CloudWatch's `PutMetricData` and `GetMetricData` itself and
/// keeps the metrics, fails what a test tells it to fail, and hands all the rest to the backend unchanged.
///
/// CloudWatch is answered here because the Java SDK speaks Smithy RPC v2 CBOR to it, which not every emulator
/// does, and another SDK JSON. Requests are not authenticated. Safe for use by several threads.
final class AwsRouter implements AutoCloseable {
    /// Headers that belong to one connection; the client sets its own.
    private static final Set<String> PER_CONNECTION = Set.of("connection", "content-length", "date", "expect",
            "host", "keep-alive", "transfer-encoding", "upgrade");
    private static final Pattern SIGNED_FOR = Pattern.compile("Credential=([^/]+)/\\d+/([^/]+)/([^/]+)/");
    /// Its paths begin with the date of a version of the API.
    private static final Pattern LAMBDA = Pattern.compile("/\\d{4}-\\d{2}-\\d{2}/.*");
    private static final Pattern OPERATION = Pattern.compile(".*/operation/([^/]+)");
    private static final Duration FORWARD_TIMEOUT = Duration.ofSeconds(20);

    /// One request as the function made it.
    ///
    /// @param service    the service it is signed for, for example `sns`
    /// @param region     the Region it is signed for
    /// @param key        id of the access key it is signed with
    /// @param action     the API action, for example `Publish`; the HTTP method where the protocol names none
    /// @param path       the path, which names the action where the protocol does not
    /// @param parameters the form's fields of a query-protocol request, else empty
    record Call(String service, String region, String key, String action, String path,
            Map<String, String> parameters) {
        boolean is(String theService, String theAction) {
            return service.equals(theService) && action.equals(theAction);
        }
    }

    /// One metric value that CloudWatch would have stored.
    ///
    /// @param sum of its values, whichever form it was sent in
    record Metric(String namespace, String name, Map<String, String> dimensions, double sum) {
    }

    /// What is done to a request instead of passing it on.
    sealed interface Fault {
        /// Answers with this HTTP status and no body.
        record Status(int code) implements Fault {
        }

        /// Refuses in the protocol of the request: with status 400 or 403 and an error code.
        record Refusal(String code, String message) implements Fault {
        }

        /// Answers with status 200 and this XML or JSON.
        record Answer(String text) implements Fault {
        }

        /// Answers with status 200 and this document as CloudWatch writes it, in CBOR.
        record Document(String json) implements Fault {
        }

        /// Drops the connection without an answer.
        record Disconnect() implements Fault {
        }

        /// Refuses, in the protocol of the request and by the service's own code, because there were too many.
        record Throttled() implements Fault {
        }

        /// Keeps the connection and never answers.
        record Stall() implements Fault {
        }

        /// Answers with status 200 and bytes that are of no protocol.
        record Noise() implements Fault {
        }

        /// Passes the request on and drops the connection in the middle of its answer.
        record Half() implements Fault {
        }

        /// Passes the request on, so that it takes effect, and does another thing instead of answering.
        record Taken(Fault then) implements Fault {
        }
    }

    /// An answer as it goes back.
    ///
    /// @param headers without those of one connection
    record Answered(int status, Map<String, List<String>> headers, SdkBytes body) {
        static Answered of(int status, String type, byte[] body) {
            return new Answered(status, Map.of("Content-Type", List.of(type)), SdkBytes.fromByteArrayUnsafe(body));
        }
    }

    /// What answers the requests that are passed on.
    @FunctionalInterface
    interface Backend {
        Answered answer(Call call, HttpExchange exchange, byte[] body) throws IOException, InterruptedException;
    }

    private record PlannedFault(Predicate<Call> calls, Fault fault, AtomicInteger left) {
        boolean takes(Call call) {
            return calls.test(call) && left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
        }
    }

    private static final String NOISE = "\u0000\u00ff{<\u0080]\u001f\u008b\"";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper CBOR = new CBORMapper();

    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final Queue<Map.Entry<Call, String>> requestIds = new ConcurrentLinkedQueue<>();
    private final Queue<Metric> metrics = new ConcurrentLinkedQueue<>();
    private final List<PlannedFault> faults = new CopyOnWriteArrayList<>();
    private final Semaphore never = new Semaphore(0);
    private final Backend backend;
    private final Runnable stop;
    private final ObjLongConsumer<Call> answered;
    private final Loopback server;

    private AwsRouter(Backend backend, Runnable stop, ObjLongConsumer<Call> answered) {
        this.backend = backend;
        this.stop = stop;
        this.answered = answered;
        this.server = Loopback.start(this::handle);
    }

    /// Routes to a backend in this process.
    static AwsRouter to(Backend backend) {
        return new AwsRouter(backend, () -> {
        }, (call, nanoseconds) -> {
        });
    }

    /// Routes to the backend at this address.
    static AwsRouter to(URI backend) {
        return to(backend, (call, nanoseconds) -> {
        });
    }

    /// Routes to the backend at this address.
    ///
    /// @param answered is told of each request once it is answered, and in how many nanoseconds; from several threads
    static AwsRouter to(URI backend, ObjLongConsumer<Call> answered) {
        String address = backend.toString().replaceFirst("/$", "");
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5)).build();
        return new AwsRouter((call, exchange, body) -> forward(http, address, exchange, body), () -> {
            http.shutdownNow();
            http.close();
        }, answered);
    }

    /// What `AWS_ENDPOINT_URL` is set to.
    URI endpoint() {
        return server.uri();
    }

    /// Fails the next `times` requests among these calls; the SDK's own retries are requests too.
    void fail(int times, Fault fault, Predicate<Call> theCalls) {
        faults.add(new PlannedFault(theCalls, fault, new AtomicInteger(times)));
    }

    /// Fails these calls until [#heal()].
    void failUntilHealed(Fault fault, Predicate<Call> theCalls) {
        fail(Integer.MAX_VALUE, fault, theCalls);
    }

    /// Ends all faults.
    void heal() {
        faults.clear();
    }

    /// All requests so far, those that were failed included.
    List<Call> calls() {
        return List.copyOf(calls);
    }

    /// The request ids that the backend gave to these calls so far.
    List<String> requestIds(Predicate<Call> theCalls) {
        return requestIds.stream().filter(one -> theCalls.test(one.getKey())).map(Map.Entry::getValue).toList();
    }

    /// All metric values received so far.
    List<Metric> metrics() {
        return List.copyOf(metrics);
    }

    @Override
    public void close() {
        server.close();
        stop.run();
    }

    private void handle(HttpExchange exchange) throws IOException, InterruptedException {
        long started = System.nanoTime();
        byte[] body = exchange.getRequestBody().readAllBytes();
        Call call = call(exchange, body);
        calls.add(call);
        answer(call, exchange, body);
        String requestId = exchange.getResponseHeaders().getFirst("x-amzn-RequestId");
        if (requestId != null) {
            requestIds.add(Map.entry(call, requestId));
        }
        answered.accept(call, System.nanoTime() - started);
    }

    private void answer(Call call, HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        for (PlannedFault planned : faults) {
            if (planned.takes(call)) {
                inflict(planned.fault(), call, exchange, body);
                return;
            }
        }
        send(exchange, pass(call, exchange, body));
    }

    private Answered pass(Call call, HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        if (call.is("monitoring", "PutMetricData")) {
            return putMetricData(exchange, body);
        }
        return call.is("monitoring", "GetMetricData")
                ? getMetricData(body)
                : backend.answer(call, exchange, body);
    }

    private static void send(HttpExchange exchange, Answered answer) throws IOException {
        answer.headers().forEach((name, values) -> exchange.getResponseHeaders().put(name, new ArrayList<>(values)));
        Loopback.send(exchange, answer.status(), answer.body().asByteArrayUnsafe());
    }

    private void inflict(Fault fault, Call call, HttpExchange exchange, byte[] body)
            throws IOException, InterruptedException {
        switch (fault) {
            case Fault.Status status -> Loopback.send(exchange, status.code(), new byte[0]);
            case Fault.Refusal refusal -> send(exchange, refused(refusal, exchange));
            case Fault.Answer answer -> send(exchange, text(200, answer.text()));
            case Fault.Document document -> send(exchange, cbor(200, JSON.readTree(document.json())));
            case Fault.Disconnect _ -> exchange.close();
            case Fault.Throttled _ -> send(exchange, throttled(call, exchange));
            case Fault.Stall _ -> never.acquire();
            case Fault.Noise _ -> Loopback.send(exchange, 200, NOISE.getBytes(StandardCharsets.ISO_8859_1));
            case Fault.Half _ -> half(exchange, pass(call, exchange, body));
            case Fault.Taken(var then) -> {
                pass(call, exchange, body);
                inflict(then, call, exchange, body);
            }
        }
    }

    /// What the server announced and did not send makes it drop the connection.
    private static void half(HttpExchange exchange, Answered answer) throws IOException {
        answer.headers().forEach((name, values) -> exchange.getResponseHeaders().put(name, new ArrayList<>(values)));
        byte[] body = answer.body().asByteArrayUnsafe();
        exchange.sendResponseHeaders(answer.status(), Math.max(2, body.length));
        exchange.getResponseBody().write(body, 0, body.length / 2);
        exchange.getResponseBody().flush();
        exchange.close();
    }

    /// Sources: each service's API reference, "Common errors"; S3's, "Error responses".
    private static Answered throttled(Call call, HttpExchange exchange) throws IOException {
        return switch (call.service()) {
            case "dynamodb" -> refused(
                    new Fault.Refusal("ProvisionedThroughputExceededException", "The level of throughput was exceeded"),
                    exchange);
            case "s3" ->
                text(503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
            case "sns" -> text(400, error("Throttling", "Rate exceeded"));
            default -> refused(new Fault.Refusal("ThrottlingException", "Rate exceeded"), exchange);
        };
    }

    private static Answered refused(Fault.Refusal refusal, HttpExchange exchange) throws IOException {
        var error = Map.of("__type", "aws#" + refusal.code(), "message", refusal.message());
        String path = exchange.getRequestURI().getPath();
        if (OPERATION.matcher(path).matches()) {
            return cbor(400, error);
        }
        if (exchange.getRequestHeaders().containsKey("X-Amz-Target") || LAMBDA.matcher(path).matches()) {
            exchange.getResponseHeaders().set("X-Amzn-ErrorType", refusal.code());
            return text(400, JSON.writeValueAsString(error));
        }
        // Amazon S3 speaks a REST protocol of its own, and asks by GET.
        return text(403, exchange.getRequestMethod().equals("GET")
                ? "<Error><Code>" + refusal.code() + "</Code><Message>" + refusal.message() + "</Message></Error>"
                : error(refusal.code(), refusal.message()));
    }

    private static String error(String code, String message) {
        return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message
                + "</Message></Error><RequestId>r</RequestId></ErrorResponse>";
    }

    private static Answered text(int status, String body) {
        return Answered.of(status, body.startsWith("{") ? "application/x-amz-json-1.1" : "text/xml",
                body.getBytes(StandardCharsets.UTF_8));
    }

    private Answered putMetricData(HttpExchange exchange, byte[] body) throws IOException {
        boolean json = exchange.getRequestHeaders().containsKey("X-Amz-Target");
        JsonNode request = (json ? JSON : CBOR).readTree(unzipped(exchange.getRequestHeaders(), body));
        for (JsonNode datum : request.path("MetricData")) {
            metrics.add(metric(request.path("Namespace").asText(), datum));
        }
        return json
                ? Answered.of(200, "application/x-amz-json-1.0", "{}".getBytes(StandardCharsets.UTF_8))
                : cbor(200, Map.of());
    }

    /// The sums of what was put, whenever that was; one query a page.
    private Answered getMetricData(byte[] body) throws IOException {
        JsonNode request = CBOR.readTree(body);
        int page = request.path("NextToken").asInt(0);
        JsonNode query = request.path("MetricDataQueries").path(page);
        JsonNode asked = query.at("/MetricStat/Metric");
        Metric metric = metric(asked.path("Namespace").asText(), asked);
        List<Double> values = metrics.stream().filter(known -> known.name().equals(metric.name())
                && known.namespace().equals(metric.namespace()) && known.dimensions().equals(metric.dimensions()))
                .map(Metric::sum).toList();
        var answer = new LinkedHashMap<String, Object>();
        answer.put("MetricDataResults",
                List.of(Map.of("Id", query.path("Id").asText(), "StatusCode", "Complete", "Values", values)));
        if (page + 1 < request.path("MetricDataQueries").size()) {
            answer.put("NextToken", String.valueOf(page + 1));
        }
        return cbor(200, answer);
    }

    private static Answered cbor(int status, Object body) throws IOException {
        return new Answered(status,
                Map.of("Content-Type", List.of("application/cbor"), "Smithy-Protocol", List.of("rpc-v2-cbor")),
                SdkBytes.fromByteArrayUnsafe(CBOR.writeValueAsBytes(body)));
    }

    private static Metric metric(String namespace, JsonNode datum) {
        var dimensions = new TreeMap<String, String>();
        for (JsonNode dimension : datum.path("Dimensions")) {
            dimensions.put(dimension.path("Name").asText(), dimension.path("Value").asText());
        }
        return new Metric(namespace, datum.path("MetricName").asText(), Map.copyOf(dimensions), sum(datum));
    }

    private static double sum(JsonNode datum) {
        if (datum.has("Value")) {
            return datum.path("Value").asDouble();
        }
        if (datum.has("StatisticValues")) {
            return datum.path("StatisticValues").path("Sum").asDouble();
        }
        double sum = 0;
        for (int i = 0; i < datum.path("Values").size(); i++) {
            sum += datum.path("Values").path(i).asDouble() * datum.path("Counts").path(i).asDouble(1);
        }
        return sum;
    }

    /// The SDK compresses `PutMetricData` from 10 KiB on.
    private static byte[] unzipped(Headers headers, byte[] body) throws IOException {
        if (!"gzip".equalsIgnoreCase(headers.getFirst("Content-Encoding"))) {
            return body;
        }
        try (var unzipping = new GZIPInputStream(new ByteArrayInputStream(body))) {
            return unzipping.readAllBytes();
        }
    }

    private static Answered forward(HttpClient http, String backend, HttpExchange exchange, byte[] body)
            throws IOException, InterruptedException {
        // By text, since resolving the parsed URI would touch its percent escapes.
        var request = HttpRequest.newBuilder(URI.create(backend + exchange.getRequestURI().toString()))
                .timeout(FORWARD_TIMEOUT).method(exchange.getRequestMethod(),
                        body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (passesOn(name)) {
                values.forEach(value -> request.header(name, value));
            }
        });
        HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
        var headers = new TreeMap<String, List<String>>();
        response.headers().map().forEach((name, values) -> {
            if (passesOn(name)) {
                headers.put(name, values);
            }
        });
        return new Answered(response.statusCode(), headers, SdkBytes.fromByteArrayUnsafe(response.body()));
    }

    private static boolean passesOn(String header) {
        return !PER_CONNECTION.contains(header.toLowerCase(Locale.ROOT));
    }

    private static Call call(HttpExchange exchange, byte[] body) {
        Headers headers = exchange.getRequestHeaders();
        Map<String, String> form = form(headers, body);
        Matcher signed = SIGNED_FOR.matcher(headers.getOrDefault("Authorization", List.of()).toString());
        String path = exchange.getRequestURI().getPath();
        return signed.find()
                ? new Call(signed.group(3), signed.group(2), signed.group(1), action(exchange, form), path, form)
                : new Call("", "", "", action(exchange, form), path, form);
    }

    private static String action(HttpExchange exchange, Map<String, String> form) {
        Matcher operation = OPERATION.matcher(exchange.getRequestURI().getPath());
        String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
        if (operation.matches()) {
            return operation.group(1);
        }
        if (target != null) {
            return target.substring(target.lastIndexOf('.') + 1);
        }
        return form.getOrDefault("Action", exchange.getRequestMethod());
    }

    private static Map<String, String> form(Headers headers, byte[] body) {
        String type = headers.getFirst("Content-Type");
        if (type == null || !type.startsWith("application/x-www-form-urlencoded")) {
            return Map.of();
        }
        var form = new LinkedHashMap<String, String>();
        for (String field : new String(body, StandardCharsets.UTF_8).split("&", -1)) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                form.put(decoded(field.substring(0, equals)), decoded(field.substring(equals + 1)));
            }
        }
        return Map.copyOf(form);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
