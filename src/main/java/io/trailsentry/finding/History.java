package io.trailsentry.finding;

import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All that is remembered of one principal: its profile, its open minutes and stories, and what was told of them.
///
/// Adding and merging may be done twice and in any order with the same result; so two functions, a redelivery or
/// events in disorder leave the same history. Not thread-safe.
public final class History {
    /// How late an event may come and still count, in seconds: a day.
    public static final long LATENESS = 86_400;

    /// Seconds for which is known what was told: as long as the same deed may be kept from people.
    private static final long TOLD_KEPT = 7 * 86_400;

    private final Profile profile = new Profile();
    private final Activity activity = new Activity();
    private final Map<Story.Key, Story> stories = new HashMap<>();
    private final Map<String, Ledger> told = new TreeMap<>();
    /// Sessions that were opened by assuming a role: by access key id, the session that opened them.
    private final Map<String, Opened> opened = new HashMap<>();
    private long newest = Long.MIN_VALUE;

    private record Opened(String session, long second) {
    }

    /// A history that shares nothing with this one.
    public History copy() {
        History copy = new History();
        copy.merge(this);
        return copy;
    }

    /// Adds all that another history of the same principal holds.
    public void merge(History other) {
        profile.merge(other.profile);
        activity.merge(other.activity);
        other.stories.forEach((key, story) -> story(key).merge(story));
        other.told.forEach(this::add);
        opened.putAll(other.opened);
        newest = Math.max(newest, other.newest);
    }

    /// Notes what one call showed.
    public void add(Observation observation) {
        var at = observation.at();
        if (at != null) {
            newest = Math.max(newest, at.second());
            observation.traits().forEach(trait -> profile.add(trait, at));
            if (observation.openedKey() != null) {
                opened.put(observation.openedKey(), new Opened(observation.session(), at.second()));
            }
            observation.marks().forEach(mark -> activity.add(mark, at, observation.region()));
        }
        observation.signals()
                .forEach(signal -> story(Story.Key.of(observation.session(), signal.at())).add(signal));
    }

    private Story story(Story.Key key) {
        return stories.computeIfAbsent(key, k -> new Story());
    }

    /// Notes what was told of a finding.
    public void add(String findingId, Ledger ledger) {
        told.merge(findingId, ledger.withoutFinding(), Ledger::merge);
    }

    /// What is usual, with the calls of the open minutes counted.
    Profile profile() {
        activity.of(Mark.CALL).countInto(profile.calls());
        return profile;
    }

    /// Calls by minute.
    Activity activity() {
        return activity;
    }

    /// The open stories.
    Map<Story.Key, Story> stories() {
        return stories;
    }

    /// The session that opened another one by assuming a role; null when this principal did not.
    ///
    /// @param accessKeyId key of the session that was opened
    public @Nullable String opener(String accessKeyId) {
        Opened found = opened.get(accessKeyId);
        return found == null ? null : found.session();
    }

    /// What was told, by finding.
    public Map<String, Ledger> told() {
        return Map.copyOf(told);
    }

    /// Second since 1970 of the newest event; the least long when there was none.
    public long newest() {
        return newest;
    }

    /// The second before which everything is settled: the end of the last quarter hour that is a day behind the newest
    /// event; the least long when there was none.
    public long settledBefore() {
        return newest == Long.MIN_VALUE ? Long.MIN_VALUE : settledAt(newest);
    }

    /// The second before which everything is settled when an event of the given second has come.
    public static long settledAt(long second) {
        return Math.floorDiv(second - LATENESS, Story.Key.SECONDS) * Story.Key.SECONDS;
    }

    /// Forgets what is settled, but for what is needed to judge what comes after: the stories of the quarter hour before,
    /// and the minutes of two hours, longer than any sliding window and its quarter hour.
    public void forgetBefore(long second) {
        if (second == Long.MIN_VALUE) {
            return;
        }
        activity.of(Mark.CALL).countInto(profile.calls());
        activity.forgetBefore(Math.floorDiv(second, 60) - 120);
        stories.keySet().removeIf(key -> isOver(key, second));
        told.values().removeIf(
                ledger -> ledger.byTopic().values().stream().allMatch(t -> isOver(t.story(), second - TOLD_KEPT)));
        opened.values().removeIf(session -> session.second() < second);
        profile.forgetBefore(Math.floorDiv(second, 86_400) - Profile.DAYS_KEPT);
    }

    private static boolean isOver(Story.Key key, long second) {
        return key.quarter() != Story.Key.UNDATED && key.end() + Story.Key.SECONDS <= second;
    }

    /// Whether nothing is remembered.
    public boolean isEmpty() {
        return profile.isEmpty() && activity.isEmpty() && stories.isEmpty() && told.isEmpty() && opened.isEmpty();
    }
}
