package io.trailsentry.posture;

import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/// Asks AWS, and turns what it refuses into a [RefusedException] in its own words.
final class Answers {
    private Answers() {
    }

    /// The answer to a request.
    static <T> T ask(Supplier<T> request) throws RefusedException {
        T answer = find(request, refusal -> false);
        if (answer == null) {
            throw new RefusedException("AWS gave no answer");
        }
        return answer;
    }

    /// The answer to a request; null for what is not there.
    ///
    /// @param missing whether a refusal means that it is not there
    static <T> @Nullable T find(Supplier<T> request, Predicate<AwsServiceException> missing) throws RefusedException {
        try {
            return request.get();
        } catch (AwsServiceException e) {
            if (missing.test(e)) {
                return null;
            }
            String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
            throw refused(code == null || code.isEmpty()
                    ? "HTTP status " + e.statusCode()
                    : code + ": " + e.awsErrorDetails().errorMessage(), e);
        } catch (SdkException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        }
    }

    private static RefusedException refused(String reason, SdkException cause) {
        RefusedException refused = new RefusedException(reason);
        refused.initCause(cause);
        return refused;
    }
}
