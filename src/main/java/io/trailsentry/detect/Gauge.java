package io.trailsentry.detect;

import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Minutes;
import java.util.function.LongPredicate;
import java.util.function.ToIntFunction;

/// How an agent's calls are held against one threshold of a detector. Immutable and thread-safe.
///
/// @param name the threshold's, as in the configuration
/// @param threshold from how many on there is a signal, at least 1
/// @param minutes length of the window in which it counts
/// @param counted which minutes (since 1970) count at all
/// @param most the most that any window of an activity held; 0 when there is nothing
/// @param configured the number in the configuration; a larger threshold was learned, and follows it only when it is
///         raised beyond; a smaller one was learned, too, and moves with it
public record Gauge(String name, int threshold, int minutes, LongPredicate counted, ToIntFunction<Activity> most,
        int configured) {
    /// A gauge whose threshold is the configured number.
    Gauge(String name, int threshold, int minutes, LongPredicate counted, ToIntFunction<Activity> most) {
        this(name, threshold, minutes, counted, most, threshold);
    }

    /// Whether something else than the configuration decides.
    public boolean isLearned() {
        return threshold != configured;
    }

    /// The configured number above which so many would be no signal.
    ///
    /// @param measured at least the threshold
    public int above(int measured) {
        return measured + Math.max(0, configured - threshold);
    }

    /// Most events that a window held.
    static int peak(Minutes minutes, int window, LongPredicate counted) {
        return minutes.bursts(window, 1, counted).stream().mapToInt(Minutes.Burst::peak).max().orElse(0);
    }

    /// Most distinct values of a series that a window held.
    static int variety(Activity activity, String series, int seconds) {
        int most = Math.min(1, activity.of(series).size());
        int tooMany = activity.of(series).size() + 1;
        while (tooMany - most > 1) {
            int middle = (most + tooMany) / 2;
            if (activity.varieties(series, seconds, middle).isEmpty()) {
                tooMany = middle;
            } else {
                most = middle;
            }
        }
        return most;
    }
}
