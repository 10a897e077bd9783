package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrailFilesTest {
    private static final List<String> THREE = List.of("id-1", "id-2", "id-3");

    /// Every form that three records come in.
    static Map<String, String> forms() {
        String[] records = THREE.stream().map(Sample::record).toArray(String[]::new);
        String[] envelopes = THREE.stream().map(Sample::envelope).toArray(String[]::new);
        String list = "[" + String.join(",", records) + "]";
        Map<String, String> forms = new LinkedHashMap<>();
        forms.put("records one behind the other", String.join("", records));
        forms.put("records on lines", String.join("\n", records) + "\n");
        forms.put("an array", list);
        forms.put("a log file", "{\"Records\":" + list + "}");
        forms.put("a log file with other keys", "{\"digest\":{\"Records\":\"none\",\"n\":[1,{}]},\"Records\":" + list
                + ",\"nextToken\":\"}\",\"more\":[{\"a\":[]}]}");
        forms.put("two log files", "{\"Records\":[" + records[0] + "]}{\"Records\":[" + records[1] + "," + records[2]
                + "]}");
        forms.put("log files in an array", "[{\"Records\":[" + records[0] + "]},{\"Records\":[" + records[1] + ","
                + records[2] + "]}]");
        forms.put("envelopes one behind the other", String.join(" ", envelopes));
        forms.put("envelopes on lines", String.join("\n", envelopes));
        forms.put("envelopes in an array", "[" + String.join(",", envelopes) + "]");
        forms.put("a batch of envelopes", Sample.batch(envelopes));
        forms.put("batches on lines", Sample.batch(envelopes[0]) + "\n" + Sample.batch(envelopes[1], envelopes[2]));
        forms.put("a batch of log files", Sample.batch("{\"Records\":" + list + "}"));
        forms.put("a batch with an array", Sample.batch("[" + String.join(",", envelopes) + "]"));
        forms.put("a batch with two in one body", Sample.batch(envelopes[0] + envelopes[1], envelopes[2]));
        forms.put("a batch of notifications", Sample.batch(THREE.stream().map(id -> Sample.JSON.createObjectNode()
                .put("Type", "Notification").put("Message", Sample.envelope(id)).toString()).toArray(String[]::new)));
        forms.put("lookup-events", Sample.lookup("id-1", "id-2", "id-3"));
        forms.put("pages of lookup-events", Sample.lookup("id-1") + "\n" + Sample.lookup("id-2", "id-3"));
        forms.put("all kinds on lines", Sample.envelope("id-1") + "\n[" + records[1] + "]\n" + Sample.lookup("id-3"));
        forms.put("pretty printed", Sample.object("{\"Records\":" + list + "}").toPrettyString());
        forms.put("pretty printed, one behind the other", Sample.node("id-1").toPrettyString() + "\n"
                + Sample.node("id-2").toPrettyString() + Sample.node("id-3").toPrettyString());
        return forms;
    }

    static Stream<String> names() {
        return forms().keySet().stream();
    }

    private static String form(String name) {
        return forms().getOrDefault(name, "");
    }

    @ParameterizedTest
    @MethodSource("names")
    void read_eachForm_givesTheRecordsAndNothingElse(String name) {
        String text = form(name);
        CloudTrailEvent expected = Sample.event(Sample.record("id-1"));
        for (String variant : List.of(text, "\uFEFF" + text, text.replace("\n", "\r\n"), "\n\n " + text + "\r\n\r\n")) {
            Trail trail = Trail.read(variant);
            assertThat(trail.ids()).isEqualTo(THREE);
            assertThat(trail.entries()).hasSize(3);
            assertThat(((Recorded) trail.entries().getFirst()).event()).isEqualTo(expected);
            assertThat(((Recorded) trail.entries().getFirst()).remarks()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void read_eachFormPacked_givesTheSame(String name) {
        byte[] bytes = form(name).getBytes(UTF_8);
        Trail plain = Trail.read(bytes);
        assertThat(Trail.read(Trail.gzip(bytes))).isEqualTo(plain);
        byte[] first = java.util.Arrays.copyOf(bytes, bytes.length / 3);
        byte[] rest = java.util.Arrays.copyOfRange(bytes, bytes.length / 3, bytes.length);
        assertThat(Trail.read(Trail.joined(Trail.gzip(first), Trail.gzip(""), Trail.gzip(rest)))).isEqualTo(plain);
    }

    @ParameterizedTest
    @MethodSource("names")
    void read_eachForm_saysWhereEachValueStands(String name) {
        byte[] bytes = form(name).getBytes(UTF_8);
        Trail trail = Trail.read(bytes);
        long record = 0;
        long offset = -1;
        for (Position position : trail.positions()) {
            assertThat(position.file()).isEqualTo("in");
            assertThat(bytes[(int) position.offset()]).isEqualTo((byte) '{');
            assertThat(position.offset()).isGreaterThanOrEqualTo(offset);
            assertThat(position.record()).isEqualTo(position.offset() > offset ? record + 1 : record);
            record = position.record();
            offset = position.offset();
        }
    }

    @Test
    void read_recordsOnLines_areAtTheirFirstByte() {
        String line = Sample.record("id-1");
        assertThat(Trail.read(line + "\n" + line + "\n").positions()).containsExactly(new Position("in", 1, 0),
                new Position("in", 2, line.length() + 1));
        assertThat(new Position("x.json", 2, 17)).hasToString("x.json, record 2, byte 17");
    }

    @Test
    void read_fault_isAtItsByte() {
        String good = Sample.record("id-1");
        String text = good + "\n{\"eventID\":\"ä\",\"eventName\":nil}\n" + good;
        assertThat(Trail.read(text).faults()).singleElement().satisfies(at -> assertThat((long) at)
                .isBetween((long) text.getBytes(UTF_8).length - good.length() - 7, (long) text.getBytes(UTF_8).length
                        - good.length() - 2));
    }

    @Test
    void read_envelope_isKept() {
        Trail trail = Trail.read(Sample.batch(Sample.envelope("id-1")) + Sample.record("id-2"));
        assertThat(trail.entries()).extracting(e -> ((Recorded) e).envelope()).containsExactly(
                new Envelope("aws.ec2", "AWS API Call via CloudTrail", "111122223333", "2026-05-04T09:30:15Z",
                        List.of()),
                null);
    }

    @Test
    void read_valuesThatAreNoRecords_areSkipped() {
        Trail trail = Trail.read("""
                {"a":1} 7 "s" null [true, [], {"Records":[]}, {"eventSource":"a","eventName":"b"}]
                {"source":"aws.events","detail-type":"Scheduled Event","resources":["arn:aws:events:x"],"detail":{}}
                {"CloudTrailEvent":"no json","EventName":"x"}""");
        assertThat(trail.skipped()).extracting(Skipped::reason).containsExactly(
                "no CloudTrail record: lacks eventSource", "a bare number", "a bare string", "a bare null",
                "a bare boolean", "an empty list", "an empty list", "no CloudTrail record: lacks userIdentity",
                "no CloudTrail record: lacks eventSource", "no CloudTrail record: lacks eventSource");
        assertThat(trail.skipped().get(8).envelope()).isEqualTo(
                new Envelope("aws.events", "Scheduled Event", null, null, List.of("arn:aws:events:x")));
        assertThat(trail.entries()).hasSameSizeAs(trail.skipped());
    }

    @Test
    void read_nothing_givesNothing() {
        assertThat(Trail.read("").entries()).isEmpty();
        assertThat(Trail.read(" \r\n\t").entries()).isEmpty();
        assertThat(Trail.read("{\"Records\":[]}").entries()).isEmpty();
        assertThat(Trail.read(Trail.gzip("")).entries()).isEmpty();
    }

    @Test
    void read_missingFile_isSaid(@TempDir Path folder) {
        List<TrailEntry> entries = new ArrayList<>();
        new TrailFiles().read(folder.resolve("none.json").toString(), (entry, position) -> entries.add(entry));
        assertThat(entries).singleElement().isInstanceOf(Unreadable.class);
    }

    @Test
    void files_folders_areWalkedInTheOrderOfNames(@TempDir Path folder) throws IOException {
        Files.createDirectories(folder.resolve("b/deep"));
        Files.createDirectories(folder.resolve("a"));
        for (String name : List.of("b/z.json", "b/deep/y.JSONL.gz", "a/x.jsonl", "c.json.gz", "notes.txt", "a.yaml",
                "b/.json.swp")) {
            Files.writeString(folder.resolve(name), Sample.record(name));
        }
        List<String> expected = Stream.of("a/x.jsonl", "b/deep/y.JSONL.gz", "b/z.json", "c.json.gz")
                .map(name -> folder.resolve(name).toString()).toList();
        assertThat(new TrailFiles().files(List.of(folder.toString()))).isEqualTo(expected);
        assertThat(new TrailFiles().files(List.of("-", folder.resolve("notes.txt").toString()))).containsExactly("-",
                folder.resolve("notes.txt").toString());
    }

    @Test
    void files_linkToAFolderAbove_isNotFollowed(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("a.json"), "{}");
        Files.createSymbolicLink(folder.resolve("loop"), folder);
        Files.createSymbolicLink(folder.resolve("again.json"), folder.resolve("a.json"));
        Files.createSymbolicLink(folder.resolve("gone.json"), folder.resolve("nowhere"));
        assertThat(new TrailFiles().files(List.of(folder.toString())))
                .containsExactly(folder.resolve("a.json").toString(), folder.resolve("again.json").toString());
    }

    @Test
    void files_missingPath_isRefused(@TempDir Path folder) {
        assertThatThrownBy(() -> new TrailFiles().files(List.of(folder.resolve("none").toString())))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void read_fileOfAnyName_isRead(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("trail.log");
        Files.write(file, Trail.gzip(Sample.record("id-1")));
        List<TrailEntry> entries = new ArrayList<>();
        new TrailFiles().read(file.toString(), (entry, position) -> entries.add(entry));
        assertThat(entries).singleElement().isInstanceOf(Recorded.class);
    }
}
