package io.trailsentry.cli;

import io.trailsentry.lab.SimulatedAttack;
import io.trailsentry.lab.Simulation;
import io.trailsentry.lab.TrailWriter;
import io.trailsentry.lab.TrailWriter.Written;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Path;
import java.time.LocalDate;
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
import picocli.CommandLine.Spec;

/// `simulate`: a seeded workload of agents as the log files of a trail, with attacks on request.
@Command(name = "simulate", mixinStandardHelpOptions = true, sortOptions = false, description = "Writes a made-up workload of AI agents as CloudTrail log files, the same for the same options.", footer = {
        "Attacks: night-burst (calls, minutes), day-burst (times, minutes), slow-enumeration (calls, hours), "
                + "region-hop (regions, calls), self-modification, credential-leak (calls, minutes), silence (days).",
        "Each also takes agent, a number from 0; WHEN is on the clock of the agent's zone. As in",
        "--attack night-burst:calls=90,agent=3@2026-10-28T02:41"})
final class SimulateCommand implements Callable<Integer> {
    /// A Monday; four weeks from here Europe leaves summer time, five weeks from here New York does.
    private static final LocalDate FROM = LocalDate.of(2026, 9, 28);

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--output", required = true, paramLabel = "DIR", description = "A folder that is empty, or not there yet.")
    private Path output = Path.of("");

    @Option(names = "--seed", paramLabel = "N", description = "What all random numbers are made from (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--agents", paramLabel = "N", description = "How many agents (default: ${DEFAULT-VALUE}).")
    private int agents = 8;

    @Option(names = "--weeks", paramLabel = "N", description = "How many weeks (default: ${DEFAULT-VALUE}).")
    private int weeks = 6;

    @Option(names = "--from", paramLabel = "DATE", description = "First day (default: ${DEFAULT-VALUE}).")
    private LocalDate from = FROM;

    @Option(names = "--rate", paramLabel = "R", description = "How busy they are; 1 is usual (default: ${DEFAULT-VALUE}).")
    private double rate = 1;

    @Option(names = "--duplicates", paramLabel = "SHARE", description = "Share of the records that come twice (default: ${DEFAULT-VALUE}).")
    private double duplicates = TrailWriter.DUPLICATES;

    @Option(names = "--attack", paramLabel = "KIND[:NAME=N,...][@WHEN]", description = "An attack to inject. May be repeated.")
    private List<String> attacks = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        try {
            Simulation simulation = new Simulation(seed, agents, from, weeks, rate,
                    attacks.stream().map(SimulatedAttack::parse).toList());
            Written written = new TrailWriter(duplicates).write(simulation, output);
            command.getErr().println(String.join(", ", Console.some(written.records(), "record"),
                    Console.some(written.duplicates(), "duplicate"), Console.some(written.files(), "log file"),
                    Console.some(attacks.size(), "attack")));
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, Objects.requireNonNullElse(e.getMessage(), "wrong use"), e);
        } catch (DirectoryNotEmptyException e) {
            throw new ParameterException(command, "--output: " + Console.shown(output.toString()) + " is not empty",
                    e);
        }
    }
}
