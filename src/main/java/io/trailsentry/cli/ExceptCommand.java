package io.trailsentry.cli;

import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.config.Nearest;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.trail.Position;
import io.trailsentry.lab.ExceptionProposal;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `except`: the exceptions that declare a finding to be in order, and what they would have hidden.
@Command(name = "except", mixinStandardHelpOptions = true, sortOptions = false, description = "Prints the exceptions that would have kept a finding away, to be added under exceptions: in "
        + "trailsentry.yaml, and tells what else they would have hidden in the files. Changes nothing.", footer = ReplayCommand.WITHOUT_CONFIG)
final class ExceptCommand implements Callable<Integer> {
    private static final int UNREADABLE = 1;
    private static final int SHORTEST_NAME = 6;
    private static final int MOST_NEAREST = 5;
    private static final int LONG = 90;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FINDING", description = "The finding's id, 6 or more of its first characters, or its fingerprint.")
    private String name = "";

    @Option(names = "--until", required = true, paramLabel = "DATE", converter = Day.class, description = "Last day (UTC) on which they hold, at most a year after the finding: 2027-06-30.")
    private LocalDate until = LocalDate.EPOCH;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why it is in order, for whoever reads this next.")
    private String reason = "";

    @Option(names = "--any-target", description = "Hold for every target of the same actions, not for the finding's alone.")
    private boolean anyTarget;

