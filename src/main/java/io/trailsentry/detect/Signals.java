package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.detect.Signal.Window;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Builds the signal of one call. Confined to one examination.
final class Signals {
    /// Length of the longest ARN.
    private static final int LONGEST = 2048;

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
        return of(detector.id(), call, score);
    }

    /// Begins a signal of a detector by its id.
    static Signals of(String detector, Call call, int score) {
        return new Signals(detector, call, score);
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
        return new Signal(detector, score, Outcome.of(call.event()), call.action(), target == null ? null : cut(target),
                cut(headline + borrowed()), cut(reason),
                sighting(call), attack, Evidence.of(call), premise, null);
    }

    /// What stands in a call may be of any length, and what is remembered must not.
    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }

    /// Says as which role an agent worked, when it was not its own.
    private String borrowed() {
        Principal caller = Principal.of(call.event().userIdentity(), call.event().recipientAccountId());
        if (caller == null || detector.equals(PerimeterChange.ID) || caller.is(call.principal().arn())) {
            return "";
        }
        return " as role " + caller.name();
    }

    /// The signal of a window of calls.
    static Signal ofWindow(Detector detector, int score, Outcome outcome, Principal principal, String what, String why,
            List<String> attack, Sighting crossing, @Nullable String region, Window window) {
        return new Signal(detector.id(), score, outcome, null, null, what, why, crossing, attack,
                Evidence.ofWindow(crossing.id(), region, principal.account()), null, window);
    }

    /// A score that grows with what was measured: its base at the threshold, 10 more for each doubling, at most 80.
    static int grown(int base, int measured, int threshold) {
        int doublings = 31 - Integer.numberOfLeadingZeros(Math.max(1, measured / threshold));
        return Math.min(TOP, base + DOUBLING * doublings);
    }

    private static final int DOUBLING = 10;
    private static final int TOP = 80;

    /// A call's place in time; null when it has none.
    static @Nullable Sighting sighting(Call call) {
        Instant time = call.event().eventTime();
        return time == null ? null : new Sighting(time.getEpochSecond(), call.event().eventId());
    }
}
