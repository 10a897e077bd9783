package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallCountsTest {
    private static final long QUARTER = 2_000_000;

    @Test
    void countInto_minutesOfTwoQuarterHours_countsAndPeakOfEach() {
        Minutes minutes = new Minutes();
        long first = QUARTER * 15;
        calls(minutes, first, 3);
        calls(minutes, first + 4, 4);
        calls(minutes, first + 9, 5);
        calls(minutes, first + 15, 2);

        CallCounts counts = new CallCounts();
        minutes.countInto(counts);

        assertThat(counts.of(QUARTER)).isEqualTo(new CallCounts.Count(12, 7));
        assertThat(counts.of(QUARTER + 1)).isEqualTo(new CallCounts.Count(2, 2));
        assertThat(counts.inHour(QUARTER / 4)).isEqualTo(14);
        assertThat(counts.before(QUARTER + 1)).isEqualTo(12);
        assertThat(counts.first()).isEqualTo(QUARTER);
    }

    @Test
    void merge_inAnyOrderAndTwice_keepsTheLargerCounts() {
        CallCounts a = new CallCounts();
        a.atLeast(QUARTER, new CallCounts.Count(5, 5));
        a.atLeast(QUARTER + 1, new CallCounts.Count(1, 1));
        CallCounts b = new CallCounts();
        b.atLeast(QUARTER, new CallCounts.Count(9, 4));

        a.merge(b);
        a.merge(b);
        b.merge(a);

        assertThat(read(a)).containsExactly("0 Count[calls=9, peak=5]", "1 Count[calls=1, peak=1]")
                .isEqualTo(read(b));
    }

    @Test
    void forgetBefore_aDay_dropsTheDaysBeforeOnly() {
        CallCounts counts = new CallCounts();
        counts.atLeast(CallCounts.QUARTERS_A_DAY - 1, new CallCounts.Count(1, 1));
        counts.atLeast(CallCounts.QUARTERS_A_DAY, new CallCounts.Count(2, 2));

        counts.forgetBefore(1);

        assertThat(counts.of(CallCounts.QUARTERS_A_DAY - 1).calls()).isZero();
        assertThat(counts.of(CallCounts.QUARTERS_A_DAY).calls()).isEqualTo(2);
    }

    private static void calls(Minutes minutes, long minute, int calls) {
        for (int i = 0; i < calls; i++) {
            minutes.add(new Sighting(minute * 60 + i, minute + "-" + i), "eu-central-1");
        }
    }

    private static List<String> read(CallCounts counts) {
        List<String> read = new ArrayList<>();
        counts.forEach(QUARTER, QUARTER + 10, (quarter, count) -> read.add((quarter - QUARTER) + " " + count));
        return read;
    }
}
