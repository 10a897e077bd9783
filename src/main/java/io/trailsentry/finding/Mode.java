package io.trailsentry.finding;

/// What becomes of a detector's signals.
public enum Mode {
    /// People are told.
    LIVE,
    /// Only the feed and the metrics are told.
    DRY_RUN,
    /// It does not run.
    OFF
}
