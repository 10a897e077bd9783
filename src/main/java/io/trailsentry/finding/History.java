package io.trailsentry.finding;

import io.trailsentry.agent.Downstream;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Story.Kept;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What is remembered of one principal, or a part of it: its profile, and by quarter hour its minutes, its stories and
/// what was told of them.
///
/// Adding and merging may be done twice and in any order with the same result; so two functions, a redelivery or
/// events in disorder leave the same history. Not thread-safe.
public final class History {
    /// How late an event may come and still count, in seconds: a day.
    public static final long LATENESS = 86_400;

    /// Seconds for which is known what people were told of: as long as the same deed may be kept from them.
    private static final long TOLD_KEPT = 7 * 86_400;
    /// Tellings kept.
    private static final int MOST_TELLINGS = 200;
    /// Sessions that a quarter hour keeps stories of.
    private static final int MOST_SESSIONS = 40;
    /// Bytes of signals that a quarter hour keeps.
    private static final int MOST_BYTES = 96 * 1024;

    private final Profile profile;
    private final Activity activity = new Activity();
    private final Map<Story.Key, Story> stories = new HashMap<>();
    private final Map<String, Ledger> told = new TreeMap<>();
    private final Map<Telling, Instant> tellings;
    private final ToolCalls toolCalls = new ToolCalls();
    private long newest = Long.MIN_VALUE;

    /// An empty history.
    public History() {
        this(new Profile(), new HashMap<>());
    }

    private History(Profile profile, Map<Telling, Instant> tellings) {
        this.profile = profile;
        this.tellings = tellings;
    }

    /// Adds all that another history of the same principal holds.
    public void merge(History other) {
        profile.merge(other.profile);
        activity.merge(other.activity);
        other.stories.forEach((key, story) -> story(key).merge(story));
        other.told.forEach((id, ledger) -> told.merge(id, ledger, Ledger::merge));
        other.tellings.forEach(this::add);
        toolCalls.merge(other.toolCalls);
        if (!toolCalls.isEmpty()) {
            stories.values().forEach(story -> story.complete(toolCalls));
        }
        newest = Math.max(newest, other.newest);
    }

    /// Notes what one call showed.
    public void add(Observation observation) {
        var at = observation.at();
        if (at != null) {
            newest = Math.max(newest, at.second());
            for (Trait trait : observation.traits()) {
                profile.add(trait, at);
            }
            for (Mark mark : observation.marks()) {
                activity.add(mark, at, observation.region());
            }
        }
        for (Signal signal : observation.signals()) {
            if (!Story.isBroken(signal, profile)) {
                story(Story.Key.of(observation.session(), signal.at())).add(toolCalls.complete(signal));
            }
        }
        Downstream made = observation.downstream();
        if (at != null && made != null) {
            toolCalls.add(at, made);
            Story.Key key = Story.Key.of(observation.session(), at);
            for (long quarter = key.quarter() - 1; quarter <= key.quarter() + 1; quarter++) {
                Story near = stories.get(new Story.Key(observation.session(), quarter));
                if (near != null) {
                    near.complete(toolCalls);
                }
            }
        }
    }

    private Story story(Story.Key key) {
        return stories.computeIfAbsent(key, k -> new Story());
    }

    /// Notes a part of a story.
    public void add(Story.Key key, Story part) {
        story(key).merge(part);
    }

    /// Notes what was told of a finding.
    public void add(String findingId, Ledger ledger) {
        addTold(findingId, ledger);
        addTellings(ledger);
    }

    /// Notes what was told of a finding, but not that people were told of its deed.
    public void addTold(String findingId, Ledger ledger) {
        told.merge(findingId, ledger.withoutFinding(), Ledger::merge);
    }

    /// Notes that people were told, but not of which finding.
    public void addTellings(Ledger ledger) {
        ledger.byTopic().forEach((topic, word) -> {
            if (!word.quiet()) {
                add(new Telling(word.fingerprint(), topic, word.severity()), word.at());
            }
        });
    }

    /// Notes that people were told.
    public void add(Telling telling, Instant at) {
        tellings.merge(telling, at, (a, b) -> a.isAfter(b) ? a : b);
    }

    /// What is usual, with the calls of the open minutes counted.
    public Profile profile() {
        activity.of(Mark.CALL).countInto(profile.calls());
        return profile;
    }

    /// Calls by minute.
    public Activity activity() {
        return activity;
    }

    /// The stories.
    public Map<Story.Key, Story> stories() {
        return Collections.unmodifiableMap(stories);
    }

    /// Number of API calls in the known minutes, each once.
    public int calls() {
        return activity.of(Mark.CALL).count();
    }

    /// The requests that MCP tool calls made, in order.
    public List<ToolCalls.Request> toolCalls() {
        return toolCalls.requests();
    }

    /// Notes a request that an MCP tool call made.
    public void add(ToolCalls.Request request) {
        toolCalls.add(request);
    }

    /// What was told, by finding.
    public Map<String, Ledger> told() {
        return Collections.unmodifiableMap(told);
    }

    /// What people were told of lately, and when last.
    public Map<Telling, Instant> tellings() {
        return Collections.unmodifiableMap(tellings);
    }

    /// Second since 1970 of the newest event; the least long when there was none.
    public long newest() {
        return newest;
    }

