package io.trailsentry.posture;

import io.trailsentry.baseline.CallCounts;
import io.trailsentry.finding.History;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.memory.Memory.Span;
import io.trailsentry.posture.LastUse.Use;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whether agents are heard of: by what is remembered of their calls, and by what IAM knows of their use. Thread-safe when
/// its ports are.
public final class Pulse {
    /// IAM counts calls that no trail logs, such as reads of objects: a gap shorter than a day tells little.
    private static final Duration APART = Duration.ofDays(1);
    private static final Duration LATELY = Duration.ofDays(7);
    private static final int UNSEEN = 25;

    private final Memory memory;
    private final LastUse lastUse;

    /// @param memory what the function remembers
    public Pulse(Memory memory, LastUse lastUse) {
        this.memory = memory;
        this.lastUse = lastUse;
    }

    /// The checks of each agent's principal.
    ///
    /// @param blind Regions whose events do not arrive, in words; null: all do
    public List<Check> check(List<Subject> agents, @Nullable String blind, Instant now) {
        List<Check> checks = new ArrayList<>();
        for (Subject agent : agents) {
            try {
                History history = memory.recall(Map.of(agent.principal(), Span.NONE), Set.of())
                        .history(agent.principal());
                CallCounts calls = history.profile().calls();
                checks.add(seen(agent, history.newest(), now));
                checks.add(Silence.check(agent, calls, blind, now));
            } catch (MemoryException e) {
                RefusedException refusal = new RefusedException(String.valueOf(e.getMessage()));
                checks.add(Check.refused(Rule.AGENT_SEEN, agent, null, refusal,
                        "Let the audit read the table trailsentry-memory."));
                checks.add(Check.refused(Rule.AGENT_SILENT, agent, null, refusal,
                        "Let the audit read the table trailsentry-memory."));
            }
        }
        return checks;
    }

    /// @param newest second of its newest known event; the least long: none is known
    private Check seen(Subject agent, long newest, Instant now) {
        Use use;
        try {
            use = lastUse.of(agent.principal());
        } catch (RefusedException e) {
            return Check.refused(Rule.AGENT_SEEN, agent, null, e, "Allow the audit iam:GetRole, iam:ListAccessKeys and "
                    + "iam:GetAccessKeyLastUsed.");
        }
        String where = use == null || use.region() == null ? "" : " in " + use.region();
        if (newest == Long.MIN_VALUE) {
            if (use == null) {
                return Check.unknown(Rule.AGENT_SEEN, agent, null, "was never seen, and never used as far as IAM knows",
                        "nothing has proven yet that its calls would be seen", "Let it make one call.");
            }
            return use.at().isBefore(now.minus(LATELY))
                    ? Check.unknown(Rule.AGENT_SEEN, agent, null,
                            "was never seen; IAM knows of its last use at " + time(use.at()) + where,
                            "that may have been before TrailSentry was there", "Let it make one call.")
                    : unseen(agent, "was never seen, though IAM knows of its use at " + time(use.at()) + where);
        }
        Instant seen = Instant.ofEpochSecond(newest);
        return use != null && use.at().isAfter(seen.plus(APART))
                ? unseen(agent, "was used at " + time(use.at()) + where + ", but not seen since " + time(seen))
                : Check.ok(Rule.AGENT_SEEN, agent, null, "was seen last at " + time(seen));
    }

    private static Check unseen(Subject agent, String said) {
        return Check.warning(Rule.AGENT_SEEN, agent, UNSEEN, null, said,
                "either it makes only calls that no trail logs, such as reads of objects, or its calls do not arrive",
                "If TrailSentry was deployed after that, let it make one call. Else see that AgentNames has its name, "
                        + "that the Region is watched, and that data events are logged.");
    }

    private static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.MINUTES).toString();
    }
}
