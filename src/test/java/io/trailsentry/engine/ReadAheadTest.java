package io.trailsentry.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadAheadTest {
    private static final int RECORDS = 2_000;

    @Test
    void read_severalFiles_givesAllInTheirOrder(@TempDir Path folder) throws IOException {
        List<String> files = files(folder);
        List<String> heard = new ArrayList<>();
        TrailFiles reader = new TrailFiles();
        Roster roster = Configuration.EMPTY.rosterOf(List.of(Roster.DEFAULT_ROLE));
        ReadAhead.read(reader, files, i -> heard.add(files.get(i)), roster::recognise, (entry, position, call) -> {
            assertThat(call).isNotNull();
            assertThat(entry).isInstanceOfSatisfying(Recorded.class,
                    recorded -> assertThat(call).isEqualTo(roster.recognise(recorded.event())));
            heard.add(position + "" + entry);
        });
        List<String> expected = new ArrayList<>();
        for (String file : files) {
            expected.add(file);
            reader.read(file, (entry, position) -> expected.add(position + "" + entry));
        }
        assertThat(heard).hasSize(files.size() + 2 * RECORDS).isEqualTo(expected);
    }

    @Test
    void read_listenerFails_stops(@TempDir Path folder) throws IOException {
        List<String> files = files(folder);
        assertThatThrownBy(() -> ReadAhead.read(new TrailFiles(), files, i -> {
        }, event -> null, (entry, position, call) -> {
            throw new IllegalArgumentException("enough");
        })).isInstanceOf(IllegalArgumentException.class).hasMessage("enough");
    }

    /// Two files with records, and an empty one between them.
    private static List<String> files(Path folder) throws IOException {
        for (String name : List.of("a", "c")) {
            Files.writeString(folder.resolve(name + ".jsonl"), IntStream.range(0, RECORDS)
                    .mapToObj(i -> EventBuilder.agent().at("2026-11-17T09:00:00Z", name + i).json())
                    .collect(Collectors.joining("\n")));
        }
        Files.writeString(folder.resolve("b.jsonl"), "");
        return new TrailFiles().files(List.of(folder.toString()));
    }
}
