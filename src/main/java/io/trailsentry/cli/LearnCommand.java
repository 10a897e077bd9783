package io.trailsentry.cli;

import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.lab.Learning;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `learn`: a configuration as history suggests it.
@Command(name = "learn", mixinStandardHelpOptions = true, sortOptions = false, description = "Prints a proposal for trailsentry.yaml: the agents that came through an AWS MCP server, what is "
        + "ordinary for them, and what would have been found; evidence and what was left out in comments.")
final class LearnCommand implements Callable<Integer> {
    private static final int UNREADABLE = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--agent", paramLabel = "ARN|NAME|GLOB", description = "Learn these principals too. May be repeated.")
    private List<String> agents = new ArrayList<>();

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "History: files or folders, .json or .jsonl, each also .gz.")
    private List<String> paths = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        List<PrincipalPattern> requested;
        try {
            requested = agents.stream().map(PrincipalPattern::of).toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, "--agent: " + e.getMessage(), e);
        }
        List<String> files = ReplayCommand.files(command, new TrailFiles(), paths);
        if (files.stream().anyMatch(file -> file.equals("-") || !Files.isRegularFile(Path.of(file)))) {
            throw new ParameterException(command, "PATH: learn needs files, because it reads them several times");
        }
        Console console = new Console(command.getErr(), Boolean.getBoolean("trailsentry.terminal"));
        Learning.Learned learned = new Learning(Catalogue.load(), requested, console).from(files);
        command.getOut().print(learned.yaml());
        command.getOut().flush();
        console.summarise(learned.replay());
        return learned.replay().unreadable() > 0 ? UNREADABLE : 0;
    }
}
