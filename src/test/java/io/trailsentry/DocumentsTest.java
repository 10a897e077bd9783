package io.trailsentry;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.cli.Main;
import io.trailsentry.detect.Detectors;
import io.trailsentry.lab.SimulatedAttack;
import io.trailsentry.posture.Rule;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// What the documents say is so.
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?://|#)([^)#]+)");
    private static final Pattern OPTION = Pattern.compile("(--[a-z-]+)");
    private static final Pattern OWN_PATH = Pattern
            .compile("`((?:docs|events|src|\\.ci)/[\\w./-]*|trailsentry\\.yaml|template\\.yaml)`");

    private static String text(String file) throws IOException {
        return Files.readString(Path.of(file));
    }

    private static Stream<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult result) -> result.group(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/decisions.md", "docs/detections.md",
            "docs/configuration.md", "docs/simulation.md", "docs/baseline.md", "docs/deployment.md",
            "docs/agent-role.md", "docs/libraries.md", "docs/reliability.md",
            "docs/cost.md", "docs/memory.md", "docs/performance.md", "docs/posture.md", "docs/siem.md",
            "docs/runbooks/contain.md"})
    void paths_exist(String document) throws IOException {
        String text = text(document);
        Path file = Path.of(document).toAbsolutePath();
        assertThat(found(LINK, text).filter(link -> !Files.exists(file.resolveSibling(link)))).isEmpty();
        assertThat(found(OWN_PATH, text).filter(path -> !path.equals("trailsentry.yaml"))
                .filter(path -> !Files.exists(Path.of(path)))).isEmpty();
    }

    @Test
    void posture_hasARowForEachCheck() throws IOException {
        String text = text("docs/posture.md");
        assertThat(Stream.of(Rule.values()).map(Rule::id).filter(id -> !text.contains("| `" + id + "`"))).isEmpty();
    }

    @Test
    void readme_namesTheTwoCommands_andTheyCanBeRun() throws IOException {
        assertThat(text("README.md")).contains("\n    ./trailsentry replay events/\n").contains("\n    mvn verify\n");
        assertThat(Path.of("trailsentry")).isExecutable();
        assertThat(text(".ci/run")).contains("mvn -B -ntp verify");
    }

    @Test
    void readme_parametersAndTopics_areTheTemplates() throws IOException {
        String template = text("template.yaml");
        assertThat(List.of("AgentNames", "ConfigurationSource", "trailsentry-alerts", "trailsentry-pages",
                "trailsentry-findings")).allSatisfy(name -> {
                    assertThat(text("README.md")).contains(name);
                    assertThat(template).contains(name);
                });
    }

    @Test
    void readme_alert_isTheOneThatIsSentByEmail() throws IOException {
        String alert = text("README.md").lines().dropWhile(line -> !line.startsWith("    Subject: "))
                .takeWhile(line -> line.isEmpty() || line.startsWith("    "))
                .map(line -> line.isEmpty() ? line : line.substring(4)).collect(Collectors.joining("\n"));

        assertThat(alert.strip()).isEqualTo(replayed("email").strip());
    }

    /// Slack's bold is between single asterisks, Markdown's between two.
    @Test
    void readme_chat_isWhatChatShows() throws IOException {
        String shown = text("README.md").lines().filter(line -> line.startsWith("> "))
                .map(line -> line.substring(2).replaceFirst("\\\\$", "").replaceFirst("^\\*\\*(.+?)\\*\\*", "*$1*"))
                .collect(Collectors.joining("\n"));
        JsonNode content = new ObjectMapper().readTree(replayed("chat")).path("content");

        assertThat(shown).isEqualTo(
                "*" + content.path("title").asText() + "*\n" + content.path("description").asText());
    }

    private static String replayed(String format) {
        java.io.StringWriter out = new java.io.StringWriter();
        io.trailsentry.cli.Program.run(out, "replay", "--format", format, "events/self-modification-succeeded.json");
        return out.toString();
    }

    /// The options of a command, also of one that is none: then there are none.
    private static Set<String> options(String command) {
        CommandLine found = new CommandLine(new Main()).getSubcommands().get(command);
        return found == null ? Set.of() : found.getCommandSpec().optionsMap().keySet();
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/configuration.md", "docs/simulation.md"})
    void commands_areTheProgramsOwn_withTheirOptions(String document) throws IOException {
        List<String> lines = found(Pattern.compile("\\./trailsentry ([^`\\n]+)"), text(document)).toList();
        assertThat(lines).anyMatch(line -> line
                .startsWith(document.endsWith("simulation.md")
                        ? "simulate --output DIR "
                        : "except FINDING --until DATE --reason TEXT "));
        assertThat(lines).allSatisfy(line -> assertThat(options(line.split(" ", 2)[0])).isNotEmpty()
                .containsAll(found(OPTION, line).toList()));
    }

    @Test
    void simulation_hasOneRowForEachOptionAndAttack_withItsNumbersAndDetectors() throws IOException {
        String text = text("docs/simulation.md");
        Set<String> rows = found(Pattern.compile("(?m)^\\| `(--[a-z]+)"), text)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> options = new TreeSet<>(options("simulate"));
        options.removeAll(Set.of("--help", "-h", "--version", "-V"));
        assertThat(rows).isEqualTo(options);
        for (SimulatedAttack.Kind kind : SimulatedAttack.Kind.values()) {
            String row = text.lines().filter(line -> line.startsWith("| `" + kind.label() + "` |")).findFirst()
                    .orElseThrow();
            new SimulatedAttack(kind, Map.of(), null, null).numbers()
                    .forEach((name, number) -> assertThat(row).contains("`" + name + "` " + number));
            assertThat(kind.detectors()).allSatisfy(detector -> assertThat(row).contains("`" + detector + "`"));
        }
    }

    @Test
    void configuration_namesTheOptionsOfExcept() throws IOException {
        String section = text("docs/configuration.md").split("### An entry by command", 2)[1].split("\n## ", 2)[0];
        assertThat(options("except")).containsAll(found(OPTION, section).toList());
        assertThat(section).contains("--until", "--reason", "--any-target", "--agent", "--config");
    }

    @Test
    void configuration_namesTheOptionsAndNumbersOfLearn() throws IOException {
        String section = text("docs/configuration.md").split("## A first one, from history", 2)[1].split("\n## ", 2)[0];
        assertThat(options("learn")).containsAll(found(OPTION, section).toList());
        assertThat(section).contains("./trailsentry learn PATH", "--agent");
    }

    @Test
    void configuration_namesTheOptionsOfExplain() throws IOException {
        String section = text("docs/configuration.md").split("## Why something was told, or was not", 2)[1]
                .split("\n## ", 2)[0];
        assertThat(options("explain")).containsAll(found(OPTION, section).toList());
        assertThat(section).contains("./trailsentry explain EVENT PATH", "--format json", "--agent", "--config");
    }

    @Test
    void detections_haveOneRowForEachDetector() throws IOException {
        Set<String> rows = found(Pattern.compile("(?m)^\\| `([a-z-]+)` \\|"), text("docs/detections.md"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(rows).isEqualTo(new TreeSet<>(Detectors.IDS));
    }

    @Test
    @EnabledIf("labelledLogsAreThere")
    void detections_evaluation_isWhatTheCommandPrints() throws IOException {
        java.io.StringWriter out = new java.io.StringWriter();
        io.trailsentry.cli.Program.run(out, "evaluate", "--format", "markdown", "../shared/data");
        String printed = out.toString();
        String tables = printed.substring(0, printed.indexOf("### Missed")).strip();
        if (Boolean.getBoolean("evaluation.update")) {
            Files.writeString(Path.of("docs/detections.md"), text("docs/detections.md").replaceFirst(
                    "(?s)<!-- evaluation -->.*<!-- /evaluation -->",
                    java.util.regex.Matcher.quoteReplacement(
                            "<!-- evaluation -->\n" + tables + "\n<!-- /evaluation -->")));
        }
        assertThat(text("docs/detections.md"))
                .contains("<!-- evaluation -->\n" + tables + "\n<!-- /evaluation -->");
    }

    static boolean labelledLogsAreThere() {
        return Files.isDirectory(Path.of("../shared/data"));
    }

    @Test
    void performance_namesCommandsThatAreThere() throws IOException {
        Set<String> named = found(Pattern.compile("(?m)^    \\.ci/bench (\\w+)"), text("docs/performance.md"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named).isNotEmpty().isSubsetOf(
                found(Pattern.compile("(?m)^(\\w+)\\)$"), text(".ci/bench")).toList());
    }

    @Test
    void version_isTheBuilds() throws IOException {
        assertThat(text("pom.xml")).contains("<artifactId>trailsentry</artifactId>\n  <version>"
                + io.trailsentry.publish.Version.NUMBER + "</version>");
    }
}
