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

    @Test
    void write_comesBack_andAddsToWhatIsThere() {
        CallCounts counts = new CallCounts();
        counts.atLeast(QUARTER, new CallCounts.Count(9, 4));
        counts.atLeast(QUARTER + 3, new CallCounts.Count(2, 1));
        ByteWriter out = new ByteWriter();
        counts.write(out);
        CallCounts back = new CallCounts();
        back.atLeast(QUARTER, new CallCounts.Count(1, 5));

        back.read(new ByteReader(out.bytes()));

        assertThat(read(back)).containsExactly("0 Count[calls=9, peak=5]", "3 Count[calls=2, peak=1]");
    }

    @Test
    void forgetBeforeQuarter_dropsTheOnesBeforeItOnly() {
        CallCounts counts = new CallCounts();
        counts.atLeast(QUARTER - 1, new CallCounts.Count(1, 1));
        counts.atLeast(QUARTER, new CallCounts.Count(2, 2));

        counts.forgetBeforeQuarter(QUARTER);

        assertThat(counts.first()).isEqualTo(QUARTER);
        assertThat(counts.size()).isEqualTo(1);
        counts.forgetBeforeQuarter(QUARTER + 1);
        assertThat(counts.isEmpty()).isTrue();
        assertThat(counts.first()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void inHour_isOfItsFourQuarterHours() {
        CallCounts counts = new CallCounts();
        for (int i = -1; i <= 4; i++) {
            counts.atLeast(QUARTER + i, new CallCounts.Count(1 << (i + 1), 1));
        }
        assertThat(counts.inHour(QUARTER / 4)).isEqualTo(2 + 4 + 8 + 16);
        assertThat(counts.inHour(QUARTER / 4 + 1)).isEqualTo(32);
    }

    @Test
    void forEach_toBeforeFrom_isNone() {
        CallCounts counts = new CallCounts();
        counts.atLeast(QUARTER, new CallCounts.Count(1, 1));
        counts.forEach(QUARTER + 1, QUARTER - 1, (quarter, count) -> {
            throw new AssertionError(quarter);
        });
        assertThat(counts.isEmpty()).isFalse();
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
