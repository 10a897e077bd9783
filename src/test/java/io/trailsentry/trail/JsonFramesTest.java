package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import io.trailsentry.trail.JsonFrames.Frame;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonFramesTest {
    private static final int DOCUMENTS = 2_000;

    /// A frame that may outlive the next one.
    private record Cut(String text, long offset, boolean faulty) {
    }

    @Test
    void next_randomDocumentsInRandomReads_cutsAsTheTreeSays() throws IOException {
        Random random = Seed.random("JsonFramesTest", 20_260_504);
        for (int i = 0; i < DOCUMENTS; i++) {
            String text = new JsonText(random).document();
            byte[] bytes = text.getBytes(UTF_8);
            List<Cut> cuts = cut(Trail.trickle(bytes, 1 << random.nextInt(9), random));
            List<JsonNode> frames = new ArrayList<>();
            for (Cut cut : cuts) {
                assertThat(cut.faulty()).as("document %d: %s", i, text).isFalse();
                frames.add(Sample.JSON.readTree(cut.text()));
                byte[] there = Arrays.copyOfRange(bytes, (int) cut.offset(),
                        (int) cut.offset() + cut.text().getBytes(UTF_8).length);
                assertThat(new String(there, UTF_8)).as("document %d: %s", i, text).isEqualTo(cut.text());
            }
            assertThat(frames).as("document %d: %s", i, text).isEqualTo(expected(bytes));
        }
    }

    private static List<JsonNode> expected(byte[] bytes) throws IOException {
        List<JsonNode> expected = new ArrayList<>();
        try (JsonParser parser = Sample.JSON.createParser(bytes);
                MappingIterator<JsonNode> roots = Sample.JSON.readerFor(JsonNode.class).readValues(parser)) {
            while (roots.hasNextValue()) {
                JsonNode root = roots.nextValue();
                if (root.isArray()) {
                    root.forEach(expected::add);
                    continue;
                }
                boolean container = false;
                for (String key : root.properties().stream().map(p -> p.getKey()).toList()) {
                    if ((key.equals("Records") || key.equals("Events")) && root.path(key).isArray()) {
                        container = true;
                        root.path(key).forEach(expected::add);
                    }
                }
                if (!container) {
                    expected.add(root);
                }
            }
        }
        return expected;
    }

    @Test
    void next_containerWithOtherKeysAround_givesItsElements() throws IOException {
        assertThat(texts("""
                {"before":{"Records":[9]},"Records":[{"a":1}, {"b":[2]}],"between":["]",{"x":"}"}],"Events":[3],
                 "after":"Records"} {"c":1}""")).containsExactly("{\"a\":1}", "{\"b\":[2]}", "3", "{\"c\":1}");
    }

    @Test
    void next_emptyContainers_giveNothing() throws IOException {
        assertThat(texts("[] {\"Records\":[]} [ ] {\"Events\" : [ ] , \"n\":null}")).isEmpty();
    }

    @Test
    void next_escapedListName_givesTheObject() throws IOException {
        assertThat(texts("{\"\\u0052ecords\":[1]}")).containsExactly("{\"\\u0052ecords\":[1]}");
    }

    @Test
    void next_scalarWithoutAnEnd_isWhole() throws IOException {
        assertThat(cut("null")).containsExactly(new Cut("null", 0, false));
        assertThat(cut(" 42")).containsExactly(new Cut("42", 1, false));
    }

    @Test
    void next_valueBehindGarbage_isAFrameOfItsOwn() throws IOException {
        assertThat(texts("true{\"a\":1}x[1]\"s\"{\"b\":2}")).containsExactly("true", "{\"a\":1}", "x", "1", "\"s\"",
                "{\"b\":2}");
    }

    @Test
    void next_byteOrderMarks_arePassedOver() throws IOException {
        assertThat(cut("\uFEFF{\"a\":1}\r\n\uFEFF{\"b\":2}")).containsExactly(new Cut("{\"a\":1}", 3, false),
                new Cut("{\"b\":2}", 15, false));
    }

    @Test
    void next_surplusBracketInAList_losesNoElement() throws IOException {
        assertThat(texts("{\"Records\":[{\"a\":1}],{\"b\":2},{\"c\":3}]}")).contains("{\"a\":1}", "{\"b\":2}",
                "{\"c\":3}");
        assertThat(texts("{\"Records\":[{\"a\":1}},{\"b\":2}]}")).contains("{\"a\":1}", "{\"b\":2}");
        assertThat(texts("[{\"a\":1}],{\"b\":2},{\"c\":3}]")).contains("{\"a\":1}", "{\"b\":2}", "{\"c\":3}");
    }

    @Test
    void next_restOfContainerUnclosed_readsTheNextLines() throws IOException {
        assertThat(texts("""
                {"Records":[{"a":1}],"meta":{"k":1
                {"Records":[{"b":2}]}
                {"c":3}
                """)).contains("{\"a\":1}", "{\"b\":2}", "{\"c\":3}");
        assertThat(texts("""
                {"Records":[{"a":1}],"meta":"k
                {"Records":[{"b":2}]}
                """)).contains("{\"a\":1}", "{\"b\":2}");
    }

    @Test
    void next_faultBehindAList_isSaid() throws IOException {
        List<Cut> cuts = cut("{\"Records\":[1],\"meta\":\"k\n}\n");
        assertThat(cuts).startsWith(new Cut("1", 12, false), new Cut("", 24, true));
    }

    @Test
    void next_inputEndsInsideAList_isSaid() throws IOException {
        assertThat(cut("[1,")).containsExactly(new Cut("1", 1, false), new Cut("", 3, true));
        assertThat(cut("{\"Records\":[1]")).containsExactly(new Cut("1", 12, false), new Cut("", 14, true));
        assertThat(cut("[{\"a\":")).filteredOn(Cut::faulty).isNotEmpty();
    }

    @Test
    void next_faultAtAnyReadBoundary_goesOnAtTheSamePlace() throws IOException {
        String text = "{\"a\":\"open\n{\"b\":2}\n{\"c\":{\n{\"d\":4}\n{\"e\":5}\n[{\"eventVersion\":6}]\n";
        List<Cut> atOnce = cut(text);
        assertThat(atOnce).filteredOn(c -> !c.faulty()).extracting(Cut::text).containsExactly("{\"b\":2}",
                "{\"d\":4}", "{\"e\":5}", "{\"eventVersion\":6}");
        Random random = Seed.random("JsonFramesTest.boundary", 7);
        for (int i = 0; i < 200; i++) {
            assertThat(cut(Trail.trickle(text.getBytes(UTF_8), 1 + i % 5, random))).isEqualTo(atOnce);
        }
    }

    @Test
    void next_everyLineUnclosed_isReadInLinearTime() throws IOException {
        int lines = 300_000;
        assertThat(count("{\n".repeat(lines))).isEqualTo(lines);
        assertThat(count("{\"eventVersion\":".repeat(lines))).isEqualTo(lines);
        assertThat(count("{\"a\":[\n{\"eventVersion\":\n".repeat(lines / 2))).isEqualTo(lines);
    }

    private static int count(String text) throws IOException {
        JsonFrames frames = new JsonFrames(new ByteArrayInputStream(text.getBytes(UTF_8)));
        int count = 0;
        for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
            count++;
            frames.resync(frame, 0);
        }
        return count;
    }

    @Test
    void next_unclosedValueBeforeManyLines_isCutOffWithinTheLargestFrame() throws IOException {
        String line = "{\"eventVersion\":\"" + "x".repeat(1_000) + "\"}\n";
        int lines = JsonFrames.MAX_FRAME / line.length() * 2;
        List<Cut> cuts = cut("{\"a\":{\"b\":1}\n" + line.repeat(lines));
        assertThat(cuts).filteredOn(Cut::faulty).hasSize(1);
        assertThat(cuts).filteredOn(c -> !c.faulty()).hasSize(lines);
    }

    private static List<String> texts(String text) throws IOException {
        return cut(text).stream().filter(c -> !c.faulty()).map(Cut::text).toList();
    }

    private static List<Cut> cut(String text) throws IOException {
        return cut(new ByteArrayInputStream(text.getBytes(UTF_8)));
    }

    /// Cuts a stream, taking every frame without a fault for a record.
    private static List<Cut> cut(InputStream in) throws IOException {
        JsonFrames frames = new JsonFrames(in);
        List<Cut> cuts = new ArrayList<>();
        for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
            boolean faulty = frame.fault() != null;
            cuts.add(new Cut(faulty ? "" : new String(frame.bytes(), frame.start(), frame.length(), UTF_8),
                    frame.offset(), faulty));
            if (faulty) {
                frames.resync(frame, 0);
            } else {
                frames.found();
            }
        }
        return cuts;
    }
}
