package io.trailsentry.baseline;

import java.util.Arrays;

/// How many distinct ids there were, from their smallest hashes.
///
/// Exact below [#KEPT] ids; from there on, an estimate, never below it, with a standard error of 6 %
/// (Bar-Yossef et al., "Counting distinct elements in a data stream", 2002). Adding an id twice changes nothing and
/// order does not matter. Not thread-safe.
public final class DistinctCount {
    /// Hashes kept.
    public static final int KEPT = 256;

    private long[] hashes = new long[2];
    private int size;

    /// Counts an id.
    public void add(String id) {
        add(hash(id));
    }

    /// Counts what another one counted.
    public void merge(DistinctCount other) {
        for (int i = 0; i < other.size; i++) {
            add(other.hashes[i]);
        }
    }

    private void add(long hash) {
        int at = Arrays.binarySearch(hashes, 0, size, hash);
        int place = -at - 1;
        if (at >= 0 || place == KEPT) {
            return;
        }
        if (size == hashes.length && size < KEPT) {
            hashes = Arrays.copyOf(hashes, size * 2);
        }
        System.arraycopy(hashes, place, hashes, place + 1, Math.min(size, KEPT - 1) - place);
        hashes[place] = hash;
        size = Math.min(KEPT, size + 1);
    }

    /// The number of distinct ids.
    public int count() {
        if (size < KEPT) {
            return size;
        }
        // The k-th smallest of n hashes lies about k/n of the way through their range.
        double share = (hashes[KEPT - 1] - (double) Long.MIN_VALUE) / 0x1p64;
        return (int) Math.min(Integer.MAX_VALUE, Math.max(KEPT, Math.round((KEPT - 1) / share)));
    }

    /// A copy that shares nothing.
    public DistinctCount copy() {
        DistinctCount copy = new DistinctCount();
        copy.hashes = hashes.clone();
        copy.size = size;
        return copy;
    }

    /// A well-mixed 64-bit hash of an id (FNV-1a with the finaliser of MurmurHash3). Ids come from AWS, so it need not
    /// stand up to an attacker.
    private static long hash(String id) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < id.length(); i++) {
            h = (h ^ id.charAt(i)) * 0x100000001b3L;
        }
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return h ^ (h >>> 33);
    }
}
