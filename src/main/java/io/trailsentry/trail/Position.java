package io.trailsentry.trail;

/// Where in the input something stands.
///
/// @param file path as it was given or found, `-` for standard input
/// @param record ordinal of the value in the file, from 1
/// @param offset its first byte in the file as unpacked
public record Position(String file, long record, long offset) {
    /// As people read it: `trail.json.gz, record 12, byte 8123`.
    @Override
    public String toString() {
        return file + ", record " + record + ", byte " + offset;
    }
}
