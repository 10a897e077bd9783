package io.trailsentry.detect;

/// Words that say how an attempt ended.
final class Phrases {
    private Phrases() {
    }

    /// What an agent did, told after its outcome.
    ///
    /// @param did in the past tense: `attached a policy`
    /// @param tried in the infinitive: `attach a policy`
    static String told(Outcome outcome, String did, String tried) {
        return switch (outcome) {
            case SUCCEEDED -> did;
            case DENIED -> "was blocked when it tried to " + tried;
            case FAILED -> "failed to " + tried;
        };
    }
}
