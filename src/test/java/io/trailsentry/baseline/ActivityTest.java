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
