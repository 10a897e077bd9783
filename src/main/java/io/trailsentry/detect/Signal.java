package io.trailsentry.detect;

import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One detector's word about one call, or about one window of calls.
///
/// @param detector id of the detector
/// @param score 0 to 100, outcome already weighed in
/// @param outcome how the call ended
/// @param action `service:EventName`; null for a window of calls
/// @param target what was acted upon; null when nothing is named, and for a window of calls
/// @param headline what the agent did, to be read behind its name: `attached a policy to itself`
/// @param reason why that is unusual, in one sentence
/// @param at the event's place in time; null when the event has no time
/// @param attack ATT&CK ids of the technique, current first
/// @param evidence the event behind it
/// @param premise what must not have been seen before for the signal to hold; null: it holds as it is
/// @param window what a signal about many calls covers; null for one about a single call
public record Signal(String detector, int score, Outcome outcome, @Nullable String action, @Nullable String target,
        String headline, String reason, @Nullable Sighting at, List<String> attack, Evidence evidence,
        @Nullable Premise premise, @Nullable Window window) {
    /// Strongest first; equals in the order of events.
    public static final Comparator<Signal> STRONGEST = Comparator.comparingInt(Signal::score).reversed()
            .thenComparing(signal -> signal.at() == null ? new Sighting(Long.MAX_VALUE, "") : signal.at())
            .thenComparing(signal -> signal.evidence().eventId()).thenComparing(Signal::detector);

    /// Copies the list.
    public Signal {
        attack = List.copyOf(attack);
        if (score < 0 || score > 100) {
            throw new IllegalArgumentException("a score must lie between 0 and 100, but was " + score);
        }
    }

    /// A signal holds only if the agent's principal was not sighted with a trait before the event.
    ///
    /// @param unseen the trait
    /// @param days how many days before the event count
    /// @param learned whether only what was learned says so: while there is too little of that, the signal is worth at
    ///         most [#LEARNING]
    public record Premise(Trait unseen, int days, boolean learned) {
        /// A premise of a rule that holds from the first day.
        public Premise(Trait unseen, int days) {
            this(unseen, days, false);
        }
    }

    /// Most that a signal is worth which only what was learned says, while too little was learned.
    public static final int LEARNING = 19;

    /// Bytes that it takes to remember it, about and at least: those of its texts.
    public int weight() {
        int weight = 64;
        for (String text : new @Nullable String[]{detector, action, target, headline, reason, evidence.eventId(),
                evidence.eventSource(), evidence.eventName(), evidence.awsRegion(), evidence.account(),
                evidence.channel(), evidence.client(), evidence.human(), evidence.sourceIpAddress(),
                evidence.userAgent(), evidence.errorCode(), evidence.errorMessage(), evidence.requestId(),
                evidence.callerArn()}) {
            weight += text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
        }
        return weight;
    }

    /// Whether only what was learned supports it.
    public boolean isLearned() {
        return premise != null && premise.learned();
    }

    /// The same signal, worth something else and with more to its reason.
    public Signal with(int newScore, String more) {
        return new Signal(detector, newScore, outcome, action, target, headline, reason + more, at, attack, evidence,
                premise, window);
    }

    /// The same signal with more of its event.
    public Signal with(Evidence more) {
        return new Signal(detector, score, outcome, action, target, headline, reason, at, attack, more, premise,
                window);
    }

    /// What a signal about many calls covers.
    ///
    /// @param first first call
    /// @param last last call
    /// @param count number of calls
    public record Window(Sighting first, Sighting last, int count) {
    }
}
