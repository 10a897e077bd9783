package io.trailsentry.finding;

import io.trailsentry.agent.Downstream;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Signal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.LongStream;

/// Which MCP tool calls made which requests: the latest [#KEPT] requests. A tool call and the API calls that it made come in
/// any order and in different files, but within minutes of each other.
///
/// Adding and merging may be done twice and in any order with the same result. Not thread-safe.
public final class ToolCalls {
    /// Requests kept; about 100 bytes each.
    static final int KEPT = 500;

    /// A request that a tool call made.
    ///
    /// @param at the tool call's place in time
    /// @param id the request's id
    /// @param by the tool call
    public record Request(Sighting at, String id, ToolCall by) {
        private static final Comparator<Request> ORDER = Comparator.comparing(Request::at).thenComparing(Request::id);
    }

    private final TreeSet<Request> latest = new TreeSet<>(Request.ORDER);
    private final Map<String, Request> byId = new HashMap<>();

    /// Notes the API calls that a tool call made.
    ///
    /// @param at the tool call's place in time
    void add(Sighting at, Downstream made) {
        made.requestIds().forEach(id -> add(new Request(at, id, made.by())));
    }

    /// Notes what another one knows.
    void merge(ToolCalls other) {
        other.latest.forEach(this::add);
    }

    /// Of two tool calls that claim one request the earlier counts.
    void add(Request request) {
        Request known = byId.get(request.id());
        if (known != null && Request.ORDER.compare(known, request) <= 0) {
            return;
        }
        if (known != null) {
            latest.remove(known);
        }
        latest.add(request);
        byId.put(request.id(), request);
        if (latest.size() > KEPT) {
            Request oldest = latest.removeFirst();
            byId.remove(oldest.id());
        }
    }

    /// A signal with the tool call behind it in its evidence, where one is known.
    Signal complete(Signal signal) {
        Evidence evidence = signal.evidence();
        String id = evidence.toolCall() == null ? evidence.requestId() : null;
        Request made = id == null ? null : byId.get(id);
        return made == null ? signal : signal.with(evidence.behind(made.by()));
    }

    /// The requests that are known, in order.
    List<Request> requests() {
        return List.copyOf(latest);
    }

    /// When there were tool calls, in seconds since 1970.
    LongStream seconds() {
        return latest.stream().mapToLong(request -> request.at().second());
    }

    /// What tool calls made from one second up to another that does not count.
    ToolCalls between(long from, long to) {
        ToolCalls between = new ToolCalls();
        latest.stream().filter(request -> from <= request.at().second() && request.at().second() < to)
                .forEach(between::add);
        return between;
    }

    /// Drops what tool calls before a second made.
    void forgetBefore(long second) {
        while (!latest.isEmpty() && latest.first().at().second() < second) {
            byId.remove(latest.removeFirst().id());
        }
    }

    /// Whether nothing is known.
    boolean isEmpty() {
        return latest.isEmpty();
    }
}
