package io.trailsentry.cli;

import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.lab.Evaluation;
import io.trailsentry.lab.LabelledSet;
import io.trailsentry.lab.Report;
import io.trailsentry.trail.Position;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `evaluate`: how much of labelled logs is found, and how often ordinary work is disturbed.
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false, description = "Measures recall and precision on labelled logs. Labels are told by form: a labels.jsonl beside "
        + "records, a file named after a Stratus technique, lines with an event and whether a rule is "
        + "expected to match. Anything else is ordinary work.", footer = "Without --config every principal is an agent of which all is learned.")
final class EvaluateCommand implements Callable<Integer> {
    private static final int UNREADABLE = 1;

    /// Forms of output.
    enum Format {
        /// For people.
        TEXT,
        /// For documentation.
        MARKDOWN,
        /// For programs.
        JSON
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Option(names = "--format", paramLabel = "text|markdown|json", description = "Form of the output (default: text).")
    private Format format = Format.TEXT;

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Files or folders: .json or .jsonl, each also .gz.")
    private List<String> paths = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        if (paths.contains("-")) {
            throw new ParameterException(command, "evaluate needs files: what they hold is told by their names");
        }
        Configuration given = config.given();
        Configuration configuration = given == null ? Configuration.EMPTY : given;
        Roster roster = given == null ? configuration.rosterOf(List.of("*")) : configuration.roster();
        List<LabelledSet> sets = evaluate(command, Watch.of(configuration, roster, Catalogue.load()));
        Report report = new Report(sets);
        command.getOut().print(switch (format) {
            case TEXT -> report.text();
            case MARKDOWN -> report.markdown();
            case JSON -> report.json();
        });
        command.getOut().flush();
        return sets.stream().anyMatch(set -> set.counts().unreadable() > 0) ? UNREADABLE : 0;
    }

    private List<LabelledSet> evaluate(CommandLine command, Watch watch) throws IOException {
        try {
            return new Evaluation(watch, new Losses(new Console(command.getErr(), false))).run(paths);
        } catch (NoSuchFileException e) {
            throw new ParameterException(command, e.getMessage() + " does not exist", e);
        }
    }

    /// Passes on what was lost. Labelled logs are full of oddities of their makers, which their labels allow for.
    private record Losses(Replay.Listener to) implements Replay.Listener {
        @Override
        public void file(String file, int number, int of) {
            // Told at the end, in the table.
        }

        @Override
        public void remark(Position position, String what, boolean lost) {
            if (lost) {
                to.remark(position, what, true);
            }
        }
    }
}
