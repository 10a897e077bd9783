package io.trailsentry.engine;

import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.finding.Observation;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/// Puts observations into the order of their events, by time and id, undated ones first; in bounded memory: beyond a
/// number of them, sorted runs go to temporary files and are merged (external merge sort).
///
/// Not thread-safe. Closing it removes the files.
final class EventOrder implements AutoCloseable {
    /// Observations held in memory, less than two hundred bytes each; a signal counts as several.
    static final int RUN = 600_000;
    private static final int SIGNAL = 8;

    private static final Comparator<Observation> ORDER = Comparator
            .comparing((Observation o) -> o.at() == null ? new Sighting(Long.MIN_VALUE, o.eventId()) : o.at())
            .thenComparing(Observation::toString);

    private final int run;
    private final JsonMapper json = JsonMapper.builder()
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS).build();
    private final List<Observation> held = new ArrayList<>();
    private long weight;
    private final List<Path> spilled = new ArrayList<>();
    private final List<InputStream> open = new ArrayList<>();

    /// @param run observations held in memory before they are written to a file, at least 1
    EventOrder(int run) {
        this.run = run;
    }

    /// Adds an observation.
    ///
    /// @throws IOException when a temporary file cannot be written
    void add(Observation observation) throws IOException {
        held.add(observation);
        weight += 1 + SIGNAL * observation.signals().size();
        if (weight >= run) {
            spill();
        }
    }

    private void spill() throws IOException {
        held.sort(ORDER);
        Path file = Files.createTempFile("trailsentry-", ".run");
        spilled.add(file);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
                SequenceWriter writer = json.writerFor(Observation.class).writeValues(out)) {
            for (Observation observation : held) {
                writer.write(observation);
            }
        }
        held.clear();
        weight = 0;
    }

    /// Everything that was added, in order. To be called once.
    ///
    /// @throws IOException when a temporary file cannot be read
    Iterator<Observation> inOrder() throws IOException {
        held.sort(ORDER);
        if (spilled.isEmpty()) {
            return held.iterator();
        }
        PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(Head::first, ORDER));
        ObjectReader reader = json.readerFor(Observation.class);
        for (Path file : spilled) {
            InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
            open.add(in);
            MappingIterator<Observation> values = reader.readValues(in);
            heads.add(new Head(values.next(), values));
        }
        if (!held.isEmpty()) {
            Iterator<Observation> values = held.iterator();
            heads.add(new Head(values.next(), values));
        }
        return new Merged(heads);
    }

    /// What is left of one run.
    private record Head(Observation first, Iterator<Observation> rest) {
    }

    private record Merged(PriorityQueue<Head> heads) implements Iterator<Observation> {
        @Override
        public boolean hasNext() {
            return !heads.isEmpty();
        }

        @Override
        public Observation next() {
            Head head = heads.poll();
            if (head == null) {
                throw new NoSuchElementException();
            }
            if (head.rest().hasNext()) {
                heads.add(new Head(head.rest().next(), head.rest()));
            }
            return head.first();
        }
    }

    @Override
    public void close() throws IOException {
        for (InputStream in : open) {
            in.close();
        }
        for (Path file : spilled) {
            Files.deleteIfExists(file);
        }
    }
}
