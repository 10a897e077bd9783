package io.trailsentry.lab;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// Writes a simulation into a folder as a trail delivers it: log files below `AWSLogs`, by account, Region and five minutes
/// of delivery; beside them `labels.jsonl` and `trailsentry.yaml`. Records come late, out of order, and some of them twice.
/// Memory holds the records of the last minutes. Immutable and thread-safe.
///
/// Source of names and form: CloudTrail user guide, "CloudTrail log file name format" and "log file examples".
public final class TrailWriter {
    /// The share of records that came twice in one real log.
    public static final double DUPLICATES = 0.27;
    private static final DateTimeFormatter FOLDER = DateTimeFormatter.ofPattern("yyyy/MM/dd", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmm'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final int FILE_SECONDS = 300;
    private static final int LEAST_DELAY = 60;
    private static final int MOST_DELAY = 600;
    private static final double LATE = 0.001;
    private static final int MOST_LATE = 6 * 3_600;
    private static final int UNIQUE = 16;
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private final JsonFactory json = new JsonFactory();
    private final double duplicates;

    /// A writer.
    ///
    /// @param duplicates share of the records that are delivered twice, 0 to 1
    /// @throws IllegalArgumentException for another share
    public TrailWriter(double duplicates) {
        if (!(duplicates >= 0 && duplicates <= 1)) {
            throw new IllegalArgumentException("the share of duplicates is 0 to 1");
        }
        this.duplicates = duplicates;
    }

    /// What was written.
    ///
    /// @param records how many, each once
    /// @param duplicates how many came a second time
    /// @param files number of log files
    public record Written(long records, long duplicates, long files) {
    }

    private record Delivery(long second, long order, SimulatedRecord item) {
    }

    /// Writes a simulation.
    ///
    /// @param folder a folder that is empty, or not there yet
    /// @throws DirectoryNotEmptyException when it holds anything
    /// @throws IOException when it cannot be written
    public Written write(Simulation simulation, Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> there = Files.list(folder)) {
            if (there.findAny().isPresent()) {
                throw new DirectoryNotEmptyException(folder.toString());
            }
        }
        Files.writeString(folder.resolve("trailsentry.yaml"), simulation.configuration());
        labels(simulation.labels(), folder.resolve(Form.LABELS));
        PriorityQueue<Delivery> waiting = new PriorityQueue<>(
                Comparator.comparingLong(Delivery::second).thenComparingLong(Delivery::order));
        long records = 0;
        long twice = 0;
        try (LogFiles files = new LogFiles(simulation.seed(), folder)) {
            for (Iterator<SimulatedRecord> all = simulation.records(); all.hasNext();) {
                SimulatedRecord item = all.next();
                long second = item.eventTime().getEpochSecond();
                Dice dice = new Dice(Purpose.DELIVERY, simulation.seed(), item.eventId().hashCode(),
                        records++);
                waiting.add(new Delivery(second + delay(dice), dice.bits(), item));
                if (dice.chance(duplicates)) {
                    waiting.add(new Delivery(second + delay(dice), dice.bits(), item));
                    twice++;
                }
                deliver(waiting, second, files);
            }
            deliver(waiting, Long.MAX_VALUE, files);
            files.closeAll();
            return new Written(records, twice, files.count);
        }
    }

    private static int delay(Dice dice) {
        return dice.chance(LATE) ? dice.between(MOST_DELAY, MOST_LATE) : dice.between(LEAST_DELAY, MOST_DELAY);
    }

    private static void deliver(PriorityQueue<Delivery> waiting, long until, LogFiles files) throws IOException {
        for (Delivery first = waiting.peek(); first != null && first.second() <= until; first = waiting.peek()) {
            files.write(Objects.requireNonNull(waiting.poll()));
        }
    }

    private void labels(List<AttackLabel> labels, Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (AttackLabel label : labels) {
                try (JsonGenerator line = json.createGenerator(out)) {
                    line.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
                    line.writeStartObject();
                    line.writeStringField("kind", label.kind());
                    line.writeStringField("agent", label.name());
                    line.writeStringField("principal", label.principal());
                    line.writeStringField("firstSeen", label.firstSeen().toString());
                    line.writeStringField("lastSeen", label.lastSeen().toString());
                    strings(line, "detectors", label.detectors());
                    strings(line, "eventIDs", label.eventIds());
                    line.writeEndObject();
                }
                out.write('\n');
            }
        }
    }

    private static void strings(JsonGenerator line, String field, List<String> values) throws IOException {
        line.writeArrayFieldStart(field);
        for (String value : values) {
            line.writeString(value);
        }
        line.writeEndArray();
    }

    /// The files of the five minutes at hand. Confined to one writing.
    private static final class LogFiles implements AutoCloseable {
        private final long seed;
        private final Path folder;
        private final TreeMap<String, OutputStream> open = new TreeMap<>();
        private long slot = Long.MIN_VALUE;
        private long count;

        LogFiles(long seed, Path folder) {
            this.seed = seed;
            this.folder = folder;
        }

        void write(Delivery delivery) throws IOException {
            long due = Math.floorDiv(delivery.second(), (long) FILE_SECONDS);
            if (due != slot) {
                closeAll();
                slot = due;
            }
            String place = delivery.item().account() + "/CloudTrail/" + delivery.item().region();
            OutputStream out = open.get(place);
            if (out == null) {
                out = create(delivery.item());
                open.put(place, out);
            } else {
                out.write(',');
            }
            out.write(delivery.item().json());
        }

        private OutputStream create(SimulatedRecord first) throws IOException {
            Instant time = Instant.ofEpochSecond(slot * FILE_SECONDS);
            Dice dice = new Dice(Purpose.FILE, seed, slot, first.account().hashCode(),
                    first.region().hashCode());
            StringBuilder unique = new StringBuilder(UNIQUE);
            for (int i = 0; i < UNIQUE; i++) {
                unique.append(LETTERS.charAt(dice.between(0, LETTERS.length() - 1)));
            }
            Path day = folder.resolve("AWSLogs").resolve(first.account()).resolve("CloudTrail")
                    .resolve(first.region()).resolve(FOLDER.format(time));
            Files.createDirectories(day);
            OutputStream out = new BufferedOutputStream(new GZIPOutputStream(
                    Files.newOutputStream(day.resolve(first.account() + "_CloudTrail_" + first.region() + '_'
                            + MINUTE.format(time) + '_' + unique + ".json.gz"))),
                    1 << 14);
            out.write("{\"Records\":[".getBytes(StandardCharsets.UTF_8));
            count++;
            return out;
        }

        void closeAll() throws IOException {
            List<OutputStream> done = new ArrayList<>(open.values());
            open.clear();
            for (OutputStream out : done) {
                try (out) {
                    out.write("]}".getBytes(StandardCharsets.UTF_8));
                }
            }
        }

        @Override
        public void close() throws IOException {
            closeAll();
        }
    }
}
