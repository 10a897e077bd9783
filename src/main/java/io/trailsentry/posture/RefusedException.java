package io.trailsentry.posture;

/// A request that AWS did not grant, that did not reach it, or whose answer cannot be read.
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    /// With the reason, in AWS's own words where it gave one.
    public RefusedException(String reason) {
        super(reason);
    }

    /// For an answer that came and that TrailSentry cannot read: the fault is its own, and not AWS's.
    static RefusedException unread(RuntimeException cause) {
        RefusedException unread = new RefusedException("TrailSentry could not read the answer: " + cause);
        unread.initCause(cause);
        return unread;
    }

    /// The reason.
    public String reason() {
        return String.valueOf(getMessage());
    }
}
