package io.trailsentry.it;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lambda's side of the Runtime API (version 2018-06-01) on loopback: invocations are queued in, what the runtime
/// client makes of them is taken out. With SnapStart it also gives out credentials: others after the restore.
final class RuntimeApi implements AutoCloseable {
    /// Id of the access key that is given out before the snapshot.
    static final String KEY_OF_THE_SNAPSHOT = "ASIASNAPSHOT";
    /// Id of the access key that is given out after the restore.
    static final String KEY_OF_THE_RESTORE = "ASIARESTORE";

    private static final String CREDENTIALS = "/credentials";
    private static final String VERSION = "/2018-06-01/runtime";
    private static final Pattern INVOCATION = Pattern.compile(VERSION + "/invocation/([^/]+)/(response|error)");
    private static final Duration INVOCATION_TIMEOUT = Duration.ofSeconds(60);
    private static final byte[] NOTHING = {};

    /// What came of the function.
    sealed interface Outcome {
        /// The handler returned.
        record Answered(String requestId, String body) implements Outcome {
        }

        /// The handler threw; the body is Lambda's error document.
        record Failed(String requestId, String body) implements Outcome {
        }

        /// The function could not be started.
        record InitFailed(String body) implements Outcome {
        }

        /// With SnapStart: the start is done, and the function may be restored by [RuntimeApi#restore()].
        record Checkpointed() implements Outcome {
        }

        /// With SnapStart: a hook after the restore threw.
        record RestoreFailed(String body) implements Outcome {
        }

        /// The process ended.
        record Exited(int status) implements Outcome {
        }
    }

    private record Invocation(String requestId, String event) {
    }

    private final BlockingQueue<Invocation> invocations = new LinkedBlockingQueue<>();
    private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
    private volatile String key = KEY_OF_THE_SNAPSHOT;
    private final Semaphore restores = new Semaphore(0);
    private final Loopback server = Loopback.start(this::handle);

    /// `HOST:PORT`, as `AWS_LAMBDA_RUNTIME_API` holds it.
    String authority() {
        return server.authority();
    }

    /// Where credentials are given out, as `AWS_CONTAINER_CREDENTIALS_FULL_URI` holds it.
    String credentials() {
        return server.uri() + CREDENTIALS;
    }

    /// Queues one event for the function.
    ///
    /// @return the request id that the outcome will carry
    String submit(String event) {
        var invocation = new Invocation(UUID.randomUUID().toString(), event);
        invocations.add(invocation);
        return invocation.requestId();
    }

    /// Lets one call of the restore route return.
    void restore() {
        key = KEY_OF_THE_RESTORE;
        restores.release();
    }

    /// Notes that the function's process has ended.
    void exited(int status) {
        outcomes.add(new Outcome.Exited(status));
    }

    /// The next outcome, in the order in which they happened.
    ///
    /// @throws AssertionError when there is none in time
    Outcome take(Duration within) {
        try {
            Outcome outcome = outcomes.poll(within.toNanos(), TimeUnit.NANOSECONDS);
            if (outcome == null) {
                throw new AssertionError("nothing from the function within " + within.toSeconds() + " s");
            }
            return outcome;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for the function", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }

    private void handle(HttpExchange exchange) throws IOException, InterruptedException {
        String path = exchange.getRequestURI().getPath();
        Matcher invocation = INVOCATION.matcher(path);
        if (path.equals(VERSION + "/invocation/next")) {
            next(exchange);
        } else if (path.equals(CREDENTIALS)) {
            Loopback.send(exchange, 200,
                    """
                            {"AccessKeyId":"%s","SecretAccessKey":"secret","Token":"token","Expiration":"2100-01-01T00:00:00Z"}"""
                            .formatted(key).getBytes(StandardCharsets.UTF_8));
        } else if (path.equals(VERSION + "/restore/next")) {
            outcomes.add(new Outcome.Checkpointed());
            restores.acquire();
            Loopback.send(exchange, 200, NOTHING);
        } else if (path.equals(VERSION + "/init/error")) {
            accept(exchange, new Outcome.InitFailed(body(exchange)));
        } else if (path.equals(VERSION + "/restore/error")) {
            accept(exchange, new Outcome.RestoreFailed(body(exchange)));
        } else if (invocation.matches() && invocation.group(2).equals("response")) {
            accept(exchange, new Outcome.Answered(invocation.group(1), body(exchange)));
        } else if (invocation.matches()) {
            accept(exchange, new Outcome.Failed(invocation.group(1), body(exchange)));
        } else {
            Loopback.send(exchange, 404, NOTHING);
        }
    }

    private void next(HttpExchange exchange) throws IOException, InterruptedException {
        Invocation invocation = invocations.take();
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", "application/json");
        headers.set("Lambda-Runtime-Aws-Request-Id", invocation.requestId());
        headers.set("Lambda-Runtime-Deadline-Ms",
                Long.toString(Instant.now().plus(INVOCATION_TIMEOUT).toEpochMilli()));
        headers.set("Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:" + AwsBackend.REGION + ":111122223333:function:" + PackagedFunction.NAME);
        headers.set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0");
        Loopback.send(exchange, 200, invocation.event().getBytes(StandardCharsets.UTF_8));
    }

    private void accept(HttpExchange exchange, Outcome outcome) throws IOException {
        Loopback.send(exchange, 202, NOTHING);
        outcomes.add(outcome);
    }

    private static String body(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }
}
