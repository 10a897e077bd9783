package io.trailsentry.engine;

import io.trailsentry.agent.Lender;
import io.trailsentry.finding.Observation;
import io.trailsentry.trail.CloudTrailEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which sessions agents opened by assuming roles, and so which events of roles that nobody watches are an agent's doing.
/// The answer to AssumeRole names the new session's access key id, and each event of that session has it; a session may
/// open another one. Not thread-safe.
final class Borrowing {
    private final Watch watch;
    private final Map<String, Lender> lenders = new HashMap<>();

    Borrowing(Watch watch) {
        this.watch = watch;
    }

    /// Notes the session that an observed call opened, if it opened one.
    void opened(Observation observation) {
        if (observation.openedKey() != null) {
            lenders.put(observation.openedKey(), observation.lender());
        }
    }

    /// Notes a session.
    void opened(String accessKeyId, Lender lender) {
        lenders.put(accessKeyId, lender);
    }

    /// Access key ids of the sessions that are known.
    Set<String> keys() {
        return Set.copyOf(lenders.keySet());
    }

    /// The key by which an event may be an agent's doing; empty when it has none.
    String key(CloudTrailEvent event) {
        return Objects.requireNonNullElse(event.userIdentity().accessKeyId(), "");
    }

    /// Follows the sessions that such events opened in turn, whatever their order.
    void follow(List<CloudTrailEvent> events) {
        for (int before = -1; before < lenders.size();) {
            before = lenders.size();
            observe(events).forEach(this::opened);
        }
    }

    /// What the events showed that agents made with borrowed credentials.
    List<Observation> observe(List<CloudTrailEvent> events) {
        return events.stream().map(this::observe).flatMap(Stream::ofNullable).toList();
    }

    /// What an event showed if an agent made it with borrowed credentials; null otherwise.
    @Nullable
    Observation observe(CloudTrailEvent event) {
        Lender lender = lenders.get(key(event));
        return lender == null || Watch.borrowedKey(event) == null ? null : watch.observe(event, lender);
    }
}