    @Mixin
    private AgentOption agent = new AgentOption();

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "PATH", description = "History: files or folders, .json or .jsonl, each also .gz.")
    private List<String> paths = new ArrayList<>();

    /// A date as the configuration takes it.
    static final class Day implements ITypeConverter<LocalDate> {
        @Override
        public LocalDate convert(String text) {
            try {
                return LocalDate.parse(text);
            } catch (DateTimeException e) {
                throw new TypeConversionException("\"" + text + "\" is no date; write it like 2027-06-30");
            }
        }
    }

    /// Replays the same files with this or that exception.
    private record Trials(TrailFiles reader, List<String> files, Configuration configuration, Roster roster,
            Catalogue catalogue) {
        Replay.Result with(Exceptions exceptions, Replay.Listener listener) throws IOException {
            return new Replay(Watch.of(configuration.withExceptions(exceptions), roster, catalogue), listener)
                    .run(reader, files);
        }
    }

    /// What was said of the files in the first replay is true of the others.
    private static final Replay.Listener SILENT = new Replay.Listener() {
        @Override
        public void file(String file, int number, int of) {
            // Said already.
        }

        @Override
        public void remark(Position position, String what, boolean lost) {
            // Said already.
        }
    };

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        PrintWriter err = command.getErr();
        if (name.length() < SHORTEST_NAME) {
            throw wrong("FINDING: write at least " + SHORTEST_NAME + " characters of the id");
        }
        // A reason that no configuration takes is told before the long work, not after.
        readBack(new ExceptionProposal(
                List.of(new Exceptions.Entry(Detectors.IDS.getFirst(), null, null, null, until, reason)), List.of())
                .yaml());
        TrailFiles reader = new TrailFiles();
        List<String> files = ReplayCommand.files(command, reader, paths);
        if (files.stream().anyMatch(file -> file.equals("-") || !Files.isRegularFile(Path.of(file)))) {
            throw wrong("PATH: except needs files, because it reads them twice");
        }
        Configuration configuration = config.givenOrBeside(paths);
        Roster roster = agent.roster(configuration);
        Trials trials = new Trials(reader, files, configuration, roster, Catalogue.load());
        Console console = new Console(err, Boolean.getBoolean("trailsentry.terminal"));
        Replay.Result before = trials.with(configuration.exceptions(), console);
        console.summarise(before);

        Finding finding = find(before.findings(), trials, err);
        checkDate(finding, err);
        ExceptionProposal proposal = ExceptionProposal.of(finding, until, reason, anyTarget);
        Exceptions more = readBack(proposal.yaml());
        warnings(finding, configuration).forEach(warning -> err.println("warning: " + warning));
        proposal.notes().forEach(note -> err.println("note: " + note));
        Replay.Result after = trials.with(configuration.exceptions().and(more), SILENT);
        ExceptionEffect.of(before, after, more.entries()).lines().forEach(err::println);
        err.println("It holds to the end of " + until + " (UTC). Add it under exceptions: in trailsentry.yaml.");
        command.getOut().print(proposal.yaml());
        command.getOut().flush();
        return before.unreadable() > 0 ? UNREADABLE : 0;
    }

    /// Wrong use that the command's usage does not help with.
    private static IllegalArgumentException wrong(String message) {
        return new IllegalArgumentException(message);
    }

    private Finding find(List<Finding> findings, Trials trials, PrintWriter err) throws IOException {
        List<Finding> meant = meant(findings);
        if (meant.isEmpty()) {
            boolean excepted = !trials.configuration().exceptions().entries().isEmpty()
                    && !meant(trials.with(Exceptions.NONE, SILENT).findings()).isEmpty();
            throw wrong(excepted
                    ? "FINDING: " + Console.shown(name) + " is kept away by the configuration's exceptions already"
                    : unknown(findings));
        }
        Finding newest = meant.getLast();
        if (meant.size() > 1 && !isFingerprint(newest)) {
            throw wrong("FINDING: " + Console.shown(name) + " begins the ids of " + meant.size() + " findings:\n"
                    + listed(meant.stream()));
        }
        if (meant.size() > 1) {
            err.println("note: " + meant.size() + " findings have this fingerprint; the last of them counts: "
                    + ExceptionEffect.line(newest));
        }
        return newest;
    }

    /// Findings whose id begins with the name, else those whose fingerprint it is.
    private List<Finding> meant(List<Finding> findings) {
        String id = name.toLowerCase(Locale.ROOT);
        List<Finding> byId = findings.stream().filter(finding -> finding.id().startsWith(id)).toList();
        return byId.isEmpty() ? findings.stream().filter(this::isFingerprint).toList() : byId;
    }

    private boolean isFingerprint(Finding finding) {
        return finding.fingerprint().equals(name.toLowerCase(Locale.ROOT));
    }

    private String unknown(List<Finding> findings) {
        if (findings.isEmpty()) {
            return "FINDING: there is no finding in this history; are PATH, --agent and --config the right ones?";
        }
        String id = name.toLowerCase(Locale.ROOT);
        return "FINDING: " + Console.shown(name) + " is none in this history; nearest are:\n"
                + listed(findings.stream().sorted(Comparator.comparingInt(finding -> Nearest.distance(id,
                        finding.id().substring(0, Math.min(id.length(), finding.id().length()))))));
    }

    private static String listed(Stream<Finding> findings) {
        return findings.limit(MOST_NEAREST)
                .map(finding -> "  " + ExceptionEffect.line(finding) + " (" + finding.severity().label() + ")")
                .collect(Collectors.joining("\n"));
    }

    private static @Nullable LocalDate lastDay(Finding finding) {
        Instant last = finding.lastSeen();
        return last == null ? null : LocalDate.ofInstant(last, ZoneOffset.UTC);
    }

    private void checkDate(Finding finding, PrintWriter err) {
        LocalDate day = lastDay(finding);
        if (day == null) {
            throw wrong("FINDING: its events have no time, and an exception with an end covers none of those");
        }
        if (until.isBefore(day)) {
            throw wrong("--until: " + until + " lies before the finding's own day, " + day);
        }
        if (until.isAfter(day.plusYears(1))) {
            throw wrong("--until: " + until + " is more than a year after the finding; write " + day.plusYears(1)
                    + " at most, and look at it again then");
        }
        long days = day.until(until, ChronoUnit.DAYS);
        if (days > LONG) {
            err.println("warning: it would hold for " + days + " days after the finding; the shorter, the safer");
        }
        if (until.isBefore(LocalDate.now(ZoneOffset.UTC))) {
            err.println("warning: " + until + " is over: it would hide nothing that is still to come");
        }
    }

    /// What the configuration makes of the text that is printed: this, and nothing else, is tried.
    private Exceptions readBack(String yaml) {
        try {
            return ConfigurationReader.read("the exception", "exceptions:\n" + yaml, LocalDate.EPOCH).configuration()
                    .exceptions();
        } catch (ConfigurationException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private static List<String> warnings(Finding finding, Configuration configuration) {
        List<String> warnings = new ArrayList<>();
        String named = configuration.roster().agentOf(finding.principal()).name();
        if (!named.equals(finding.agent())) {
            warnings.add("the configuration names this agent " + Console.shown(named)
                    + ": leave --agent out, or write that name into the exception");
        }
        for (Exceptions.Entry entry : configuration.exceptions().entries()) {
            boolean met = finding.signals().stream()
                    .anyMatch(signal -> entry.gap(finding.agent(), signal) == Exceptions.Gap.OVER);
            boolean endless = finding.signals().stream()
                    .anyMatch(signal -> entry.gap(finding.agent(), signal) == Exceptions.Gap.CRITICAL);
            if (met) {
                warnings.add("the configuration has such an exception, which ran out on " + entry.until()
                        + "; put the new one in its place");
            }
            if (endless) {
                warnings.add("the configuration has such an exception without end, which silences nothing critical");
            }
        }
        return warnings;
    }
}
