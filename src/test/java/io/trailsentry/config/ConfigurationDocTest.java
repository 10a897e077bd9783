package io.trailsentry.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.detect.Detectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ConfigurationDocTest {
    /// Keys by the heading they stand below.
    private static final Map<String, List<String>> PARTS = Map.of("agents", ConfigurationReader.AGENT, "hours",
            ConfigurationReader.HOURS, "accounts", ConfigurationReader.ACCOUNT, "people", List.of(), "detectors",
            ConfigurationReader.DETECTOR, "exceptions", ConfigurationReader.EXCEPTION, "alerting",
            ConfigurationReader.ALERTING, "flood", ConfigurationReader.FLOOD);

    private static String doc() throws IOException {
        return Files.readString(Path.of("docs", "configuration.md"));
    }

    private static String sample() throws IOException {
        Matcher block = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(doc());
        assertThat(block.find()).isTrue();
        return block.group(1);
    }

    /// The text below a heading, to the next one.
    private static String below(String heading) throws IOException {
        Matcher part = Pattern.compile("^#+ `?" + heading + "`?\n(.*?)(?=^#|\\z)", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(doc());
        assertThat(part.find()).as(heading).isTrue();
        return part.group(1);
    }

    @Test
    void doc_everyKey_hasItsRow() throws IOException {
        for (Map.Entry<String, List<String>> part : PARTS.entrySet()) {
            for (String key : part.getValue()) {
                assertThat(below(part.getKey())).contains("\n| `" + key + "` | ");
            }
        }
    }

    @Test
    void doc_everyTopKey_hasItsPart() {
        assertThat(PARTS).containsKeys(ConfigurationReader.ROOT.toArray(String[]::new));
    }

    @Test
    void doc_everyThreshold_hasItsRowAndDefault() throws IOException {
        for (Map.Entry<String, Map<String, Integer>> detector : Detectors.THRESHOLDS.entrySet()) {
            for (Map.Entry<String, Integer> threshold : detector.getValue().entrySet()) {
                assertThat(below("detectors")).contains("\n| `" + detector.getKey() + "` | `" + threshold.getKey()
                        + "` | " + threshold.getValue() + " | ");
            }
        }
    }

    @Test
    void doc_sample_readsWithoutFaultsOrWarningsAndHasEveryKey() throws Exception {
        String sample = sample();

        assertThat(ConfigurationReader.read("sample", sample, Samples.TODAY).warnings()).isEmpty();
        PARTS.values().stream().flatMap(List::stream)
                .forEach(key -> assertThat(sample).containsPattern("\\b" + key + ":"));
    }

    @Test
    void doc_sample_saysTheDefaultsOfAlerting() throws Exception {
        assertThat(ConfigurationReader.read("sample", sample(), Samples.TODAY).configuration().alerting())
                .isEqualTo(Configuration.EMPTY.alerting());
    }
}
