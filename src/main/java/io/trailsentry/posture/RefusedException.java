package io.trailsentry.posture;

/// A request that AWS did not grant, or that did not reach it.
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    /// With the reason, in AWS's own words where it gave one.
    public RefusedException(String reason) {
        super(reason);
    }

    /// The reason.
    public String reason() {
        return String.valueOf(getMessage());
    }
}
