package io.trailsentry.engine;

import io.trailsentry.agent.Call;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailEntry;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Reads files in one thread and gives out what they hold in the caller's, in their order: while one unpacks, parses and
/// recognises callers, the other looks at what was read before. So far ahead and no further: memory does not grow with the
/// files.
final class ReadAhead {
    /// Entries of a batch at most, and bytes of their text, about.
    private static final int MOST_ENTRIES = 512;
    private static final long MOST_BYTES = 1 << 20;
    /// Batches that wait at most.
    private static final int WAITING = 4;

    private ReadAhead() {
    }

    /// Takes what was read, in the order of the input.
    @FunctionalInterface
    interface Sink {
        /// Takes one entry and its place.
        ///
        /// @param call the call that it is; null when nobody watched made it
        void accept(TrailEntry entry, Position position, @Nullable Call call);
    }

    /// Says whose call an event is; thread-safe.
    @FunctionalInterface
    interface Recogniser {
        /// The call, or null when nobody watched made it.
        @Nullable
        Call recognise(CloudTrailEvent event);
    }

    private record Item(TrailEntry entry, Position position, @Nullable Call call) {
    }

    /// A part of a file.
    ///
    /// @param file its index; behind the last one, the end
    private record Batch(int file, List<Item> items) {
    }

    /// Reads files.
    ///
    /// @param begins hears that a file begins, by its index
    /// @param recogniser says whose calls they are, in the reading thread
    /// @param sink hears what it holds
    static void read(TrailFiles reader, List<String> files, IntConsumer begins, Recogniser recogniser, Sink sink) {
        BlockingQueue<Batch> queue = new ArrayBlockingQueue<>(WAITING);
        ExecutorService executor = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
        try {
            Future<?> reading = executor.submit(() -> {
                try {
                    for (int i = 0; i < files.size(); i++) {
                        read(reader, files.get(i), new Filling(i, queue, recogniser));
                    }
                } finally {
                    queue.put(new Batch(files.size(), List.of()));
                }
                return null;
            });
            int last = -1;
            for (Batch batch = queue.take(); batch.file() < files.size(); batch = queue.take()) {
                if (batch.file() != last) {
                    last = batch.file();
                    begins.accept(last);
                }
                for (Item item : batch.items()) {
                    sink.accept(item.entry(), item.position(), item.call());
                }
            }
            reading.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("reading was interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("reading stopped", e.getCause());
        } finally {
            executor.shutdownNow();
        }
    }

    private static void read(TrailFiles reader, String file, Filling filling) {
        filling.put();
        reader.read(file, filling);
        filling.put();
    }

    /// Puts what one file holds into batches. Confined to the reading thread.
    private static final class Filling implements TrailFiles.Sink {
        private final int file;
        private final BlockingQueue<Batch> queue;
        private final Recogniser recogniser;
        private List<Item> items = new ArrayList<>();
        private long from;

        Filling(int file, BlockingQueue<Batch> queue, Recogniser recogniser) {
            this.file = file;
            this.queue = queue;
            this.recogniser = recogniser;
        }

        @Override
        public void accept(TrailEntry entry, Position position) {
            items.add(new Item(entry, position,
                    entry instanceof Recorded recorded ? recogniser.recognise(recorded.event()) : null));
            if (items.size() >= MOST_ENTRIES || position.offset() - from >= MOST_BYTES) {
                from = position.offset();
                put();
            }
        }

        void put() {
            try {
                queue.put(new Batch(file, items));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("nobody listens any more", e);
            }
            items = new ArrayList<>();
        }
    }
}
