package io.trailsentry.memory.dynamodb;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.ByteReader;
import io.trailsentry.baseline.ByteWriter;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Story;
import io.trailsentry.finding.Telling;
import io.trailsentry.finding.ToolCalls;
import io.trailsentry.memory.Store.Contents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/// Histories and ledgers as attributes of items, and back. Counts and traits are numbers in few bytes; stories and what was
/// told are deflated JSON, so that fields can be added. The same value gives the same bytes. Thread-safe.
final class Codec {
    /// The format that is written, and the newest that can be read. A new one is made readable first, by raising
    /// [#READABLE]; it is written a release later, when no function is left that cannot read it.
    static final int WRITTEN = 1;
    static final int READABLE = 1;

    private static final String MINUTES = "minutes";
    private static final String STORIES = "stories";
    private static final String TRAITS = "traits";
    private static final String CALLS = "calls";
    private static final String TELLINGS = "tellings";
    private static final String TOOLS = "tools";
    private static final String CONTENTS = "contents";
    /// The attributes that a part may have.
    static final List<String> PART = List.of(MINUTES, STORIES, TRAITS, CALLS, TELLINGS, TOOLS, CONTENTS);
    /// Bytes of signals that are kept of a finding that was told.
    private static final int MOST_BYTES = 64 * 1024;

    private final JsonMapper json = JsonMapper.builder().disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .addModule(new SimpleModule().addSerializer(Instant.class, new Times())
                    .addDeserializer(Instant.class, new FromTimes()))
            .build();

    private static final class Times extends StdScalarSerializer<Instant> {
        private static final long serialVersionUID = 1;

