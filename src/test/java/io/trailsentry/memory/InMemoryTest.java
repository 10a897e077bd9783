package io.trailsentry.memory;

class InMemoryTest extends MemoryContract {
    private final Memory memory = new InMemory();

    @Override
    protected Memory memory() {
        return memory;
    }
}
