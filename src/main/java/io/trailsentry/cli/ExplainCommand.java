package io.trailsentry.cli;

import io.trailsentry.config.Configuration;
import io.trailsentry.config.Outline;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Watch;
import io.trailsentry.lab.Explainer;
import io.trailsentry.lab.Explanation;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/// `explain`: what each detector thought of one event.
@Command(name = "explain", mixinStandardHelpOptions = true, sortOptions = false, description = "Tells whose call an event is, what each detector thought of it, with the numbers, and which line "
        + "of the configuration would change that.", footer = ReplayCommand.WITHOUT_CONFIG)
final class ExplainCommand implements Callable<Integer> {
    private static final int UNREADABLE = 1;

    /// Forms of output.
    enum Format {
        /// For people.
        TEXT,
        /// For programs: one line.
        JSON
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "EVENT", description = "A file with one event, or the id of an event in PATH.")
    private String name = "";

    @Mixin
    private AgentOption agent = new AgentOption();

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Option(names = "--format", paramLabel = "text|json", description = "Form of the output (default: text).")
    private Format format = Format.TEXT;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "PATH", description = "History: files or folders, .json or .jsonl, each also .gz.")
    private List<String> paths = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        boolean isFile = Files.isRegularFile(Path.of(name));
        if (!isFile && paths.isEmpty()) {
            throw new ParameterException(command, "EVENT: there is no file " + Console.shown(name)
                    + "; to look for an event by its id, name a PATH");
        }
        List<String> files = new ArrayList<>(ReplayCommand.files(command, new TrailFiles(), paths));
        if (files.stream().anyMatch(file -> file.equals("-") || !Files.isRegularFile(Path.of(file)))) {
            throw new ParameterException(command, "PATH: explain needs files, because it reads them twice");
        }
        List<String> places = paths.isEmpty() ? List.of(name) : paths;
        Configuration configuration = config.givenOrBeside(places);
        Path place = config.place(places);
        Map<String, Integer> lines = place == null
                ? Map.of()
                : Outline.of(Files.readString(place, StandardCharsets.UTF_8)).lines();
        Watch watch = Watch.of(configuration, agent.roster(configuration), Catalogue.load());
        Explainer explainer = new Explainer(
                new Explainer.Source(configuration, place == null ? null : place.getFileName().toString(), lines,
                        agent.patterns()),
                watch, new Console(command.getErr(), Boolean.getBoolean("trailsentry.terminal")));
        CloudTrailEvent event = event(command, explainer, isFile, files);
        if (isFile) {
            files.add(name);
        }
        Explainer.Explained explained = explainer.explain(event, files);
        Explanation explanation = explained.explanation();
        command.getOut().print(format == Format.JSON ? explanation.json() : explanation.text());
        command.getOut().flush();
        return explained.unreadable() > 0 ? UNREADABLE : 0;
    }

    private CloudTrailEvent event(CommandLine command, Explainer explainer, boolean isFile, List<String> files) {
        List<CloudTrailEvent> events = isFile
                ? explainer.events(List.of(name), null)
                : explainer.events(files, name);
        if (events.isEmpty()) {
            throw new ParameterException(command, "EVENT: " + (isFile
                    ? Console.shown(name) + " holds no event"
                    : "there is no event " + Console.shown(name) + " in PATH"));
        }
        if (events.size() > 1) {
            throw new ParameterException(command, "EVENT: " + Console.shown(name) + " holds " + events.size()
                    + " events; name one by its id, and the file as PATH");
        }
        return events.getFirst();
    }
}
