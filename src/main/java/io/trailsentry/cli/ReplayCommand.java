package io.trailsentry.cli;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Judge.Excepted;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.HtmlReport;
import io.trailsentry.publish.JsonLines;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Survey;
import io.trailsentry.publish.TextReport;
import io.trailsentry.publish.Version;
import io.trailsentry.trail.Position;
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
import java.util.stream.Stream;
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
        OCSF,
        /// One page with everything, for a browser.
        HTML,
        /// What is sent by email, one message after the other.
        EMAIL,
        /// One notification for Amazon Q in chat a line, as JSON.
        CHAT
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private AgentOption agent = new AgentOption();

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Option(names = "--format", paramLabel = "text|jsonl|ocsf|html|email|chat", description = "Form of the output (default: text).")
    private Format format = Format.TEXT;

    @Option(names = "--min-severity", paramLabel = "SEVERITY", description = "Show findings from this severity up.")
    private Severity minSeverity = Severity.LOW;

    @Option(names = "--fail-on", paramLabel = "SEVERITY", description = "End with exit code 3 when there is a finding of this severity or above.")
    private @Nullable Severity failOn;

    @Option(names = "--output", paramLabel = "FILE", description = "Write here instead of standard output.")
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
        Survey survey = new Survey(configuration.exceptions());
        Replay.Listener listener = format == Format.HTML ? new Surveyor(console, survey) : console;
        Replay.Result result = new Replay(Watch.of(configuration, roster, catalogue), listener).run(reader, files);
        Renderers renderers = Renderers.of(catalogue, configuration.accounts(), Version.NUMBER);
        print(command, switch (format) {
            case TEXT -> lines(result, new TextReport(catalogue, configuration.accounts(), false)::render);
            case JSONL -> lines(result, new JsonLines(catalogue)::render);
            case OCSF -> lines(result, finding -> renderers.ocsf().render(notice(finding)));
            case EMAIL -> lines(result, finding -> "Subject: " + renderers.alert().subject(notice(finding)) + "\n\n"
                    + renderers.alert().body(notice(finding)));
            case CHAT -> lines(result, finding -> renderers.chat().render(notice(finding)));
            case HTML -> Stream.of(new HtmlReport(catalogue, configuration.accounts(), roster)
                    .render(input(result), result.findings(), minSeverity, survey));
        });
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

    private Stream<String> lines(Replay.Result result, Function<Finding, String> renderer) {
        return result.findings().stream().filter(found -> found.severity().isAtLeast(minSeverity))
                .map(found -> renderer.apply(found) + "\n");
    }

    /// As if a finding was told when it was over: the same input gives the same output.
    private static Notice notice(Finding finding) {
        return new Notice(Notice.Kind.CREATE, finding, List.of(),
                finding.lastSeen() == null ? Instant.EPOCH : finding.lastSeen());
    }

    private static HtmlReport.Input input(Replay.Result result) {
        return new HtmlReport.Input(result.files(), result.records(), result.skipped(), result.duplicates(),
                result.unreadable());
    }

    /// Notes what a replay sees, and tells how it goes.
    private record Surveyor(Replay.Listener console, Survey survey) implements Replay.Listener {
        @Override
        public void file(String file, int number, int of) {
            console.file(file, number, of);
        }

        @Override
        public void remark(Position position, String what, boolean lost) {
            console.remark(position, what, lost);
        }

        @Override
        public void observed(Observation observation) {
            survey.observed(observation);
        }

        @Override
        public void excepted(Agent agent, Excepted step) {
            survey.excepted(agent.name(), step);
        }
    }

    private void print(CommandLine command, Stream<String> texts) throws IOException {
        PrintWriter out = output == null
                ? command.getOut()
                : new PrintWriter(Files.newBufferedWriter(output, StandardCharsets.UTF_8));
        try {
            texts.forEach(out::print);
            out.flush();
        } finally {
            if (output != null) {
                out.close();
            }
        }
    }
}
