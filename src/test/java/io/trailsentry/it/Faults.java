package io.trailsentry.it;

import io.trailsentry.engine.Remembered;
import io.trailsentry.finding.Finding;
import io.trailsentry.it.FaultRound.Kind;
import io.trailsentry.it.FaultRound.Outcome;
import io.trailsentry.it.FaultRound.Planned;
import io.trailsentry.memory.Memory.MemoryException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;

/// Does the work of [FaultWork] with faults, and counts what was lost and what was told twice: each kind of fault at each
/// call, once and for longer than anybody tries again; a drawn pair of them; a clock that is off. What each round ends
/// with is held against the same work without a fault.
final class Faults implements AutoCloseable {
    /// Longer than memory is asked again.
    private static final int LONG = 20;
    /// Longer than SNS and S3 are asked again, and not so long that messages end as dead letters by right.
    private static final int LONG_OF_MESSAGES = 8;
    private static final int THREADS = Integer.getInteger("faults.threads", 3);
    private static final Duration TIME_LIMIT = Duration.ofSeconds(2);
    private static final int MOST_TRIES = 4;
    private static final List<Kind> KINDS = List.of(Kind.values());

    /// A round to be done.
    private record Round(String fault, String service, List<Planned> plan, IntFunction<Duration> skew, String name) {
        @Override
        public String toString() {
            return fault + " at " + service + " " + plan + name;
        }
    }

    /// What rounds of one kind came to. Confined to one thread.
    private static final class Count {
        private int rounds;
        private int handedBack;
        private double uncounted;
        private int lost;
        private int named;
        private int away;
        private int doubled;

        void add(Outcome outcome, Verdict verdict) {
            rounds++;
            handedBack += outcome.handedBack();
            uncounted += outcome.uncounted();
            lost += verdict.lost().size();
            named += verdict.named();
            away += verdict.away();
            doubled += verdict.doubled().size();
        }
    }

    /// What was wrong with a round.
    ///
    /// @param lost events, findings, steps, and messages in the wrong queue
    /// @param named steps that came twice as DESIGN names it: sent, and the function never knew
    /// @param away steps that came twice because memory was away
    /// @param doubled steps that came twice without an excuse
    private record Verdict(List<String> lost, int named, int away, List<String> doubled) {
        boolean isGood() {
            return lost.isEmpty() && doubled.isEmpty();
        }
    }

    private final FaultWork work = new FaultWork();
    private final SdkHttpClient client = UrlConnectionHttpClient.builder().connectionTimeout(TIME_LIMIT)
            .socketTimeout(TIME_LIMIT).build();
    private final Outcome reference;
    private final Map<String, Count> counts = new TreeMap<>();
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    private int disturbed;

    Faults() {
        this.reference = run(new Round("none", "", List.of(), Faults::right, ""));
    }

    /// Does rounds and prints what came of them.
    ///
    /// @param args number of pairs, 2000 if none; a seed, 1 if none; how many of the rounds with one fault, all if none
    public static void main(String[] args) {
        int pairs = args.length > 0 ? Integer.parseInt(args[0]) : 2_000;
        long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
        int singles = args.length > 2 ? Integer.parseInt(args[2]) : Integer.MAX_VALUE;
        try (Faults faults = new Faults()) {
            System.out.println("seed " + seed);
            faults.run(singles, pairs, seed);
            System.out.println(faults.table());
            faults.faults().forEach(System.out::println);
        }
    }

    /// The work without a fault.
    Outcome reference() {
        return reference;
    }

    FaultWork work() {
        return work;
    }

    /// What should not have happened, a line each.
    List<String> faults() {
        return List.copyOf(faults);
    }

