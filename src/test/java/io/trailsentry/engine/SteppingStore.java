package io.trailsentry.engine;

import io.trailsentry.agent.Lender;
import io.trailsentry.finding.History;
import io.trailsentry.memory.Memory.Due;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A store before and after each effect of which something else may happen. Parts that are read together are read one by
/// one, as DynamoDB does.
record SteppingStore(Store store, Schedule.Steps steps) implements Store {
    @Override
    public Found read(Collection<Part> parts, Set<String> accessKeyIds) throws MemoryException {
        Map<Part, Stored> found = new HashMap<>();
        List<Part> order = new ArrayList<>(parts);
        order.sort(Comparator.comparing(Part::toString));
        steps.shuffle(order);
        for (Part part : order) {
            steps.step();
            found.putAll(store.read(Set.of(part), Set.of()).parts());
        }
        steps.step();
        return new Found(found, accessKeyIds.isEmpty()
                ? Map.of()
                : store.read(Set.of(), accessKeyIds).lenders());
    }

    @Override
    public long write(Part part, History history, Contents contents, Stored read) throws MemoryException {
        steps.step();
        long version = store.write(part, history, contents, read);
        if (version < 0 && part.isRecent()) {
            steps.overtaken();
        }
        steps.step();
        return version;
    }

    @Override
    public void write(Map<String, Lender> opened) throws MemoryException {
        steps.step();
        store.write(opened);
        steps.step();
    }

    @Override
    public Entry entry(String findingId) throws MemoryException {
        steps.step();
        return store.entry(findingId);
    }

    @Override
    public boolean write(String findingId, Entry entry) throws MemoryException {
        steps.step();
        boolean written = store.write(findingId, entry);
        if (written && entry.owner() == null) {
            steps.settled(findingId);
        }
        steps.step();
        return written;
    }

    @Override
    public List<Due> due(Instant now) throws MemoryException {
        steps.step();
        return store.due(now);
    }

    @Override
    public Alerts alerts() throws MemoryException {
        steps.step();
        return store.alerts();
    }

    @Override
    public boolean write(Alerts alerts) throws MemoryException {
        steps.step();
        boolean written = store.write(alerts);
        steps.step();
        return written;
    }

    @Override
    public Note note(String name) throws MemoryException {
        steps.step();
        return store.note(name);
    }

    @Override
    public boolean write(String name, Note note) throws MemoryException {
        steps.step();
        boolean written = store.write(name, note);
        steps.step();
        return written;
    }

    @Override
    public void pause(int attempt) {
        steps.step();
    }
}
