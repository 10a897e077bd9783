package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal.Premise;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Builds the signal of one call. Confined to one examination.
final class Signals {
    private final String detector;
    private final Call call;
    private final int score;
    private @Nullable String target;
    private String headline = "";
    private String reason = "";
    private List<String> attack = List.of();
    private @Nullable Premise premise;

    private Signals(String detector, Call call, int score) {
        this.detector = detector;
        this.call = call;
        this.score = score;
    }

    /// Begins a signal.
    ///
    /// @param score with the outcome weighed in
    static Signals of(Detector detector, Call call, int score) {
        return new Signals(detector.id(), call, score);
    }

    Signals target(@Nullable String name) {
        target = name;
        return this;
    }

    Signals says(String what, String why) {
        headline = what;
        reason = why;
        return this;
    }

    Signals attack(List<String> ids) {
        attack = ids;
        return this;
    }

    Signals premise(Premise condition) {
        premise = condition;
        return this;
    }

    Signal signal() {
        return new Signal(detector, score, Outcome.of(call.event()), call.action(), target, headline, reason,
                sighting(call), attack, Evidence.of(call), premise, null);
    }

    /// A call's place in time; null when it has none.
    static @Nullable Sighting sighting(Call call) {
        Instant time = call.event().eventTime();
        return time == null ? null : new Sighting(time.getEpochSecond(), call.event().eventId());
    }
}