    /// Notes that there was an event as new as this.
    public void atLeast(long second) {
        newest = Math.max(newest, second);
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

    /// The quarter hours of which it holds minutes, stories, what was told, or tool calls.
    public Set<Long> quarters() {
        Set<Long> quarters = new TreeSet<>();
        activity.minutes().forEach(minute -> quarters.add(Story.Key.quarterOf(minute * 60)));
        stories.keySet().forEach(key -> quarters.add(key.quarter()));
        told.values().forEach(ledger -> ledger.story().ifPresent(story -> quarters.add(story.quarter())));
        toolCalls.seconds().forEach(second -> quarters.add(Story.Key.quarterOf(second)));
        quarters.remove(Story.Key.UNDATED);
        return quarters;
    }

    /// What it holds of one quarter hour, shared with this one: not to be changed.
    public History of(long quarter) {
        History part = new History();
        part.activity.merge(activity.between(quarter * Story.Key.SECONDS / 60, (quarter + 1) * Story.Key.SECONDS / 60));
        stories.forEach((key, story) -> {
            if (key.quarter() == quarter) {
                part.stories.put(key, story);
            }
        });
        told.forEach((id, ledger) -> {
            if (ledger.story().filter(story -> story.quarter() == quarter).isPresent()) {
                part.told.put(id, ledger);
            }
        });
        part.toolCalls.merge(toolCalls.between(quarter * Story.Key.SECONDS, (quarter + 1) * Story.Key.SECONDS));
        return part;
    }

    /// What it holds for longer than a day, shared with this one: not to be changed.
    public History lasting() {
        return new History(profile, tellings);
    }

    /// Whether another history knows of the lasting something that would be news to this one.
    public boolean learnsFrom(History other) {
        return profile.learnsFrom(other.profile) || other.tellings.entrySet().stream().anyMatch(telling -> {
            Instant known = tellings.get(telling.getKey());
            return known == null || known.isBefore(telling.getValue());
        });
    }

    /// Drops what cannot be kept because there is too much of it, as under attack, and the signals whose premise is
    /// broken. Always the same is left, however and in whatever order the rest came.
    ///
    /// @param known what was seen before
    public void bound(Profile known) {
        activity.bound();
        Map<Long, List<Story.Key>> quarters = new HashMap<>();
        stories.forEach((key, story) -> {
            story.dropBroken(known);
            quarters.computeIfAbsent(key.quarter(), quarter -> new ArrayList<>(1)).add(key);
        });
        quarters.values().forEach(this::boundQuarter);
        stories.values().removeIf(Story::isEmpty);
        if (tellings.size() > MOST_TELLINGS) {
            Set<Telling> kept = new HashSet<>();
            tellings.entrySet().stream()
                    .sorted(Map.Entry.<Telling, Instant>comparingByValue().reversed()
                            .thenComparing(entry -> entry.getKey().toString()))
                    .limit(MOST_TELLINGS).forEach(entry -> kept.add(entry.getKey()));
            tellings.keySet().retainAll(kept);
        }
    }

    private void boundQuarter(List<Story.Key> keys) {
        Map<Story.Key, List<Kept>> all = new HashMap<>();
        int bytes = 0;
        for (Story.Key key : keys) {
            List<Kept> kept = stories.getOrDefault(key, new Story()).kept(key.session());
            kept.sort(Kept.WORTH);
            bytes += kept.stream().mapToInt(Kept::weight).sum();
            all.put(key, kept);
        }
        if (keys.size() <= MOST_SESSIONS && bytes <= MOST_BYTES) {
            return;
        }
        List<Story.Key> strongest = keys.stream().filter(key -> !all.getOrDefault(key, List.of()).isEmpty())
                .sorted(Comparator.comparing(key -> all.getOrDefault(key, List.of()).getFirst(), Kept.WORTH)).toList();
        strongest.stream().skip(MOST_SESSIONS).forEach(stories::remove);
        List<Kept> kept = strongest.stream().limit(MOST_SESSIONS)
                .flatMap(key -> all.getOrDefault(key, List.of()).stream()).sorted(Kept.WORTH).toList();
        long quarter = keys.getFirst().quarter();
        int left = MOST_BYTES;
        for (Kept one : kept) {
            left -= one.weight();
            Story story = stories.get(new Story.Key(one.session(), quarter));
            if (left < 0 && story != null) {
                story.drop(one.signal());
            }
        }
    }

    /// Forgets what is settled, but for what is needed to judge what comes after: the stories of the two quarter hours
    /// before, and the minutes of two hours, longer than any sliding window and its quarter hour.
    public void forgetBefore(long second) {
        if (second == Long.MIN_VALUE) {
            return;
        }
        activity.of(Mark.CALL).countInto(profile.calls());
        activity.forgetBefore(Math.floorDiv(second, 60) - 120);
        stories.keySet().removeIf(key -> isOver(key, second));
        told.values().removeIf(ledger -> ledger.story().filter(story -> !isOver(story, second)).isEmpty());
        toolCalls.forgetBefore(second);
        forgetLasting(second);
    }

    /// Forgets what is too old to tell what is usual, or what people were told of.
    ///
    /// @param second before which everything is settled
    public void forgetLasting(long second) {
        if (second == Long.MIN_VALUE) {
            return;
        }
        tellings.values().removeIf(at -> at.getEpochSecond() < second - TOLD_KEPT);
        profile.forgetBefore(Math.floorDiv(second, 86_400) - Profile.DAYS_KEPT);
        // The stories of the two quarter hours before are judged still, for what comes after.
        profile.bound(Math.floorDiv(second - 2 * Story.Key.SECONDS, 86_400));
    }

    private static boolean isOver(Story.Key key, long second) {
        return key.quarter() != Story.Key.UNDATED && key.end() + 2 * Story.Key.SECONDS <= second;
    }

    /// A history that knows what this one knows of the lasting, and nothing else; what is added to either is known to both.
    public History aside() {
        return new History(profile, tellings);
    }

    /// Whether nothing is remembered.
    public boolean isEmpty() {
        return profile.isEmpty() && activity.isEmpty() && stories.isEmpty() && told.isEmpty() && tellings.isEmpty()
                && toolCalls.isEmpty();
    }
}
