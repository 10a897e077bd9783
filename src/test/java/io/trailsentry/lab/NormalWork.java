package io.trailsentry.lab;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.lab.Disturbance.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// How often simulated ordinary work is disturbed and which bursts among it are found: the figures of `docs/baseline.md`.
///
/// `.ci/bench normal [FIRST-SEED [SEEDS [AGENTS [WEEKS]]]]` runs it and writes them into that document, with its chart.
record NormalWork(List<Long> seeds, int agents, LocalDate from, int weeks, List<Disturbance> agentsSeen) {
    static final String BEGIN = "<!-- figures: written by .ci/bench normal -->";
    static final String END = "<!-- end of figures -->";
    private static final LocalDate FROM = LocalDate.of(2026, 9, 28);
    private static final Path DOCUMENT = Path.of("docs/baseline.md");
    private static final Path CHART = Path.of("docs/images/baseline.svg");

    static void main(String[] args) throws IOException {
        int[] numbers = {101, 3, 8, 11};
        for (int i = 0; i < Math.min(args.length, numbers.length); i++) {
            numbers[i] = Integer.parseInt(args[i]);
        }
        NormalWork work = of(LongStream.range(numbers[0], numbers[0] + (long) numbers[1]).boxed().toList(), numbers[2],
                numbers[3]);
        System.out.print(work.markdown());
        System.out.println();
        work.agentsSeen.forEach(agent -> agent.early().forEach(finding -> print("first days", agent, finding)));
        work.agentsSeen.forEach(agent -> agent.findings().forEach(finding -> print("false", agent, finding)));
        work.trials().stream().filter(trial -> !trial.isFound()).filter(NormalWork::isPromised)
                .forEach(trial -> System.out.println("missed: " + trial));
        if (args.length == 0) {
            String document = Files.readString(DOCUMENT);
            int begin = document.indexOf(BEGIN) + BEGIN.length();
            Files.writeString(DOCUMENT, document.substring(0, begin) + "\n\n" + work.markdown() + "\n"
                    + document.substring(document.indexOf(END)));
            Files.createDirectories(CHART.getParent());
            Files.writeString(CHART, new BurstChart(work).svg());
        }
    }

    private static void print(String what, Disturbance agent, Finding finding) {
        System.out.println(what + ": seed " + agent.seed() + " agent " + agent.agent() + " " + finding.firstSeen() + " "
                + finding.score() + " " + finding.signals().stream()
                        .map(signal -> signal.detector() + " " + signal.score() + " " + signal.reason()).toList());
    }

    /// Lets agents work, of which all is learned.
    static NormalWork of(List<Long> seeds, int agents, int weeks) {
        Configuration nothing = Configuration.EMPTY;
        Watch watch = Watch.of(nothing, nothing.rosterOf(List.of("*")), Catalogue.load());
        return new NormalWork(seeds, agents, FROM, weeks, Disturbance.all(seeds, agents, FROM, weeks, watch));
    }

    /// What every burst of must be found.
    static boolean isPromised(Trial trial) {
        return trial.size() >= (trial.night() ? 60 : 8);
    }

    List<Trial> trials() {
        return agentsSeen.stream().flatMap(agent -> agent.trials().stream()).toList();
    }

    List<Trial> trials(boolean night, int size) {
        return trials().stream().filter(trial -> trial.night() == night && trial.size() == size).toList();
    }

    /// Share of the bursts of a size that are told as medium or graver.
    double found(boolean night, int size) {
        List<Trial> trials = trials(night, size);
        return (double) trials.stream().filter(Trial::isFound).count() / trials.size();
    }

    double agentWeeks() {
        return agentsSeen.stream().mapToInt(Disturbance::days).sum() / 7.0;
    }

    /// False alerts, medium and above, in ten agent-weeks.
    double falseAlerts() {
        return 10 * agentsSeen.stream().mapToInt(agent -> agent.findings().size()).sum() / agentWeeks();
    }

    private static String percent(double share) {
        return share == 1 ? "100 %" : String.format(Locale.ROOT, "%.1f %%", Math.floor(share * 1000) / 10);
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        Map<String, Integer> byDetector = new TreeMap<>();
        agentsSeen.forEach(agent -> agent.findings()
                .forEach(finding -> byDetector.merge(finding.leading().detector(), 1, Integer::sum)));
        int findings = agentsSeen.stream().mapToInt(agent -> agent.findings().size()).sum();
        int early = agentsSeen.stream().mapToInt(agent -> agent.early().size()).sum();
        int lows = agentsSeen.stream().mapToInt(Disturbance::lows).sum();
        text.append(String.format(Locale.ROOT,
                """
                        Seeds %s, %d agents each, %d weeks from %s on; of each agent the first 15 days are only learned from. That leaves %.1f \
                        agent-weeks.

                        **False alerts** of medium severity or above that something learned is part of: %d, or **%.2f in ten \
                        agent-weeks**%s; beside them %.1f low findings in ten agent-weeks. In the first 15 days: %d \
                        in %.1f agent-weeks.

                        | burst | tried | found | low only | unnoticed | to the alert, median | at most | late at most |
                        |---|---|---|---|---|---|---|---|
                        """,
                seeds.stream().map(String::valueOf).collect(Collectors.joining(", ")), agents, weeks, from,
                agentWeeks(), findings, falseAlerts(),
                byDetector.isEmpty()
                        ? ""
                        : " (" + byDetector.entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", ")) + ")",
                10 * lows / agentWeeks(), early, 15 * agentsSeen.size() / 7.0));
        for (int size : Disturbance.NIGHT) {
            text.append(row("by night, " + size + " calls in 5 min", trials(true, size)));
        }
        for (int size : Disturbance.DAY) {
            text.append(row("by day, " + size + " times the hour's usual, in 60 min", trials(false, size)));
        }
        return text.toString();
    }

    private static String row(String name, List<Trial> trials) {
        long found = trials.stream().filter(Trial::isFound).count();
        long low = trials.stream().filter(trial -> !trial.isFound() && trial.severity() == Severity.LOW).count();
        List<Long> times = new ArrayList<>();
        List<Long> late = new ArrayList<>();
        for (Trial trial : trials) {
            if (trial.found() != null) {
                times.add(trial.found());
            }
            if (trial.late() != null) {
                late.add(trial.late());
            }
        }
        times.sort(null);
        return "| " + String.join(" | ", name, String.valueOf(trials.size()),
                percent((double) found / trials.size()), percent((double) low / trials.size()),
                percent((double) (trials.size() - found - low) / trials.size()),
                times.isEmpty() ? "-" : time(times.get(times.size() / 2)),
                times.isEmpty() ? "-" : time(times.getLast()),
                late.isEmpty() ? "-" : late.stream().mapToLong(Long::longValue).max().orElse(0) + " s") + " |\n";
    }

    private static String time(long seconds) {
        return seconds / 60 + ":" + (seconds % 60 < 10 ? "0" : "") + seconds % 60;
    }

}
