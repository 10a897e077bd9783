package io.trailsentry.memory;

/// Stores for tests of other rooms.
public final class Stores {
    private Stores() {
    }

    /// Parts on the heap.
    public static Store heap() {
        return new Heap();
    }
}
