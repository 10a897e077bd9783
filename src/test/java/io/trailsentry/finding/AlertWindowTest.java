package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.AlertWindow.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AlertWindowTest {
    private static final Instant NOW = Instant.parse("2026-11-17T10:00:00Z");
    private static final Duration PER = Duration.ofMinutes(10);

    private static Place place(String step, Severity urgency) {
        return new Place("ALERTS", step, urgency);
    }

    private static AlertWindow filled(AlertWindow window, Severity urgency, int from, int to) {
        AlertWindow filled = window;
        for (int i = from; i < to; i++) {
            filled = filled.with(List.of(place("s" + i, urgency)), NOW, PER, 3);
        }
        return filled;
    }

    private static HeldBack held(int steps) {
        return new HeldBack(NOW, NOW, Map.of(Severity.HIGH, steps), Map.of("ALERTS", steps), Map.of("coder", steps),
                Map.of("d", steps), Map.of("1", steps), Map.of());
    }

    @Test
    void with_asManyAsThereIsRoomFor_andNoMore() {
        AlertWindow window = filled(AlertWindow.NONE, Severity.MEDIUM, 0, 5);
        assertThat(window.places()).hasSize(3);
        assertThat(window.has(place("s2", Severity.MEDIUM))).isTrue();
        assertThat(window.has(place("s3", Severity.MEDIUM))).isFalse();
        assertThat(window.from()).isEqualTo(NOW);
        assertThat(window.until()).isEqualTo(NOW.plus(PER));
    }

    @Test
    void with_sameStepAgain_takesNoRoom() {
        AlertWindow window = filled(AlertWindow.NONE, Severity.MEDIUM, 0, 1);
        assertThat(filled(window, Severity.MEDIUM, 0, 1)).isEqualTo(window);
    }

    @Test
    void with_moreSevere_findsRoomBehindAnyNumberOfLess_butNotTheOtherWayRound() {
        AlertWindow window = filled(AlertWindow.NONE, Severity.MEDIUM, 0, 9);
        window = filled(window, Severity.CRITICAL, 10, 19);
        assertThat(window.places()).extracting(Place::urgency).containsExactly(Severity.MEDIUM, Severity.MEDIUM,
                Severity.MEDIUM, Severity.CRITICAL, Severity.CRITICAL, Severity.CRITICAL);
        assertThat(filled(window, Severity.HIGH, 20, 29)).isEqualTo(window);
    }

    @Test
    void with_anotherTopic_hasItsOwnRoom() {
        AlertWindow window = filled(AlertWindow.NONE, Severity.HIGH, 0, 3);
        Place page = new Place("PAGES", "s9", Severity.HIGH);
        assertThat(window.decides(List.of(place("s9", Severity.HIGH)), NOW, 3)).isTrue();
        assertThat(window.decides(List.of(page), NOW, 3)).isFalse();
        assertThat(window.with(List.of(page), NOW, PER, 3).has(page)).isTrue();
    }

    @Test
    void with_afterItsTime_beginsAnother_andKeepsWhatIsNotSaid() {
        AlertWindow window = filled(AlertWindow.NONE, Severity.HIGH, 0, 3).holding(held(4));
        Place late = place("late", Severity.HIGH);
        Instant end = NOW.plus(PER);
        assertThat(window.with(List.of(late), end.minusSeconds(1), PER, 3).has(late)).isFalse();
        assertThat(window.decides(List.of(late), end, 3)).isFalse();
        AlertWindow next = window.with(List.of(late), end, PER, 3);
        assertThat(next.places()).containsExactly(late);
        assertThat(next.held().isEmpty()).isTrue();
        assertThat(next.over()).isEqualTo(held(4));
        AlertWindow said = window.said(window.held(), Map.of("ALERTS", 4), "me");
        assertThat(said.with(List.of(late), end, PER, 3).over().isEmpty()).as("all of it was said").isTrue();
    }

    @Test
    void said_whileItEnded_countsForWhatIsOver() {
        AlertWindow window = filled(AlertWindow.NONE, Severity.HIGH, 0, 3).holding(held(4));
        AlertWindow next = window.holding(held(2)).with(List.of(place("x", Severity.HIGH)), NOW.plus(PER), PER, 3);
        AlertWindow said = next.said(window.held(), Map.of("ALERTS", 4), "me");
        assertThat(said.over().isUnknownTo("ALERTS")).isFalse();
        assertThat(said.over().isNewsTo("ALERTS")).isTrue();
        assertThat(said.said(said.over(), Map.of("ALERTS", 2), "me").over().isEmpty()).isTrue();
    }

    @Test
    void claimed_byOne_isNotAnothers_untilItRunsOut() {
        AlertWindow window = AlertWindow.NONE.claimed("a", NOW, Duration.ofSeconds(30));
        assertThat(window.claimed("b", NOW.plusSeconds(29), PER).owner()).isEqualTo("a");
        assertThat(window.claimed("b", NOW.plusSeconds(30), PER).owner()).isEqualTo("b");
        assertThat(window.said(HeldBack.NONE, Map.of(), "b").owner()).isEqualTo("a");
        assertThat(window.said(HeldBack.NONE, Map.of(), "a").owner()).isNull();
    }

    @Test
    void heldBack_ofManyNames_isBounded_andKeepsTheSum() {
        HeldBack all = HeldBack.NONE;
        for (int i = 0; i < 500; i++) {
            all = all.and(new HeldBack(NOW, NOW, Map.of(Severity.HIGH, 1), Map.of("ALERTS", 1), Map.of("agent" + i, 1),
                    Map.of("d", 1), Map.of("1", 1), Map.of()));
        }
        assertThat(all.agents()).hasSize(HeldBack.MOST_NAMES + 1).containsEntry("", 500 - HeldBack.MOST_NAMES);
        assertThat(all.total()).isEqualTo(500);
    }
}
