package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProfileTest {
    private static final long DAY = 86_400;
    private static final Trait REGION = new Trait("region", "eu-central-1");

    private record Seen(Trait trait, Sighting at) {
    }

    @Test
    void seenBefore_anyOrderDoublingAndMerging_answersAsTheEventsDo() {
        Random random = Seed.random("ProfileTest", 44);
        for (int round = 0; round < 150; round++) {
            List<Seen> events = events(random);
            Profile profile = built(random, events);
            Profile other = built(random, events);
            for (int i = 0; i < 60; i++) {
                Seen at = random.nextBoolean() ? events.get(random.nextInt(events.size())) : event(random);
                int days = random.nextInt(12);
                boolean expected = events.stream()
                        .anyMatch(e -> e.trait().equals(at.trait()) && e.at().compareTo(at.at()) < 0
                                && e.at().day() >= at.at().day() - days);
                assertThat(profile.seenBefore(at.trait(), at.at(), days)).isEqualTo(expected);
                assertThat(other.seenBefore(at.trait(), at.at(), days)).isEqualTo(expected);
            }
        }
    }

    /// A profile of events, added and merged in random order, some of them twice.
    private static Profile built(Random random, List<Seen> events) {
        List<Seen> order = new ArrayList<>(events);
        order.addAll(events.subList(0, random.nextInt(events.size())));
        Collections.shuffle(order, random);
        List<Profile> parts = new ArrayList<>(List.of(new Profile(), new Profile(), new Profile()));
        for (Seen event : order) {
            parts.get(random.nextInt(parts.size())).add(event.trait(), event.at());
            if (random.nextInt(20) == 0) {
                parts.get(random.nextInt(parts.size())).merge(parts.get(random.nextInt(parts.size())));
            }
        }
        Collections.shuffle(parts, random);
        Profile all = parts.getFirst();
        parts.forEach(all::merge);
        return all;
    }

    private static List<Seen> events(Random random) {
        List<Seen> events = new ArrayList<>();
        for (int i = 1 + random.nextInt(60); i > 0; i--) {
            events.add(event(random));
        }
        return events;
    }

    private static Seen event(Random random) {
        return new Seen(new Trait("region", "r" + random.nextInt(3)),
                new Sighting(random.nextInt(10) * DAY + random.nextInt(4), "id-" + random.nextInt(5)));
    }

    @Test
    void seenBefore_itself_isNew() {
        Profile profile = new Profile();
        Sighting first = new Sighting(100, "b");
        assertThat(profile.add(REGION, first)).isTrue();
        assertThat(profile.add(REGION, first)).isFalse();
        assertThat(profile.seenBefore(REGION, first, 90)).isFalse();
        assertThat(profile.seenBefore(REGION, new Sighting(100, "a"), 90)).isFalse();
        assertThat(profile.seenBefore(REGION, new Sighting(100, "c"), 90)).isTrue();
        assertThat(profile.seenBefore(new Trait("region", "other"), new Sighting(200, "c"), 90)).isFalse();
    }

    @Test
    void add_lateEvent_changesWhatCameAfterIt() {
        Profile profile = new Profile();
        Sighting onTime = new Sighting(5 * DAY + 100, "b");
        profile.add(REGION, onTime);
        assertThat(profile.seenBefore(REGION, onTime, 90)).isFalse();
        assertThat(profile.add(REGION, new Sighting(5 * DAY + 50, "late"))).isTrue();
        assertThat(profile.seenBefore(REGION, onTime, 90)).isTrue();
        assertThat(profile.add(REGION, new Sighting(5 * DAY + 70, "later"))).isFalse();
    }

    @Test
    void seenBefore_forgottenDays_doNotCount() {
        Profile profile = new Profile();
        profile.add(REGION, new Sighting(100, "a"));
        assertThat(profile.seenBefore(REGION, new Sighting(90 * DAY + 1, "b"), 90)).isTrue();
        assertThat(profile.seenBefore(REGION, new Sighting(91 * DAY, "b"), 90)).isFalse();
        profile.forgetBefore(1);
        assertThat(profile.isEmpty()).isTrue();
        assertThat(profile.seenBefore(REGION, new Sighting(200, "b"), 90)).isFalse();
    }
}
