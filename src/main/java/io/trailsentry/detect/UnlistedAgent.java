package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import java.util.List;
import java.util.function.Predicate;

/// `unlisted-agent`: a principal that is not on the roster works through a managed MCP server, which lends an agent the
/// credentials of a person or of another role.
final class UnlistedAgent implements Detector.OfCalls {
    private static final int DAYS = 30;
    private static final int READ = 30;
    private static final int WRITE = 50;
    private static final int ADMINISTRATOR = 75;
    /// A sighting is worth telling whatever became of the call.
    private static final int LEAST = 20;
    private static final List<String> ATTACK = List.of("T1078.004");

    @Override
    public String id() {
        return "unlisted-agent";
    }

    @Override
    public List<Signal> examine(Call call, Predicate<Premise> broken) {
        if (call.agent().listed() || !call.channel().equals(Channel.MCP)) {
            return List.of();
        }
        Outcome outcome = Outcome.of(call.event());
        boolean write = !call.isRead();
        int score = call.principal().looksLikeAdministrator() ? ADMINISTRATOR : write ? WRITE : READ;
        return List.of(Signals.of(this, call, Math.max(LEAST, outcome.worth(score, null)))
                .target(call.principal().arn()).attack(ATTACK)
                .says(write
                        ? "changed something through an AWS MCP server without being on the roster"
                        : "worked through an AWS MCP server without being on the roster",
                        description(call.principal()) + " is not on the roster and was not seen "
                                + (write ? "writing " : "") + "through an AWS MCP server in the " + DAYS
                                + " days before: an agent may hold credentials that are not its own")
                .premise(new Premise(write ? Trait.MCP_WRITE : Trait.MCP, DAYS)).signal());
    }

    private static String description(Principal principal) {
        return switch (principal.kind()) {
            case ROOT -> "the root user";
            case USER -> "the IAM user " + principal.name();
            case ROLE -> (principal.looksLikeAdministrator() ? "the administrator role " : "the role ")
                    + principal.name();
            case SERVICE, OUTSIDE -> principal.name();
        };
    }
}
