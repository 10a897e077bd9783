package io.trailsentry.agent;

import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.UserIdentity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who is watched, and the recognition of their calls. Immutable and thread-safe.
///
/// Cost of a recognition: one look-up by name, and one match for each glob.
public final class Roster {
    /// The role that is watched when nothing is configured.
    public static final String DEFAULT_ROLE = "mcp-agent-role";

    /// One line of the roster.
    ///
    /// @param agent what is expected; null: each principal is an agent of its own, of which all is learned
    /// @param principals who it is
    public record Entry(@Nullable Agent agent, List<PrincipalPattern> principals) {
        public Entry {
            principals = List.copyOf(principals);
        }
    }

    private record Candidate(int order, PrincipalPattern pattern, @Nullable Agent agent) {
    }

    private final Map<String, List<Candidate>> byName = new HashMap<>();
    private final List<Candidate> globs = new ArrayList<>();
    private final boolean watchUnlisted;
    private final Map<String, String> people;

    /// A roster; the first entry that means a principal counts.
    ///
    /// @param watchUnlisted whether managed-MCP traffic of other principals is watched too
    /// @param people names by the ids in `onBehalfOf`, `sourceIdentity`, `principalId`, or a session's name
    public Roster(List<Entry> entries, boolean watchUnlisted, Map<String, String> people) {
        int order = 0;
        for (Entry entry : entries) {
            for (PrincipalPattern pattern : entry.principals()) {
                Candidate candidate = new Candidate(order++, pattern, entry.agent());
                String name = pattern.exactName();
                if (name == null) {
                    globs.add(candidate);
                } else {
                    byName.computeIfAbsent(name, key -> new ArrayList<>(1)).add(candidate);
                }
            }
        }
        this.watchUnlisted = watchUnlisted;
        this.people = Map.copyOf(people);
    }

    /// The call that an event is, or null when nobody watched made it.
    public @Nullable Call recognise(CloudTrailEvent event) {
        Principal principal = Principal.of(event.userIdentity(), event.recipientAccountId());
        if (principal == null) {
            return null;
        }
        Channel channel = Channel.of(event);
        Agent agent = agent(principal, channel);
        if (agent == null) {
            return null;
        }
        String session = event.userIdentity().principalId();
        return new Call(agent, principal, session == null ? principal.arn() : session, channel,
                Client.of(event.userAgent()), human(event.userIdentity(), principal, agent),
                ApiAction.of(event.eventSource(), event.eventName()), event);
    }

    /// The agent that a principal, recognised before, is.
    public Agent agentOf(Principal principal) {
        Agent agent = agent(principal, Channel.MCP);
        return agent == null ? Agent.unlisted(principal.name()) : agent;
    }

    private @Nullable Agent agent(Principal principal, Channel channel) {
        Candidate found = null;
        for (Candidate candidate : byName.getOrDefault(principal.name().toLowerCase(Locale.ROOT), List.of())) {
            found = earlier(found, candidate, principal);
        }
        for (Candidate candidate : globs) {
            found = earlier(found, candidate, principal);
        }
        if (found != null) {
            return found.agent() == null ? Agent.learned(principal.name()) : found.agent();
        }
        boolean unlisted = watchUnlisted && channel.equals(Channel.MCP) && principal.kind() != Kind.SERVICE;
        return unlisted ? Agent.unlisted(principal.name()) : null;
    }

    private static @Nullable Candidate earlier(@Nullable Candidate found, Candidate candidate, Principal principal) {
        boolean better = found == null || candidate.order() < found.order();
        return better && candidate.pattern().matches(principal) ? candidate : found;
    }

    /// The person a call is made for: the first id that the roster has a name for, else the first that means a person.
    private @Nullable String human(UserIdentity identity, Principal principal, Agent agent) {
        String principalId = identity.principalId();
        String sessionName = principalId == null || principalId.indexOf(':') < 0
                ? null
                : principalId.substring(principalId.indexOf(':') + 1);
        String stableId = principalId == null || sessionName == null
                ? principalId
                : principalId.substring(0, principalId.indexOf(':'));
        for (String id : new @Nullable String[]{identity.onBehalfOf(), identity.sourceIdentity(), principalId,
                sessionName, stableId}) {
            String name = id == null ? null : people.get(id);
            if (name != null) {
                return name;
            }
        }
        if (identity.onBehalfOf() != null && !principal.isIdentityCenterRole()) {
            return identity.onBehalfOf();
        }
        if (identity.sourceIdentity() != null) {
            return identity.sourceIdentity();
        }
        if (principal.isIdentityCenterRole()) {
            // The session name of an Identity Center role is the user's name.
            return sessionName;
        }
        return principal.kind() == Kind.USER && !agent.listed() ? principal.name() : null;
    }
}
