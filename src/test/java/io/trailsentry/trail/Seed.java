package io.trailsentry.trail;

import java.util.Random;

/// The seed of a generated test: fixed, or `-Dtrailsentry.seed=N`. Printed, so that a failure can be repeated.
public final class Seed {
    private Seed() {
    }

    /// A generator for one test.
    public static Random random(String test, long fallback) {
        long seed = Long.getLong("trailsentry.seed", fallback);
        System.out.println(test + ": seed " + seed);
        return new Random(seed);
    }
}
