package io.trailsentry.baseline;

import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/// How many distinct ids there were, from their smallest hashes.
///
/// Exact below the number of hashes that are kept; from there on, an estimate, never below it, with a standard error of
/// 1/√(k − 2) for k hashes: 6 % for 256, 27 % for 16 (Bar-Yossef et al., "Counting distinct elements in a
/// data stream", 2002). Adding an id twice changes nothing and order does not matter. Not thread-safe.
public final class DistinctCount {
    /// Hashes kept where nothing else is said.
    public static final int KEPT = 256;

    /// Bits of a hash: so many that of 256 no two are the same by chance, one in thirty million.
    static final int BITS = 40;

    private long[] hashes = new long[2];
    private int size;
    private int kept;

    /// Counts with a standard error of 6 %.
    public DistinctCount() {
        this(KEPT);
    }

    /// Counts.
    ///
    /// @param kept hashes kept, at least 3
    public DistinctCount(int kept) {
        this.kept = kept;
    }

    /// Counts an id.
    public void add(String id) {
        add(hash(id));
    }

    /// Counts what another one counted.
    public void merge(DistinctCount other) {
        if (other.size == other.kept && other.kept < kept) {
            // What the other one no longer knows must not be missed here.
            kept = other.kept;
            size = Math.min(size, kept);
        }
        for (int i = 0; i < other.size; i++) {
            add(other.hashes[i]);
        }
    }

    /// Whether an id was counted, as far as that is known: no for one beyond the hashes that are kept.
    boolean contains(String id) {
        return Arrays.binarySearch(hashes, 0, size, hash(id)) >= 0;
    }

    private void add(long hash) {
        int at = Arrays.binarySearch(hashes, 0, size, hash);
        int place = -at - 1;
        if (at >= 0 || place >= kept) {
            return;
        }
        if (size == hashes.length && size < kept) {
            hashes = Arrays.copyOf(hashes, size * 2);
        }
        System.arraycopy(hashes, place, hashes, place + 1, Math.min(size, kept - 1) - place);
        hashes[place] = hash;
        size = Math.min(kept, size + 1);
    }

    /// The number of distinct ids.
    public int count() {
        if (size < kept) {
            return size;
        }
        // The k-th smallest of n hashes lies about k/n of the way through their range.
        double share = hashes[kept - 1] / (double) (1L << BITS);
        return (int) Math.min(Integer.MAX_VALUE, Math.max(kept, Math.round((kept - 1) / share)));
    }

    /// Writes the hashes, but for those of two ids that are known otherwise.
    void write(ByteWriter out, String first, String last) {
        long one = hash(first);
        long other = hash(last);
        int known = 0;
        for (int i = 0; i < size; i++) {
            known += hashes[i] == one || hashes[i] == other ? 1 : 0;
        }
        out.number(size - known);
        for (int i = 0; i < size; i++) {
            if (hashes[i] != one && hashes[i] != other) {
                out.fixed(hashes[i], BITS / 8);
            }
        }
    }

    /// Reads hashes that were written.
    void read(ByteReader in) {
        int count = in.count();
        for (int i = 0; i < count; i++) {
            add(in.fixed(BITS / 8));
        }
    }

    /// The hashes that are not those of ids that are known otherwise, as a text; empty when there is none.
    ///
    /// @param known the ids
    public String beyond(Collection<String> known) {
        Set<Long> left = new TreeSet<>();
        for (int i = 0; i < size; i++) {
            left.add(hashes[i]);
        }
        known.forEach(id -> left.remove(hash(id)));
        ByteWriter out = new ByteWriter();
        left.forEach(hash -> out.fixed(hash, BITS / 8));
        return Base64.getEncoder().encodeToString(out.bytes());
    }

    /// Counts ids by their hashes.
    ///
    /// @param beyond as [#beyond] gives them
    /// @throws IllegalArgumentException when it is something else
    public void addBeyond(String beyond) {
        byte[] bytes = Base64.getDecoder().decode(beyond);
        ByteReader in = new ByteReader(bytes);
        for (int i = 0; i < bytes.length; i += BITS / 8) {
            add(in.fixed(BITS / 8));
        }
    }

    /// A copy that shares nothing.
    public DistinctCount copy() {
        DistinctCount copy = new DistinctCount(kept);
        copy.hashes = hashes.clone();
        copy.size = size;
        return copy;
    }

    /// A well-mixed hash of an id (FNV-1a with the finaliser of MurmurHash3). Ids come from AWS, so it need not
    /// stand up to an attacker.
    static long hash(String id) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < id.length(); i++) {
            h = (h ^ id.charAt(i)) * 0x100000001b3L;
        }
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return (h ^ (h >>> 33)) >>> (Long.SIZE - BITS);
    }
}
