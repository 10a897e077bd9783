package io.trailsentry.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.memory.InMemory;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.Notices;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Any bytes as a message, or as the log file that a message announces: handled or handed back, told in valid forms and
/// only once, and never believed without an envelope of AWS's.
///
/// A first byte of 0 makes the rest a log file.
public final class EngineFuzz {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Watch WATCH = Watch.of(Configuration.EMPTY, Configuration.EMPTY.roster(), CATALOGUE);
    private static final Renderers RENDERERS = Renderers.of(CATALOGUE, Map.of(), "0.1.0");
    private static final Instant NOW = Instant.parse("2026-11-06T09:00:00Z");
    private static final String KEY = FakeLogFiles.key("us-east-1", "fuzz");
    private static final Pattern PLAIN = Pattern.compile("[^\\p{Cc}\\p{Cs}\\u2028\\u2029]*");

    private EngineFuzz() {
    }

    /// Handles the input twice, and once as a message of nobody.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 0 && input[0] == 0) {
            FakeLogFiles files = new FakeLogFiles();
            files.put(KEY, Arrays.copyOfRange(input, 1, input.length));
            handle(files, Notices.eventBridge(FakeLogFiles.BUCKET, KEY));
            assertThat(files.opened).allMatch(KEY::equals);
            return;
        }
        String body = new String(input, UTF_8);
        FakeLogFiles none = new FakeLogFiles();
        handle(none, body);
        assertThat(none.opened).allMatch(key -> key.startsWith("AWSLogs/"));
        if (body.indexOf('\\') < 0) {
            Publications told = handle(new FakeLogFiles(), body.replace("aws.", "own."));
            assertThat(told.lines).as("without an envelope of AWS's").isEmpty();
        }
    }

    private static Publications handle(FakeLogFiles files, String body) {
        Publications told = new Publications();
        List<String> log = new ArrayList<>();
        Engine engine = new Engine(WATCH, files, new InMemory(), told, metrics -> {
        }, InstantSource.fixed(NOW), log::add);
        List<Delivery> batch = List.of(new Delivery("m-1", body));

        List<String> failures = engine.handle(batch);

        assertThat(failures).isSubsetOf("m-1");
        int before = told.lines.size();
        assertThat(engine.handle(batch)).isEqualTo(failures);
        assertThat(told.lines.subList(before, told.lines.size())).as("told again").isEmpty();
        assertThat(log).allSatisfy(line -> assertThat(line).matches(PLAIN));
        return told;
    }

    /// What is told, in its forms.
    private static final class Publications implements Publisher {
        private final List<String> lines = new ArrayList<>();

        @Override
        public boolean reaches(Topic topic) {
            return true;
        }

        @Override
        public void publish(Topic topic, Notice notice) {
            lines.add(topic + " " + notice.kind() + " " + notice.finding().title());
            try {
                JSON.readTree(RENDERERS.ocsf().render(notice));
                JSON.readTree(RENDERERS.chat().render(notice));
                JSON.readTree(RENDERERS.page().body(notice));
            } catch (JsonProcessingException e) {
                throw new AssertionError(e);
            }
            RENDERERS.alert().body(notice).lines().forEach(line -> assertThat(line).matches(PLAIN));
            assertThat(RENDERERS.alert().subject(notice)).matches("[ -~]{1,99}");
        }

        @Override
        public void publish(Topic topic, FloodNotice notice) {
            lines.add(topic + " " + RENDERERS.flood().subject(notice));
        }
    }
}
