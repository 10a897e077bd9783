package io.trailsentry.memory;

/// Memory that lasts as long as the process.
public final class InMemory extends StoredMemory {
    /// Memory of nothing.
    public InMemory() {
        super(new Heap());
    }
}
