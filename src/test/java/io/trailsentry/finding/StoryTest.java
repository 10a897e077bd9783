package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.finding.Story.Part;
import io.trailsentry.finding.Story.Step;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoryTest {
    private static Signal signal(int score, @Nullable Long second, @Nullable String target, @Nullable Premise premise) {
        String id = "e-" + target + second;
        return new Signal("data-exposure", score, Outcome.SUCCEEDED, "s3:PutBucketPolicy", target, "did", "why",
                second == null ? null : new Sighting(second, id), List.of(), new Evidence(id, null, null, null, null,
                        null, null, null, null, null, null, null, null, null),
                premise, null);
    }

    private static List<Part> holding(Story story) {
        return story.holding(new Profile(), UnaryOperator.identity());
    }

    @Test
    void key_isOfAQuarterHour() {
        assertThat(Story.Key.of("s", new Sighting(1_799, "e"))).isEqualTo(new Story.Key("s", 1));
        assertThat(Story.Key.of("s", null)).isEqualTo(new Story.Key("s", Story.Key.UNDATED));
        assertThat(new Story.Key("s", 1).previous()).isEqualTo(new Story.Key("s", 0));
        assertThat(new Story.Key("s", Story.Key.UNDATED).previous()).isNull();
        assertThat(new Story.Key("s", 1).end()).isEqualTo(1_800);
        assertThat(new Story.Key("s", Story.Key.UNDATED).end()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void step_isNamedByAllOfIt() {
        Step whole = new Step("d", "a", "t");
        assertThat(whole.id()).isEqualTo("f89cde4564f3803d").isEqualTo(new Step("d", "a", "t").id());
        assertThat(List.of(new Step("d", "a", null), new Step("d", null, "t"), new Step("x", "a", "t"),
                new Step("d", "at", "")).stream().map(Step::id)).doesNotHaveDuplicates().doesNotContain(whole.id());
        assertThat(List.of(new Step("d", "a", null), new Step("d", null, "a"), whole).stream().map(Step::text))
                .doesNotHaveDuplicates();
    }

    /// Beyond a hundred signals of a step its events are counted only.
    @Test
    void add_moreThanAreKept_countsAll_andComesBackFromItsParts() {
        Story story = new Story();
        for (long second = 0; second < 150; second++) {
            story.add(signal(50, second, "t", null));
        }
        Story back = new Story();
        story.signals().forEach(back::add);
        assertThat(holding(back).getFirst().events().count()).isEqualTo(100);

        story.more().forEach(back::add);

        for (Story one : List.of(story, back)) {
            assertThat(holding(one)).singleElement().satisfies(part -> {
                assertThat(part.signals()).hasSize(100);
                assertThat(part.events().count()).isEqualTo(150);
                assertThat(part.first()).isEqualTo(new Sighting(0, "e-t0"));
                assertThat(part.last()).isEqualTo(new Sighting(149, "e-t149"));
            });
        }
        assertThat(story.more()).hasSize(1).isEqualTo(back.more());
        Story few = new Story();
        few.add(signal(50, 1L, "t", null));
        assertThat(few.more()).isEmpty();
    }

    @Test
    void more_isInOneOrder() {
        Story story = new Story();
        for (String target : List.of("b", "c", "a")) {
            for (long second = 0; second < 101; second++) {
                story.add(signal(50, second, target, null));
            }
        }
        assertThat(story.more()).extracting(Story.More::target).containsExactly("a", "b", "c");
    }

    @Test
    void holding_whatDependsOnAPremise_isCountedWhileItHolds() {
        Trait region = new Trait("region", "eu-west-1");
        Premise premise = new Premise(region, 30);
        Story story = new Story();
        story.add(signal(50, 100L, "t", premise));
        story.add(signal(50, 200L, "t", premise));
        assertThat(story.more()).isEmpty();
        assertThat(holding(story)).singleElement().satisfies(part -> {
            assertThat(part.events().count()).isEqualTo(2);
            assertThat(part.last()).isEqualTo(new Sighting(200, "e-t200"));
        });
        Profile profile = new Profile();
        profile.add(region, new Sighting(150, "x"));
        assertThat(story.holding(profile, UnaryOperator.identity())).singleElement()
                .satisfies(part -> assertThat(part.signals()).extracting(Signal::at)
                        .containsExactly(new Sighting(100, "e-t100")));
        story.dropBroken(profile);
        assertThat(story.signals()).hasSize(1);
        profile.add(region, new Sighting(50, "x"));
        assertThat(story.holding(profile, UnaryOperator.identity())).isEmpty();
        story.dropBroken(profile);
        assertThat(story.isEmpty()).isTrue();
    }

    @Test
    void isBroken_undated_onlyWhatWasLearned() {
        Trait region = new Trait("region", "eu-west-1");
        assertThat(Story.isBroken(signal(50, null, "t", new Premise(region, 30, true)), new Profile())).isTrue();
        assertThat(Story.isBroken(signal(50, null, "t", new Premise(region, 30)), new Profile())).isFalse();
        assertThat(Story.isBroken(signal(50, null, "t", null), new Profile())).isFalse();
    }

    @Test
    void drop_ofTheLastSignal_takesTheStepAlong() {
        Story story = new Story();
        Signal one = signal(50, 1L, "t", null);
        Signal two = signal(60, 2L, "t", null);
        story.add(one);
        story.add(two);
        story.drop(signal(50, 1L, "other", null));
        story.drop(one);
        assertThat(story.signals()).containsExactly(two);
        story.drop(two);
        assertThat(story.isEmpty()).isTrue();
    }

    @Test
    void kept_theStrongestOfAStepComesFirst_andCarriesTheCount() {
        Story story = new Story();
        story.add(signal(50, 1L, "t", null));
        story.add(signal(60, 2L, "t", null));
        List<Story.Kept> kept = story.kept("s");
        Signal strongest = signal(60, 2L, "t", null);
        assertThat(kept).containsExactly(
                new Story.Kept("s", strongest, true, strongest.weight() + 2 * Long.BYTES),
                new Story.Kept("s", signal(50, 1L, "t", null), false, signal(50, 1L, "t", null).weight()));
        assertThat(List.of(kept.get(1), kept.get(0)).stream().sorted(Story.Kept.WORTH)).isEqualTo(kept);
    }

    @Test
    void part_withoutSome_isNothingWhenThatIsAll() {
        Story story = new Story();
        story.add(signal(50, 1L, "t", null));
        story.add(signal(60, 2L, "t", null));
        Part part = holding(story).getFirst();
        assertThat(part.without(signal -> signal.score() == 50)).hasValueSatisfying(
                left -> assertThat(left.signals()).extracting(Signal::score).containsExactly(60));
        assertThat(part.without(signal -> true)).isEmpty();
    }

    @Test
    void signals_ofOneEvent_areInOneOrder() {
        Story story = new Story();
        for (String target : List.of("b", "c", "a")) {
            Signal one = signal(50, 1L, target, null);
            story.add(new Signal(one.detector(), 50, one.outcome(), one.action(), target, "did", "why",
                    new Sighting(1, "e"), List.of(), new Evidence("e", null, null, null, null, null, null, null, null,
                            null, null, null, null, null),
                    null, null));
        }
        assertThat(story.signals()).extracting(Signal::target).containsExactly("a", "b", "c");
    }

    @Test
    void add_whatIsKnownOfAStep_isEnoughToCountIt() {
        Story story = new Story();
        for (long second = 0; second < 101; second++) {
            story.add(signal(50, second, "t", null));
        }
        Story counted = new Story();
        story.more().forEach(counted::add);
        assertThat(counted.more()).isEqualTo(story.more());
        assertThat(counted.isEmpty()).isFalse();
        assertThat(counted.signals()).isEmpty();
    }

    @Test
    void merge_ofStoriesThatKeepSignalsOfFewEvents_countsAll() {
        Story one = new Story();
        Story other = new Story();
        for (long second = 0; second < 120; second++) {
            one.add(signal(50, second, "t", null));
            other.add(signal(50, second + 80, "t", null));
        }
        one.merge(other);
        assertThat(holding(one)).singleElement().satisfies(part -> {
            assertThat(part.events().count()).isEqualTo(200);
            assertThat(part.last()).isEqualTo(new Sighting(199, "e-t199"));
        });
    }
}
