package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.baseline.Minutes.Burst;
import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.LongPredicate;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MinutesTest {
    private record Event(Sighting at, String region) {
    }

    @Test
    void bursts_randomEvents_areThoseOfTheOracle() {
        Random random = Seed.random("MinutesTest.oracle", 12);
        int found = 0;
        for (int round = 0; round < 1_000; round++) {
            List<Event> events = events(random, 1 + random.nextInt(120), 1 + random.nextInt(60));
            int window = 1 + random.nextInt(8);
            int threshold = 1 + random.nextInt(12);
            long hole = random.nextInt(60);
            LongPredicate counted = random.nextBoolean()
                    ? MinutesTest::always
                    : minute -> minute % 7 != 3 && minute != hole;
            Minutes minutes = built(random, events);
            List<Burst> bursts = minutes.bursts(window, threshold, counted);
            assertThat(bursts).isEqualTo(oracle(events, window, minute -> threshold, counted));
            found += bursts.size();
            LongToIntFunction byTime = minute -> threshold + (int) (minute / 7 % 3) * threshold / 2;
            assertThat(minutes.bursts(window, threshold, byTime, counted))
                    .isEqualTo(oracle(events, window, byTime, counted));
        }
        assertThat(found).isGreaterThan(300);
    }

    /// The bursts of events by looking at every minute there is.
    private static List<Burst> oracle(List<Event> events, int window, LongToIntFunction threshold,
            LongPredicate counted) {
        List<Event> sorted = events.stream().filter(e -> counted.test(e.at().minute())).distinct()
                .sorted((a, b) -> a.at().compareTo(b.at())).toList();
        List<Burst> bursts = new ArrayList<>();
        long lastMinute = sorted.isEmpty() ? -1 : sorted.getLast().at().minute();
        long minute = 0;
        while (minute <= lastMinute) {
            if (in(sorted, minute, minute).isEmpty()
                    || in(sorted, minute - window + 1, minute).size() < threshold.applyAsInt(minute)) {
                minute++;
                continue;
            }
            long from = minute;
            long to = minute;
            int peak = 0;
            while (to <= lastMinute && in(sorted, to - window + 1, to).size() >= threshold.applyAsInt(to)) {
                peak = Math.max(peak, in(sorted, to - window + 1, to).size());
                to++;
            }
            List<Event> all = in(sorted, from - window + 1, to - 1);
            Event crossing = in(sorted, from, from).getFirst();
            bursts.add(new Burst(crossing.at(), crossing.region(), all.getFirst().at(), all.getLast().at(), all.size(),
                    peak));
            minute = to;
        }
        return bursts;
    }

    private static List<Event> in(List<Event> sorted, long from, long to) {
        return sorted.stream().filter(e -> e.at().minute() >= from && e.at().minute() <= to).toList();
    }

    /// Minutes of events, added and merged in random order, some of them twice.
    private static Minutes built(Random random, List<Event> events) {
        List<Event> order = new ArrayList<>(events);
        order.addAll(events.subList(0, random.nextInt(events.size() + 1)));
        Collections.shuffle(order, random);
        List<Minutes> parts = new ArrayList<>(List.of(new Minutes(), new Minutes(), new Minutes()));
        for (Event event : order) {
            parts.get(random.nextInt(3)).add(event.at(), event.region());
            if (random.nextInt(20) == 0) {
                parts.get(random.nextInt(3)).merge(parts.get(random.nextInt(3)));
            }
        }
        Collections.shuffle(parts, random);
        Minutes all = parts.getFirst();
        parts.forEach(all::merge);
        return all;
    }

    private static List<Event> events(Random random, int count, int minutes) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = "id-" + i;
            events.add(new Event(new Sighting(random.nextInt(minutes * 60), id), "r" + i % 3));
        }
        return events;
    }

    @Test
    void bursts_windowsBelowTheLeast_askForNoThreshold() {
        assertThat(minutes(1, 2, 30, 31, 31).bursts(5, 3, minute -> {
            assertThat(minute).isEqualTo(31);
            return 3;
        }, MinutesTest::always)).hasSize(1);
    }

    @Test
    void bursts_thatComeSteadily_fillTheMinutesThatTheThresholdWould() {
        Minutes loop = new Minutes();
        IntStream.range(0, 120).forEach(i -> loop.add(new Sighting(i * 30L, "loop-" + i), null));
        assertThat(loop.bursts(60, 100, minute -> 100, MinutesTest::always, 0.8)).singleElement()
                .returns(49L, burst -> burst.crossing().minute()).returns(120, Burst::count);
        Minutes scripts = new Minutes();
        IntStream.range(0, 120).forEach(i -> scripts.add(new Sighting(i / 20 * 600 + i % 20, "script-" + i), null));
        assertThat(scripts.bursts(60, 100, minute -> 100, MinutesTest::always, 0.8)).isEmpty();
        assertThat(scripts.bursts(60, 100, minute -> 100, MinutesTest::always, 0.1)).hasSize(1);
    }

    @Test
    void merge_leavesTheOtherAlone() {
        Minutes one = minutes(1);
        Minutes two = minutes(1, 1);
        one.merge(two);
        one.add(new Sighting(61, "more"), null);
        assertThat(two.bursts(1, 1, MinutesTest::always)).singleElement().extracting(Burst::count).isEqualTo(2);
    }

    @Test
    void bursts_belowTheThreshold_areNone() {
        assertThat(new Minutes().bursts(5, 1, MinutesTest::always)).isEmpty();
        assertThat(minutes(1, 2, 3, 4).bursts(5, 5, MinutesTest::always)).isEmpty();
        assertThat(minutes(1, 6).bursts(5, 2, MinutesTest::always)).isEmpty();
        assertThat(minutes(1, 5).bursts(5, 2, MinutesTest::always)).hasSize(1);
    }

    @Test
    void bursts_quietMinutesWithinTheWindow_doNotEndIt() {
        assertThat(minutes(1, 1, 1, 4, 4, 4).bursts(5, 3, MinutesTest::always)).singleElement().satisfies(burst -> {
            assertThat(burst.count()).isEqualTo(6);
            assertThat(burst.peak()).isEqualTo(6);
        });
        assertThat(minutes(1, 1, 1, 6, 6, 6).bursts(5, 3, MinutesTest::always)).hasSize(1);
        assertThat(minutes(1, 1, 1, 7, 7, 7).bursts(5, 3, MinutesTest::always)).hasSize(2);
    }

    @Test
    void bursts_moreEventsInAMinuteThanAreKept_areEstimated() {
        Minutes minutes = new Minutes();
        for (int i = 0; i < 5_000; i++) {
            minutes.add(new Sighting(i % 60, "id-" + i), "eu-west-1");
        }
        assertThat(minutes.bursts(5, 30, MinutesTest::always)).singleElement().satisfies(burst -> {
            assertThat(burst.count()).isBetween(3_500, 6_500).isEqualTo(burst.peak());
            assertThat(burst.first()).isEqualTo(new Sighting(0, "id-0"));
            assertThat(burst.last().second()).isEqualTo(59);
            assertThat(burst.region()).isEqualTo("eu-west-1");
        });
    }

    @Test
    void forgetBefore_aMinute_dropsTheOnesBeforeIt() {
        Minutes minutes = minutes(1, 1, 2);
        minutes.forgetBefore(2);
        assertThat(minutes.bursts(5, 1, MinutesTest::always)).singleElement().extracting(Burst::count).isEqualTo(1);
        minutes.forgetBefore(3);
        assertThat(minutes.isEmpty()).isTrue();
    }

    private static boolean always(long minute) {
        return minute >= 0;
    }

    /// One event in each of the minutes named.
    private static Minutes minutes(int... at) {
        Minutes minutes = new Minutes();
        for (int i = 0; i < at.length; i++) {
            minutes.add(new Sighting(at[i] * 60L, "id-" + i), null);
        }
        return minutes;
    }
}
