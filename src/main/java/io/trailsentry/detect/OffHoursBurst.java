package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Minutes.Burst;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal.Window;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/// `off-hours-burst`: more calls in a sliding window outside the agent's hours than a fixed threshold. Nobody watches an
/// agent at such an hour, and a person's session is not likely to drive it.
final class OffHoursBurst implements Detector.OfRates {
    private static final int BASE = 50;
    private static final List<String> ATTACK = List.of("T1059.009");
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("EEE HH:mm", Locale.ROOT);

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
        Hours hours = agent.hours();
        if (hours == null) {
            return List.of();
        }
        return activity.of(Mark.CALL)
                .bursts(minutes, threshold, minute -> isOutside(hours, minute))
                .stream().map(burst -> signal(burst, hours, principal)).toList();
    }

    @Override
    public List<Gauge> gauges(Agent agent, Profile profile, Sighting at) {
        Hours hours = agent.hours();
        return hours == null
                ? List.of()
                : List.of(new Gauge("calls", threshold, minutes, minute -> isOutside(hours, minute),
                        activity -> Gauge.peak(activity.of(Mark.CALL), minutes,
                                minute -> isOutside(hours, minute))));
    }

    private static boolean isOutside(Hours hours, long minute) {
        return !hours.contains(Instant.ofEpochSecond(minute * 60));
    }

    private Signal signal(Burst burst, Hours hours, Principal principal) {
        String local = LOCAL.format(burst.crossing().time().atZone(hours.zone()));
        return Signals.ofWindow(this, Signals.grown(BASE, burst.peak(), threshold), Outcome.SUCCEEDED, principal,
                "made " + burst.count() + " calls outside its hours",
                burst.peak() + " calls in " + minutes + " min from " + local + ", outside its hours (" + hours
                        + "), where " + threshold + " are a burst",
                ATTACK, burst.crossing(), burst.region(), new Window(burst.first(), burst.last(), burst.count()));
    }
}
