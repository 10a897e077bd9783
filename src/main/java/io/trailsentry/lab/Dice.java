package io.trailsentry.lab;

import java.util.List;
import java.util.SplittableRandom;

/// Random numbers for one purpose: the same key gives the same numbers on every machine, and no other key's numbers tell
/// anything of them. Not thread-safe.
final class Dice {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final SplittableRandom random;

    /// @param key what the numbers are for: the seed, the agent, the day
    Dice(Purpose purpose, long... key) {
        random = new SplittableRandom(Dice.hash(purpose.key(), Dice.hash(key)));
    }

    /// A hash of numbers in their order (the finaliser of SplitMix64, folded).
    static long hash(long... parts) {
        long hash = GOLDEN;
        for (long part : parts) {
            long z = (hash ^ part) + GOLDEN;
            z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
            z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
            hash = z ^ (z >>> 31);
        }
        return hash;
    }

    long bits() {
        return random.nextLong();
    }

    /// A whole number from `low` to `high`, both included.
    int between(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    /// A number from `low` up to, not including, `high`.
    double between(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /// The time until something that happens once in `mean`.
    double exponential(double mean) {
        return -StrictMath.log(1 - random.nextDouble()) * mean;
    }

    /// A log-normal number.
    ///
    /// @param sigma standard deviation of its logarithm
    double logNormal(double median, double sigma) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
        return median * StrictMath.exp(sigma * radius * StrictMath.cos(2 * Math.PI * random.nextDouble()));
    }

    /// How many things happen that happen `mean` times on average.
    int poisson(double mean) {
        int count = 0;
        for (double left = mean - exponential(1); left > 0; left -= exponential(1)) {
            count++;
        }
        return count;
    }

    /// A number with a heavy tail (Pareto), cut off.
    int pareto(int least, double alpha, int most) {
        return (int) Math.min(most, least / StrictMath.pow(1 - random.nextDouble(), 1 / alpha));
    }
}
