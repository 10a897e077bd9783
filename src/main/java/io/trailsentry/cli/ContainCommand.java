package io.trailsentry.cli;

import io.trailsentry.config.Configuration;
import io.trailsentry.posture.AwsIdentities;
import io.trailsentry.posture.Contain;
import io.trailsentry.posture.RefusedException;
import io.trailsentry.trail.Arn;
import java.io.IOException;
import java.time.InstantSource;
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

/// `contain`: stops an agent.
@Command(name = "contain", mixinStandardHelpOptions = true, sortOptions = false, description = "Tells what stops an agent, what that breaks and how it is undone; does it with --apply. Uses the "
        + "AWS credentials of the environment, which must belong to the agent's account.", footer = {"",
                "Exit codes: 0 all is done, or only told; 1 some of it is not done; 2 nothing could be begun."})
final class ContainCommand implements Callable<Integer> {
    private static final int INCOMPLETE = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "AGENT", description = "A configured agent's name, or the ARN or bare name of a role or user.")
    private String name = "";

    @Option(names = "--undo", description = "Take back what contain did, and nothing else.")
    private boolean undo;

    @Option(names = "--apply", description = "Do it; without this nothing is changed.")
    private boolean apply;

    @Mixin
    private ConfigurationOption config = new ConfigurationOption();

    @Override
    public Integer call() throws IOException, RefusedException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        Configuration configuration = config.givenOrBeside(List.of("-"));
        List<String> configured = configuration.principalsOf(name);
        List<String> principals = configured.isEmpty() ? List.of(name) : configured;
        String partition = principals.stream().map(Arn::parse).filter(Objects::nonNull).map(Arn::partition)
                .findFirst().orElse("aws");
        try (AwsIdentities identities = AwsIdentities.ofEnvironment(partition)) {
            Contain.Outcome outcome = new Contain(identities, InstantSource.system())
                    .carryOut(new Contain.Order(principals, undo, apply));
            command.getOut().print(outcome.text());
            command.getOut().flush();
            return outcome.complete() ? 0 : INCOMPLETE;
        }
    }
}
