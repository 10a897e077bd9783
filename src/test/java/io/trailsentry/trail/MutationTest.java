package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Valid files with bytes changed, put in and taken out at random: whatever was not touched is read.
class MutationTest {
    private static final int ROUNDS = 1_500;
    private static final int RECORDS = 8;
    private static final String STRUCTURE = "{}[]\",:\\\n \0";

    /// A file of bytes as Latin-1 characters, and where each record lies in it.
    ///
    /// @param starts first byte of each record
    /// @param ends byte behind each record, and behind the end of its line where it has one of its own
    private record File(String bytes, List<Integer> starts, List<Integer> ends) {
    }

    /// A changed file.
    ///
    /// @param touched numbers of the records that were changed
    private record Mutant(String bytes, Set<Integer> touched) {
    }

    @Test
    void read_mutatedLines_readsEveryUntouchedRecord() {
        Random random = Seed.random("MutationTest.lines", 1_117);
        for (int round = 0; round < ROUNDS; round++) {
            List<String> records = records(random, true);
            String end = random.nextBoolean() ? "\n" : "\r\n";
            readsTheUntouched(random, file("", records.stream().map(r -> r + end).toList(), "", "", end.length()));
        }
    }

    @Test
    void read_mutatedLogFileOnOneLine_readsEveryUntouchedRecord() {
        Random random = Seed.random("MutationTest.logFile", 1_118);
        for (int round = 0; round < ROUNDS; round++) {
            readsTheUntouched(random, file("{\"Records\":[", records(random, false), ",", "]}\n", 0));
        }
    }

    @Test
    void read_mutatedPrettyLogFile_readsEveryUntouchedRecord() {
        Random random = Seed.random("MutationTest.pretty", 1_119);
        for (int round = 0; round < ROUNDS / 4; round++) {
            List<String> pretty = records(random, false).stream()
                    .map(r -> Sample.object(r).toPrettyString().indent(4).strip())
                    .toList();
            readsTheUntouched(random, file("{\n  \"Records\" : [ ", pretty, ", ", " ]\n}\n", 0));
        }
    }

    /// @param lookalikes whether parameters may look like the beginning of a record
    private static List<String> records(Random random, boolean lookalikes) {
        return IntStream.range(0, RECORDS).mapToObj(i -> {
            ObjectNode record = Sample.node("id-" + i);
            if (lookalikes && random.nextInt(4) == 0) {
                record.withObject("/requestParameters").put("version", "1.31").putObject("tags").put("eventVersion", 1);
            }
            return record.toString();
        }).toList();
    }

    /// @param lineEnd bytes of each record's text that are its line's end
    private static File file(String before, List<String> records, String between, String after, int lineEnd) {
        StringBuilder bytes = new StringBuilder(before);
        List<Integer> starts = new ArrayList<>();
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            bytes.append(i == 0 ? "" : between);
            starts.add(bytes.length() - (i == 0 ? 0 : lineEnd));
            bytes.append(records.get(i));
            ends.add(bytes.length());
        }
        return new File(bytes.append(after).toString(), starts, ends);
    }

    private static void readsTheUntouched(Random random, File file) {
        Mutant mutant = mutate(random, file);
        Trail trail = Trail
                .read(Trail.trickle(mutant.bytes().getBytes(ISO_8859_1), 1 << random.nextInt(14), random));
        List<String> untouched = IntStream.range(0, RECORDS).filter(i -> !mutant.touched().contains(i))
                .mapToObj(i -> "id-" + i).toList();
        List<String> ids = trail.ids();
        assertThat(ids).as(mutant.bytes()).containsAll(untouched);
        assertThat(ids.stream().filter(untouched::contains)).as(mutant.bytes()).doesNotHaveDuplicates();
        if (ids.size() < RECORDS) {
            assertThat(trail.entries()).as(mutant.bytes()).hasSizeGreaterThan(ids.size());
        }
    }

    /// Changes one to three bytes of records.
    private static Mutant mutate(Random random, File file) {
        List<Integer> places = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int victim = random.nextInt(RECORDS);
            int start = file.starts().get(victim);
            places.add(start + random.nextInt(file.ends().get(victim) - start));
        }
        places.sort(Comparator.reverseOrder());
        StringBuilder bytes = new StringBuilder(file.bytes());
        Set<Integer> touched = new TreeSet<>();
        for (int place : places) {
            for (int i = 0; i < RECORDS; i++) {
                if (place >= file.starts().get(i) && place < file.ends().get(i)) {
                    touched.add(i);
                }
            }
            change(random, bytes, place);
        }
        return new Mutant(bytes.toString(), touched);
    }

    private static void change(Random random, StringBuilder bytes, int place) {
        char other = random.nextBoolean()
                ? STRUCTURE.charAt(random.nextInt(STRUCTURE.length()))
                : (char) random.nextInt(256);
        switch (random.nextInt(3)) {
            case 0 -> bytes.insert(place, other);
            case 1 -> bytes.setCharAt(place, other);
            default -> bytes.deleteCharAt(place);
        }
    }
}
