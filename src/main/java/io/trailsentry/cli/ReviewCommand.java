package io.trailsentry.cli;

import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.posture.Audit;
import io.trailsentry.posture.Check;
import io.trailsentry.posture.Drift;
import io.trailsentry.posture.Installed;
import io.trailsentry.posture.Perimeters;
import io.trailsentry.posture.Perimeters.Member;
import io.trailsentry.posture.RefusedException;
import io.trailsentry.posture.ReviewReport;
import java.io.IOException;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `review`: shows how agents' roles differ from what was reviewed, and accepts the present state.
@Command(name = "review", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows how the roles and users of agents differ from what was reviewed last. With --apply it accepts them as "
        + "they are, and the audit compares with that from then on.", footer = {"",
                "Exit codes: 0 all are as reviewed, or were accepted; 3 some differ; 1 some could not be read; 2 nothing "
                        + "could be begun."})
final class ReviewCommand implements Callable<Integer> {
    private static final int DIFFERENT = 3;
    private static final int UNREAD = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "AGENT", arity = "0..*", description = "Name of an agent, or name or ARN of a role or user; without any, all agents.")
    private List<String> names = List.of();

    @Option(names = "--apply", description = "Accept the present state; without this nothing is changed.")
    private boolean apply;

    @Option(names = "--region", paramLabel = "REGION", description = "Region of the stack; else the environment's.")
    private @Nullable String region;

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Override
    public Integer call() throws IOException, RefusedException, ConfigurationException, MemoryException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        try (Installed installed = new Installed(region)) {
            Configuration configuration = DoctorCommand.configuration(config, installed);
            Memory memory = installed.memory();
            List<Roster.Entry> roster = configuration.watched();
            Perimeters.Found found = installed.perimeters().find(roster);
            List<Member> members = found.members().stream().filter(this::isMeant).toList();
            List<Check> unread = found.checks().stream().filter(check -> names.isEmpty() || isMeant(check)).toList();
            if (members.isEmpty() && unread.isEmpty()) {
                throw new CommandLine.ParameterException(command, "no agent of that name is in this account");
            }
            List<ReviewReport.Item> items = new ArrayList<>();
            for (Member member : members) {
                items.add(new ReviewReport.Item(member, Drift.between(member.subject(),
                        Audit.reviewed(memory, member.perimeter()), member.perimeter())));
                if (apply) {
                    Audit.accept(memory, member.perimeter());
                }
            }
            ReviewReport report = new ReviewReport(items, unread, apply);
            command.getOut().print(report.text());
            command.getOut().flush();
            return !unread.isEmpty() ? UNREAD : apply || !report.differs() ? 0 : DIFFERENT;
        }
    }

    private boolean isMeant(Member member) {
        return names.isEmpty() || names.contains(member.agent().name())
                || names.contains(member.perimeter().principal().name())
                || names.contains(member.perimeter().principal().arn());
    }

    private boolean isMeant(Check check) {
        return names.contains(check.subject().agent().name()) || names.contains(check.subject().principal().name());
    }
}
