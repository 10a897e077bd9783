package io.trailsentry.memory;

import io.trailsentry.agent.Principal;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.Ledger;
import io.trailsentry.memory.Store.Alerts;
import io.trailsentry.memory.Store.Entry;
import io.trailsentry.memory.Store.Note;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Memory in a store: what is read together, what is written in which order, and what is done when somebody else was
/// quicker, the same for every store.
public class StoredMemory implements Memory {
    private static final int MOST_ATTEMPTS = 20;

    private final Store store;

    /// Memory in a store.
    public StoredMemory(Store store) {
        this.store = store;
    }

    @Override
    public Recall recall(Map<Principal, Span> spans, Set<String> accessKeyIds) throws MemoryException {
        return new StoredRecall(store, spans, accessKeyIds);
    }

    @Override
    public List<Due> due(Instant now) throws MemoryException {
        return store.due(now);
    }

    @Override
    public Claim claim(String findingId, String owner, Instant now) throws MemoryException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Entry entry = store.entry(findingId);
            if (entry.owner() != null && !entry.owner().equals(owner) && entry.until().isAfter(now)) {
                return new Claim.Held(entry.until());
            }
            if (store.write(findingId, new Entry(entry.version(), entry.principal(), entry.ledger(), owner,
                    now.plus(LEASE), entry.closes()))) {
                return new Claim.Granted(entry.ledger(), entry.closes());
            }
            store.pause(attempt);
        }
        throw crowded(findingId);
    }

    @Override
    public void settle(String findingId, String owner, Principal principal, Ledger ledger, @Nullable Instant answered,
            @Nullable Instant closes) throws MemoryException {
        change(findingId, entry -> {
            boolean ours = owner.equals(entry.owner());
            return new Entry(entry.version(), principal, ledger.merge(entry.ledger()), ours ? null : entry.owner(),
                    entry.until(), later(entry.closes(), answered, closes));
        });
    }

    @Override
    public void reopen(String findingId, Instant closes) throws MemoryException {
        change(findingId, entry -> entry.principal() == null
                ? entry
                : new Entry(entry.version(), entry.principal(), entry.ledger(), entry.owner(), entry.until(),
                        later(entry.closes(), null, closes)));
    }

    @Override
    public AlertWindow alerts(UnaryOperator<AlertWindow> change) throws MemoryException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Alerts alerts = store.alerts();
            AlertWindow changed = change.apply(alerts.window());
            if (changed.equals(alerts.window()) || store.write(new Alerts(alerts.version(), changed))) {
                return changed;
            }
            store.pause(attempt);
        }
        throw new MemoryException("too many functions alert at once", null);
    }

    @Override
    public String note(String name) throws MemoryException {
        return store.note(name).text();
    }

    @Override
    public String note(String name, UnaryOperator<String> change) throws MemoryException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Note note = store.note(name);
            String changed = change.apply(note.text());
            if (changed.equals(note.text()) || store.write(name, new Note(note.version(), changed))) {
                return changed;
            }
            store.pause(attempt);
        }
        throw new MemoryException("too many functions change what is noted of " + name, null);
    }

    /// When the last word is due, unless that is the time that was answered, or when it is due next, whichever is later.
    private static @Nullable Instant later(@Nullable Instant due, @Nullable Instant answered,
            @Nullable Instant closes) {
        Instant left = due != null && due.equals(answered) ? null : due;
        return left == null ? closes : closes == null || left.isAfter(closes) ? left : closes;
    }

    private void change(String findingId, UnaryOperator<Entry> change) throws MemoryException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Entry entry = store.entry(findingId);
            Entry changed = change.apply(entry);
            if (changed.equals(entry) || store.write(findingId, changed)) {
                return;
            }
            store.pause(attempt);
        }
        throw crowded(findingId);
    }

    private static MemoryException crowded(String findingId) {
        return new MemoryException("too many functions tell of finding " + findingId, null);
    }
}
