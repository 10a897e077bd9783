package io.trailsentry.memory;

import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.finding.History;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Parts on the heap. What was written is never changed, so it is handed out as it is.
final class Heap implements Store {
    /// Longer than a queue keeps a message, so that what comes back after an outage is known.
    private static final Duration KEPT = Duration.ofDays(15);
    private static final int FEW = 1_000;
    private static final int MOST_SESSIONS = 10_000;

    private final Map<Principal, Map<Part, Stored>> parts = new HashMap<>();
    private final Map<String, Lender> lenders = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new HashMap<>();
    private final Map<String, Note> notes = new HashMap<>();
    private Alerts alerts = Alerts.NONE;
    private int tidyAt = FEW;

    @Override
    public synchronized Found read(Collection<Part> wanted, Set<String> accessKeyIds) {
        Map<Part, Stored> found = new HashMap<>();
        for (Part part : wanted) {
            Stored stored = parts.getOrDefault(part.principal(), Map.of()).get(part);
            if (stored != null) {
                found.put(part, stored);
            }
        }
        Map<String, Lender> opened = new HashMap<>();
        for (String id : accessKeyIds) {
            Lender lender = lenders.get(id);
            if (lender != null) {
                opened.put(id, lender);
            }
        }
        return new Found(found, opened);
    }

    @Override
    public synchronized long write(Part part, History history, Contents contents, Stored read) {
        Map<Part, Stored> of = parts.computeIfAbsent(part.principal(), key -> new HashMap<>());
        if (of.getOrDefault(part, Stored.ABSENT).version() != read.version()) {
            return -1;
        }
        of.put(part, new Stored(history, contents, read.version() + 1, null));
        if (part.isRecent()) {
            of.keySet().removeIf(other -> !other.isRecent() && !other.isLasting()
                    && other.quarter() < contents.firstQuarter());
        }
        return read.version() + 1;
    }

    @Override
    public synchronized void write(Map<String, Lender> opened) {
        lenders.putAll(opened);
        Iterator<String> oldest = lenders.keySet().iterator();
        for (int over = lenders.size() - MOST_SESSIONS; over > 0; over--) {
            oldest.next();
            oldest.remove();
        }
    }

    @Override
    public synchronized Entry entry(String findingId) {
        return entries.getOrDefault(findingId, Entry.NONE);
    }

    @Override
    public synchronized boolean write(String findingId, Entry entry) {
        if (entry(findingId).version() != entry.version()) {
            return false;
        }
        entries.put(findingId, new Entry(entry.version() + 1, entry.principal(), entry.ledger(), entry.owner(),
                entry.until(), entry.closes()));
        if (entries.size() > tidyAt) {
            entries.values().removeIf(old -> old.owner() == null && old.closes() == null
                    && old.until().plus(KEPT).isBefore(entry.until()));
            tidyAt = Math.max(FEW, 2 * entries.size());
        }
        return true;
    }

    @Override
    public synchronized List<Memory.Due> due(Instant now) {
        List<Map.Entry<String, Entry>> due = new ArrayList<>(entries.entrySet());
        due.removeIf(entry -> entry.getValue().closes() == null || entry.getValue().closes().isAfter(now));
        due.sort(Comparator.comparing(entry -> Objects.requireNonNull(entry.getValue().closes())));
        List<Memory.Due> all = new ArrayList<>();
        due.forEach(entry -> entry.getValue().due(entry.getKey()).ifPresent(all::add));
        return all;
    }

    @Override
    public synchronized Alerts alerts() {
        return alerts;
    }

    @Override
    public synchronized boolean write(Alerts changed) {
        if (alerts.version() != changed.version()) {
            return false;
        }
        alerts = new Alerts(changed.version() + 1, changed.window());
        return true;
    }

    @Override
    public synchronized Note note(String name) {
        return notes.getOrDefault(name, Note.NONE);
    }

    @Override
    public synchronized boolean write(String name, Note note) {
        if (note(name).version() != note.version()) {
            return false;
        }
        notes.put(name, new Note(note.version() + 1, note.text()));
        return true;
    }

    @Override
    public void pause(int attempt) {
        Thread.onSpinWait();
    }
}
