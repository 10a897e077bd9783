package io.trailsentry.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Signal;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Finding;
import io.trailsentry.lab.Disturbance.Trial;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalWorkTest {
    private static final Set<String> RATES = Set.of("off-hours-burst", "call-burst");

    /// The criterion of `docs/baseline.md` on a few agent-weeks, of agents of six kinds.
    @Test
    void fewAgentWeeks_meetTheCriterion_andHaveTheDocumentsForm() throws IOException {
        NormalWork work = NormalWork.of(List.of(7L), 6, 4);
        System.out.println("NormalWorkTest: seed 7, " + work.agentWeeks() + " agent-weeks, " + work.falseAlerts()
                + " false alerts in ten");
        assertThat(work.agentsSeen().stream().mapToInt(agent -> agent.findings().size()).sum())
                .isLessThanOrEqualTo((int) Math.ceil(work.agentWeeks() / 10));
        assertThat(work.trials().stream().filter(NormalWork::isPromised)).isNotEmpty().allMatch(Trial::isFound)
                .allMatch(trial -> trial.late() != null && trial.late() <= 60);
        assertThat(work.found(true, 10)).isZero();

        String document = Files.readString(Path.of("docs/baseline.md"));
        String figures = document.substring(document.indexOf(NormalWork.BEGIN) + NormalWork.BEGIN.length(),
                document.indexOf(NormalWork.END)).strip();
        assertThat(shape(figures)).isEqualTo(shape(work.markdown().strip()));
        assertThat(shape(Files.readString(Path.of("docs/images/baseline.svg")))).isEqualTo(
                shape(new BurstChart(work).svg()));
    }

    /// A text without its numbers, and what only some of them bring.
    private static List<String> shape(String text) {
        return text.replaceAll(" \\([a-z].*?\\)", "").replaceAll("\\d+(, \\d+)*", "N").replaceAll("N([.:-]N)+", "N")
                .replaceAll("\\| (N|N %|N s|-)(?= \\|)", "| N")
                .lines().map(line -> line.replaceAll("\\s+", " ")).toList();
    }

    /// In real records of attacks and of work no burst is found: they are too few to learn from, and no hours are set.
    @ParameterizedTest
    @ValueSource(strings = {"stratus", "traildiscover", "eventbridge-envelopes"})
    void realRecords_holdNoBurst(String set) throws IOException {
        Path data = Path.of("../shared/data", set);
        assumeTrue(Files.isDirectory(data), "no labelled data beside the project");
        TrailFiles reader = new TrailFiles();
        Watch watch = Watch.of(Configuration.EMPTY, Configuration.EMPTY.rosterOf(List.of("*")), Catalogue.load());
        Replay.Result result = new Replay(watch, new Replay.Listener() {
            @Override
            public void file(String file, int number, int of) {
                assertThat(number).isBetween(1, of);
            }

            @Override
            public void remark(Position position, String what, boolean isLost) {
                assertThat(what).isNotEmpty();
            }
        }).run(reader, reader.files(List.of(data.toString())));
        assertThat(result.findings()).isNotEmpty();
        assertThat(result.findings().stream().flatMap(NormalWorkTest::rates)).isEmpty();
    }

    private static Stream<String> rates(Finding finding) {
        return finding.signals().stream().filter(signal -> RATES.contains(signal.detector())).map(Signal::reason);
    }
}
