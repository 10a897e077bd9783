package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.detect.Catalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the page for SIEM teams says of a finding is so.
class SiemDocTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z_]+[a-z_.0-9\\[\\]]*)` \\|");
    private static final Pattern ELASTIC = Pattern.compile("ocsf\\.([a-z_.0-9]+)");
    private static final Pattern SPLUNK = Pattern.compile("[\"']([a-z_]+(?:\\{})?\\.[a-z_.{}]+)[\"']");

    private static String page() throws IOException {
        return Files.readString(Path.of("docs/siem.md"));
    }

    /// Findings that together have every field.
    private static List<JsonNode> findings() throws IOException {
        OcsfFinding ocsf = new OcsfFinding(Catalogue.load(), Draft.ACCOUNTS, "0.1.0");
        List<JsonNode> findings = new ArrayList<>();
        for (Draft draft : List.of(Draft.selfModification(), Draft.selfModificationBlocked(), Draft.offHoursBurst(),
                Draft.unusualRegion())) {
            findings.add(JSON.readTree(ocsf.render(draft.created())));
        }
        return findings;
    }

    private static boolean isThere(List<JsonNode> findings, String path) {
        String pointer = "/" + path.replace("{}", ".0").replaceAll("\\[(\\d+)]", ".$1").replace('.', '/');
        return findings.stream().anyMatch(finding -> !finding.at(pointer).isMissingNode());
    }

    private static Stream<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult match) -> match.group(1));
    }

    @Test
    void paths_areThoseOfAFinding() throws IOException {
        List<JsonNode> findings = findings();
        List<String> rows = found(ROW, page()).toList();

        assertThat(rows).hasSizeGreaterThan(30);
        assertThat(rows).allSatisfy(path -> assertThat(isThere(findings, path)).as(path).isTrue());
    }

    @Test
    void examples_readFieldsThatAFindingHas() throws IOException {
        List<JsonNode> findings = findings();
        String splunk = page().split("```ini", 2)[1].split("```", 2)[0];
        String elastic = page().split("```json", 2)[1].split("```", 2)[0];

        assertThat(found(SPLUNK, splunk)).hasSizeGreaterThan(8)
                .allSatisfy(path -> assertThat(isThere(findings, path)).as(path).isTrue());
        assertThat(JSON.readTree(elastic).path("processors").size()).isPositive();
        assertThat(found(ELASTIC, elastic)).hasSizeGreaterThan(15)
                .allSatisfy(path -> assertThat(isThere(findings, path)).as(path).isTrue());
    }

    @Test
    void splunksLineBreak_isWhereAFindingBegins() throws IOException {
        OcsfFinding ocsf = new OcsfFinding(Catalogue.load(), Draft.ACCOUNTS, "0.1.0");

        assertThat(ocsf.render(Draft.selfModification().created())).startsWith("{\"activity_id\":");
        assertThat(page()).contains("LINE_BREAKER = ([\\r\\n]*)(?=\\{\"activity_id\":)");
    }
}
