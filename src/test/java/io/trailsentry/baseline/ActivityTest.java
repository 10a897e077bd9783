package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.baseline.Activity.Variety;
import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ActivityTest {
    private static final String SERIES = "denied";

    private record Event(String value, Sighting at, String region) {
    }

    @Test
    void varieties_randomEvents_areThoseOfTheOracle() {
        Random random = Seed.random("ActivityTest", 71);
        int found = 0;
        for (int round = 0; round < 700; round++) {
            List<Event> events = events(random);
            int seconds = 60 * (1 + random.nextInt(5));
            int threshold = 2 + random.nextInt(4);
            List<Variety> varieties = built(random, events).varieties(SERIES, seconds, threshold);
            assertThat(varieties).isEqualTo(oracle(events, seconds, threshold));
            found += varieties.size();
        }
        assertThat(found).isGreaterThan(200);
    }

    /// The varieties of events by looking at all of them, at the first and last event of each value in each minute.
    private static List<Variety> oracle(List<Event> events, int seconds, int threshold) {
        List<Event> points = events.stream().filter(e -> isEdge(e, events)).sorted(Comparator.comparing(Event::at))
                .toList();
        List<Variety> varieties = new ArrayList<>();
        int i = 0;
        while (i < points.size()) {
            if (held(events, points.get(i), seconds).size() < threshold) {
                i++;
                continue;
            }
            Event crossing = points.get(i);
            Sighting first = points.stream().map(Event::at).filter(at -> at.second() > crossing.at().second() - seconds)
                    .min(Comparator.naturalOrder()).orElseThrow();
            Set<String> values = new TreeSet<>();
            Sighting last = crossing.at();
            while (i < points.size() && held(events, points.get(i), seconds).size() >= threshold) {
                values.addAll(held(events, points.get(i), seconds));
                last = points.get(i++).at();
            }
            Sighting end = last;
            long count = events.stream().filter(e -> values.contains(e.value()) && e.at().minute() >= first.minute()
                    && e.at().minute() <= end.minute()).count();
            varieties.add(new Variety(crossing.at(), crossing.region(), first, end, List.copyOf(values), (int) count));
        }
        return varieties;
    }

    private static boolean isEdge(Event event, List<Event> events) {
        List<Sighting> minute = events.stream()
                .filter(e -> e.value().equals(event.value()) && e.at().minute() == event.at().minute()).map(Event::at)
                .sorted().toList();
        return event.at().equals(minute.getFirst()) || event.at().equals(minute.getLast());
    }

    private static Set<String> held(List<Event> events, Event point, int seconds) {
        return events.stream().filter(e -> e.at().compareTo(point.at()) <= 0
                && e.at().second() > point.at().second() - seconds).map(Event::value).collect(Collectors.toSet());
    }

    private static Activity built(Random random, List<Event> events) {
        List<Event> order = new ArrayList<>(events);
        order.addAll(events.subList(0, random.nextInt(events.size() + 1)));
        Collections.shuffle(order, random);
        List<Activity> parts = new ArrayList<>(List.of(new Activity(), new Activity(), new Activity()));
        for (Event event : order) {
            parts.get(random.nextInt(3)).add(new Mark(SERIES, event.value()), event.at(), event.region());
            if (random.nextInt(20) == 0) {
                parts.get(random.nextInt(3)).merge(parts.get(random.nextInt(3)));
            }
        }
        parts.getFirst().add(Mark.CALL, new Sighting(0, "other"), null);
        Collections.shuffle(parts, random);
        Activity all = parts.getFirst();
        parts.forEach(all::merge);
        return all;
    }

    private static List<Event> events(Random random) {
        List<Event> events = new ArrayList<>();
        int minutes = 1 + random.nextInt(20);
        for (int i = random.nextInt(50); i > 0; i--) {
            int value = random.nextInt(6);
            events.add(new Event("v" + value, new Sighting(random.nextInt(minutes * 60), "id-" + i), "r" + value));
        }
        return events;
    }

    @Test
    void write_comesBack_andIsTheSameForTheSame() {
        Random random = Seed.random("ActivityTest.write", 72);
        for (int round = 0; round < 200; round++) {
            List<Event> events = events(random);
            Activity activity = built(random, events);
            activity.add(Mark.CALL, new Sighting(59, "another"), "r");
            ByteWriter out = new ByteWriter();
            activity.write(out, 7);
            Activity back = new Activity();
            back.read(new ByteReader(out.bytes()), 7);
            ByteWriter again = new ByteWriter();
            back.write(again, 7);

            assertThat(again.bytes()).isEqualTo(out.bytes());
            assertThat(back.minutes()).isEqualTo(activity.minutes()).contains(0L);
            assertThat(back.of(SERIES).keySet()).isEqualTo(activity.of(SERIES).keySet());
            assertThat(back.varieties(SERIES, 120, 2)).isEqualTo(activity.varieties(SERIES, 120, 2));
            assertThat(back.of(Mark.CALL).bursts(1, 2, minute -> true))
                    .isEqualTo(activity.of(Mark.CALL).bursts(1, 2, minute -> true)).hasSize(1);
            assertThat(events).allSatisfy(event -> assertThat(
                    back.of(new Mark(SERIES, event.value())).contains(event.at())).isTrue());
            assertThat(back.of(Mark.CALL).contains(new Sighting(30, "never"))).isFalse();
            assertThat(back.of(Mark.CALL).contains(new Sighting(-30, "other"))).isFalse();
        }
    }

    @Test
    void between_isThePartOfThoseMinutes() {
        Activity activity = new Activity();
        activity.add(Mark.CALL, new Sighting(60, "a"), null);
        activity.add(Mark.CALL, new Sighting(180, "b"), null);
        activity.add(new Mark(SERIES, "v"), new Sighting(180, "b"), null);

        assertThat(activity.between(1, 3).minutes()).containsExactly(1L);
        assertThat(activity.between(1, 3).of(SERIES)).isEmpty();
        assertThat(activity.between(3, 4).of(SERIES)).containsOnlyKeys("v");
        assertThat(activity.between(2, 3).isEmpty()).isTrue();
    }

    /// Whoever makes up values fills a minute and a quarter hour; which values are left does not hang on their order.
    @Test
    void bound_moreValuesThanAreKept_leavesTheSameOnes() {
        List<Event> events = new ArrayList<>();
        for (int minute = 0; minute < 16; minute++) {
            for (int i = 0; i < 40; i++) {
                String value = "v" + minute % 3 + "-" + i;
                events.add(new Event(value, new Sighting(minute * 60L + i, "e" + minute + "-" + i), "r"));
            }
        }
        Collections.shuffle(events, Seed.random("ActivityTest.bound", 73));
        Activity whole = new Activity();
        Activity parts = new Activity();
        for (Event event : events) {
            whole.add(new Mark(SERIES, event.value()), event.at(), event.region());
            parts.add(new Mark(SERIES, event.value()), event.at(), event.region());
            if (parts.minutes().size() > 4) {
                parts.bound();
            }
        }
        whole.add(Mark.CALL, new Sighting(0, "call"), null);
        parts.add(Mark.CALL, new Sighting(0, "call"), null);

        whole.bound();
        parts.bound();

        ByteWriter one = new ByteWriter();
        ByteWriter other = new ByteWriter();
        whole.write(one, 0);
        parts.write(other, 0);
        assertThat(one.bytes()).isEqualTo(other.bytes());
        assertThat(whole.of(Mark.CALL).count()).isEqualTo(1);
        assertThat(whole.of(SERIES).values().stream().mapToInt(minutes -> minutes.count(0, 14)).sum()).isEqualTo(256);
        assertThat(whole.of(SERIES).values().stream().mapToInt(minutes -> minutes.count(15, 15)).sum()).isEqualTo(32);
        assertThat(whole.of(SERIES).values()).noneMatch(Minutes::isEmpty);
    }

    @Test
    void bound_asManyValuesAsAreKept_leavesAll() {
        Activity activity = new Activity();
        for (int i = 0; i < 32; i++) {
            activity.add(new Mark(SERIES, "v" + i), new Sighting(i, "e" + i), null);
        }
        activity.bound();
        assertThat(activity.of(SERIES)).hasSize(32);
    }

    /// A series that tells values apart keeps few hashes of each: it may estimate where calls are exact.
    @Test
    void of_valuesOfASeries_areEstimatedSooner() {
        Activity activity = new Activity();
        for (int i = 0; i < 200; i++) {
            activity.add(Mark.CALL, new Sighting(0, "e" + i), null);
            activity.add(new Mark(SERIES, "v"), new Sighting(0, "e" + i), null);
        }
        assertThat(activity.of(Mark.CALL).count()).isEqualTo(200);
        assertThat(activity.of(new Mark(SERIES, "v")).count()).isBetween(16, 400).isNotEqualTo(200);
    }

    @Test
    void mark_longerThanAnyNameOfAws_isCut() {
        assertThat(new Mark(SERIES, "x".repeat(128)).value()).hasSize(128);
        assertThat(new Mark(SERIES, "x".repeat(129)).value()).hasSize(128);
    }

    @Test
    void of_unseenMarks_areEmpty() {
        Activity activity = new Activity();
        assertThat(activity.isEmpty()).isTrue();
        assertThat(activity.of(Mark.CALL).isEmpty()).isTrue();
        activity.add(Mark.CALL, new Sighting(60, "a"), null);
        activity.add(new Mark(SERIES, "v"), new Sighting(120, "b"), null);
        assertThat(activity.of(SERIES)).containsOnlyKeys("v");
        activity.forgetBefore(2);
        assertThat(activity.of(Mark.CALL).isEmpty()).isTrue();
        assertThat(activity.isEmpty()).isFalse();
        activity.forgetBefore(3);
        assertThat(activity.isEmpty()).isTrue();
    }
}
