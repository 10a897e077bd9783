package io.trailsentry.finding;

/// That people were told of a deed.
///
/// @param fingerprint of the finding by which they were told
/// @param topic name of the topic by which they were told
/// @param severity that they were told
public record Telling(String fingerprint, String topic, Severity severity) {
}
