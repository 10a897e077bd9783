package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

    @Test
    void isLearned_takesSevenDaysAndTwoHundredCallsThatAreADayOld() {
        Profile profile = new Profile();
        profile.calls().atLeast(96, new CallCounts.Count(199, 1));
        Sighting at = new Sighting(8 * DAY, "a");
        assertThat(profile.experience(at)).isEqualTo(new Profile.Experience(7, 199));
        assertThat(profile.isLearned(at)).isFalse();
        profile.calls().atLeast(7 * 96, new CallCounts.Count(1, 1));
        assertThat(profile.experience(at).calls()).as("not a day old").isEqualTo(199);
        profile.calls().atLeast(7 * 96 - 1, new CallCounts.Count(1, 1));
        assertThat(profile.isLearned(at)).isTrue();
        assertThat(profile.isLearned(new Sighting(8 * DAY - 1, "a"))).isFalse();
        assertThat(new Profile().experience(at)).isEqualTo(new Profile.Experience(0, 0));
    }

    @Test
    void seenDaysBefore_yesterdayAndToday_doNotCount() {
        Profile profile = new Profile();
        profile.add(REGION, new Sighting(10 * DAY, "a"));
        assertThat(profile.seenDaysBefore(REGION, new Sighting(11 * DAY + 5, "b"), 5)).isFalse();
        assertThat(profile.seenDaysBefore(REGION, new Sighting(12 * DAY, "b"), 5)).isTrue();
        assertThat(profile.seenDaysBefore(REGION, new Sighting(15 * DAY, "b"), 5)).isTrue();
        assertThat(profile.seenDaysBefore(REGION, new Sighting(16 * DAY, "b"), 5)).isFalse();
        assertThat(profile.seenDaysBefore(new Trait("region", "other"), new Sighting(12 * DAY, "b"), 5)).isFalse();
    }

    private static Trait network(String value) {
        return new Trait("network", value);
    }

    @Test
    void habit_isOfTheDaysBeforeTheEvent() {
        Profile profile = new Profile();
        for (long day : new long[]{1, 3, 5, 6}) {
            profile.add(network("10.1"), new Sighting(day * DAY + 50, "a" + day));
        }
        profile.add(network("10.2"), new Sighting(3 * DAY, "b"));
        profile.add(network("10.0"), new Sighting(5 * DAY + 7, "c"));
        profile.add(network("10.9"), new Sighting(6 * DAY + 200, "later"));
        profile.add(REGION, new Sighting(2 * DAY, "other kind"));

        Habit habit = profile.habit("network", new Sighting(6 * DAY + 100, "x"), 90);

        assertThat(habit.values()).containsExactly(new Habit.Seen("10.1", 4, 1, 6), new Habit.Seen("10.0", 1, 5, 5),
                new Habit.Seen("10.2", 1, 3, 3));
        assertThat(habit).returns(4, Habit::days).returns(2, Habit::freshDays).returns(2, Habit::settledDays)
                .returns(1.0, Habit::drift);
        Habit early = profile.habit("network", new Sighting(6 * DAY + 50, "a6"), 90);
        assertThat(early.values().getFirst().days()).as("itself left out").isEqualTo(3);
        Habit near = profile.habit("network", new Sighting(6 * DAY + 100, "x"), 2);
        assertThat(near.values()).extracting(Habit.Seen::value).containsExactly("10.1", "10.0");
        assertThat(near).returns(2, Habit::days).returns(1, Habit::freshDays).returns(1, Habit::settledDays);
        assertThat(profile.habit("network", new Sighting(DAY, "x"), 90)).isEqualTo(new Habit(List.of(), 0, 0, 0));
        assertThat(profile.habit("network", new Sighting(300 * DAY, "x"), 90).values()).isEmpty();
    }

    /// The first day of a kind tells nothing: everything is new on it.
    @Test
    void drift_isTheShareOfDaysThatBroughtSomethingNew() {
        Profile profile = new Profile();
        for (int day = 10; day < 20; day++) {
            profile.add(network("always"), new Sighting(day * DAY, "a"));
        }
        profile.add(network("new"), new Sighting(14 * DAY, "b"));
        assertThat(profile.habit("network", new Sighting(20 * DAY, "x"), 90).drift()).isEqualTo(1 / 9.0);
        assertThat(profile.habit("network", new Sighting(19 * DAY, "x"), 90).drift()).isEqualTo(1 / 8.0);
        assertThat(profile.habit("network", new Sighting(20 * DAY, "x"), 8)).returns(1, Habit::freshDays)
                .returns(8, Habit::settledDays);
        assertThat(profile.habit("network", new Sighting(20 * DAY, "x"), 5)).returns(0, Habit::freshDays)
                .returns(5, Habit::settledDays);
        assertThat(profile.habit("network", new Sighting(10 * DAY + 5, "x"), 90).drift()).isZero();
    }

    @Test
    void fresh_isWhatCameForTheFirstTimeWithinTheSeconds() {
        Profile profile = new Profile();
        Sighting at = new Sighting(20 * DAY + 1_000, "m");
        profile.add(network("known"), new Sighting(15 * DAY, "a"));
        profile.add(network("known"), new Sighting(20 * DAY + 999, "a"));
        profile.add(network("forgotten"), new Sighting(14 * DAY, "a"));
        profile.add(network("forgotten"), new Sighting(20 * DAY + 999, "a"));
        profile.add(network("too early"), new Sighting(20 * DAY + 400, "a"));
        profile.add(network("in time"), new Sighting(20 * DAY + 401, "a"));
        profile.add(network("itself"), at);
        profile.add(network("later"), new Sighting(20 * DAY + 1_000, "n"));
        profile.add(new Trait("region", "other kind"), new Sighting(20 * DAY + 999, "a"));
        profile.add(network("tomorrow"), new Sighting(21 * DAY, "a"));

        assertThat(profile.fresh("network", at, 600, 5)).as("forgotten, in time").isEqualTo(2);
        assertThat(profile.fresh("network", at, 600, 6)).isEqualTo(1);
        assertThat(profile.fresh("network", at, 601, 6)).isEqualTo(2);
    }

    @Test
    void learnsFrom_whatIsNewsToIt_andMergeMakesItKnown() {
        Profile profile = new Profile();
        profile.add(REGION, new Sighting(100, "b"));
        Profile other = new Profile();
        assertThat(profile.learnsFrom(other)).isFalse();
        other.add(REGION, new Sighting(100, "c"));
        assertThat(profile.learnsFrom(other)).as("a later one of the same day").isFalse();
        other.add(REGION, new Sighting(100, "a"));
        assertThat(profile.learnsFrom(other)).isTrue();
        other.calls().atLeast(7, new CallCounts.Count(3, 2));

        profile.merge(other);

        assertThat(profile.learnsFrom(other)).isFalse();
        assertThat(profile.calls().of(7)).isEqualTo(new CallCounts.Count(3, 2));
        other.add(REGION, new Sighting(DAY, "d"));
        assertThat(profile.learnsFrom(other)).as("another day").isTrue();
        other = new Profile();
        other.add(network("10.1"), new Sighting(100, "a"));
        assertThat(profile.learnsFrom(other)).as("another trait").isTrue();
    }

    @Test
    void writeTraits_comeBack_andAreTheSameForTheSame() {
        Random random = Seed.random("ProfileTest.write", 45);
        for (int round = 0; round < 100; round++) {
            List<Seen> events = events(random);
            Profile profile = built(random, events);
            if (random.nextBoolean()) {
                profile.bound(random.nextInt(10));
            }
            byte[] bytes = bytes(profile);
            Profile back = new Profile();
            back.readTraits(new ByteReader(bytes));
            assertThat(bytes(back)).isEqualTo(bytes);
            assertThat(back.learnsFrom(profile)).isFalse();
            assertThat(profile.learnsFrom(back)).isFalse();
            assertThat(back.hasTraits()).isTrue();
        }
    }

    private static byte[] bytes(Profile profile) {
        ByteWriter out = new ByteWriter();
        profile.writeTraits(out);
        return out.bytes();
    }

    @Test
    void bound_daysThatCannotBePrecededAnyMore_areKeptAsDays() {
        Profile profile = new Profile();
        profile.add(REGION, new Sighting(3 * DAY + 50, "a"));
        profile.add(REGION, new Sighting(4 * DAY + 50, "b"));

        profile.bound(4);

        assertThat(profile.seenBefore(REGION, new Sighting(3 * DAY + 1, "x"), 0)).isTrue();
        assertThat(profile.seenBefore(REGION, new Sighting(4 * DAY + 1, "x"), 0)).isFalse();
    }

    @Test
    void bound_tooManyValues_leavesThoseOfMostDays_andOfTheseTheFirst() {
        Profile profile = new Profile();
        for (int i = 0; i < 502; i++) {
            profile.add(network("n" + i), new Sighting(10 * DAY + i, "a"));
        }
        profile.add(network("n501"), new Sighting(11 * DAY, "b"));
        profile.bound(0);
        Sighting now = new Sighting(12 * DAY, "x");
        assertThat(profile.habit("network", now, 90).values()).hasSize(500).extracting(Habit.Seen::value)
                .contains("n501", "n498").doesNotContain("n499", "n500");
    }

    @Test
    void bound_tooManyBytes_leavesWhatFits() {
        Profile profile = new Profile();
        for (int i = 0; i < 200; i++) {
            profile.add(network("ü".repeat(100) + i), new Sighting(10 * DAY + i, "a"));
        }
        profile.bound(0);
        // Two bytes a letter, the digits, and 64 for the days.
        assertThat(profile.habit("network", new Sighting(12 * DAY, "x"), 90).values()).hasSize(138);
    }

    @Test
    void bound_tooMuchThatWasCreated_leavesTheNewest() {
        Profile profile = new Profile();
        for (int i = 0; i < 501; i++) {
            profile.add(new Trait(Trait.CREATED, "c" + i), new Sighting(10 * DAY + i, "a"));
        }
        profile.bound(0);
        assertThat(profile.habit(Trait.CREATED, new Sighting(12 * DAY, "x"), 90).values()).hasSize(500)
                .extracting(Habit.Seen::value).doesNotContain("c0");
    }

    @Test
    void trait_longerThanIsKept_isCut() {
        assertThat(new Trait("secret", "x".repeat(256)).value()).hasSize(256);
        assertThat(new Trait("secret", "x".repeat(257)).value()).hasSize(256);
    }

    @Test
    void forgetBefore_forgetsCallsSooner() {
        Profile profile = new Profile();
        long day = 200;
        profile.calls().atLeast((day + 64) * 96 - 1, new CallCounts.Count(1, 1));
        profile.calls().atLeast((day + 64) * 96, new CallCounts.Count(1, 1));

        profile.forgetBefore(day);

        assertThat(profile.calls().size()).isEqualTo(1);
        assertThat(profile.isEmpty()).isFalse();
        assertThat(profile.hasTraits()).isFalse();
    }

    @Test
    void readTraits_ofNoDay_orWithASightingOfAnother_isRefused() {
        ByteWriter never = trait();
        never.number(0);
        never.number(0);
        assertThatIllegalArgumentException().isThrownBy(() -> new Profile().readTraits(new ByteReader(never.bytes())));

        ByteWriter elsewhere = trait();
        elsewhere.number(1);
        elsewhere.fixed(1, 1);
        elsewhere.number(1);
        elsewhere.number(DAY);
        elsewhere.id("e");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Profile().readTraits(new ByteReader(elsewhere.bytes())));
    }

    /// The beginning of one trait, whose newest day is the twentieth thousandth.
    private static ByteWriter trait() {
        ByteWriter out = new ByteWriter();
        out.number(1);
        out.name("region");
        out.name("eu-central-1");
        out.number(20_000);
        return out;
    }
}
