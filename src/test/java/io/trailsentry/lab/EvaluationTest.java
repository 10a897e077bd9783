package io.trailsentry.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Severity;
import io.trailsentry.lab.LabelledSet.Counts;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Position;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder = Path.of("");

    /// What was complained of as lost.
    private final List<String> lost = new ArrayList<>();

    private List<LabelledSet> evaluate(Path... paths) throws IOException {
        Watch watch = Watch.of(Configuration.EMPTY, Configuration.EMPTY.rosterOf(List.of("*")), Catalogue.load());
        return new Evaluation(watch, new Replay.Listener() {
            @Override
            public void file(String file, int number, int of) {
                assertThat(number).isBetween(1, of);
            }

            @Override
            public void remark(Position position, String what, boolean isLost) {
                if (isLost) {
                    lost.add(Path.of(position.file()).getFileName() + " " + position.record());
                }
            }
        }).run(Stream.of(paths).map(Path::toString).toList());
    }

    private JsonNode report(Path... paths) throws IOException {
        return JSON.readTree(new Report(evaluate(paths)).json());
    }

    private Path write(String name, String... lines) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return Files.writeString(file, String.join("\n", lines));
    }

    /// A role that rewrites its own policy: grave whatever else is detected.
    private static EventBuilder attack(String id) {
        return EventBuilder.role("builder", "b").write("iam", "PutRolePolicy").parameter("roleName", "builder")
                .at("2026-11-17T09:00:00Z", id);
    }

    /// A call of a service that no catalogue will ever list.
    private static EventBuilder unknown(String id) {
        return EventBuilder.role("builder", "b").write("example", "FrobnicateThing").at("2026-11-17T09:00:00Z", id);
    }

    private static EventBuilder read(String id) {
        return EventBuilder.role("builder", "b").at("2026-11-17T09:00:00Z", id);
    }

    private static String label(String id, String tactics) {
        return "{\"eventID\":\"" + id + "\",\"usedInWild\":true,\"label\":\"attack-api\",\"tactics\":[" + tactics
                + "]}";
    }

    private static String test(String rule, boolean expected, EventBuilder event) {
        return "{\"rule\":\"" + rule + "\",\"test\":\"t\",\"expected\":" + expected + ",\"event\":" + event.json()
                + "}";
    }

    private static JsonNode row(JsonNode table, String column, String value) {
        for (JsonNode row : table) {
            if (row.path(column).asText().equals(value)) {
                return row;
            }
        }
        throw new AssertionError(value + " is not in " + table);
    }

    private static String share(JsonNode cell) {
        return cell.path("part").asInt() + "/" + cell.path("of").asInt();
    }

    @Test
    void labelledRecords_areJudgedAlone_andCountForEachTactic() throws IOException {
        write("any name/labels.jsonl", label("a", "\"Privilege Escalation\",\"Persistence\""),
                label("b", "\"Impact\""), label("c", "\"Discovery\""), label("d", "\"Discovery\",\"Collection\""),
                label("e", ""));
        write("any name/calls.jsonl", attack("a").json(), unknown("b").json(), read("c").json(), unknown("d").json(),
                unknown("e").json());
        JsonNode report = report(folder);
        JsonNode summary = row(report.path("summary"), "set", "any name");
        assertThat(share(summary.path("found"))).isEqualTo("1/3");
        assertThat(share(summary.path("foundMedium"))).isEqualTo("1/3");
        assertThat(share(summary.path("precision"))).isEqualTo("1/1");
        assertThat(share(summary.path("precisionIfAllFlagged"))).isEqualTo("3/4");
        assertThat(summary.path("critical").asInt()).isEqualTo(1);
        assertThat(report.path("tactics")).extracting(row -> row.path("tactic").asText() + " "
                + share(row.path("records"))).containsExactly("the six damaging ones 1/2", "persistence 1/1",
                        "privilege-escalation 1/1", "discovery 0/1", "collection 0/1", "impact 0/1",
                        "quiet: discovery alone 0/1", "no tactic told 0/1");
        assertThat(report.path("missed")).extracting(row -> row.path("names").path(0).asText())
                .containsExactlyInAnyOrder("b", "d");
    }

    @Test
    void labelledFolder_accountsForWhatHasNoCounterpart() throws IOException {
        write("set/labels.jsonl", label("a", "\"Impact\""), "", "{broken", "{\"tactics\":[]}",
                label("gone", "\"Impact\""), label("root", "\"Impact\""));
        write("set/records.jsonl", attack("a").json(), attack("a").json(), attack("nameless").json(), "{\"no\":1}",
                EventBuilder.root().at("2026-11-17T09:00:00Z", "root").json());
        assertThat(evaluate(folder)).singleElement()
                .satisfies(set -> assertThat(set.counts()).isEqualTo(new Counts(1, 1, 1, 1, 1, 2, 1)));
        assertThat(lost).containsExactly("labels.jsonl 3", "labels.jsonl 4");
    }

    @Test
    void labelWithoutTactic_isOrdinaryOnlyWhenItSaysSo() throws IOException {
        write("set/labels.jsonl", "{\"eventID\":\"a\",\"label\":\"benign\"}", "{\"eventID\":\"b\"}");
        write("set/records.jsonl", attack("a").json(), attack("b").json());
        JsonNode summary = report(folder).path("summary").path(0);
        assertThat(summary.path("quietRecords").asInt()).isEqualTo(1);
        assertThat(summary.path("alarms").asInt()).isEqualTo(1);
        assertThat(share(summary.path("found"))).isEqualTo("0/0");
    }

    @Test
    void techniqueFile_isOneHistory_andTellsWhichActionsAreFlagged() throws IOException {
        write("x/aws.persistence.made-up-one.json",
                "{\"Records\":[" + read("p").json() + "," + attack("a").json() + "," + attack("a").json() + "]}");
        write("x/aws.impact.made-up-two.jsonl", unknown("u").json());
        JsonNode report = report(folder);
        JsonNode found = row(report.path("techniques"), "technique", "aws.persistence.made-up-one");
        assertThat(found.path("best").asText()).startsWith("critical");
        assertThat(found.path("records").asInt()).isEqualTo(2);
        assertThat(share(found.path("actionsFlagged"))).isEqualTo("1/2");
        assertThat(found.path("signals").path(0).asText())
                .startsWith("iam:PutRolePolicy succeeded iam-self-modification");
        assertThat(share(report.path("summary").path(0).path("foundMedium"))).isEqualTo("1/2");
        assertThat(share(row(report.path("tactics"), "tactic", "impact").path("techniques"))).isEqualTo("0/1");
        assertThat(report.path("missed")).extracting(row -> row.path("action").asText())
                .containsExactly("aws.impact.made-up-two");
        assertThat(report.path("records").path(0).path("duplicates").asInt()).isEqualTo(1);
    }

    @Test
    void signalAboutManyCalls_flagsNoAction() throws IOException {
        String[] knocks = new String[12];
        for (int i = 0; i < knocks.length; i++) {
            knocks[i] = unknown("k" + i).call("example", "Frobnicate" + (char) ('A' + i))
                    .denied("example:Frobnicate" + (char) ('A' + i), "*").json();
        }
        write("aws.discovery.knocking.jsonl", knocks);
        JsonNode found = report(folder).path("techniques").path(0);
        assertThat(share(found.path("actionsFlagged"))).isEqualTo("0/12");
        assertThat(found.path("signals").path(0).asText()).startsWith("many calls denied denied-burst");
    }

    @Test
    void techniqueOfNobodyWatched_isMissed() throws IOException {
        write("aws.impact.by-root.json", EventBuilder.root().json());
        assertThat(share(report(folder).path("summary").path(0).path("found"))).isEqualTo("0/1");
    }

    @Test
    void rulesTests_tellWhatShouldHaveBeenFoundAndWhatDisturbs() throws IOException {
        write("rules/anything.jsonl", test("R1", true, attack("a")), test("R2", true, unknown("b")),
                test("R3", false, attack("a")), test("R4", false, read("c")), "{\"rule\":\"R5\"}", "[1]");
        JsonNode report = report(folder);
        JsonNode summary = report.path("summary").path(0);
        assertThat(summary.path("form").asText()).isEqualTo("tests");
        assertThat(share(summary.path("found"))).isEqualTo("1/2");
        assertThat(share(summary.path("precision"))).isEqualTo("1/2");
        assertThat(summary.path("alarms").asInt()).isEqualTo(1);
        assertThat(summary.path("alarmsPer1000").asInt()).isEqualTo(500);
        assertThat(report.path("missed").path(0).path("names").path(0).asText()).isEqualTo("R2: t");
        JsonNode alarm = report.path("falseAlarmList").path(0);
        assertThat(alarm.path("severity").asText()).isEqualTo("critical");
        assertThat(alarm.path("detectors").asText()).isEqualTo("iam-self-modification");
        assertThat(alarm.path("action").asText()).isEqualTo("iam:PutRolePolicy");
        assertThat(alarm.path("names").path(0).asText()).isEqualTo("R3: t");
        assertThat(evaluate(folder).getFirst().counts()).isEqualTo(new Counts(4, 0, 1, 0, 0, 1, 0));
    }

    @Test
    void ordinaryRecords_areJudgedTogether_andEveryFindingIsAFalseAlarm() throws IOException {
        write("envelopes/one.json", read("a").envelope());
        write("envelopes/two.json", attack("b").envelope());
        write("envelopes/three.json", attack("c").envelope());
        JsonNode report = report(folder);
        JsonNode summary = report.path("summary").path(0);
        assertThat(summary.path("records").asInt()).isEqualTo(3);
        assertThat(summary.path("alarms").asInt()).as("one story").isEqualTo(1);
        assertThat(summary.path("alarmsPer1000").asInt()).isEqualTo(333);
        assertThat(share(summary.path("precision"))).isEqualTo("0/1");
        JsonNode detector = row(report.path("detectors"), "detector", "iam-self-modification");
        assertThat(detector.path("critical").asInt()).isEqualTo(1);
    }

    @Test
    void flaggingEverything_reachesNoMorePrecisionThanChance() throws IOException {
        write("t/tests.jsonl", test("R1", true, attack("a")), test("R2", false, attack("b")),
                test("R3", false, attack("c")), test("R4", false, attack("d")));
        JsonNode summary = report(folder).path("summary").path(0);
        assertThat(share(summary.path("found"))).isEqualTo("1/1");
        assertThat(share(summary.path("precision"))).isEqualTo("1/4")
                .isEqualTo(share(summary.path("precisionIfAllFlagged")));
        assertThat(share(summary.path("flagged"))).isEqualTo("4/4");
        assertThat(summary.path("alarmsPer1000").asInt()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({"aws.impact.x-y.json, TECHNIQUES", "aws.impact.x-y.jsonl.gz, TECHNIQUES", "aws.impact.json, ORDINARY",
            "gcp.impact.x-y.json, ORDINARY", "tests.jsonl, TESTS", "tests.jsonl.gz, TESTS", "tests.json, ORDINARY"})
    void form_isToldByNameAndContent(String name, Form form) throws IOException {
        Path file = write(name, "\n" + test("R", false, read("a")));
        if (name.endsWith(".gz")) {
            pack(file);
        }
        assertThat(Form.of(file)).isEqualTo(form);
        write(Form.LABELS, label("a", ""));
        assertThat(Form.of(file)).isEqualTo(Form.RECORDS);
    }

    @Test
    void packedTests_cutOff_areReadAsFarAsTheyGo() throws IOException {
        Path file = write("tests.jsonl.gz", test("R", true, attack("a")), "\n");
        pack(file);
        byte[] packed = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(packed, packed.length - 4));
        Counts counts = evaluate(folder).getFirst().counts();
        assertThat(counts.judged()).isEqualTo(1);
        assertThat(counts.unreadable()).isEqualTo(1);
    }

    private static void pack(Path file) throws IOException {
        byte[] plain = Files.readAllBytes(file);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(plain);
        }
    }

    @Test
    void pathGivenTwice_countsOnce_andASingleFileIsNamedAfterItsFolder() throws IOException {
        Path file = write("rules/tests.jsonl", test("R", true, attack("a")));
        assertThat(evaluate(file, folder, folder.resolve("rules"))).singleElement().satisfies(set -> {
            assertThat(set.name()).isEqualTo("rules");
            assertThat(set.counts().judged()).isEqualTo(1);
        });
    }

    @Test
    void report_isTheSameEveryTime_andShowsHostileNamesDefused() throws IOException {
        write("rules/tests.jsonl", test("\\u001b[2J|evil\\u202e", false, attack("a")));
        write("set/labels.jsonl", label("b", "\"Impact\""));
        write("set/records.jsonl", unknown("b").json());
        Report first = new Report(evaluate(folder));
        Report second = new Report(evaluate(folder));
        assertThat(first.text()).isEqualTo(second.text()).contains("evil").doesNotContain("\u001b", "\u202e");
        assertThat(first.markdown()).isEqualTo(second.markdown()).contains("### Missed", "| set |")
                .doesNotContain("\u001b", "\u202e", "J|evil");
        assertThat(first.json()).isEqualTo(second.json()).endsWith("]}\n");
    }

    @Test
    void severities_areThoseOfTheFindings() throws IOException {
        write("rules/tests.jsonl", test("R", true, attack("a").denied("iam:PutRolePolicy", "role builder")));
        assertThat(evaluate(folder).getFirst().cases().getFirst().findings()).singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isLessThan(Severity.CRITICAL));
        JsonNode summary = report(folder).path("summary").path(0);
        assertThat(summary.path("critical").asInt()).isZero();
        assertThat(Stream.of("critical", "high", "medium", "low").mapToInt(name -> summary.path(name).asInt()).sum())
                .isEqualTo(1);
    }

    /// Public logs that stand beside the project on some machines; what is found in them is no matter here.
    @Test
    void labelledData_everyRecordIsAccountedFor() throws IOException {
        Path data = Path.of("../shared/data");
        assumeTrue(Files.isDirectory(data), "no labelled data beside the project");
        List<LabelledSet> sets = evaluate(data);
        long values = 0;
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                values += values(file);
            }
        }
        assertThat(sets.stream().mapToLong(set -> set.counts().all()).sum()).isEqualTo(values);
        assertThat(sets).filteredOn(set -> set.form() != Form.ORDINARY).allSatisfy(set -> assertThat(
                set.cases().stream().mapToLong(Case::records).sum()).isEqualTo(set.counts().judged()));
        assertThat(new Report(sets).text()).contains("Recall and precision");
    }

    private static long values(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        if (name.equals(Form.LABELS)) {
            return 0;
        }
        if (name.endsWith(".jsonl")) {
            return Files.readString(file, StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).count();
        }
        if (!name.endsWith(".json")) {
            return 0;
        }
        JsonNode records = JSON.readTree(file.toFile()).path("Records");
        return records.isArray() ? records.size() : 1;
    }
}
