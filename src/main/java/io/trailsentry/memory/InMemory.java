package io.trailsentry.memory;

import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Memory that lasts as long as the process.
public final class InMemory implements Memory {
    /// Longer than a queue keeps a message, so that what comes back after an outage is known.
    private static final Duration KEPT = Duration.ofDays(15);

    private record Entry(Ledger ledger, @Nullable String owner, Instant until) {
        private static final Entry NEW = new Entry(Ledger.EMPTY, null, Instant.MIN);
    }

    private final Map<Principal, History> histories = new HashMap<>();
    private final Map<String, Entry> findings = new HashMap<>();

    @Override
    public synchronized Map<Principal, History> load(Set<Principal> principals) {
        Map<Principal, History> loaded = new HashMap<>();
        for (Principal principal : principals) {
            History known = histories.get(principal);
            loaded.put(principal, known == null ? new History() : known.copy());
        }
        return loaded;
    }

    @Override
    public synchronized Map<String, Lender> lenders(Set<String> accessKeyIds) {
        Map<String, Lender> lenders = new HashMap<>();
        for (String key : accessKeyIds) {
            histories.forEach((principal, history) -> {
                String session = history.opener(key);
                if (session != null) {
                    lenders.put(key, new Lender(principal, session));
                }
            });
        }
        return lenders;
    }

    @Override
    public synchronized void commit(Map<Principal, History> gained) {
        gained.forEach((principal, gain) -> {
            History history = histories.computeIfAbsent(principal, key -> new History());
            history.merge(gain);
            history.forgetBefore(history.settledBefore());
        });
    }

    @Override
    public synchronized Set<Principal> open() {
        return histories.entrySet().stream().filter(entry -> entry.getValue().told().values().stream()
                .anyMatch(ledger -> ledger.byTopic().values().stream().anyMatch(told -> !told.closed())))
                .map(Map.Entry::getKey).collect(Collectors.toSet());
    }

    @Override
    public synchronized Claim claim(String findingId, String owner, Instant now) {
        Entry entry = findings.getOrDefault(findingId, Entry.NEW);
        if (entry.owner() != null && !entry.owner().equals(owner) && entry.until().isAfter(now)) {
            return new Claim.Held(entry.until());
        }
        findings.values().removeIf(old -> old.owner() == null && old.until().plus(KEPT).isBefore(now));
        findings.put(findingId, new Entry(entry.ledger(), owner, now.plus(LEASE)));
        return new Claim.Granted(entry.ledger());
    }

    @Override
    public synchronized void settle(String findingId, String owner, Ledger ledger) {
        Entry entry = findings.getOrDefault(findingId, Entry.NEW);
        boolean ours = owner.equals(entry.owner());
        findings.put(findingId, new Entry(ledger.merge(entry.ledger()), ours ? null : entry.owner(), entry.until()));
    }
}
