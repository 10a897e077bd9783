package io.trailsentry.memory.dynamodb;

import io.trailsentry.memory.Memory.MemoryException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/// Tries again what DynamoDB throttled or failed at, after pauses of random length that grow ("full jitter": Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), for so long at most. Thread-safe.
///
/// @param longest how long one request is tried again
/// @param nanos nanoseconds that pass
/// @param sleep waits for so many milliseconds
record Patience(Duration longest, LongSupplier nanos, LongConsumer sleep) {
    private static final long FIRST_MILLIS = 25;
    private static final long MOST_MILLIS = 400;

    /// Does a request.
    ///
    /// @throws MemoryException when it does not succeed in time, or never will
    <T> T insist(Supplier<T> request) throws MemoryException {
        long end = nanos.getAsLong() + longest.toNanos();
        for (int attempt = 0;; attempt++) {
            try {
                return request.get();
            } catch (SdkException e) {
                if (!isPassing(e) || nanos.getAsLong() >= end) {
                    throw new MemoryException(String.valueOf(e.getMessage()), e);
                }
                pause(attempt);
            }
        }
    }

    /// Waits for a random moment, longer with each attempt.
    void pause(int attempt) {
        long most = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(attempt, 10));
        sleep.accept(ThreadLocalRandom.current().nextLong(most + 1));
    }

    private static boolean isPassing(SdkException e) {
        return switch (e) {
            case SdkServiceException service -> service.isThrottlingException() || service.statusCode() >= 500;
            case SdkClientException ignored -> true;
            default -> e.retryable();
        };
    }

    /// Lets the thread sleep; shorter when it is interrupted, which it stays.
    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
