package io.trailsentry.posture;

/// How a check ended.
public enum Verdict {
    /// It is as it should be.
    OK,
    /// It works, and is not as it should be.
    WARNING,
    /// It is not as it should be: somebody is not seen, or may do too much.
    FAILURE,
    /// It cannot be told: AWS refused to answer, or what decides is in nobody's answer.
    UNKNOWN
}
