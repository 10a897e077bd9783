package io.trailsentry.finding;

import io.trailsentry.agent.Channel;
import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.MonitorChange;
import io.trailsentry.detect.Signal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One story that is worth telling: what one agent did in one session and quarter hour, as far as it is known.
///
/// @param id stable: hash of account, principal, session and quarter hour
/// @param fingerprint the same for the same deed at another time: hash of account, principal and the leading
///         detector, action and target
/// @param severity by the score
/// @param score 0 to 100
/// @param liveSeverity severity by the signals of detectors in live mode alone, which is what people are told
/// @param title what happened, in a line of at most 200 characters without control characters
/// @param agent configured name, else the role's or user's
/// @param listed whether it is on the roster
/// @param principal whose story it is
/// @param session `principalId`; null for a story about how many calls there were
/// @param channel of the leading signal; null when it has none
/// @param account twelve digits
/// @param region of the leading signal; null when not told
/// @param human person behind the leading signal's call; null when not told
/// @param firstSeen time of the first event behind it; null when undated
/// @param lastSeen time of the last event behind it; null when undated
/// @param count number of distinct events behind it; an estimate beyond 256 a minute or story
/// @param signals one for each detector, action and target, strongest first
/// @param eventIds ids of the events that carry a signal, strongest first, at most 100
public record Finding(String id, String fingerprint, Severity severity, int score, Severity liveSeverity,
        String title, String agent, boolean listed, Principal principal, @Nullable String session,
        @Nullable String channel, String account, @Nullable String region, @Nullable String human,
        @Nullable Instant firstSeen,
        @Nullable Instant lastSeen, int count, List<Signal> signals, List<String> eventIds) {
    /// Most event ids of a finding.
    public static final int MAX_EVENT_IDS = 100;

    /// Copies the lists.
    public Finding {
        signals = List.copyOf(signals);
        eventIds = List.copyOf(eventIds);
        if (signals.isEmpty()) {
            throw new IllegalArgumentException("a finding needs at least one signal");
        }
    }

    /// The same with other signals.
    public Finding with(List<Signal> others) {
        return new Finding(id, fingerprint, severity, score, liveSeverity, title, agent, listed, principal, session,
                channel,
                account, region, human, firstSeen, lastSeen, count, others, eventIds);
    }

    /// The same without session and events: nobody's call is behind it.
    Finding ofState() {
        return new Finding(id, fingerprint, severity, score, liveSeverity, title, agent, listed, principal, null,
                channel, account, region, human, firstSeen, lastSeen, count, signals, List.of());
    }

    /// Whether it is about a state that an audit found, not about calls.
    public boolean isOfState() {
        return Detectors.isOfState(leading().detector());
    }

    /// Whether it is about somebody who is no agent, as far as is known, and changed what watches agents.
    public boolean isAboutNoAgent() {
        return !listed && signals.stream().allMatch(signal -> signal.detector().equals(MonitorChange.ID)
                && !Channel.MCP.name().equals(signal.evidence().channel()));
    }

    /// The signal that names the finding.
    public Signal leading() {
        return signals.getFirst();
    }

    /// Ids of the detectors that spoke, strongest first.
    public List<String> detectors() {
        return signals.stream().map(Signal::detector).distinct().toList();
    }

    /// ATT&CK ids of all signals, strongest first.
    public List<String> attack() {
        return signals.stream().flatMap(signal -> signal.attack().stream()).distinct().toList();
    }
}
