package io.trailsentry.cli;

import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.posture.Audit;
import io.trailsentry.posture.AwsProbe;
import io.trailsentry.posture.DoctorReport;
import io.trailsentry.posture.Installed;
import io.trailsentry.posture.Place;
import io.trailsentry.posture.Probe;
import io.trailsentry.posture.RefusedException;
import io.trailsentry.posture.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `doctor`: is the account covered, and are the agents bounded? The checks of the audit, from a terminal.
@Command(name = "doctor", mixinStandardHelpOptions = true, sortOptions = false, description = "Looks at everything that the audit looks at, with the AWS credentials and Region of the environment, and "
        + "changes nothing. Without --config it takes the configuration that the stack was given.", footer = {"",
                "With --probe: 0 the call became a finding; 3 it stopped on the way; 2 no call was made.",
                "Exit codes: 3 a check failed; else 1 something cannot be told because AWS refused to say it; else 0; 2 "
                        + "nothing could be begun."})
final class DoctorCommand implements Callable<Integer> {
    private static final int FAILED = 3;
    private static final int REFUSED = 1;

    /// Forms of the report.
    enum Format {
        /// A line for each check.
        TEXT,
        /// One document.
        JSON
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--region", paramLabel = "REGION", description = "Region of the stack; else the environment's.")
    private @Nullable String region;

    @Option(names = "--format", paramLabel = "FORMAT", description = "text (default) or json.")
    private Format format = Format.TEXT;

    @Option(names = "--probe", paramLabel = "PROFILE", description = "Instead of the checks: make one call that can change nothing with the credentials of this AWS profile, an "
            + "agent's, and follow it to the finding, or say where it stopped. It deletes a table of DynamoDB that does "
            + "not exist; the finding is of low severity.")
    private @Nullable String probe;

    @Option(names = "--probe-region", paramLabel = "REGION", description = "Where to make that call; else the stack's Region.")
    private @Nullable String probeRegion;

    @Option(names = "--probe-minutes", paramLabel = "MINUTES", description = "How long to follow it, 1 to 60 (default: 15).")
    private int probeMinutes = 15;

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Override
    public Integer call() throws IOException, RefusedException, ConfigurationException, InterruptedException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        if (probeMinutes < 1 || probeMinutes > 60) {
            throw new ParameterException(command, "--probe-minutes: must lie between 1 and 60");
        }
        if (probe != null && format == Format.JSON) {
            throw new ParameterException(command, "--format json: is for the checks, and not with --probe");
        }
        try (Installed installed = new Installed(region)) {
            Place place = installed.place();
            if (probe != null) {
                return probe(command, installed, place, probe);
            }
            Audit.Report report = installed.audit(place, configuration(config, installed), Catalogue.load()).full();
            DoctorReport doctor = new DoctorReport(place, report);
            command.getOut().print(format == Format.JSON ? doctor.json() : doctor.text());
            command.getOut().flush();
            if (report.count(Verdict.FAILURE) > 0) {
                return FAILED;
            }
            return report.checks().stream().anyMatch(check -> check.verdict() == Verdict.UNKNOWN && check.score() > 0)
                    ? REFUSED
                    : 0;
        }
    }

    private int probe(CommandLine command, Installed installed, Place place, String profile)
            throws IOException, RefusedException, ConfigurationException, InterruptedException {
        try (AwsProbe ports = installed.probe(profile)) {
            Probe following = new Probe(place, configuration(config, installed).roster(), ports,
                    installed.memory(), InstantSource.system(), Thread::sleep, line -> {
                        command.getOut().println(line);
                        command.getOut().flush();
                    });
            return following.run(probeRegion == null ? place.region() : probeRegion, Duration.ofMinutes(probeMinutes))
                    ? 0
                    : FAILED;
        }
    }

    /// The configuration that is given, else the stack's.
    static Configuration configuration(ConfigurationOption option, Installed installed)
            throws IOException, RefusedException, ConfigurationException {
        Configuration given = option.given();
        if (given != null) {
            return given;
        }
        Installed.Text text = installed.configuration();
        return ConfigurationReader.read(text.name(), text.text(), LocalDate.now(ZoneOffset.UTC)).configuration();
    }
}