        Times() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant time, JsonGenerator to, SerializerProvider provider) throws IOException {
            to.writeNumber(time.toEpochMilli());
        }
    }

    private static final class FromTimes extends StdScalarDeserializer<Instant> {
        private static final long serialVersionUID = 1;

        FromTimes() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser from, DeserializationContext context) throws IOException {
            return Instant.ofEpochMilli(from.getLongValue());
        }
    }

    private record StoryForm(Story.Key key, List<Signal> signals, List<Story.More> more) {
        private static final Comparator<StoryForm> ORDER = Comparator
                .comparingLong((StoryForm story) -> story.key().quarter())
                .thenComparing(story -> String.valueOf(story.key().session()));

        static StoryForm of(Story.Key key, Story story) {
            return new StoryForm(key, story.signals(), story.more());
        }

        Story story() {
            Story story = new Story();
            signals.forEach(story::add);
            more.forEach(story::add);
            return story;
        }
    }

    private record Stories(List<StoryForm> stories, Map<String, Ledger> told) {
    }

    private record TellingForm(Telling telling, Instant at) {
        private static final Comparator<TellingForm> ORDER = Comparator
                .comparing((TellingForm form) -> form.telling().fingerprint())
                .thenComparing(form -> form.telling().topic()).thenComparing(form -> form.telling().severity());
    }

    private record Tellings(List<TellingForm> tellings) {
    }

    private record Tools(List<ToolCalls.Request> requests) {
    }

    /// The attributes of a part.
    Map<String, AttributeValue> encode(History history, Contents contents) throws IOException {
        Map<String, AttributeValue> attributes = new HashMap<>();
        if (!history.activity().isEmpty()) {
            ByteWriter out = new ByteWriter();
            long origin = history.activity().minutes().iterator().next();
            out.number(origin);
            history.activity().write(out, origin);
            attributes.put(MINUTES, binary(out.bytes()));
        }
        if (!history.stories().isEmpty() || !history.told().isEmpty()) {
            List<StoryForm> stories = new ArrayList<>();
            history.stories().forEach((key, story) -> stories.add(StoryForm.of(key, story)));
            stories.sort(StoryForm.ORDER);
            attributes.put(STORIES, deflated(new Stories(stories, history.told())));
        }
        if (history.profile().hasTraits()) {
            ByteWriter out = new ByteWriter();
            history.profile().writeTraits(out);
            attributes.put(TRAITS, binary(out.bytes()));
        }
        if (!history.profile().calls().isEmpty()) {
            ByteWriter out = new ByteWriter();
            history.profile().calls().write(out);
            attributes.put(CALLS, binary(out.bytes()));
        }
        if (!history.tellings().isEmpty()) {
            List<TellingForm> tellings = new ArrayList<>();
            history.tellings().forEach((telling, at) -> tellings.add(new TellingForm(telling, at)));
            tellings.sort(TellingForm.ORDER);
            attributes.put(TELLINGS, deflated(new Tellings(tellings)));
        }
        if (!history.toolCalls().isEmpty()) {
            attributes.put(TOOLS, deflated(new Tools(history.toolCalls())));
        }
        ByteWriter out = new ByteWriter();
        out.number(history.newest());
        out.number(contents.lasting());
        out.number(contents.quarters().size());
        contents.quarters().forEach((quarter, version) -> {
            out.number(quarter);
            out.number(version);
        });
        attributes.put(CONTENTS, binary(out.bytes()));
        return attributes;
    }

    /// The history of a part.
    ///
    /// @throws IOException when it cannot be read
    History history(Map<String, AttributeValue> attributes) throws IOException {
        History history = new History();
        ByteReader minutes = reader(attributes.get(MINUTES));
        if (minutes != null) {
            history.activity().read(minutes, minutes.number());
        }
        ByteReader traits = reader(attributes.get(TRAITS));
        if (traits != null) {
            history.profile().readTraits(traits);
        }
        ByteReader calls = reader(attributes.get(CALLS));
        if (calls != null) {
            history.profile().calls().read(calls);
        }
        Stories stories = inflated(attributes.get(STORIES), Stories.class);
        if (stories != null) {
            stories.stories().forEach(story -> history.add(story.key(), story.story()));
            stories.told().forEach(history::addTold);
        }
        Tellings tellings = inflated(attributes.get(TELLINGS), Tellings.class);
        if (tellings != null) {
            tellings.tellings().forEach(form -> history.add(form.telling(), form.at()));
        }
        Tools tools = inflated(attributes.get(TOOLS), Tools.class);
        if (tools != null) {
            tools.requests().forEach(history::add);
        }
        ByteReader contents = reader(attributes.get(CONTENTS));
        if (contents != null) {
            history.atLeast(contents.number());
        }
        return history;
    }

    /// The contents that a part tells of.
    Contents contents(Map<String, AttributeValue> attributes) {
        ByteReader in = reader(attributes.get(CONTENTS));
        if (in == null) {
            return Contents.NONE;
        }
        in.number();
        long lasting = in.number();
        NavigableMap<Long, Long> quarters = new TreeMap<>();
        for (int left = in.count(); left > 0; left--) {
            quarters.put(in.number(), in.number());
        }
        return new Contents(lasting, quarters);
    }

    /// What was told of a finding; of the finding itself, as much as may be needed to say that nothing is left of it.
    AttributeValue encode(Ledger ledger) throws IOException {
        Finding last = ledger.last();
        return deflated(last == null ? ledger : new Ledger(ledger.byTopic(), shortened(last)));
    }

    private static Finding shortened(Finding finding) {
        List<Signal> signals = new ArrayList<>();
        int bytes = 0;
        for (Signal signal : finding.signals()) {
            bytes += signal.weight();
            if (signals.isEmpty() || bytes <= MOST_BYTES) {
                signals.add(signal);
            }
        }
        return finding.with(signals);
    }

    /// What was told of a finding.
    Ledger ledger(@Nullable AttributeValue attribute) throws IOException {
        Ledger ledger = inflated(attribute, Ledger.class);
        return ledger == null ? Ledger.EMPTY : ledger;
    }

    AttributeValue encode(AlertWindow window) throws IOException {
        return deflated(window);
    }

    AttributeValue encode(String text) throws IOException {
        return deflated(text);
    }

    String text(AttributeValue attribute) throws IOException {
        String text = inflated(attribute, String.class);
        return text == null ? "" : text;
    }

    AlertWindow window(AttributeValue attribute) throws IOException {
        AlertWindow window = inflated(attribute, AlertWindow.class);
        return window == null ? AlertWindow.NONE : window;
    }

    AttributeValue encode(Principal principal) throws IOException {
        return AttributeValue.fromS(json.writeValueAsString(principal));
    }

    Principal principal(AttributeValue attribute) throws IOException {
        return json.readValue(attribute.s(), Principal.class);
    }

    AttributeValue encode(Lender lender) throws IOException {
        return AttributeValue.fromS(json.writeValueAsString(lender));
    }

    Lender lender(AttributeValue attribute) throws IOException {
        return json.readValue(attribute.s(), Lender.class);
    }

    private static AttributeValue binary(byte[] bytes) {
        return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes));
    }

    private static @Nullable ByteReader reader(@Nullable AttributeValue attribute) {
        return attribute == null ? null : new ByteReader(attribute.b().asByteArrayUnsafe());
    }

    private AttributeValue deflated(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try (OutputStream out = new DeflaterOutputStream(bytes, deflater)) {
            json.writeValue(out, value);
        } finally {
            deflater.end();
        }
        return binary(bytes.toByteArray());
    }

    private <T> @Nullable T inflated(@Nullable AttributeValue attribute, Class<T> type) throws IOException {
        if (attribute == null) {
            return null;
        }
        Inflater inflater = new Inflater(true);
        try (InflaterInputStream in = new InflaterInputStream(
                new ByteArrayInputStream(attribute.b().asByteArrayUnsafe()), inflater)) {
            return json.readValue(in, type);
        } finally {
            inflater.end();
        }
    }
}
