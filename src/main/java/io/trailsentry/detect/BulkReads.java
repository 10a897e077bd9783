package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal.Window;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Reads in bulk: each of them ordinary, so many of them a copy of the store. Serves `data-exposure` for objects and
/// `credential-access` for secrets.
final class BulkReads implements Detector.OfRates {
    private static final int BASE = 50;

    private final String id;
    private final TreeSet<String> actions = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final String things;
    private final int threshold;
    private final int minutes;
    private final List<String> attack;

    /// @param id the detector it serves
    /// @param actions reads that count, in any case
    /// @param things what they read, in the plural
    /// @param threshold reads in a window that are a burst
    /// @param minutes length of the window
    BulkReads(String id, Set<String> actions, String things, int threshold, int minutes, List<String> attack) {
        this.id = id;
        this.actions.addAll(actions);
        this.things = things;
        this.threshold = threshold;
        this.minutes = minutes;
        this.attack = List.copyOf(attack);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public int minutes() {
        return minutes;
    }

    @Override
    public List<Mark> marks(Call call) {
        boolean counts = actions.contains(call.action()) && !call.channel().isService()
                && Outcome.of(call.event()) == Outcome.SUCCEEDED;
        return counts ? List.of(new Mark("bulk-" + things, "")) : List.of();
    }

    @Override
    public List<Signal> examine(Agent agent, Principal principal, Activity activity, Profile profile) {
        return activity.of(new Mark("bulk-" + things, "")).bursts(minutes, threshold, minute -> true).stream()
                .map(burst -> Signals.ofWindow(this, Signals.grown(BASE, burst.peak(), threshold), Outcome.SUCCEEDED,
                        principal, "read " + burst.count() + " " + things,
                        burst.peak() + " reads within " + minutes + " min (" + String.join(", ", actions)
                                + "), where " + threshold + " are a burst",
                        attack, burst.crossing(), burst.region(),
                        new Window(burst.first(), burst.last(), burst.count())))
                .toList();
    }

    @Override
    public List<Gauge> gauges(Agent agent, Profile profile, Sighting at) {
        return List.of(new Gauge(things, threshold, minutes, minute -> true,
                activity -> Gauge.peak(activity.of(new Mark("bulk-" + things, "")), minutes, minute -> true)));
    }
}
