package io.trailsentry.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// An HTTP server on a free port of 127.0.0.1, one thread a request. An exception in the handler is answered
/// with status 502 and its text, so that it shows at the client.
final class Loopback implements AutoCloseable {
    /// What answers a request; it answers by [#send] or closes the exchange, which drops the connection.
    @FunctionalInterface
    interface Handler {
        void handle(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Loopback(HttpServer server) {
        this.server = server;
    }

    static Loopback start(Handler handler) {
        try {
            var address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
            var loopback = new Loopback(HttpServer.create(address, 0));
            loopback.server.setExecutor(loopback.threads);
            loopback.server.createContext("/", exchange -> answer(handler, exchange));
            loopback.server.start();
            return loopback;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void answer(Handler handler, HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                handler.handle(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException e) {
                if (exchange.getResponseCode() == -1) {
                    send(exchange, 502, e.toString().getBytes(StandardCharsets.UTF_8));
                }
            }
        }
    }

    /// Answers with status and body, after the headers that the caller has set.
    static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        // The server takes 0 for "chunked, length unknown" and -1 for "no body".
        boolean empty = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, empty ? -1 : body.length);
        if (!empty) {
            exchange.getResponseBody().write(body);
        }
    }

    /// `127.0.0.1:PORT`.
    String authority() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    URI uri() {
        return URI.create("http://" + authority());
    }

    @Override
    public void close() {
        threads.shutdownNow();
        server.stop(0);
    }
}
