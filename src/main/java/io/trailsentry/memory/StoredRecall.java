package io.trailsentry.memory;

import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.CallCounts;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Story;
import io.trailsentry.memory.Store.Contents;
import io.trailsentry.memory.Store.Found;
import io.trailsentry.memory.Store.Part;
import io.trailsentry.memory.Store.Stored;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What was recalled from a store for one batch.
///
/// A principal's recent part is written last and on condition that nobody wrote it since it was read. So all that is
/// committed for one principal stands in one order, and whoever commits has judged from all that came before. Every other
/// part merges: it is written before, and once too often does no harm. The recent part tells the others' versions, so that
/// one that was read too early is read again.
final class StoredRecall implements Memory.Recall {
    private static final int MOST_ATTEMPTS = 20;
    /// Quarter hours before a batch that are asked for before it is known whether they are there.
    private static final int MOST_GUESSES = 4;
    /// Settled quarter hours that later ones may still be judged with.
    private static final int SETTLED_KEPT = 8;

    private final Store store;
    private final Map<String, Lender> lenders;
    private final Map<Principal, Known> known = new HashMap<>();

    StoredRecall(Store store, Map<Principal, Memory.Span> spans, Set<String> accessKeyIds)
            throws Memory.MemoryException {
        this.store = store;
        this.lenders = reach(spans, accessKeyIds);
    }

    /// What is known of one principal.
    private static final class Known {
        private final Principal principal;
        private final History history = new History();
        private final NavigableMap<Long, Stored> quarters = new TreeMap<>();
        private Stored recent = Stored.ABSENT;
        private Stored lasting = Stored.ABSENT;
        private long from = Long.MAX_VALUE;

        Known(Principal principal) {
            this.principal = principal;
        }

        /// The parts of which an older version was read than there must be, or none.
        List<Part> missing() {
            List<Part> missing = new ArrayList<>();
            if (lasting.version() < recent.contents().lasting()) {
                missing.add(Part.lasting(principal));
            }
            recent.contents().quarters().tailMap(from, true).forEach((quarter, version) -> {
                if (quarters.getOrDefault(quarter, Stored.ABSENT).version() < version) {
                    missing.add(new Part(principal, quarter));
                }
            });
            return missing;
        }

        void take(Part part, Stored stored) {
            if (part.isLasting()) {
                lasting = stored;
            } else if (part.isRecent()) {
                recent = stored;
            } else {
                quarters.put(part.quarter(), stored);
            }
            history.merge(stored.history());
        }
    }

    @Override
    public Map<String, Lender> lenders() {
        return lenders;
    }

    @Override
    public void reach(Map<Principal, Memory.Span> spans) throws Memory.MemoryException {
        reach(spans, Set.of());
    }

    private Map<String, Lender> reach(Map<Principal, Memory.Span> spans, Set<String> accessKeyIds)
            throws Memory.MemoryException {
        Set<Part> first = new HashSet<>();
        spans.forEach((principal, span) -> {
            Known of = known.get(principal);
            if (of == null) {
                of = new Known(principal);
                known.put(principal, of);
                first.add(Part.recent(principal));
                first.add(Part.lasting(principal));
                for (long quarter = span.from(); quarter < span.to()
                        && quarter < span.from() + MOST_GUESSES; quarter++) {
                    first.add(new Part(principal, quarter));
                }
            }
            of.from = Math.min(of.from, span.from());
        });
        Map<String, Lender> found = read(first, accessKeyIds);
        read(spans.keySet().stream().flatMap(principal -> of(principal).missing().stream()).toList(), Set.of());
        return found;
    }

    private Map<String, Lender> read(Collection<Part> parts, Set<String> accessKeyIds)
            throws Memory.MemoryException {
        if (parts.isEmpty() && accessKeyIds.isEmpty()) {
            return Map.of();
        }
        Found found = store.read(parts, accessKeyIds);
        found.parts().forEach((part, stored) -> of(part.principal()).take(part, stored));
        return found.lenders();
    }

    private Known of(Principal principal) {
        return known.computeIfAbsent(principal, Known::new);
    }

    @Override
    public History history(Principal principal) {
        return of(principal).history;
    }

    @Override
    public long from(Principal principal) {
        return of(principal).from;
    }

    @Override
    public Set<Principal> commit(Map<Principal, History> gained, Map<String, Lender> opened)
            throws Memory.MemoryException {
        if (!opened.isEmpty()) {
            store.write(opened);
        }
        Set<Principal> overtaken = new HashSet<>();
        for (Map.Entry<Principal, History> gain : gained.entrySet()) {
            if (!commit(of(gain.getKey()), gain.getValue())) {
                overtaken.add(gain.getKey());
            }
        }
        if (!overtaken.isEmpty()) {
            store.pause(0);
        }
        return overtaken;
    }

    /// @return false if somebody else was quicker
    private boolean commit(Known of, History gain) throws Memory.MemoryException {
        History before = of.recent.history();
        History recent = new History();
        recent.atLeast(before.newest());
        recent.atLeast(gain.newest());
        long newest = Story.Key.quarterOf(recent.newest());
        long settled = recent.settledBefore();
        NavigableMap<Long, Long> versions = new TreeMap<>(of.recent.contents().quarters());
        Set<Long> quarters = new TreeSet<>(gain.quarters());
        quarters.addAll(before.quarters());
        CallCounts counts = recent.profile().calls();
        counts.merge(before.profile().calls());
        for (long quarter : quarters) {
            History part = new History();
            part.merge(before.of(quarter));
            part.merge(gain.of(quarter));
            if (quarter == newest) {
                part.bound(of.history.profile());
                recent.merge(part);
            } else {
                versions.put(quarter,
                        merge(new Part(of.principal, quarter), part, of,
                                of.quarters.getOrDefault(quarter, Stored.ABSENT), counts, settled));
            }
        }
        recent.profile();
        versions.headMap(Story.Key.quarterOf(Math.max(settled, 0)) - SETTLED_KEPT).clear();
        long lasting = of.recent.contents().lasting();
        boolean old = counts.first() < Story.Key.quarterOf(settled);
        if (old || of.lasting.history().learnsFrom(gain)) {
            History part = gain.lasting();
            History news = new History();
            news.merge(part);
            news.profile().calls().merge(counts);
            lasting = merge(Part.lasting(of.principal), news, of, of.lasting, new CallCounts(), settled);
            counts.forgetBeforeQuarter(newest);
        }
        return store.write(Part.recent(of.principal), recent, new Contents(lasting, versions), of.recent) >= 0;
    }

    /// Merges into a part, whoever else writes it.
    ///
    /// @param counts takes how many calls there are in it then
    /// @param settled second before which everything is settled
    /// @return the part's version
    private long merge(Part part, History gain, Known of, Stored read, CallCounts counts, long settled)
            throws Memory.MemoryException {
        Stored old = read;
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            History merged = new History();
            merged.merge(old.history());
            merged.merge(gain);
            merged.bound(of.history.profile());
            if (part.isLasting()) {
                merged.forgetLasting(settled);
            }
            counts.merge(merged.profile().calls());
            long version = store.write(part, merged, Contents.NONE, old);
            if (version >= 0) {
                return version;
            }
            store.pause(attempt);
            old = store.read(Set.of(part), Set.of()).parts().getOrDefault(part, Stored.ABSENT);
        }
        throw new Memory.MemoryException("too many functions write of " + part.principal().arn(), null);
    }
}
