package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.trail.JsonFrames.Frame;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Input that somebody made to break the reader: it must neither fall, nor hang, nor lose a record without saying so.
class HostileInputTest {
    private static final String A = Sample.record("id-a");
    private static final String B = Sample.record("id-b");
    private static final String C = Sample.record("id-c");

    @Test
    void read_randomBytes_neverThrows() {
        Random random = Seed.random("HostileInputTest.bytes", 99);
        String alphabet = "{}[]\",:\\\n \u00ef\u00bb\u00bf01eEtrufalsn\u0000\u001f\u00ff\u0080\u00c0";
        for (int i = 0; i < 1_000; i++) {
            byte[] bytes = new byte[random.nextInt(2_000)];
            random.nextBytes(bytes);
            if (i % 2 == 0) {
                for (int j = 0; j < bytes.length; j++) {
                    bytes[j] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
                }
            }
            Trail trail = Trail.read(Trail.trickle(bytes, 1 << random.nextInt(12), random));
            assertThat(trail.ids()).isEmpty();
            assertThat(Trail.read(bytes)).as("the size of reads makes no difference").isEqualTo(trail);
        }
    }

    @Test
    void read_randomBytesBetweenLines_readsTheLines() {
        Random random = Seed.random("HostileInputTest.between", 5);
        for (int i = 0; i < 500; i++) {
            byte[] noise = new byte[20 + random.nextInt(200)];
            random.nextBytes(noise);
            byte[] text = Trail.joined((A + "\n").getBytes(UTF_8), noise, ("\n" + B + "\n" + C + "\n").getBytes(UTF_8));
            Trail trail = Trail.read(text);
            assertThat(trail.ids()).as("%s", Arrays.toString(noise)).containsExactly("id-a", "id-b", "id-c");
            assertThat(trail.entries().size()).isGreaterThan(3);
        }
    }

    @Test
    void read_truncatedAnywhere_readsWhatIsWhole() {
        byte[] text = ("{\"Records\":[" + A + "," + B + "]}").getBytes(UTF_8);
        int endOfA = 12 + A.length();
        int endOfB = endOfA + 1 + B.length();
        for (int cut = 1; cut < text.length; cut++) {
            Trail trail = Trail.read(Arrays.copyOf(text, cut));
            assertThat(trail.ids()).as("cut at %d", cut).isEqualTo(cut < endOfA
                    ? List.of()
                    : cut < endOfB ? List.of("id-a") : List.of("id-a", "id-b"));
            assertThat(trail.unreadable()).as("cut at %d", cut).isNotEmpty();
        }
    }

