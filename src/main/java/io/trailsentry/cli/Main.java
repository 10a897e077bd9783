package io.trailsentry.cli;

import io.trailsentry.publish.Version;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/// The command line's entry: `./trailsentry COMMAND`.
///
/// Exit codes: 2 wrong use; else 3 a finding at or above `--fail-on`; else 1 some input could not be read; else 0.
@Command(name = "trailsentry", version = "TrailSentry "
        + Version.NUMBER, mixinStandardHelpOptions = true, sortOptions = false, description = "Watches what AI agents do in an AWS account.", subcommands = {
                ReplayCommand.class, LearnCommand.class, ExplainCommand.class, ExceptCommand.class,
                DoctorCommand.class, ReviewCommand.class, ContainCommand.class, TestAlertCommand.class,
                EvaluateCommand.class,
                SimulateCommand.class,
                HelpCommand.class})
public final class Main implements Runnable {
    /// Wrong use, a bad configuration, a file that does not exist.
    static final int USAGE = 2;

    @CommandLine.Spec
    private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    /// Runs a command and ends the process with its exit code.
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = run(out, err, args);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /// Runs a command.
    ///
    /// @param out takes findings and help
    /// @param err takes everything else
    /// @return the exit code
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new Main()).setOut(out).setErr(err).setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((fault, command, parsed) -> {
                    err.println("trailsentry: " + fault.getMessage());
                    return USAGE;
                }).execute(args);
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "a command is needed, such as replay");
        }
    }
}
