package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToldTest {
    private static final Story.Key STORY = new Story.Key("s", 7);
    private static final Instant AT = Instant.parse("2026-11-17T10:00:00Z");

    private static Told told(int words, Instant at, int count, String fingerprint) {
        return new Told(STORY, Set.of("s" + words), Severity.HIGH, count, fingerprint, at, words, false, false);
    }

    private static void bothWays(Told one, Told other, Told merged) {
        assertThat(one.merge(other)).isEqualTo(merged);
        assertThat(other.merge(one)).isEqualTo(merged);
    }

    @Test
    void merge_whoSaidMoreOrLaterSpeaks_andAllStepsAreKnown() {
        Told one = told(1, AT.plusSeconds(9), 9, "z");
        Told two = told(2, AT, 1, "a");
        bothWays(one, two, new Told(STORY, Set.of("s1", "s2"), Severity.HIGH, 1, "a", AT, 2, false, false));
        bothWays(told(1, AT, 9, "z"), told(1, AT.plusSeconds(1), 1, "a"), told(1, AT.plusSeconds(1), 1, "a"));
        bothWays(told(1, AT, 2, "a"), told(1, AT, 1, "z"), told(1, AT, 2, "a"));
        bothWays(told(1, AT, 1, "a"), told(1, AT, 1, "b"), told(1, AT, 1, "b"));
    }

    @Test
    void merge_severityIsTheHighest_andQuietOnlyWhatBothKeptQuiet() {
        Told quiet = new Told(STORY, Set.of(), Severity.CRITICAL, 1, "f", AT, 1, false, true);
        Told loud = new Told(STORY, Set.of(), Severity.LOW, 1, "f", AT, 2, true, false);
        bothWays(quiet, loud, new Told(STORY, Set.of(), Severity.CRITICAL, 1, "f", AT, 2, true, false));
        assertThat(quiet.merge(quiet)).isEqualTo(quiet);
    }

    @Test
    void heldBack_isNotToBeToldAgain_butReadersKnowNoMoreThanBefore() {
        Told now = told(3, AT.plusSeconds(60), 30, "now");
        assertThat(now.heldBack(null)).isEqualTo(
                new Told(STORY, Set.of("s3"), Severity.HIGH, 30, "now", AT.plusSeconds(60), 3, false, true));
        assertThat(now.heldBack(told(2, AT, 20, "before")))
                .isEqualTo(new Told(STORY, Set.of("s3"), Severity.HIGH, 20, "before", AT, 3, false, false));
    }

    @Test
    void ledger_isByTopic() {
        Ledger ledger = new Ledger(Map.of("ALERTS", told(1, AT, 1, "a")), null)
                .merge(new Ledger(Map.of("ALERTS", told(2, AT, 1, "a"), "PAGES", told(1, AT, 1, "a")), null));
        assertThat(ledger.told("ALERTS")).returns(2, told -> told == null ? 0 : told.words());
        assertThat(ledger.told("PAGES")).isEqualTo(told(1, AT, 1, "a"));
        assertThat(ledger.told("FINDINGS")).isNull();
        assertThat(ledger.story()).contains(STORY);
        assertThat(Ledger.EMPTY.story()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, informational, 19, low", "19, informational, 19, low", "20, low, 39, medium", "39, low, 39, medium",
            "40, medium, 69, high", "70, high, 89, critical", "89, high, 89, critical", "90, critical, 100, critical",
            "100, critical, 100, critical"})
    void severity_isOfAScore(int score, String label, int most, String next) {
        Severity severity = Severity.of(score);
        assertThat(severity.label()).isEqualTo(label);
        assertThat(severity.most()).isEqualTo(most);
        assertThat(severity.next().label()).isEqualTo(next);
        assertThat(Severity.parse(" " + label.toUpperCase(java.util.Locale.ROOT) + " ")).isEqualTo(severity);
        assertThat(Severity.parse(label + "x")).isNull();
    }
}
