package io.trailsentry.cli;

import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.posture.Audit;
import io.trailsentry.posture.DoctorReport;
import io.trailsentry.posture.Installed;
import io.trailsentry.posture.RefusedException;
import io.trailsentry.posture.Verdict;
import java.io.IOException;
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
import picocli.CommandLine.Spec;

/// `doctor`: is the account covered, and are the agents bounded? The checks of the audit, from a terminal.
@Command(name = "doctor", mixinStandardHelpOptions = true, sortOptions = false, description = "Looks at everything that the audit looks at, with the AWS credentials and Region of the environment, and "
        + "changes nothing. Without --config it takes the configuration that the stack was given.", footer = {"",
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

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Override
    public Integer call() throws IOException, RefusedException, ConfigurationException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        try (Installed installed = new Installed(region)) {
            Audit.Report report = installed.audit(configuration(config, installed), Catalogue.load()).full();
            DoctorReport doctor = new DoctorReport(installed.place(), report);
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
