package io.trailsentry.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A headless Chromium with one tab, driven over the DevTools protocol. It tells all that the tab asked of the network and
/// wrote to its console.
final class Browser implements AutoCloseable {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern ENDPOINT = Pattern.compile("DevTools listening on (ws://127\\.0\\.0\\.1:\\d+/\\S+)");
    private static final JsonMapper JSON = new JsonMapper();

    private final Child child;
    private final Path profile;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private volatile CompletableFuture<JsonNode> loaded = new CompletableFuture<>();
    private final String session;

    private Browser(String program) throws IOException {
        profile = Files.createTempDirectory("trailsentry-it-browser-");
        child = Child.start(new ProcessBuilder(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--remote-debugging-port=0", "--user-data-dir=" + profile, "about:blank"));
        socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(endpoint(), new Listener())
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        String target = call(null, "Target.createTarget", Map.of("url", "about:blank")).path("targetId").asText();
        session = call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true)).path("sessionId")
                .asText();
        for (String domain : List.of("Page", "Network", "Log", "Runtime", "DOM", "Accessibility")) {
            call(session, domain + ".enable", Map.of());
        }
    }

    /// Whether there is a browser to start.
    static boolean isInstalled() {
        return program() != null;
    }

    static Browser start() throws IOException {
        String program = program();
        if (program == null) {
            throw new IOException("none of " + NAMES + " is on the PATH");
        }
        return new Browser(program);
    }

    private static @Nullable String program() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(":", -1)).flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable).map(Path::toString).findFirst().orElse(null);
    }

    private URI endpoint() {
        return Await.until(PATIENCE, () -> "the browser named no endpoint, but printed " + child.output(), () -> {
            Matcher line = ENDPOINT.matcher(child.output());
            return line.find() ? Optional.of(URI.create(line.group(1))) : Optional.empty();
        });
    }

    /// Opens a file and waits until it is loaded. What was asked and complained of before is forgotten.
    void open(Path file) {
        requests.clear();
        complaints.clear();
        loaded = new CompletableFuture<>();
        call(session, "Page.navigate", Map.of("url", file.toUri().toString()));
        loaded.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    /// What an expression is in the page.
    JsonNode evaluate(String script) {
        JsonNode result = call(session, "Runtime.evaluate", Map.of("expression", script, "returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(result.path("exceptionDetails").toString());
        }
        return result.path("result").path("value");
    }

    /// Shows the page at a width, in a colour scheme, on a medium.
    ///
    /// @param medium `screen` or `print`
    void show(int width, boolean dark, String medium) {
        call(session, "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
        call(session, "Emulation.setEmulatedMedia", Map.of("media", medium, "features",
                List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    /// Presses a key.
    void press(String key, int code) {
        for (String type : List.of("keyDown", "keyUp")) {
            call(session, "Input.dispatchKeyEvent", Map.of("type", type, "key", key, "code", key, "text",
                    key.equals("Enter") && type.equals("keyDown") ? "\r" : "", "windowsVirtualKeyCode", code));
        }
    }

    /// What a screen reader is told: `role name`, in the order of the page.
    List<String> accessible() {
        List<String> told = new ArrayList<>();
        call(session, "Accessibility.getFullAXTree", Map.of()).path("nodes").forEach(node -> {
            if (!node.path("ignored").asBoolean()) {
                told.add(node.at("/role/value").asText() + " " + node.at("/name/value").asText());
            }
        });
        return told;
    }

    /// The URLs that the page asked for.
    List<String> requests() {
        return List.copyOf(requests);
    }

    /// What the console says: errors, warnings, exceptions, breaches of the policy.
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    private JsonNode call(@Nullable String to, String method, Map<String, ?> parameters) {
        int id = calls.incrementAndGet();
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        if (to != null) {
            message.put("sessionId", to);
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText(message.toString(), true).join();
        JsonNode answered = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        if (answered.has("error")) {
            throw new AssertionError(method + ": " + answered.path("error"));
        }
        return answered.path("result");
    }

    private void received(JsonNode message) {
        if (message.has("id")) {
            CompletableFuture<JsonNode> answer = answers.remove(message.path("id").asInt());
            if (answer != null) {
                answer.complete(message);
            }
            return;
        }
        JsonNode told = message.path("params");
        switch (message.path("method").asText()) {
            case "Network.requestWillBeSent" -> requests.add(told.at("/request/url").asText());
            case "Log.entryAdded" -> complaints.add(told.at("/entry/text").asText());
            case "Runtime.consoleAPICalled", "Runtime.exceptionThrown" -> complaints.add(told.toString());
            case "Page.javascriptDialogOpening" -> complaints.add("dialog: " + told);
            case "Page.loadEventFired" -> loaded.complete(told);
            default -> {
            }
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder parts = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                String text = parts.toString();
                parts.setLength(0);
                try {
                    received(JSON.readTree(text));
                } catch (JsonProcessingException e) {
                    complaints.add("the browser sent no JSON: " + text);
                }
            }
            from.request(1);
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        child.close();
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
