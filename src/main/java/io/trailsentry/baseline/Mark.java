package io.trailsentry.baseline;

/// What a call counts as, where calls are counted by minute: a series, and a value within it.
///
/// @param series as in `calls`, `denied`
/// @param value what is told apart within the series; empty when nothing is
public record Mark(String series, String value) {
    /// Any call.
    public static final Mark CALL = new Mark("calls", "");
}
