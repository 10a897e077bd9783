package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Minutes;
import io.trailsentry.baseline.Minutes.Burst;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.UsualRates;
import io.trailsentry.detect.Signal.Window;
import java.util.List;

/// `off-hours-burst`: more calls in a sliding window, outside the agent's hours, than a fixed threshold or than such hours
/// explain. Nobody watches an agent at such an hour, and a person's session is not likely to drive it. Without configured
/// hours, its hours are those in which it usually works.
final class OffHoursBurst implements Detector.OfRates {
    private static final int BASE = 50;
    private static final List<String> ATTACK = List.of("T1059.009");
    /// The usual fixed threshold.
    static final int CALLS = 30;
    /// Least threshold, whatever was learned.
    private static final int LEAST = 15;

    private final int threshold;
    private final int minutes;

    /// @param threshold least calls in a window that are a burst, at least 2
    /// @param minutes length of the window, 1 to 60
    OffHoursBurst(int threshold, int minutes) {
        this.threshold = threshold;
        this.minutes = minutes;
    }

    @Override
    public String id() {
        return "off-hours-burst";
    }

    @Override
    public int minutes() {
        return minutes;
    }

    @Override
    public List<Mark> marks(Call call) {
        return List.of(Mark.CALL);
    }

    @Override
    public List<Signal> examine(Agent agent, Principal principal, Activity activity, Profile profile) {
        Minutes calls = activity.of(Mark.CALL);
        if (calls.bursts(minutes, least(), minute -> true).isEmpty()) {
            return List.of();
        }
        Routine routine = Routine.of(agent, profile);
        return calls.bursts(minutes, least(), minute -> threshold(routine, minute), routine::isOff).stream()
                .map(burst -> signal(burst, routine, principal)).toList();
    }

    @Override
    public List<Gauge> gauges(Agent agent, Profile profile, Sighting at) {
        Routine routine = Routine.of(agent, profile);
        return routine.hours() == null && !routine.rates().isLearned(at.minute())
                ? List.of()
                : List.of(new Gauge("calls", threshold(routine, at.minute()), minutes, routine::isOff,
                        activity -> Gauge.peak(activity.of(Mark.CALL), minutes, routine::isOff), threshold));
    }

    private int least() {
        return Math.min(threshold, LEAST);
    }

    /// The fixed threshold, until a smaller one is learned; without configured hours nothing but that. What is learned is
    /// raised and lowered with the fixed one: there must be a way to say that this agent's nights are busier.
    private int threshold(Routine routine, long minute) {
        if (!isLearned(routine, minute)) {
            return threshold;
        }
        int usual = scale() * routine.rates().unlikely(routine.rates().outside(minute));
        int unlikely = Math.max(LEAST, usual + threshold - CALLS);
        return routine.hours() == null ? unlikely : Math.min(threshold, unlikely);
    }

    /// Whether what was learned decides: not of a time outside the configured hours at which the agent works all the same.
    private static boolean isLearned(Routine routine, long minute) {
        return routine.hours() == null
                || (routine.rates().isLearned(minute) && !routine.rates().isWorked(minute));
    }

    /// Usual is what comes in five minutes; a longer window holds several.
    private int scale() {
        return Math.ceilDiv(minutes, UsualRates.WINDOW);
    }

    private Signal signal(Burst burst, Routine routine, Principal principal) {
        long minute = burst.crossing().minute();
        int limit = threshold(routine, minute);
        int score = Signals.grown(BASE, burst.peak(), limit);
        boolean told = routine.hours() != null && burst.peak() >= threshold;
        String hours = routine.hours() == null
                ? "when it does not usually work"
                : "outside its hours (" + routine.hours() + ")";
        String why = isLearned(routine, minute)
                ? "; such an hour " + Routine.explained(routine.rates().outside(minute), UsualRates.UNLIKELY,
                        Math.ceilDiv(burst.peak(), scale()))
                : "";
        return Signals.ofWindow(this, told ? score : routine.trusted(score, minute),
                Outcome.SUCCEEDED, principal, "made " + burst.count() + " calls outside its hours",
                burst.peak() + " calls in " + minutes + " min from " + routine.local(burst.crossing()) + ", " + hours
                        + ", where " + limit + " are a burst" + why,
                ATTACK, burst.crossing(), burst.region(), new Window(burst.first(), burst.last(), burst.count()));
    }
}
