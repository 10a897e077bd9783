package io.trailsentry.cli;

import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.JsonLines;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.OcsfFinding;
import io.trailsentry.publish.TextReport;
import io.trailsentry.publish.Version;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `replay`: what TrailSentry would have said about files of events.
@Command(name = "replay", mixinStandardHelpOptions = true, sortOptions = false, description = "Reads CloudTrail files and prints what TrailSentry would have found.", footer = ReplayCommand.WITHOUT_CONFIG)
final class ReplayCommand implements Callable<Integer> {
    /// What counts where the option is not there.
    static final String WITHOUT_CONFIG = "Without --config: trailsentry.yaml beside the first PATH or in it, else in the "
            + "current folder, else none.";
    private static final int UNREADABLE = 1;
    private static final int FOUND = 3;

    /// Forms of output.
    enum Format {
        /// For people.
        TEXT,
        /// One finding a line, as JSON.
        JSONL,
        /// One OCSF Detection Finding a line.
        OCSF
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private AgentOption agent = new AgentOption();

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Option(names = "--format", paramLabel = "text|jsonl|ocsf", description = "Form of the output (default: text).")
    private Format format = Format.TEXT;

    @Option(names = "--min-severity", paramLabel = "SEVERITY", description = "Print findings from this severity up.")
    private Severity minSeverity = Severity.LOW;

    @Option(names = "--fail-on", paramLabel = "SEVERITY", description = "End with exit code 3 when there is a finding of this severity or above.")
    private @Nullable Severity failOn;

    @Option(names = "--output", paramLabel = "FILE", description = "Write findings here instead of standard output.")
    private @Nullable Path output;

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Files, folders, or - for standard input: .json or .jsonl, each also .gz.")
    private List<String> paths = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        PrintWriter err = command.getErr();
        Configuration configuration = config.givenOrBeside(paths);
        Roster roster = agent.roster(configuration);
        Catalogue catalogue = Catalogue.load();
        TrailFiles reader = new TrailFiles();
        List<String> files = files(command, reader, paths);
        Console console = new Console(err, Boolean.getBoolean("trailsentry.terminal"));
        Replay.Result result = new Replay(Watch.of(configuration, roster, catalogue), console).run(reader, files);
        print(command, result.findings(), renderer(configuration, catalogue));
        console.summarise(result);
        if (failOn != null && result.findings().stream().anyMatch(found -> found.severity().isAtLeast(failOn))) {
            return FOUND;
        }
        return result.unreadable() > 0 ? UNREADABLE : 0;
    }

    /// The files that paths name.
    ///
    /// @throws ParameterException for a path that does not exist
    static List<String> files(CommandLine command, TrailFiles reader, List<String> paths) throws IOException {
        try {
            return reader.files(paths);
        } catch (NoSuchFileException e) {
            throw new ParameterException(command, e.getMessage() + " does not exist", e);
        }
    }

    private Function<Finding, String> renderer(Configuration configuration, Catalogue catalogue) {
        return switch (format) {
            case TEXT -> new TextReport(catalogue, configuration.accounts(), false)::render;
            case JSONL -> new JsonLines(catalogue)::render;
            case OCSF -> {
                OcsfFinding ocsf = new OcsfFinding(catalogue, configuration.accounts(), Version.NUMBER);
                // As if it was told when it was over: the same input gives the same output.
                yield finding -> ocsf.render(new Notice(Notice.Kind.CREATE, finding, List.of(),
                        finding.lastSeen() == null ? Instant.EPOCH : finding.lastSeen()));
            }
        };
    }

    private void print(CommandLine command, List<Finding> findings, Function<Finding, String> renderer)
            throws IOException {
        PrintWriter out = output == null
                ? command.getOut()
                : new PrintWriter(Files.newBufferedWriter(output, StandardCharsets.UTF_8));
        try {
            findings.stream().filter(found -> found.severity().isAtLeast(minSeverity)).map(renderer)
                    .forEach(text -> out.print(text + "\n"));
            out.flush();
        } finally {
            if (output != null) {
                out.close();
            }
        }
    }
}