    /// Does rounds.
    ///
    /// @param singles how many of all with one fault, drawn, and a quarter as many with a clock that is off
    /// @param pairs how many with two faults, drawn
    void run(int singles, int pairs, long seed) {
        Random random = new Random(seed);
        List<Round> all = singles();
        Collections.shuffle(all, random);
        List<Round> rounds = new ArrayList<>(all.subList(0, Math.min(singles, all.size())));
        for (int i = 0; i < pairs; i++) {
            Planned first = planned(random);
            Planned second = planned(random);
            rounds.add(new Round("pair", "", List.of(first, second), Faults::right, ""));
        }
        List<Round> clocks = clocks();
        Collections.shuffle(clocks, random);
        rounds.addAll(clocks.subList(0, Math.min(singles / 4, clocks.size())));
        run(rounds);
    }

    private List<Round> singles() {
        List<Round> rounds = new ArrayList<>();
        for (Kind kind : KINDS) {
            for (int call = 1; call <= reference.calls().size(); call++) {
                String service = reference.calls().get(call - 1);
                rounds.add(new Round(kind.name(), service, List.of(new Planned(call, kind, 1)), Faults::right, ""));
                if (kind.fault() != null) {
                    rounds.add(new Round(kind.name(), service, List.of(new Planned(call, kind, longer(service))),
                            Faults::right, ""));
                }
            }
        }
        return rounds;
    }

    private static int longer(String service) {
        return service.equals("sns") || service.equals("s3") ? LONG_OF_MESSAGES : LONG;
    }

    private Planned planned(Random random) {
        Kind kind = KINDS.get(random.nextInt(KINDS.size()));
        int call = random.nextInt(reference.calls().size());
        return new Planned(1 + call, kind, random.nextInt(3) == 0 ? longer(reference.calls().get(call)) : 1);
    }

    private List<Round> clocks() {
        List<Round> rounds = new ArrayList<>();
        for (String off : List.of("PT40S", "PT-40S", "PT3H", "PT-3H", "PT26H", "PT-26H")) {
            Duration by = Duration.parse(off);
            rounds.add(clock("always " + off, invocation -> by));
            rounds.add(clock("every other batch " + off, invocation -> invocation % 2 == 0 ? Duration.ZERO : by));
            for (int i = 0; i < reference.invocations(); i++) {
                int at = i;
                rounds.add(clock("batch " + at + " " + off, invocation -> invocation == at ? by : Duration.ZERO));
            }
        }
        return rounds;
    }

    private static Duration right(int invocation) {
        return Duration.ZERO;
    }

    private static Round clock(String name, IntFunction<Duration> skew) {
        return new Round("CLOCK", "", List.of(), skew, name);
    }

