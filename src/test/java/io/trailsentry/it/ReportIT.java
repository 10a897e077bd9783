package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.cli.Program;
import io.trailsentry.publish.HtmlReport;
import io.trailsentry.testing.EventBuilder;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The report in a real browser. Where none is installed these tests are reported as skipped.
@EnabledIf("io.trailsentry.it.Browser#isInstalled")
class ReportIT {
    private static final String HOSTILE = "\"><script>document.title='run'</script><img src=x onerror=document.title='run'>"
            + "'><svg/onload=alert(1)></style></title><a href=\"javascript:alert(1)\">x</a><base href=//evil.example>";

    /// Texts that are too faint for their background (WCAG 2.2, 1.4.3: 4.5 to 1, large ones and shapes 3 to 1).
    private static final String FAINT = """
            (() => {
              const rgb = text => text.match(/[\\d.]+/g).map(Number);
              const light = color => {
                const [r, g, b] = color.slice(0, 3).map(v => v / 255)
                    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const ground = element => {
                for (let e = element; e; e = e.parentElement) {
                  const color = rgb(getComputedStyle(e).backgroundColor);
                  if (color.length === 3 || color[3] > 0) return color;
                }
                return [255, 255, 255];
              };
              const faint = [];
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              for (let node = texts.nextNode(); node; node = texts.nextNode()) {
                const element = node.parentElement;
                const style = getComputedStyle(element);
                if (!node.data.trim() || ['title', 'desc'].includes(element.localName)
                    || parseFloat(style.fontSize) === 0) continue;
                const ink = rgb(element.namespaceURI.endsWith('svg') ? style.fill : style.color);
                const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x);
                const large = element.ariaHidden === 'true' || parseFloat(style.fontSize) >= 24
                    || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
                const ratio = (a + 0.05) / (b + 0.05);
                if (ratio < (large ? 3 : 4.5)) {
                  faint.push(element.localName + '.' + element.getAttribute('class') + ' ' + ratio.toFixed(2) + ': '
                      + node.data.trim().slice(0, 40));
                }
              }
              return [...new Set(faint)];
            })()""";

    private static Browser browser;

    @TempDir
    private Path folder = Path.of("");

    @BeforeAll
    static void start() throws IOException {
        browser = Browser.start();
    }

    @AfterAll
    static void stop() throws IOException {
        browser.close();
    }

    private Path report(String... args) {
        Path page = folder.resolve("report.html");
        List<String> all = new ArrayList<>(List.of("replay", "--format", "html", "--output", page.toString()));
        all.addAll(List.of(args));
        assertThat(Program.run(new StringWriter(), all.toArray(String[]::new))).isZero();
        return page;
    }

