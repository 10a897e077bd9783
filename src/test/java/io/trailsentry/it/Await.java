package io.trailsentry.it;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Waits for something another process brings about.
final class Await {
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final Duration INTERVAL = Duration.ofMillis(20);

    private Await() {
    }

    /// The first value that `probe` finds, asked every 20 ms.
    ///
    /// @throws AssertionError when `within` has passed; its message is what `failure` says by then
    static <T> T until(Duration within, Supplier<String> failure, Supplier<Optional<T>> probe) {
        long start = System.nanoTime();
        do {
            Optional<T> found = probe.get();
            if (found.isPresent()) {
                return found.get();
            }
            pause();
        } while (System.nanoTime() - start < within.toNanos());
        throw new AssertionError(failure.get() + " within " + within.toSeconds() + " s");
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(INTERVAL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }
}
