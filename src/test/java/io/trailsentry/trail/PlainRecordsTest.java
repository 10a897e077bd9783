package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.trail.TrailEntry.Recorded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is read without a parser is read as the parser reads it.
class PlainRecordsTest {
    private static final RecordReader PARSER = new RecordReader(false);
    private static final RecordReader QUICK = new RecordReader(true);
    private static final PlainRecords PLAIN = new PlainRecords((json, field) -> Parameters.EMPTY);
    private static final String CHANGES = "{}[]\",:\\\n \0tfn-0.eEu/\u00e9";

    @Test
    void read_labelledRecords_readsWhatTheParserReads() {
        List<String> records = records();
        for (String record : records) {
            readsAlike(record.getBytes(UTF_8));
        }
        assertThat(records.stream().filter(PlainRecordsTest::isPlain).count()).isGreaterThan(records.size() / 2);
    }

    @Test
    void read_mutatedRecords_readsWhatTheParserReads() {
        Random random = Seed.random("PlainRecordsTest", 8_811);
        List<String> records = records();
        for (int round = 0; round < 40_000; round++) {
            String record = records.get(random.nextInt(records.size()));
            StringBuilder bytes = new StringBuilder(new String(record.getBytes(UTF_8), ISO_8859_1));
            for (int i = random.nextInt(3); i >= 0; i--) {
                int place = random.nextInt(bytes.length());
                char other = CHANGES.charAt(random.nextInt(CHANGES.length()));
                switch (random.nextInt(4)) {
                    case 0 -> bytes.insert(place, other);
                    case 1 -> bytes.setCharAt(place, other);
                    // Not the byte 255, which Jackson takes for the end of a field's name that it has seen before.
                    case 2 -> bytes.setCharAt(place, (char) random.nextInt(255));
                    default -> bytes.deleteCharAt(place);
                }
            }
            readsAlike(bytes.toString().getBytes(ISO_8859_1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-02-28T23:59:59Z", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z",
            "2026-12-31T23:59:59Z", "2026-04-31T00:00:00Z", "2000-03-01T00:00:00Z", "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z", "2026-11-17T24:00:00Z", "2026-11-17T09:00:60Z", "2026-08-31T09:00:00Z",
            "2026-11-17t09:00:00z", "9999-12-31T23:59:59Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z"})
    void read_time_readsWhatTheParserReads(String time) {
        readsAlike(Sample.node("id").put("eventTime", time).toString().getBytes(UTF_8));
    }

    @Test
    void read_everyDay_readsWhatTheParserReads() {
        for (int day = 0; day < 366 * 40; day++) {
            String time = java.time.LocalDate.EPOCH.plusDays(day) + "T01:02:03Z";
            assertThat(QUICK.read(Sample.node("id").put("eventTime", time).toString())).first()
                    .isInstanceOfSatisfying(Recorded.class,
                            recorded -> assertThat(recorded.event().eventTime()).hasToString(time));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "-1", "0", "-0", "01", "1.5", "1.", ".5", "1e5", "1e", "1E+5", "1e-", "+1", "-", "NaN",
            "tru", "nul", "falsee", "\"\\u00e9\"", "\"\\u00g9\"", "\"\\x\"", "\"\t\"", "[1,]", "{\"a\":1,}", "{,}", "[",
            "{\"a\" 1}", "{a:1}", "'a'", "\"\u007f\"", "\"\u00e9\"", "[[],{},\"\"]"})
    void read_anyValue_readsWhatTheParserReads(String value) {
        for (String field : List.of("managementEvent", "eventSource", "requestParameters", "resources", "userIdentity",
                "readOnly", "errorMessage")) {
            String record = Sample.node("id").without(field).toString();
            readsAlike(("{\"" + field + "\":" + value + ',' + record.substring(1)).getBytes(UTF_8));
            readsAlike((record.substring(0, record.length() - 1) + ",\"" + field + "\" : " + value + " } ")
                    .getBytes(UTF_8));
        }
    }

    private static boolean isPlain(String record) {
        byte[] bytes = record.getBytes(UTF_8);
        return PLAIN.readAll(bytes, 0, bytes.length) != null;
    }

    /// Also where the record lies in a larger buffer, as frames do.
    private static void readsAlike(byte[] bytes) {
        List<TrailEntry> expected = PARSER.read(bytes, 0, bytes.length);
        byte[] buffer = new byte[bytes.length + 19];
        System.arraycopy(bytes, 0, buffer, 3, bytes.length);
        assertThat(QUICK.read(bytes, 0, bytes.length)).as(() -> new String(bytes, UTF_8)).isEqualTo(expected);
        assertThat(QUICK.read(buffer, 3, bytes.length)).as(() -> new String(bytes, UTF_8)).isEqualTo(expected);
    }

    private static List<String> records() {
        List<String> records = new ArrayList<>();
        for (String file : List.of("panther/tests.jsonl", "traildiscover/records.jsonl")) {
            try (Stream<String> lines = Files.lines(Path.of("../shared/data", file))) {
                lines.forEach(line -> collect(line, records));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return records;
    }

    private static void collect(String line, List<String> records) {
        try {
            JsonNode node = Sample.JSON.readTree(line);
            node.findParents("eventVersion").forEach(record -> records.add(record.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