    private static long count(String selector) {
        return browser.evaluate("document.querySelectorAll(" + quoted(selector) + ").length").asLong();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /// The page asked for itself alone, and had nothing to complain of.
    private static void assertSelfContained(Path page) {
        assertThat(browser.requests()).containsExactly(page.toUri().toString());
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void page_opensFromAFile_withoutNetworkOrScript() {
        Path page = report("events");
        browser.open(page);

        assertSelfContained(page);
        assertThat(browser.evaluate("document.compatMode").asText()).isEqualTo("CSS1Compat");
        assertThat(browser.evaluate("document.querySelector('h1').textContent").asText())
                .isEqualTo("Act now: coder attached an administrator policy to itself. It succeeded.");
        assertThat(count("details.story")).isEqualTo(5);
        assertThat(count("details.agent")).isEqualTo(2);
        assertThat(count("svg[role=img] > title")).isEqualTo(2);
        assertThat(count("table.heat td")).isEqualTo(2 * (7 * 24 + 1));
        assertThat(count("script, link, img, iframe, object, embed, form, input, style ~ style, [style]")).isZero();
        assertThat(browser.evaluate("getComputedStyle(document.body).margin").asText()).as("its style applies")
                .isEqualTo("0px");
    }

    @Test
    void page_ofHostileNames_runsNone() throws IOException {
        List<String> records = new ArrayList<>();
        for (String field : List.of("awsRegion", "userAgent", "sourceIPAddress", "eventID", "requestID", "eventSource",
                "eventName", "errorCode", "errorMessage")) {
            EventBuilder event = EventBuilder.role("mcp-agent-role", HOSTILE).write("iam", "PutRolePolicy")
                    .parameter("roleName", "mcp-agent-role").at("2026-11-17T09:00:00Z", "e-" + field);
            records.add(event.with(field, HOSTILE).identity("principalId", "AROA:" + HOSTILE + field).json());
        }
        records.add(EventBuilder.roleAt("arn:aws:iam::111122223333:role/" + HOSTILE, HOSTILE)
                .write("cloudtrail", "StopLogging").parameter("name", HOSTILE).json());
        Path trail = Files.write(folder.resolve("trail.jsonl"), records);
        Path page = report("--agent", "*", trail.toString());

        browser.open(page);
        browser.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)");

        assertSelfContained(page);
        assertThat(browser.evaluate("document.title").asText()).isNotEqualTo("run").endsWith("TrailSentry report");
        assertThat(count("script, img, base, a[href^=javascript]")).isZero();
        JsonNode handlers = browser.evaluate(
                """
                        [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(a => a.startsWith('on'))""");
        assertThat(handlers).isEmpty();
        assertThat(browser.evaluate("document.body.textContent").asText()).contains("<img src=x onerror=");
    }

    @ParameterizedTest
    @CsvSource({"1280, false", "1280, true", "390, false", "390, true"})
    void page_isLegible_andFitsItsWindow(int width, boolean dark) {
        browser.open(report("events"));
        browser.show(width, dark, "screen");
        browser.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)");

        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt()).isLessThanOrEqualTo(width);
        assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor").asText())
                .isEqualTo(dark ? "rgb(16, 19, 24)" : "rgb(255, 255, 255)");
        assertThat(browser.evaluate(FAINT)).isEmpty();
    }

    @Test
    void print_showsWhatIsFolded_inLightColours() {
        browser.open(report("events"));
        browser.show(800, true, "print");

        assertThat(count("details:not([open])")).isPositive();
        JsonNode unseen = browser.evaluate("""
                [...document.querySelectorAll('details > :not(summary)')]
                    .filter(part => !part.checkVisibility({contentVisibilityAuto: true})
                        || part.getBoundingClientRect().height === 0).map(part => part.outerHTML.slice(0, 80))""");
        assertThat(unseen).isEmpty();
        assertThat(browser.evaluate("getComputedStyle(document.body).color").asText()).isEqualTo("rgb(23, 26, 31)");
        assertThat(browser.evaluate(FAINT)).isEmpty();
    }

    @Test
    void screenReader_isToldTheParts_andWhatDrawingsShow() {
        browser.open(report("events"));
        browser.show(1280, false, "screen");
        List<String> told = browser.accessible();

        assertThat(told).contains("banner ", "navigation Parts of this page", "main ", "heading Findings",
                "heading Agents", "heading What exceptions hid", "heading Input");
        assertThat(told).anyMatch(line -> line.startsWith("image Calls over time, by "));
        assertThat(told).anyMatch(line -> line.startsWith("table Calls by hour and weekday in Europe/Berlin"));
        assertThat(told).filteredOn(line -> line.startsWith("image ")).noneMatch("image "::equals);
        assertThat(told).filteredOn(line -> line.startsWith("table ")).noneMatch("table "::equals);
        // One h1, and no level left out.
        List<Integer> levels = new ArrayList<>();
        browser.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.localName[1])")
                .forEach(level -> levels.add(level.asInt()));
        assertThat(levels).startsWith(1).containsOnlyOnce(1);
        for (int i = 1; i < levels.size(); i++) {
            assertThat(levels.get(i)).isLessThanOrEqualTo(levels.get(i - 1) + 1);
        }
    }

    @Test
    void keyboard_reachesTheFindings_andOpensThem() {
        browser.open(report("events"));
        browser.show(1280, false, "screen");

        browser.press("Tab", 9);
        assertThat(browser.evaluate("document.activeElement.textContent").asText()).isEqualTo("To the findings");
        for (int i = 0; i < 40 && !browser.evaluate("""
                document.activeElement.localName === 'summary'
                    && document.activeElement.parentElement.matches('.story:not([open])')""").asBoolean(); i++) {
            browser.press("Tab", 9);
        }
        browser.press("Enter", 13);
        assertThat(browser.evaluate("document.activeElement.parentElement.matches('.story[open]')").asBoolean())
                .isTrue();
    }

    @Test
    void page_of100000Calls_isSmallAndLoads() throws IOException {
        Path trail = folder.resolve("trail.jsonl");
        String record = EventBuilder.agent().call("ec2", "DescribeInstances").at("WHEN", "WHICH").in("eu-central-1")
                .json();
        long start = Instant.parse("2026-09-01T00:00:00Z").getEpochSecond();
        try (BufferedWriter out = Files.newBufferedWriter(trail, StandardCharsets.UTF_8)) {
            for (int i = 0; i < 100_000; i++) {
                out.write(record.replace("WHEN", Instant.ofEpochSecond(start + i * 60L).toString())
                        .replace("WHICH", "event-" + i).replace("mcp-agent-role", "agent-" + i % 7));
                out.newLine();
            }
        }
        Path page = report("--agent", "*", trail.toString());
        assertThat(Files.size(page)).isLessThan(HtmlReport.LONGEST / 10);

        browser.open(page);

        assertSelfContained(page);
        assertThat(browser.evaluate("document.querySelector('.counts').textContent").asText())
                .contains("100,000 calls").contains("7 agents");
        assertThat(count("details.agent")).isEqualTo(7);
        assertThat(count("*")).isLessThan(20_000);
    }
}
