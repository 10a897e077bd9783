package io.trailsentry.cli;

import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--agent`: who is watched in place of the configured roster.
final class AgentOption {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(names = "--agent", paramLabel = "ARN|NAME|GLOB", description = "Watch these principals instead of the roster; all is learned. May be repeated.")
    private List<String> patterns = new ArrayList<>();

    /// Who is watched: what the option names, else whom the configuration names.
    ///
    /// @throws ParameterException for a pattern that means no principal
    Roster roster(Configuration configuration) {
        try {
            return patterns.isEmpty() ? configuration.roster() : configuration.rosterOf(patterns);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "--agent: " + e.getMessage(), e);
        }
    }

    /// What the option names; empty without it.
    List<PrincipalPattern> patterns() {
        return patterns.stream().map(PrincipalPattern::of).toList();
    }
}
