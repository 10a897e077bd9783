package io.trailsentry.lab;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Gauge;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Observation;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// On which days listed agents passed thresholds, and which thresholds their ordinary days are over. Takes observations in
/// the order of events and holds those of one day. Not thread-safe.
final class Thresholds {
    /// A threshold is raised by so much over an ordinary day, so that the next one like it is quiet.
    private static final double ROOM = 1.25;
    /// And never to more than so many times its default.
    private static final int MOST = 5;

    /// What one day's windows held at most, where that passed a threshold.
    ///
    /// @param agent the agent's name
    record Passed(String agent, LocalDate day, int most) {
    }

    /// A threshold that history speaks about.
    ///
    /// @param to what it is to be; the default itself where it is to stay
    /// @param standard its default
    /// @param days the days on which it was passed, highest first
    record Raised(int to, int standard, List<Passed> days) {
        Raised {
            days = List.copyOf(days);
        }

        boolean isRaised() {
            return to > standard;
        }

        /// Why it is raised, or is not.
        String why() {
            String on = "default " + standard + ", passed on " + Seen.some(days.size(), "day");
            return isRaised()
                    ? on + ": above an ordinary day"
                    : on + ": left out, " + (days.size() < Seen.DAYS
                            ? "too few days to be ordinary"
                            : "by one agent on too few days, or by far: look at it first");
        }
    }

    private final Map<Principal, Activity> today = new HashMap<>();
    private final Map<String, Map<String, List<Passed>>> passed = new TreeMap<>();
    private long day = Long.MIN_VALUE;

    /// Takes an observation.
    void add(Observation observation, Watch watch) {
        Sighting at = observation.at();
        if (at == null || observation.marks().isEmpty()) {
            return;
        }
        if (at.day() != day) {
            finish(watch);
            day = at.day();
        }
        Activity activity = today.computeIfAbsent(observation.principal(), key -> new Activity());
        observation.marks().forEach(mark -> activity.add(mark, at, observation.region()));
    }

    /// Measures the day that is over.
    void finish(Watch watch) {
        today.forEach((principal, activity) -> {
            Agent agent = watch.roster().agentOf(principal);
            if (agent.listed()) {
                measure(agent, activity, watch);
            }
        });
        today.clear();
    }

    private void measure(Agent agent, Activity activity, Watch watch) {
        for (Detector.OfRates detector : watch.detectors().ofRates()) {
            Map<String, Integer> defaults = Detectors.THRESHOLDS.getOrDefault(detector.id(), Map.of());
            for (Gauge gauge : detector.gauges(agent, new Profile(), new Sighting(day * 86_400, ""))) {
                Integer standard = defaults.get(gauge.name());
                int most = standard == null ? 0 : gauge.most().applyAsInt(activity);
                if (standard != null && most >= standard) {
                    passed.computeIfAbsent(detector.id(), key -> new TreeMap<>())
                            .computeIfAbsent(gauge.name(), key -> new ArrayList<>())
                            .add(new Passed(agent.name(), LocalDate.ofEpochDay(day), most));
                }
            }
        }
    }

    /// The thresholds that were passed, by detector and name. One is raised where an agent passed it on [Seen#DAYS] days
    /// or more, to what all but the highest of these days held.
    Map<String, Map<String, Raised>> raised() {
        Map<String, Map<String, Raised>> raised = new TreeMap<>();
        passed.forEach((detector, names) -> names.forEach((name, days) -> {
            int standard = Detectors.THRESHOLDS.getOrDefault(detector, Map.of()).getOrDefault(name, 1);
            Map<String, List<Passed>> byAgent = new TreeMap<>();
            days.forEach(passedOn -> byAgent.computeIfAbsent(passedOn.agent(), key -> new ArrayList<>())
                    .add(passedOn));
            int ordinary = byAgent.values().stream().filter(on -> on.size() >= Seen.DAYS)
                    .mapToInt(on -> on.stream().map(Passed::most).sorted(Comparator.reverseOrder())
                            .skip(Seen.DAYS - 1L).findFirst().orElse(0))
                    .max().orElse(0);
            int to = ordinary == 0 ? standard : Math.max(ordinary + 1, (int) Math.ceil(ordinary * ROOM));
            raised.computeIfAbsent(detector, key -> new TreeMap<>()).put(name,
                    new Raised(to > MOST * standard ? standard : to, standard,
                            days.stream().sorted(Comparator.comparingInt(Passed::most).reversed()
                                    .thenComparing(Passed::day).thenComparing(Passed::agent)).toList()));
        }));
        return raised;
    }
}
