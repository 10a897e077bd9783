package io.trailsentry.lab;

import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.CallCounts;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.finding.Observation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What was known of one principal when an event came, and the calls around it. Takes observations in the order of
/// events. Not thread-safe.
final class Context {
    /// The longest window in minutes; a burst around the event is told as far as this.
    private static final int NEAR = 60;

    private final @Nullable Sighting at;
    private final Profile profile = new Profile();
    private final Seen before = new Seen();
    /// The last sighting of each trait before the event.
    private final Map<Trait, Sighting> last = new HashMap<>();
    private final List<Observation> near = new ArrayList<>();
    /// Calls whose quarter hour is not over yet.
    private Activity open = new Activity();
    private long quarter = Long.MIN_VALUE;

    /// @param at when the event was; null when it has no time
    Context(@Nullable Sighting at) {
        this.at = at;
    }

    void add(Observation observation) {
        Sighting when = observation.at();
        if (when == null || at == null) {
            return;
        }
        if (Math.abs(when.minute() - at.minute()) < NEAR) {
            near.add(observation);
        }
        if (when.compareTo(at) >= 0) {
            return;
        }
        long now = Math.floorDiv(when.second(), 900);
        if (now != quarter) {
            open.of(Mark.CALL).countInto(profile.calls());
            open = new Activity();
            quarter = now;
        }
        if (observation.isCounted()) {
            before.add(when);
            open.add(Mark.CALL, when, observation.region());
        }
        observation.traits().forEach(trait -> {
            profile.add(trait, when);
            last.put(trait, when);
        });
    }

    /// What was usual before the event.
    Profile profile() {
        open.of(Mark.CALL).countInto(profile.calls());
        return profile;
    }

    /// The last time that a trait was seen before the event; null when it was not.
    @Nullable
    Sighting last(Trait trait) {
        return last.get(trait);
    }

    /// The calls in all windows of a length that hold the event, of the series that it counts in.
    Activity around(int minutes, List<Mark> marks) {
        Set<String> series = marks.stream().map(Mark::series).collect(Collectors.toSet());
        Activity activity = new Activity();
        for (Observation observation : near) {
            Sighting when = observation.at();
            if (at != null && when != null && Math.abs(when.minute() - at.minute()) < minutes) {
                observation.marks().stream().filter(mark -> series.contains(mark.series()))
                        .forEach(mark -> activity.add(mark, when, observation.region()));
            }
        }
        return activity;
    }

    /// All calls near the event.
    Activity near() {
        Activity activity = new Activity();
        for (Observation observation : near) {
            Sighting when = observation.at();
            if (when != null) {
                observation.marks().forEach(mark -> activity.add(mark, when, observation.region()));
            }
        }
        return activity;
    }

    /// How much is learned: `3 of 7 days, 40 of 200 calls`.
    String progress() {
        if (at == null) {
            return "";
        }
        long now = Math.floorDiv(at.second(), 900);
        CallCounts calls = profile().calls();
        long days = calls.isEmpty() ? 0 : Math.max(0, now - calls.first()) / CallCounts.QUARTERS_A_DAY;
        return Math.min(days, Profile.LEARNING_DAYS) + " of " + Profile.LEARNING_DAYS + " days, "
                + Math.min(calls.before(now - CallCounts.QUARTERS_A_DAY), Profile.LEARNING_CALLS) + " of "
                + Profile.LEARNING_CALLS + " calls";
    }

    boolean isLearned() {
        return at != null && profile().isLearned(at);
    }

    /// In words.
    @Override
    public String toString() {
        if (at == null) {
            return "the event has no time, so nothing can be before it";
        }
        return "before it " + (before.days() == 0 ? "no calls" : before) + "; "
                + (isLearned() ? "enough to rely on" : "still learning: " + progress());
    }
}
