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
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

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
    }

    private record PlannedFault(Predicate<Call> calls, Fault fault, AtomicInteger left) {
        boolean takes(Call call) {
            return calls.test(call) && left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper CBOR = new CBORMapper();

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5)).build();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<Map.Entry<Call, String>> requestIds = new CopyOnWriteArrayList<>();
    private final List<Metric> metrics = new CopyOnWriteArrayList<>();
    private final List<PlannedFault> faults = new CopyOnWriteArrayList<>();
    private final String backend;
    private final ObjLongConsumer<Call> answered;
    private final Loopback server;

    private AwsRouter(String backend, ObjLongConsumer<Call> answered) {
        this.backend = backend;
        this.answered = answered;
        this.server = Loopback.start(this::handle);
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
        return new AwsRouter(backend.toString().replaceFirst("/$", ""), answered);
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
        http.shutdownNow();
        http.close();
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
                inflict(planned.fault(), exchange);
                return;
            }
        }
        if (call.is("monitoring", "PutMetricData")) {
            putMetricData(exchange, body);
        } else if (call.is("monitoring", "GetMetricData")) {
            getMetricData(exchange, body);
        } else {
            forward(exchange, body);
        }
    }

    private void inflict(Fault fault, HttpExchange exchange) throws IOException {
        switch (fault) {
            case Fault.Status status -> Loopback.send(exchange, status.code(), new byte[0]);
            case Fault.Refusal refusal -> refuse(refusal, exchange);
            case Fault.Answer answer -> text(exchange, 200, answer.text());
            case Fault.Document document -> cbor(exchange, 200, JSON.readTree(document.json()));
            case Fault.Disconnect _ -> exchange.close();
        }
    }

    private static void refuse(Fault.Refusal refusal, HttpExchange exchange) throws IOException {
        var error = Map.of("__type", "aws#" + refusal.code(), "message", refusal.message());
        String path = exchange.getRequestURI().getPath();
        if (OPERATION.matcher(path).matches()) {
            cbor(exchange, 400, error);
        } else if (exchange.getRequestHeaders().containsKey("X-Amz-Target") || LAMBDA.matcher(path).matches()) {
            exchange.getResponseHeaders().set("X-Amzn-ErrorType", refusal.code());
            text(exchange, 400, JSON.writeValueAsString(error));
        } else {
            String code = "<Code>" + refusal.code() + "</Code><Message>" + refusal.message() + "</Message>";
            // Amazon S3 speaks a REST protocol of its own, and asks by GET.
            text(exchange, 403, exchange.getRequestMethod().equals("GET")
                    ? "<Error>" + code + "</Error>"
                    : "<ErrorResponse><Error><Type>Sender</Type>" + code
                            + "</Error><RequestId>r</RequestId></ErrorResponse>");
        }
    }

    private static void text(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type",
                body.startsWith("{") ? "application/x-amz-json-1.1" : "text/xml");
        Loopback.send(exchange, status, body.getBytes(StandardCharsets.UTF_8));
    }

    private void putMetricData(HttpExchange exchange, byte[] body) throws IOException {
        boolean json = exchange.getRequestHeaders().containsKey("X-Amz-Target");
        JsonNode request = (json ? JSON : CBOR).readTree(unzipped(exchange.getRequestHeaders(), body));
        for (JsonNode datum : request.path("MetricData")) {
            metrics.add(metric(request.path("Namespace").asText(), datum));
        }
        if (json) {
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
            Loopback.send(exchange, 200, "{}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        cbor(exchange, 200, Map.of());
    }

    /// The sums of what was put, whenever that was; one query a page.
    private void getMetricData(HttpExchange exchange, byte[] body) throws IOException {
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
        cbor(exchange, 200, answer);
    }

    private static void cbor(HttpExchange exchange, int status, Object body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/cbor");
        exchange.getResponseHeaders().set("Smithy-Protocol", "rpc-v2-cbor");
        Loopback.send(exchange, status, CBOR.writeValueAsBytes(body));
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

    private void forward(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
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
        response.headers().map().forEach((name, values) -> {
            if (passesOn(name)) {
                exchange.getResponseHeaders().put(name, new ArrayList<>(values));
            }
        });
        Loopback.send(exchange, response.statusCode(), response.body());
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
