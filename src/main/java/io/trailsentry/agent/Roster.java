package io.trailsentry.agent;

import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.Arn;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Memo;
import io.trailsentry.trail.UserIdentity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
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
    private final boolean watchOthers;
    private final Map<String, String> people;
    private final AttachedPolicies attached;

    private final Memo<Caller, Optional<Known>> callers = new Memo<>(this::known);
    private final Memo<Operation, String> actions = new Memo<>(
            operation -> ApiAction.of(operation.source(), operation.name()));

    /// Who calls, and how: what an event tells of that.
    private record Caller(UserIdentity identity, @Nullable String recipientAccount, @Nullable String address,
            @Nullable String userAgent, @Nullable String eventType, boolean consoleCredentials, boolean toolCall) {
        static Caller of(CloudTrailEvent event) {
            return new Caller(event.userIdentity(), event.recipientAccountId(), event.sourceIpAddress(),
                    event.userAgent(), event.eventType(), event.consoleCredentials(), event.isMcpToolCall());
        }

        // Asked for each event: what records have of their own is worked out by method handles, slow until they are compiled.
        @Override
        public int hashCode() {
            return (Objects.hashCode(identity.principalId()) * 31 + Objects.hashCode(identity.arn())) * 31
                    + Objects.hashCode(userAgent);
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // it mostly is the same one, which is known at once
        public boolean equals(@Nullable Object other) {
            return other instanceof Caller that && (identity == that.identity || identity.equals(that.identity))
                    && Objects.equals(recipientAccount, that.recipientAccount)
                    && Objects.equals(address, that.address) && Objects.equals(userAgent, that.userAgent)
                    && Objects.equals(eventType, that.eventType) && consoleCredentials == that.consoleCredentials
                    && toolCall == that.toolCall;
        }

        int length() {
            return identity.length() + length(recipientAccount) + length(address) + length(userAgent)
                    + length(eventType);
        }

        private static int length(@Nullable String text) {
            return text == null ? 0 : text.length();
        }
    }

    private record Operation(String source, String name) {
        @Override
        public int hashCode() {
            return source.hashCode() * 31 + name.hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Operation that && source.equals(that.source) && name.equals(that.name);
        }
    }

    /// What is known of a caller whatever it calls.
    private record Known(Agent agent, Principal principal, String session, Channel channel, @Nullable String human) {
        Call call(String action, CloudTrailEvent event) {
            return new Call(agent, principal, session, channel, human, action, event);
        }
    }

    /// What is known of a caller; empty when nobody watches it.
    private Optional<Known> known(Caller caller) {
        UserIdentity identity = caller.identity();
        Principal principal = Principal.of(identity, caller.recipientAccount());
        if (principal == null) {
            return Optional.empty();
        }
        Channel channel = Channel.of(identity.invokedBy(), caller.address(), caller.userAgent(), caller.eventType(),
                caller.consoleCredentials(), caller.toolCall());
        Agent agent = agent(principal, channel);
        return agent == null ? Optional.empty() : Optional.of(known(identity, principal, agent, channel));
    }

    private Known known(UserIdentity identity, Principal principal, Agent agent, Channel channel) {
        String session = identity.principalId();
        return new Known(agent, principal, session == null ? principal.arn() : session, channel,
                human(identity, principal, agent));
    }

    /// A roster of which no attached policies are known but those that it names itself.
    ///
    /// @param entries as below
    /// @param watchOthers as below
    /// @param people as below
    public Roster(List<Entry> entries, boolean watchOthers, Map<String, String> people) {
        this(entries, watchOthers, people, AttachedPolicies.NONE);
    }

    /// A roster; the first entry that means a principal counts.
    ///
    /// @param watchOthers whether others are watched for the agents' sake: managed-MCP traffic of other principals, and
    ///         changes that anybody makes to an agent's perimeter, to trails and to TrailSentry
    /// @param people names by the ids in `onBehalfOf`, `sourceIdentity`, `principalId`, or a session's name
    /// @param attached which policies were found attached to whom: to change one is to change that agent
    public Roster(List<Entry> entries, boolean watchOthers, Map<String, String> people, AttachedPolicies attached) {
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
        this.watchOthers = watchOthers;
        this.people = Map.copyOf(people);
        this.attached = attached;
    }

    /// The call that an event is, or null when nobody watched made it.
    public @Nullable Call recognise(CloudTrailEvent event) {
        Caller caller = Caller.of(event);
        Known known = callers.of(caller, caller.length()).orElse(null);
        return known == null ? null : known.call(action(event), event);
    }

    /// The call that an event is, by whomever: for what is told of everybody. Null for AWS services and for TrailSentry
    /// itself, and where others are not watched.
    public @Nullable Call ofAnybody(CloudTrailEvent event) {
        Principal principal = watchOthers ? Principal.of(event.userIdentity(), event.recipientAccountId()) : null;
        return principal == null || principal.kind() == Kind.SERVICE || OwnRoles.isOne(principal, event)
                ? null
                : known(event.userIdentity(), principal, agentOf(principal), Channel.of(event))
                        .call(action(event), event);
    }

    private String action(CloudTrailEvent event) {
        return actions.of(new Operation(event.eventSource(), event.eventName()),
                event.eventSource().length() + event.eventName().length());
    }

    /// The listed agents whose perimeter an event means, as calls of theirs: same event, the actor's session. For events by
    /// anybody.
    ///
    /// @param target name or ARN of the role, user or managed policy that the event acts upon; null: none
    /// @param policy whether the target is a managed policy: its change means every agent that it is attached to
    public List<Call> victims(CloudTrailEvent event, @Nullable String target, boolean policy) {
        String account = event.account();
        if (target == null || account == null || !watchOthers) {
            return List.of();
        }
        Arn arn = Arn.parse(target);
        Arn actor = Arn.parse(event.userIdentity().arn());
        String partition = arn != null ? arn.partition() : actor != null ? actor.partition() : "aws";
        if (policy) {
            Stream<Principal> named = byName.values().stream().flatMap(List::stream)
                    .filter(candidate -> candidate.agent() != null
                            && candidate.agent().attachedPolicies().contains(target))
                    .map(candidate -> candidate.pattern().principal(partition, account)).filter(Objects::nonNull);
            Map<String, Call> holders = new LinkedHashMap<>();
            Stream.concat(attached.holders(target), named).forEach(principal -> {
                Call call = victim(event, principal);
                if (call != null) {
                    holders.putIfAbsent(principal.kind() + principal.account() + principal.name(), call);
                }
            });
            return List.copyOf(holders.values());
        }
        String name = arn == null ? target.substring(target.lastIndexOf('/') + 1) : arn.name();
        String owner = arn == null ? account : arn.account();
        List<Call> victims = new ArrayList<>(0);
        for (Kind kind : List.of(Kind.ROLE, Kind.USER)) {
            String resource = kind == Kind.ROLE ? ":role/" : ":user/";
            Call call = victim(event,
                    new Principal(kind, owner, "arn:" + partition + ":iam::" + owner + resource + name, name));
            if (call != null) {
                victims.add(call);
            }
        }
        return victims;
    }

    /// The listed agents that a change of permission sets or of an organization's policies may mean, as calls of theirs:
    /// same event, the actor's session. Such changes do not name roles. A bare name is taken as a role's in the account
    /// that the change is about.
    ///
    /// @param account twelve digits, whose agents alone can be meant; null: those of any account
    public List<Call> bystanders(CloudTrailEvent event, @Nullable String account) {
        Arn actor = Arn.parse(event.userIdentity().arn());
        String about = account == null ? event.account() : account;
        if (about == null || !watchOthers) {
            return List.of();
        }
        return inOrder(byName.values().stream().flatMap(List::stream)).map(Candidate::pattern)
                .filter(pattern -> account == null || pattern.account() == null || account.equals(pattern.account()))
                .map(pattern -> victim(event,
                        pattern.principal(actor == null ? "aws" : actor.partition(),
                                pattern.account() == null ? about : pattern.account())))
                .filter(Objects::nonNull).toList();
    }

    /// What there is to say of each configured principal that does not meet a condition, by its agent's name; in the order
    /// of the configuration.
    <T> List<T> unless(Predicate<PrincipalPattern> condition, BiFunction<String, PrincipalPattern, T> line) {
        return inOrder(Stream.concat(byName.values().stream().flatMap(List::stream), globs.stream()))
                .filter(candidate -> !condition.test(candidate.pattern()))
                .map(candidate -> line.apply(candidate.agent() == null || candidate.agent().name().isEmpty()
                        ? candidate.pattern().name()
                        : candidate.agent().name(), candidate.pattern()))
                .toList();
    }

    private static Stream<Candidate> inOrder(Stream<Candidate> candidates) {
        return candidates.sorted(Comparator.comparingInt(Candidate::order));
    }

    private @Nullable Call victim(CloudTrailEvent event, @Nullable Principal principal) {
        Candidate candidate = principal == null ? null : candidate(principal);
        if (principal == null || candidate == null) {
            return null;
        }
        Agent agent = agentOf(candidate, principal);
        String actor = event.userIdentity().principalId();
        return new Call(agent, principal, actor == null ? "" : actor, Channel.of(event),
                human(event.userIdentity(), principal, agent),
                action(event), event);
    }

    /// The agent that a principal, recognised before, is.
    public Agent agentOf(Principal principal) {
        Agent agent = agent(principal, Channel.MCP);
        return agent == null ? Agent.unlisted(principal.name()) : agent;
    }

    /// The call that an event is when it was made with credentials that an agent got by assuming a role.
    public Call recognise(CloudTrailEvent event, Lender lender) {
        Agent agent = agentOf(lender.principal());
        return new Call(agent, lender.principal(), lender.session(), Channel.of(event),
                human(event.userIdentity(), lender.principal(), agent),
                action(event), event);
    }

    private @Nullable Agent agent(Principal principal, Channel channel) {
        Candidate found = candidate(principal);
        if (found != null) {
            return agentOf(found, principal);
        }
        return unlisted(principal, channel);
    }

    private @Nullable Agent unlisted(Principal principal, Channel channel) {
        boolean unlisted = watchOthers && channel.equals(Channel.MCP) && principal.kind() != Kind.SERVICE;
        return unlisted ? Agent.unlisted(principal.name()) : null;
    }

    private Agent agentOf(Candidate candidate, Principal principal) {
        Agent agent = candidate.agent() == null
                ? Agent.learned(principal.name())
                : candidate.agent().namedAfter(principal);
        return agent.attached(attached.of(principal));
    }

    private @Nullable Candidate candidate(Principal principal) {
        Candidate found = null;
        for (Candidate candidate : byName.getOrDefault(principal.name().toLowerCase(Locale.ROOT), List.of())) {
            found = earlier(found, candidate, principal);
        }
        for (Candidate candidate : globs) {
            found = earlier(found, candidate, principal);
        }
        return found;
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
