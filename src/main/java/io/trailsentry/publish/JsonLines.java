package io.trailsentry.publish;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// A finding as one line of JSON: the form for programs, part of the contract. Immutable, thread-safe, pure.
///
/// The same finding gives the same bytes. Absent is `null`; times are RFC 3339 in UTC, in whole seconds.
public final class JsonLines {
    /// Longest text that is written, in code points; CloudTrail cuts its own fields at 1,024 and more.
    private static final int LONGEST = 2_048;

    private final Catalogue catalogue;

    /// @param catalogue names ATT&CK techniques
    public JsonLines(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /// The line of a finding, without its end.
    public String render(Finding finding) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("id", finding.id());
        line.put("fingerprint", finding.fingerprint());
        line.put("severity", finding.severity().label());
        line.put("score", finding.score());
        line.put("title", safe(finding.title()));
        line.put("agent", safe(finding.agent()));
        line.put("principal", safe(finding.principal().arn()));
        line.put("session", safe(finding.session()));
        line.put("channel", safe(finding.channel()));
        line.put("account", safe(finding.account()));
        line.put("region", safe(finding.region()));
        line.put("firstSeen", time(finding.firstSeen()));
        line.put("lastSeen", time(finding.lastSeen()));
        line.put("count", finding.count());
        ArrayNode detectors = line.putArray("detectors");
        finding.detectors().forEach(detectors::add);
        ArrayNode signals = line.putArray("signals");
        finding.signals().forEach(signal -> signals.add(signal(signal)));
        ArrayNode eventIds = line.putArray("eventIds");
        finding.eventIds().forEach(id -> eventIds.add(safe(id)));
        ArrayNode attack = line.putArray("attack");
        finding.attack().forEach(id -> attack.addObject().put("id", id).put("name", catalogue.attackName(id)));
        return line.toString();
    }

    private static ObjectNode signal(Signal signal) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("detector", signal.detector());
        node.put("score", signal.score());
        node.put("outcome", signal.outcome().label());
        node.put("action", safe(signal.action()));
        node.put("target", safe(signal.target()));
        node.put("reason", safe(signal.reason()));
        node.put("eventId", safe(signal.evidence().eventId()));
        return node;
    }

    private static @Nullable String safe(@Nullable String text) {
        return text == null ? null : SafeText.PLAIN.text(text, LONGEST);
    }

    private static @Nullable String time(@Nullable Instant moment) {
        return moment == null ? null : moment.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
