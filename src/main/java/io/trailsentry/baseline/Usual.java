package io.trailsentry.baseline;

/// How many calls are usual: up to a level many, and beyond it ever fewer. Immutable and thread-safe.
///
/// @param days days on which the principal was seen
/// @param level calls up to which nothing is unusual
/// @param share decimal logarithm of the probability of more than that
/// @param excess how many more there then are
public record Usual(int days, int level, double share, Rate excess) {
    /// The decimal logarithm of the probability of so many calls or more; at most 0.
    public double tail(long calls) {
        return calls <= level ? 0 : Math.min(0, share + excess.tail(calls - level));
    }

    /// The least number of calls for which [#tail] is at most a value.
    ///
    /// @param log10 below 0
    public int least(double log10) {
        return share <= log10 ? level + 1 : level + excess.least(log10 - share);
    }
}
