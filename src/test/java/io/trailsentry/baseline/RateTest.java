package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.trailsentry.trail.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RateTest {
    /// The tail by adding up its terms, in logarithms.
    private static double summed(Rate rate, int calls) {
        double r = 1 / rate.dispersion();
        double logQ = Math.log(rate.mean() / (rate.mean() + r));
        double term = r * Math.log(r / (rate.mean() + r));
        double below = 0;
        double above = 0;
        double first = 0;
        for (int n = 0; n <= calls || term > first - 50; n++) {
            if (n == calls) {
                first = term;
            }
            if (n < calls) {
                below += Math.exp(term);
            } else {
                above += Math.exp(term - first);
            }
            term += logQ + Math.log((n + r) / (n + 1));
        }
        return (below < 0.5 ? Math.log1p(-below) : first + Math.log(above)) / Math.log(10);
    }

    @Test
    void tail_isTheSumOfItsTerms() {
        Random random = Seed.random("RateTest.tail", 5);
        for (int i = 0; i < 300; i++) {
            Rate rate = new Rate(Math.exp(random.nextDouble() * 8 - 2), Math.exp(random.nextDouble() * 5 - 3.5));
            int calls = 1 + random.nextInt((int) (rate.mean() * 12) + 5);
            assertThat(rate.tail(calls)).as(rate + " " + calls).isCloseTo(summed(rate, calls),
                    within(1e-7 + 1e-9 * Math.abs(summed(rate, calls))));
        }
    }

    @Test
    void tail_ofADispersionOfOne_isGeometric() {
        assertThat(new Rate(2, 1).tail(10)).isCloseTo(10 * Math.log10(2 / 3.0), within(1e-12));
        assertThat(new Rate(2, 1).tail(1_000_000)).isCloseTo(1e6 * Math.log10(2 / 3.0), within(1e-4));
    }

    @Test
    void tail_neverUnderflows_andFallsWithEveryCall() {
        for (Rate rate : new Rate[]{new Rate(0.01, 0.05), new Rate(3, 0.05), new Rate(40, 1), new Rate(5_000, 0.3)}) {
            assertThat(rate.tail(0)).isZero();
            assertThat(rate.tail(-5)).isZero();
            double before = 0;
            for (long calls = 1; calls < 1L << 40; calls *= 3) {
                assertThat(rate.tail(calls)).isFinite().isLessThanOrEqualTo(before);
                before = rate.tail(calls);
            }
            assertThat(before).isLessThan(-1e6);
        }
    }

    @Test
    void least_isWhereTheTailFallsToIt() {
        Random random = Seed.random("RateTest.least", 6);
        for (int i = 0; i < 200; i++) {
            Rate rate = new Rate(Math.exp(random.nextDouble() * 7 - 2), 0.05 + random.nextDouble());
            double log10 = -8 * random.nextDouble() - 0.1;
            int least = rate.least(log10);
            assertThat(rate.tail(least)).isLessThanOrEqualTo(log10);
            assertThat(least == 1 || rate.tail(least - 1) > log10).isTrue();
        }
    }

    @Test
    void logGamma_isThatOfFactorialsAndHalves() {
        double factorial = 0;
        for (int n = 1; n < 300; n++) {
            assertThat(Rate.logGamma(n)).isCloseTo(factorial, within(1e-10 * Math.max(1, factorial)));
            factorial += Math.log(n);
        }
        assertThat(Rate.logGamma(0.5)).isCloseTo(Math.log(Math.PI) / 2, within(1e-12));
        assertThat(Rate.logGamma(0.01)).isCloseTo(4.599_479_878_042_022, within(1e-9));
    }

    @Test
    void rate_ofNothing_isRefused() {
        assertThatThrownBy(() -> new Rate(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void least_ofAValueThatATailHas_isItsNumber() {
        Rate rate = new Rate(3, 0.4);
        for (int calls : new int[]{1, 2, 4, 5, 8, 11, 16}) {
            assertThat(rate.least(rate.tail(calls))).isEqualTo(calls);
        }
    }

    @Test
    void least_beyondAnyNumberOfCalls_isCut() {
        assertThat(new Rate(1e12, 1).least(-5)).isEqualTo(1 << 30);
    }

    @Test
    void usual_upToItsLevel_isCertain() {
        Usual usual = new Usual(9, 4, Math.log10(0.25), new Rate(2, 1));
        assertThat(usual.tail(4)).isZero();
        assertThat(usual.tail(5)).isCloseTo(Math.log10(0.25 * 2 / 3), within(1e-12));
        assertThat(usual.least(Math.log10(0.25))).isEqualTo(5);
        assertThat(usual.least(Math.log10(0.25 * 2 / 3))).isEqualTo(5);
        assertThat(usual.least(Math.log10(0.25 * 4 / 9.1))).isEqualTo(7);
        assertThat(new Usual(9, 4, -6, new Rate(2, 1)).least(-5)).isEqualTo(5);
    }
}
