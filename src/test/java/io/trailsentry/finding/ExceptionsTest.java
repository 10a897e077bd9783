package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Exceptions.Entry;
import io.trailsentry.finding.Exceptions.Gap;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExceptionsTest {
    private static Signal signal(int score, @Nullable String target, @Nullable String time) {
        return new Signal("destructive-action", score, Outcome.SUCCEEDED, "s3:DeleteBucket", target, "did it",
                "because",
                time == null ? null : new Sighting(Instant.parse(time).getEpochSecond(), "e1"), List.of(),
                new Evidence("e1", null, null, null, null, null, null, null, null, null, null, null, null, null), null,
                null);
    }

    @ParameterizedTest
    @CsvSource({"destructive-action, coder, s3:DeleteBucket, logs, 2026-11-17,",
            "destructive-action, CO*, S3:*, l?gs, 2026-11-17,", "destructive-action,,,, 2026-11-17,",
            "unusual-region, coder, s3:DeleteBucket, logs, 2026-11-17, DETECTOR",
            "destructive-action, other, s3:PutObject, other, 2026-11-16, ACTION",
            "destructive-action, other, s3:DeleteBucket, other, 2026-11-16, AGENT",
            "destructive-action, coder, s3:DeleteBucket, other, 2026-11-16, TARGET",
            "destructive-action, coder, s3:DeleteBucket, logs, 2026-11-16, OVER"})
    void gap_isTheFirstThingThatDoesNotFit(String detector, @Nullable String agent, @Nullable String action,
            @Nullable String target, LocalDate until, @Nullable Gap gap) {
        Entry entry = new Entry(detector, agent, action, target, until, "r");
        Signal signal = signal(95, "logs", "2026-11-17T23:59:59Z");
        assertThat(entry.gap("coder", signal)).isEqualTo(gap);
        assertThat(entry.covers("coder", signal)).isEqualTo(gap == null);
    }

    @Test
    void exceptionWithoutEnd_silencesAllButTheCritical_datedOrNot() {
        Entry endless = new Entry("destructive-action", null, null, null, null, "r");
        assertThat(endless.gap("coder", signal(90, "logs", "2026-11-17T09:00:00Z"))).isEqualTo(Gap.CRITICAL);
        assertThat(endless.gap("coder", signal(89, "logs", "2026-11-17T09:00:00Z"))).isNull();
        assertThat(endless.gap("coder", signal(89, "logs", null))).isNull();
    }

    @Test
    void exceptionWithAnEnd_coversNothingWithoutTime() {
        Entry entry = new Entry("destructive-action", null, null, null, LocalDate.of(2099, 1, 1), "r");
        assertThat(entry.gap("coder", signal(50, "logs", null))).isEqualTo(Gap.UNDATED);
    }

    @Test
    void exceptionByTarget_coversNothingWithoutOne() {
        Entry entry = new Entry("destructive-action", null, null, "logs", LocalDate.of(2099, 1, 1), "r");
        assertThat(entry.gap("coder", signal(50, null, "2026-11-17T09:00:00Z"))).isEqualTo(Gap.TARGET);
    }

    @Test
    void and_holdsWhereEitherDoes() {
        Exceptions logs = new Exceptions(List.of(new Entry("destructive-action", null, null, "logs", null, "r")));
        Exceptions tmp = new Exceptions(List.of(new Entry("destructive-action", null, null, "tmp", null, "r")));
        assertThat(List.of("logs", "tmp")).allMatch(
                target -> logs.and(tmp).cover("coder", signal(50, target, "2026-11-17T09:00:00Z")));
        assertThat(logs.and(tmp).cover("coder", signal(50, "x", "2026-11-17T09:00:00Z"))).isFalse();
        assertThat(Exceptions.NONE.and(logs)).isEqualTo(logs);
    }
}