    private void run(List<Round> rounds) {
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> done = new ArrayList<>();
            for (Round round : rounds) {
                done.add(threads.submit(() -> judge(round)));
            }
            for (Future<?> one : done) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            throw new AssertionError("a round failed", e.getCause());
        }
    }

    private void judge(Round round) {
        Outcome outcome = run(round);
        Verdict verdict = verdict(outcome);
        synchronized (counts) {
            counts.computeIfAbsent(round.fault() + " | " + round.service(), key -> new Count()).add(outcome, verdict);
        }
        if (!verdict.isGood()) {
            faults.add(round + ": " + verdict.lost() + " " + verdict.doubled() + "\n    "
                    + String.join("\n    ", outcome.log()));
        }
    }

    /// Once more where the machine was so slow that a request failed that nobody failed.
    private Outcome run(Round round) {
        for (int i = 0; i < MOST_TRIES; i++) {
            try (FaultRound one = new FaultRound(work, round.plan(), round.skew(), client)) {
                Outcome outcome = one.run();
                if (!outcome.spurious()) {
                    return outcome;
                }
                synchronized (counts) {
                    disturbed++;
                }
            } catch (IOException | MemoryException e) {
                throw new AssertionError(round.toString(), e);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(round.toString(), e);
            }
        }
        throw new AssertionError("the machine is too slow for a time limit of " + TIME_LIMIT);
    }

    private Verdict verdict(Outcome outcome) {
        List<String> lost = new ArrayList<>();
        int missing = missing(outcome.remembered(), lost);
        if (missing > outcome.uncounted() && !outcome.unmetered()) {
            lost.add(missing + " events not counted, " + outcome.uncounted() + " said to be");
        }
        if (missing == 0 && outcome.uncounted() == 0
                && !outcome.remembered().findings().equals(reference.remembered().findings())) {
            lost.add("findings " + outcome.remembered().findings().stream().map(Finding::id).toList());
        }
        if (!outcome.dead().equals(List.of(FaultWork.POISON))) {
            lost.add("dead letters " + outcome.dead());
        }
        Map<String, Set<String>> steps = steps(outcome);
        steps(reference).forEach((thread, expected) -> {
            Set<String> left = new HashSet<>(expected);
            left.removeAll(steps.getOrDefault(thread, Set.of()));
            if (!left.isEmpty()) {
                lost.add(thread + " was not told of " + left);
            }
        });
        if (missing == 0 && outcome.uncounted() == 0) {
            Map<String, Integer> last = last(outcome);
            last(reference).forEach((thread, count) -> {
                if (!count.equals(last.get(thread)) && !outcome.excused().contains(thread)
                        && !outcome.away().contains(thread)) {
                    lost.add(thread + " was told last of " + last.get(thread) + " events, not of " + count);
                }
            });
        }
        int named = 0;
        int away = 0;
        List<String> doubled = new ArrayList<>();
        Told.Known known = new Told.Known();
        for (Told told : outcome.told()) {
            if (known.take(told)) {
                continue;
            }
            if (outcome.excused().contains(told.thread())) {
                named++;
            } else if (outcome.away().contains(told.thread())) {
                away++;
            } else {
                doubled.add("twice: " + told);
            }
        }
        return new Verdict(lost, named, away, doubled);
    }

    /// How many events are not counted; what is counted twice is noted.
    private int missing(Remembered remembered, List<String> lost) {
        int missing = 0;
        for (Map.Entry<String, Integer> made : reference.remembered().calls().entrySet()) {
            int counted = remembered.calls().getOrDefault(made.getKey(), 0);
            missing += Math.max(0, made.getValue() - counted);
            if (counted > made.getValue()) {
                lost.add(made.getKey() + " counts " + counted + " of " + made.getValue());
            }
        }
        return missing;
    }

    /// What readers were told of; of alerts, that they were told.
    private static Map<String, Set<String>> steps(Outcome outcome) {
        Map<String, Set<String>> steps = new HashMap<>();
        outcome.told().forEach(told -> steps.computeIfAbsent(told.thread(), key -> new HashSet<>())
                .addAll(told.count() < 0 ? Set.of("it") : told.steps()));
        return steps;
    }

    private static Map<String, Integer> last(Outcome outcome) {
        Map<String, Integer> last = new HashMap<>();
        outcome.told().stream().filter(told -> told.count() >= 0)
                .forEach(told -> last.put(told.thread(), told.kind().equals("superseded") ? 0 : told.count()));
        return last;
    }

    /// What was counted.
    String table() {
        StringBuilder table = new StringBuilder(String.format(Locale.ROOT,
                """
                        %d events in %d messages; without a fault %d requests to AWS in %d batches, %d findings, %d messages to topics.
                        %d rounds were done again because the machine was too slow for a time limit of %d s.

                        | fault | at | rounds | handed back | uncounted | lost | twice, as named | twice, memory away | twice else |
                        |---|---|---|---|---|---|---|---|---|
                        """,
                work.events().size(), work.arrivals().size(), reference.calls().size(), reference.invocations(),
                reference.remembered().findings().size(), reference.told().size(), disturbed, TIME_LIMIT.toSeconds()));
        counts.forEach((key, count) -> table.append(String.format(Locale.ROOT,
                "| %s | %d | %d | %.0f | %d | %d | %d | %d |%n", key, count.rounds, count.handedBack, count.uncounted,
                count.lost, count.named, count.away, count.doubled)));
        return table.toString();
    }

    @Override
    public void close() {
        client.close();
    }
}