    @Test
    void read_truncatedGzip_readsWhatIsWhole() {
        Random random = Seed.random("HostileInputTest.gzip", 8);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            lines.append(Sample.record("id-" + random.nextLong())).append('\n');
        }
        byte[] packed = Trail.gzip(lines.toString());
        List<String> all = Trail.read(packed).ids();
        int most = 0;
        for (int i = 0; i < 100; i++) {
            Trail trail = Trail.read(Arrays.copyOf(packed, 2 + random.nextInt(packed.length - 2)));
            assertThat(trail.ids()).isEqualTo(all.subList(0, trail.ids().size()));
            assertThat(trail.unreadable().getLast().reason()).contains("reading stopped");
            assertThat(trail.positions().getLast().record()).isGreaterThan(trail.ids().size());
            most = Math.max(most, trail.ids().size());
        }
        assertThat(most).as("some cuts leave whole records").isPositive();
    }

    @Test
    void read_flippedBitInGzip_losesNothingSilently() {
        Random random = Seed.random("HostileInputTest.flip", 21);
        byte[] packed = Trail.joined(Trail.gzip(A + "\n" + B), Trail.gzip("\n" + C));
        for (int i = 0; i < 1_000; i++) {
            byte[] flipped = packed.clone();
            flipped[random.nextInt(packed.length)] ^= (byte) (1 << random.nextInt(8));
            Trail trail = Trail.read(flipped);
            if (!trail.ids().equals(List.of("id-a", "id-b", "id-c"))) {
                assertThat(trail.unreadable()).isNotEmpty();
            }
        }
    }

    @Test
    void read_streamThatFails_readsWhatCameBefore() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                throw new IOException("connection reset");
            }
        };
        String text = "{\"open\":[\n" + A + "\n" + B + "\n" + C.substring(0, 100);
        Trail trail = Trail.read(new SequenceInputStream(new ByteArrayInputStream(text.getBytes(UTF_8)), failing));
        assertThat(trail.ids()).containsExactly("id-a", "id-b");
        assertThat(trail.unreadable().getLast().reason()).isEqualTo("reading stopped: connection reset");
    }

    @Test
    void read_recordOfHundredMegabytes_isSaidInBoundedMemory() throws IOException {
        for (String field : List.of("\"eventID\":\"", "\"a\":[[{\"b\":\"")) {
            String close = field.contains("[") ? "\"}]]}" : "\"}";
            InputStream in = stream(List.of("{\"Records\":[" + A + ",{\"eventVersion\":\"1\"," + field,
                    close + ",{\"odd\":1}," + B + "]}\n" + C));
            JsonFrames frames = new JsonFrames(in);
            List<String> found = new ArrayList<>();
            for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
                assertThat(frame.bytes().length).isLessThanOrEqualTo(2 * JsonFrames.MAX_FRAME);
                found.add(frame.fault() != null
                        ? "at " + frame.offset() + " " + frame.fault()
                        : new String(frame.bytes(), frame.start(), frame.length(), UTF_8));
                if (frame.fault() != null) {
                    frames.resync(frame, 0);
                }
            }
            assertThat(found).containsExactly(A, "at " + (13 + A.length()) + " a value of more than 16 MB is not read",
                    "{\"odd\":1}", B, C);
        }
    }

    @Test
    void read_hundredMegabytesUnclosed_readsTheLinesBehind() {
        Trail trail = Trail.read(stream(List.of(A + "\n{\"a\":{\"b\":\"", "\"}\n" + B + "\n" + C + "\n")));
        assertThat(trail.ids()).containsExactly("id-a", "id-b", "id-c");
        assertThat(trail.unreadable()).singleElement().extracting(Unreadable::reason).asString().contains("16 MB");
        assertThat(trail.positions().get(1)).isEqualTo(new Position("in", 2, A.length() + 1));
    }

    @Test
    void read_hundredMegabytesOfUnclosedString_readsTheLinesBehind() {
        Trail trail = Trail.read(stream(List.of(A + "\n{\"a\":\"", "\n" + B + "\n")));
        assertThat(trail.ids()).containsExactly("id-a", "id-b");
        assertThat(trail.unreadable()).isNotEmpty();
    }

    /// Two texts with 100 MB of letters between them.
    private static InputStream stream(List<String> around) {
        InputStream letters = new InputStream() {
            private long left = 100 << 20;

            @Override
            public int read() {
                return left-- > 0 ? 'x' : -1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                int count = (int) Math.min(left, length);
                Arrays.fill(bytes, offset, offset + count, (byte) 'x');
                left -= count;
                return count == 0 ? -1 : count;
            }
        };
        return new SequenceInputStream(Collections.enumeration(
                List.of(new ByteArrayInputStream(around.getFirst().getBytes(UTF_8)), letters,
                        new ByteArrayInputStream(around.getLast().getBytes(UTF_8)))));
    }

    @Test
    void read_deepNesting_isSaid() {
        for (String deep : List.of("[".repeat(100_000), "{\"a\":".repeat(100_000),
                "{\"requestParameters\":" + "[".repeat(2_000) + "]".repeat(2_000) + "}",
                "{\"userIdentity\":" + "{\"sessionContext\":".repeat(600) + "1" + "}".repeat(601),
                "[" + "[".repeat(501) + "]".repeat(501) + "]")) {
            Trail trail = Trail.read(A + "\n" + deep + "\n" + B + "\n");
            assertThat(trail.ids()).containsExactly("id-a", "id-b");
            assertThat(trail.unreadable()).isNotEmpty();
        }
    }

    @Test
    void read_wrappedTooOften_isSkipped() {
        String wrapped = A;
        for (int i = 0; i < 8; i++) {
            wrapped = Sample.JSON.createObjectNode().put("Message", wrapped).toString();
        }
        assertThat(Trail.read(wrapped).skipped()).singleElement()
                .satisfies(s -> assertThat(s.reason()).contains("wrapped"));
    }

    @Test
    void read_invalidUtf8_costsThatRecordAlone() {
        for (String bad : List.of("\u00ff", "\u00c3(", "\u00e2\u0082", "\u00f8\u0080\u0080\u0080", "\u0080")) {
            byte[] damaged = A.replace("RunInstances", "Run" + bad + "Instances").getBytes(ISO_8859_1);
            Trail trail = Trail.read(Trail.joined(damaged, ("\n" + B).getBytes(UTF_8)));
            assertThat(trail.ids()).containsExactly("id-b");
            assertThat(trail.unreadable()).singleElement().satisfies(u -> assertThat(u.offset()).isPositive());
        }
    }

    @Test
    void read_duplicateKeys_areNotGuessed() {
        for (String twice : List.of("\"eventID\":\"id-x\",", "\"eventName\":\"GetX\",", "\"userIdentity\":null,",
                "\"requestParameters\":{},", "\"errorCode\":\"AccessDenied\",\"errorCode\":null,")) {
            Trail trail = Trail.read("[" + "{" + twice + A.substring(1) + "," + B + "]");
            assertThat(trail.ids()).containsExactly("id-b");
            assertThat(trail.unreadable()).singleElement().satisfies(u -> assertThat(u.reason()).contains("twice"));
        }
        String identity = A.replace("\"type\":\"AssumedRole\"", "\"type\":\"Root\",\"type\":\"AssumedRole\"");
        assertThat(Trail.read(identity).unreadable()).hasSize(1);
        String envelope = "{\"source\":\"mine\"," + Sample.envelope("id-a").substring(1);
        assertThat(Trail.read(envelope + B).unreadable()).hasSize(1);
        String detail = "{\"detail\":" + B + "," + Sample.envelope("id-a").substring(1);
        assertThat(Trail.read(detail).unreadable()).hasSize(1);
    }

    @Test
    void read_duplicateInAList_readsEachOtherRecordOnce() {
        String twice = "{\"eventID\":\"x\"," + A.substring(1);
        Trail trail = Trail.read("[[\n" + B + ",\n" + twice + "],\n" + C + "]");
        assertThat(trail.ids()).containsExactly("id-b", "id-c");
        assertThat(trail.entries()).hasSize(3);
    }

    @Test
    void read_faultInAList_readsEachOtherRecordOnce() {
        Trail trail = Trail.read("[[\n" + B + ",\n" + C + ",\n{\"eventVersion\":nil},\n" + A + "]]");
        assertThat(trail.ids()).containsExactly("id-b", "id-c", "id-a");
        assertThat(trail.unreadable()).isNotEmpty();
    }

    @Test
    void read_stringUnclosedOnALine_readsTheNextLines() {
        for (String broken : List.of("{\"eventVersion\":\"1.11", "{\"eventVersion\":\"1.11\\", "\"", "{\"",
                A.replaceFirst("AROA", "\"AROA"), A.replaceFirst("\"AROA", "AROA"))) {
            Trail trail = Trail.read(A + "\n" + broken + "\n" + B + "\n" + C + "\n");
            assertThat(trail.ids()).as(broken).containsExactly("id-a", "id-b", "id-c");
            assertThat(trail.unreadable()).as(broken).isNotEmpty();
        }
    }

    @Test
    void read_stringUnclosedInAPrettyArray_readsTheNextRecords() {
        ArrayNode list = Sample.JSON.createArrayNode().add(Sample.node("id-a")).add(Sample.node("id-b"))
                .add(Sample.node("id-c"));
        for (String pretty : List.of(list.toPrettyString(),
                Sample.JSON.createObjectNode().set("Records", list).toPrettyString())) {
            Trail trail = Trail.read(pretty.replaceFirst("\"ec2.amazonaws.com\"", "\"ec2.amazonaws.com"));
            assertThat(trail.ids()).containsExactly("id-b", "id-c");
            assertThat(trail.unreadable()).isNotEmpty();
        }
    }

    @Test
    void read_quoteLostInALogFileOnOneLine_readsTheNextRecords() {
        String text = "{\"Records\":[" + A + "," + B + "," + C + "]}";
        String[] quotes = A.split("(?<!\\\\)\"", -1);
        for (int i = 1; i < quotes.length; i++) {
            String lost = String.join("\"", Arrays.copyOf(quotes, i))
                    + String.join("\"", Arrays.copyOfRange(quotes, i, quotes.length));
            Trail trail = Trail.read(text.replace(A, lost));
            assertThat(trail.ids()).as(lost).containsExactly("id-b", "id-c");
            assertThat(trail.unreadable()).isNotEmpty();
        }
    }

    @Test
    void read_bracketLostOrAdded_readsTheOtherRecords() {
        List<String> forms = List.of(A + "\n" + B + "\n" + C + "\n", "[" + A + ",\n" + B + ",\n" + C + "]",
                "{\"Records\":[" + A + "," + B + "," + C + "]}", Sample.envelope("id-a") + "\n" + B + "\n" + C);
        for (String form : forms) {
            int from = form.indexOf('{', 1 + form.indexOf("eventVersion"));
            int to = form.indexOf("recipientAccountId");
            for (int at : IntStream.range(from, to).filter(i -> "{}[]".indexOf(form.charAt(i)) >= 0).toArray()) {
                String lost = form.substring(0, at) + form.substring(at + 1);
                String added = form.substring(0, at) + form.charAt(at) + form.substring(at);
                for (String broken : List.of(lost, added)) {
                    Trail trail = Trail.read(broken);
                    assertThat(trail.ids()).as(broken).contains("id-b", "id-c");
                    assertThat(trail.ids().size() + trail.unreadable().size()).as(broken).isGreaterThanOrEqualTo(3);
                }
            }
        }
    }

    @Test
    void read_manyFaultyLines_readsEachGoodOneOnce() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 2_000; i++) {
            text.append(Sample.record("id-" + i)).append('\n').append(i % 2 == 0 ? "{\"a\":{\"b\":1}\n" : "{\"a\":[\n");
        }
        Trail trail = Trail.read(text.toString());
        assertThat(trail.ids()).isEqualTo(IntStream.range(0, 2_000).mapToObj(i -> "id-" + i).toList());
        assertThat(trail.unreadable()).hasSizeBetween(2_000, 2_001);
    }

    @Test
    void read_moreValuesInOneThanAreHeld_readsTheRecordsBehind() {
        String many = "[[" + "1,".repeat(150_000) + A + "]," + B + "]";
        Trail trail = Trail.read(many);
        assertThat(trail.ids()).containsExactly("id-a", "id-b");
        assertThat(trail.unreadable()).singleElement().satisfies(u -> assertThat(u.reason()).contains("100000"));
        assertThat(trail.entries()).hasSize(100_003);
    }

    @Test
    void read_hugeNamesAndNumbers_costTheRecordNothing() {
        ObjectNode record = Sample.node("id-a");
        ((ObjectNode) record.path("requestParameters")).put("n".repeat(200_000), "v").put("roleName", "last");
        String number = record.toString().replace("\"minCount\":1", "\"minCount\":" + "9".repeat(5_000));
        CloudTrailEvent event = Sample.event(number);
        assertThat(event.requestParameters().first("roleName")).isEqualTo("last");
        assertThat(event.requestParameters().truncated()).isTrue();
        assertThat(event.requestParameters().first("minCount")).hasSize(5_000);
        assertThat(Trail.read(Sample.batch(number)).ids()).containsExactly("id-a");
    }

    @Test
    void read_longPathsInDeepParameters_areBounded() {
        String name = "n".repeat(200);
        String deep = ("{\"" + name + "\":").repeat(100) + "[" + "1,".repeat(3_000) + "1]" + "}".repeat(100);
        Parameters parameters = Sample.event(A.replace("\"userData\":", "\"deep\":" + deep + ",\"userData\":"))
                .requestParameters();
        assertThat(parameters.truncated()).isTrue();
        for (int i = 0; i < parameters.size(); i++) {
            assertThat(parameters.path(i).length()).isLessThanOrEqualTo(1_000);
        }
        assertThat(parameters.first("userData")).isNotNull();
    }

    @Test
    void read_hugePolicyObject_isCut() {
        String policy = "{\"Statement\":[" + "{},".repeat(1_000_000) + "{}]}";
        Parameters parameters = Sample.event(A.replace("\"userData\":", "\"policy\":" + policy + ",\"userData\":"))
                .requestParameters();
        assertThat(parameters.first("policy")).hasSize(Parameters.MAX_LENGTH).startsWith("{\"Statement\":[{},{}");
        assertThat(parameters.truncated()).isTrue();
        assertThat(parameters.first("userData")).isNotNull();
        String broken = A.replace("\"userData\":", "\"policy\":{\"Statement\":[},\"userData\":") + "\n" + B;
        assertThat(Trail.read(broken).ids()).containsExactly("id-b");
    }

    @Test
    void read_manyParameters_areBounded() {
        StringBuilder items = new StringBuilder("[0");
        for (int i = 1; i < 10_000; i++) {
            items.append(',').append(i);
        }
        Parameters parameters = Sample.event(A.replace("\"userData\":", "\"items\":" + items + "],\"userData\":"))
                .requestParameters();
        assertThat(parameters.size()).isEqualTo(Parameters.MAX_VALUES);
        assertThat(parameters.truncated()).isTrue();
    }

    @Test
    void read_remarksWithoutEnd_areBounded() {
        String numbers = "\"eventID\":1,".repeat(1_000);
        assertThat(Trail.read("{" + numbers + A.substring(1)).unreadable()).hasSize(1);
        String types = "\"userIdentity\":{" + "\"arn\":[],".repeat(1_000) + "\"arn\":null}";
        Trail trail = Trail.read("{\"eventSource\":\"a\",\"eventName\":\"b\"," + types + "}");
        assertThat(((Recorded) trail.entries().getFirst()).remarks()).hasSize(20);
    }

    @Test
    void read_fault_neverQuotesTheInput() {
        for (String secret : List.of("{\"a\":wJalrXUtnFEMIK7MDENG}", "{\"a\":\u001bc}", "{\"a\":\u202ex}",
                "{\"a\":1 é}",
                "{\"wJalrXUtnFEMIK7MDENG\":\"\\x\"}", "{\"a\":1wJalrXUtnFEMIK7MDENG}")) {
            for (Unreadable unreadable : Trail.read(secret).unreadable()) {
                assertThat(unreadable.reason()).doesNotContain("JalrXUtnFEMIK7MDENG").matches("[ -~]+")
                        .hasSizeLessThan(300);
            }
            assertThat(Trail.read(secret).unreadable()).isNotEmpty();
        }
    }
}
