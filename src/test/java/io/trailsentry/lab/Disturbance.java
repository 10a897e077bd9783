package io.trailsentry.lab;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.UsualRates;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Gauge;
import io.trailsentry.detect.Signal;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge;
import io.trailsentry.finding.Judge.Judged;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.lab.SimulatedAgent.Duty;
import io.trailsentry.trail.RecordReader;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// One simulated agent of which nothing is configured: how often its ordinary work is told as something unusual, and which
/// bursts among it are.
///
/// @param seed of the simulation
/// @param agent its number
/// @param days on which its work was judged, after those that are learned from
/// @param early findings of those first days, medium or above, that something learned is part of
/// @param findings those of the days that count, medium or above
/// @param lows how many low ones there are beside
/// @param trials the bursts that were put into it, one at a time
record Disturbance(long seed, int agent, int days, List<Finding> early, List<Finding> findings, int lows,
        List<Trial> trials) {
    /// Weeks that are learned from, and a day, before anything counts.
    private static final int LEARNING = 2;
    /// Sizes of bursts by night, in calls within five minutes, and by day, in times the hour's usual within an hour.
    static final List<Integer> NIGHT = List.of(10, 20, 30, 60, 120);
    static final List<Integer> DAY = List.of(2, 4, 8, 16);
    private static final Set<String> RATES = Set.of("off-hours-burst", "call-burst");
    private static final int BESIDE_JOB = 90;
    private static final int DRAWN = 20;
    private static final int USUAL_DAYS = 20;
    private static final int LEAST_USUAL = 5;
    private static final int MANY = 7;
    private static final double EVEN = 0.9;

    /// A burst that was put into ordinary work.
    ///
    /// @param night by night, else by day
    /// @param size as drawn: calls by night, times the usual by day
    /// @param calls how many calls it was
    /// @param minutes over how many minutes they were spread
    /// @param begin second since 1970
    /// @param severity of the strongest signal about it; null: none
    /// @param found seconds from its begin to the call that made it a medium one; null: none did
    /// @param late seconds from the call that made it unlikely to that one; null: not found
    record Trial(int agent, boolean night, int size, int calls, int minutes, long begin, @Nullable Severity severity,
            @Nullable Long found, @Nullable Long late, String reason) {
        boolean isFound() {
            return severity != null && severity.isAtLeast(Severity.MEDIUM);
        }
    }

    /// Lets an agent work, and attacks it.
    ///
    /// @param watch of which nothing but the agent is expected
    static Disturbance of(Simulation simulation, SimulatedAgent agent, DayPlanner days, LocalDate from, int weeks,
            Watch watch, RandomGenerator random) {
        Working working = new Working(watch);
        RecordReader reader = new RecordReader();
        for (Iterator<SimulatedRecord> records = simulation.records(agent.number()); records.hasNext();) {
            watch.observe(records.next().event(reader)).forEach(working::add);
        }
        List<Finding> findings = working.findings();
        List<Trial> trials = new ArrayList<>();
        Attacking attacking = new Attacking(working, agent, days, from, random);
        LocalDate first = working.calls.getFirst().time().atZone(agent.zone()).toLocalDate().plusWeeks(LEARNING)
                .plusDays(1);
        LocalDate until = from.plusWeeks(weeks);
        for (LocalDate monday = first; !monday.plusWeeks(1).isAfter(until); monday = monday.plusWeeks(1)) {
            for (int size : NIGHT) {
                trials.add(attacking.night(monday, size));
            }
            for (int size : DAY) {
                Trial trial = attacking.day(monday, size);
                if (trial != null) {
                    trials.add(trial);
                }
            }
        }
        long settled = first.atStartOfDay(agent.zone()).toEpochSecond();
        Map<Boolean, List<Finding>> grave = findings.stream()
                .filter(finding -> finding.severity().isAtLeast(Severity.MEDIUM))
                .collect(Collectors.partitioningBy(finding -> isAfter(finding, settled)));
        return new Disturbance(simulation.seed(), agent.number(), (int) ChronoUnit.DAYS.between(first, until),
                grave.getOrDefault(false, List.of()), grave.getOrDefault(true, List.of()),
                (int) findings.stream().filter(finding -> isAfter(finding, settled))
                        .filter(finding -> finding.severity() == Severity.LOW).count(),
                trials);
    }

    private static boolean isAfter(Finding finding, long second) {
        return finding.firstSeen() != null && finding.firstSeen().getEpochSecond() >= second;
    }

    /// What an agent did, judged day by day as it is when the time for late events is over.
    private static final class Working {
        private final Watch watch;
        private final History history = new History();
        private final List<Sighting> calls = new ArrayList<>();
        private final Map<String, Finding> findings = new HashMap<>();
        private @Nullable Agent agent;
        private @Nullable Principal principal;
        private long settled = Long.MIN_VALUE;
        private final Profile profile = new Profile();
        private Activity quarter = new Activity();
        private long last;

        Working(Watch watch) {
            this.watch = watch;
        }

        void add(Observation observation) {
            Sighting at = Objects.requireNonNull(observation.at());
            principal = observation.principal();
            agent = watch.roster().agentOf(observation.principal());
            long now = History.settledAt(at.second());
            if (settled == Long.MIN_VALUE || now - settled >= History.LATENESS) {
                settle(now);
            }
            history.add(observation);
            if (observation.marks().contains(Mark.CALL)) {
                calls.add(at);
                if (at.second() / 900 != last) {
                    quarter.of(Mark.CALL).countInto(profile.calls());
                    quarter = new Activity();
                    last = at.second() / 900;
                }
                quarter.add(Mark.CALL, at, observation.region());
            }
        }

        private void settle(long until) {
            if (agent != null && principal != null) {
                history.bound(history.profile());
                for (Judged judged : watch.judge().judge(agent, principal, history, settled).findings().values()) {
                    if (settled < judged.story().end() && judged.story().end() <= until) {
                        findings.putIfAbsent(judged.finding().id(), judged.finding());
                    }
                }
                history.forgetBefore(until);
            }
            settled = until;
        }

        List<Finding> findings() {
            settle(Long.MAX_VALUE);
            quarter.of(Mark.CALL).countInto(profile.calls());
            return findings.values().stream().filter(finding -> finding.signals().stream()
                    .anyMatch(signal -> signal.isLearned() || RATES.contains(signal.detector())))
                    .sorted(Judge.FIRST_SEEN).toList();
        }

        /// Index of the first call at or after a second.
        int index(long second) {
            int low = 0;
            int high = calls.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (calls.get(middle).second() < second) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        /// Calls from one second up to another.
        List<Sighting> between(long begin, long end) {
            return calls.subList(index(begin), index(end));
        }
    }

    /// Puts bursts into what an agent did. Each is judged alone.
    private static final class Attacking {
        private final Working work;
        private final SimulatedAgent agent;
        private final DayPlanner days;
        private final LocalDate from;
        private final RandomGenerator random;
        private final List<Detector.OfRates> detectors;

        Attacking(Working work, SimulatedAgent agent, DayPlanner days, LocalDate from, RandomGenerator random) {
            this.work = work;
            this.agent = agent;
            this.days = days;
            this.from = from;
            this.random = random;
            detectors = work.watch.detectors().ofRates().stream().filter(detector -> RATES.contains(detector.id()))
                    .toList();
        }

        private long second(LocalDateTime when) {
            return when.atZone(agent.zone()).toEpochSecond();
        }

        /// At any minute from midnight to five, but not beside a job that is as large.
        Trial night(LocalDate monday, int calls) {
            int minute;
            do {
                minute = random.nextInt(5 * 60);
            } while (agent.duty() == Duty.NIGHTLY && Math.abs(minute - agent.jobAt()) < BESIDE_JOB);
            long begin = second(monday.plusDays(random.nextInt(7)).atTime(LocalTime.ofSecondOfDay(minute * 60L)))
                    + random.nextInt(60);
            return trial(true, calls, calls, 5, begin);
        }

        /// At any time of a working day from which an hour is left of it; null when nobody works in that week.
        @Nullable
        Trial day(LocalDate monday, int times) {
            List<LocalDate> working = monday.datesUntil(monday.plusWeeks(1)).filter(day -> days.works(agent, day))
                    .toList();
            if (working.isEmpty()) {
                return null;
            }
            LocalDate day = working.get(random.nextInt(working.size()));
            LocalTime time = LocalTime.ofSecondOfDay(60L * random.nextInt(agent.starts(), agent.ends() - 60));
            List<LocalDate> before = from.datesUntil(day).filter(other -> days.works(agent, other)).toList();
            double usual = before.subList(Math.max(0, before.size() - USUAL_DAYS), before.size()).stream()
                    .mapToInt(other -> {
                        long begin = second(other.atTime(time));
                        return work.index(begin + 3_600) - work.index(begin);
                    }).average().orElse(0);
            return trial(false, times, (int) Math.ceil(times * Math.max(LEAST_USUAL, usual)), 60,
                    second(day.atTime(time)));
        }

        private Trial trial(boolean night, int size, int count, int minutes, long begin) {
            List<Sighting> attack = LongStream.generate(() -> begin + random.nextInt(minutes * 60)).limit(count)
                    .sorted().mapToObj(second -> new Sighting(second, "attack-" + random.nextLong())).toList();
            List<Sighting> near = work.between(begin - 7_200, begin + minutes * 60L);
            Signal told = strongest(near, attack, attack.size());
            Severity severity = told == null ? null : Severity.of(told.score());
            if (told == null || severity == null || !severity.isAtLeast(Severity.MEDIUM)) {
                return new Trial(agent.number(), night, size, count, minutes, begin, severity, null, null,
                        told == null ? "" : told.reason());
            }
            Long unlikely = unlikely(near, attack);
            int high = 1;
            while (unlikely != null && high < attack.size() && attack.get(high).second() < unlikely - 60) {
                high++;
            }
            while (!isEndOfMinute(attack, high) || !isFound(near, attack, high)) {
                high++;
            }
            while (high > 1 && !isEndOfMinute(attack, high - 1) && isFound(near, attack, high - 1)) {
                high--;
            }
            long found = attack.get(high - 1).second();
            return new Trial(agent.number(), night, size, count, minutes, begin, severity, found - begin,
                    unlikely == null ? null : found - unlikely, told.reason());
        }

        /// Whether the next call comes in another minute: within a minute there are only more.
        private static boolean isEndOfMinute(List<Sighting> attack, int count) {
            return count == attack.size() || attack.get(count).minute() != attack.get(count - 1).minute();
        }

        private boolean isFound(List<Sighting> near, List<Sighting> attack, int count) {
            Signal signal = strongest(near, attack, count);
            return signal != null && Severity.of(signal.score()).isAtLeast(Severity.MEDIUM);
        }

        /// When a window of five minutes or an hour, as `docs/baseline.md` has them, first holds as many calls as are unlikely
        /// then: counted here anew. Null when never.
        private @Nullable Long unlikely(List<Sighting> near, List<Sighting> attack) {
            List<Sighting> all = new ArrayList<>(near);
            all.addAll(attack);
            all.sort(Sighting::compareTo);
            UsualRates rates = new UsualRates(work.profile.calls(), null, null);
            Map<Long, Integer> limits = new HashMap<>();
            for (int i = 0; i < all.size(); i++) {
                Sighting at = all.get(i);
                if (at.compareTo(attack.getFirst()) < 0) {
                    continue;
                }
                List<Sighting> hour = since(all.subList(0, i + 1), at.minute() - 59);
                if (since(hour, at.minute() - 4).size() >= limits.computeIfAbsent(at.minute(), minute -> limit(at))) {
                    return at.second();
                }
                int many = (int) Math.ceil(MANY * Math.max(LEAST_USUAL, rates.hourly(at.minute())));
                if (hour.size() >= many && rates.isWorked(at.minute())
                        && hour.stream().map(Sighting::minute).distinct().count() >= EVEN * 60
                                * (1 - Math.pow(59 / 60.0, many))) {
                    return at.second();
                }
            }
            return null;
        }

        private static List<Sighting> since(List<Sighting> calls, long minute) {
            int from = calls.size();
            while (from > 0 && calls.get(from - 1).minute() >= minute) {
                from--;
            }
            return calls.subList(from, calls.size());
        }

        private int limit(Sighting at) {
            return detectors.stream()
                    .flatMap(detector -> detector.gauges(Objects.requireNonNull(work.agent), work.profile, at).stream())
                    .filter(gauge -> gauge.counted().test(at.minute())).mapToInt(Gauge::threshold).min()
                    .orElse(Integer.MAX_VALUE);
        }

        /// The strongest signal whose window holds one of the first calls of an attack.
        private @Nullable Signal strongest(List<Sighting> near, List<Sighting> attack, int count) {
            List<Sighting> done = attack.subList(0, count);
            Sighting end = done.getLast();
            Activity activity = new Activity();
            near.stream().filter(at -> at.compareTo(end) <= 0).forEach(at -> activity.add(Mark.CALL, at, null));
            done.forEach(at -> activity.add(Mark.CALL, at, null));
            Profile profile = new Profile();
            profile.merge(work.profile);
            activity.of(Mark.CALL).countInto(profile.calls());
            return detectors.stream()
                    .flatMap(detector -> detector.examine(Objects.requireNonNull(work.agent),
                            Objects.requireNonNull(work.principal), activity, profile).stream())
                    .filter(signal -> Objects.requireNonNull(signal.window()).last()
                            .compareTo(done.getFirst()) >= 0)
                    .min(Signal.STRONGEST).orElse(null);
        }
    }

    /// All agents of simulations.
    static List<Disturbance> all(List<Long> seeds, int agents, LocalDate from, int weeks, Watch watch) {
        return seeds.stream().flatMap(seed -> {
            Simulation simulation = new Simulation(seed, agents, from, weeks, 1, List.of());
            ServiceCalls calls = ServiceCalls.load();
            DayPlanner days = new DayPlanner(seed, from, 1, calls);
            return IntStream.range(0, agents).parallel().mapToObj(number -> of(simulation,
                    SimulatedAgent.of(seed, number, calls.services().size()), days, from, weeks, watch,
                    new Random(Dice.hash(seed, number, DRAWN)))).toList().stream();
        }).toList();
    }
}
