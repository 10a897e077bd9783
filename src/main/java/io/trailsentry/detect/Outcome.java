package io.trailsentry.detect;

import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Denial;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How a call ended.
public enum Outcome {
    /// It was done.
    SUCCEEDED,
    /// Permission was refused: the attempt was blocked.
    DENIED,
    /// It failed for another reason.
    FAILED;

    private static final String SIGN_IN = "ConsoleLogin";

    /// The outcome of an event.
    public static Outcome of(CloudTrailEvent event) {
        if (event.errorCode() == null) {
            return event.eventName().equals(SIGN_IN) && "Failure".equals(event.responseElements().first(SIGN_IN))
                    ? FAILED
                    : SUCCEEDED;
        }
        return Denial.isDenied(event.errorCode()) ? DENIED : FAILED;
    }

    /// Whether an event failed because what it asked about is not there.
    public static boolean isNotFound(CloudTrailEvent event) {
        String code = event.errorCode();
        return code != null && (code.contains("NotFound") || code.contains("NoSuch") || code.contains("NonExist")
                || code.equals("404") || code.contains("DoesNotExist"));
    }

    /// What a score for success is worth with this outcome: denied 0.6 of it, failed 0.4.
    ///
    /// @param score for success, 0 to 100
    /// @param denied score for a denied attempt where the catalogue says more; null: the rule above
    public int worth(int score, @Nullable Integer denied) {
        return switch (this) {
            case SUCCEEDED -> score;
            case DENIED -> Math.max((score * 6 + 5) / 10, denied == null ? 0 : denied);
            case FAILED -> (score * 4 + 5) / 10;
        };
    }

    /// As it is written in findings: lower case.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
