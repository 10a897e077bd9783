package io.trailsentry.baseline;

/// How many calls may come where they come at an uncertain rate: a Poisson number whose rate is itself Gamma-distributed,
/// that is, a negative binomial one. Immutable and thread-safe.
///
/// @param mean calls on average, above 0
/// @param dispersion variance of the rate in units of its mean squared, above 0: the calls' variance is
///         `mean + dispersion * mean²`
public record Rate(double mean, double dispersion) {
    private static final double EPSILON = 1e-14;
    private static final double TINY = 1e-300;
    private static final int STEPS = 10_000;
    private static final int MOST = 1 << 30;
    private static final double STIRLING_FROM = 12;

    /// Checks the numbers.
    public Rate {
        if (!(mean > 0 && dispersion > 0)) {
            throw new IllegalArgumentException("a rate needs a mean and a dispersion above 0: " + mean + ", "
                    + dispersion);
        }
    }

    /// The decimal logarithm of the probability of so many calls or more; 0 for none. Exact far below the least double.
    public double tail(long calls) {
        if (calls <= 0) {
            return 0;
        }
        // P(X >= n) is the regularised incomplete beta function I_q(n, r) with r = 1/dispersion (DLMF 8.17.5).
        double n = calls;
        double r = 1 / dispersion;
        double q = mean / (mean + r);
        double front = -n * Math.log1p(r / mean) - r * Math.log1p(mean / r) + logGamma(n + r) - logGamma(n)
                - logGamma(r);
        if (q < (n + 1) / (n + r + 2)) {
            return Math.min(0, (front + Math.log(fraction(n, r, q) / n)) / Math.log(10));
        }
        double below = Math.exp(front) * fraction(r, n, 1 - q) / r;
        return Math.min(0, Math.log1p(-Math.min(1 - EPSILON, below)) / Math.log(10));
    }

    /// The least number of calls for which [#tail] is at most a value.
    ///
    /// @param log10 below 0
    public int least(double log10) {
        int high = 1;
        while (high < MOST && tail(high) > log10) {
            high *= 2;
        }
        int low = high / 2;
        while (high - low > 1) {
            int middle = low + (high - low) / 2;
            if (tail(middle) > log10) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
    private static double fraction(double a, double b, double x) {
        double c = 1;
        double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
        double value = d;
        for (int m = 1; m < STEPS; m++) {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / nonzero(1 + even * d);
            c = nonzero(1 + even / c);
            value *= c * d;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / nonzero(1 + odd * d);
            c = nonzero(1 + odd / c);
            value *= c * d;
            if (Math.abs(c * d - 1) < EPSILON) {
                break;
            }
        }
        return value;
    }

    private static double nonzero(double number) {
        return Math.abs(number) < TINY ? TINY : number;
    }

    /// The logarithm of the Gamma function for an argument above 0 (Stirling's series, DLMF 5.11.1).
    static double logGamma(double x) {
        double shifted = x;
        double left = 0;
        while (shifted < STIRLING_FROM) {
            left += Math.log(shifted++);
        }
        double square = 1 / (shifted * shifted);
        double series = (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1_260.0 - square / 1_680))) / shifted;
        return (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2 + series - left;
    }
}
