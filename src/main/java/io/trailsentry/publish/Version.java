package io.trailsentry.publish;

/// This program's version, as readers are told.
public final class Version {
    /// The number in the build.
    public static final String NUMBER = "0.1.0";

    private Version() {
    }
}
