package io.trailsentry.publish;

import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import java.time.Instant;
import java.util.List;

/// A finding that tests the way to its readers: it says first that it is a test, is worth nothing, and asks for nothing
/// to be done. Pure.
public final class TestFinding {
    /// Stands where a real finding has its detector.
    public static final String DETECTOR = "test-alert";
    private static final String HEADLINE = "[TEST] TrailSentry test, nothing happened";

    private TestFinding() {
    }

    /// A test.
    ///
    /// @param by who runs it
    /// @param account that the topics are in
    /// @param region that the topics are in
    public static Finding of(Principal by, String account, String region, Instant at) {
        String id = "test-" + at.getEpochSecond();
        Signal signal = new Signal(DETECTOR, 0, Outcome.SUCCEEDED, "trailsentry:TestAlert", null, HEADLINE,
                "somebody ran test-alert to see whether messages arrive; nothing happened", null, List.of(),
                new Evidence("none, this is a test", null, null, region, account, null, null, null, null, null, null,
                        null, null, null),
                null, null);
        return new Finding(id, id, Severity.INFORMATIONAL, 0, Severity.INFORMATIONAL, HEADLINE, DETECTOR, false, by,
                null,
                null, account, region, null, at, at, 0, List.of(signal), List.of());
    }

    /// Whether a finding is a test.
    static boolean is(Finding finding) {
        return finding.leading().detector().equals(DETECTOR);
    }
}
