package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.trail.Arn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// IAM in memory, which refuses what a test tells it to refuse. Not thread-safe.
final class FakeIdentities implements Identities {
    static final String ACCOUNT = "111122223333";

    private final Map<String, Principal> principals = new TreeMap<>();
    private final Map<String, Map<String, String>> policies = new TreeMap<>();
    private final Map<String, Map<String, Boolean>> keys = new TreeMap<>();
    /// What was asked, in order, as `PutRolePolicy mcp-agent-role trailsentry-contain`.
    final List<String> requests = new ArrayList<>();
    /// Requests that are refused.
    Predicate<String> refused = request -> false;
    String caller = "arn:aws:sts::" + ACCOUNT + ":assumed-role/responder/dana";

    static Principal principal(String arn) {
        return Objects.requireNonNull(Principal.of(Objects.requireNonNull(Arn.parse(arn))));
    }

    FakeIdentities with(String arn) {
        Principal principal = principal(arn);
        principals.put(principal.kind() + principal.name(), principal);
        return this;
    }

    FakeIdentities key(String user, String id, boolean active) {
        keys.computeIfAbsent(user, name -> new TreeMap<>()).put(id, active);
        return this;
    }

    /// The inline policies of a role or user.
    Map<String, String> policies(String name) {
        return policies.computeIfAbsent(name, key -> new TreeMap<>());
    }

    Map<String, Boolean> keys(String user) {
        return keys.computeIfAbsent(user, key -> new TreeMap<>());
    }

    /// The requests that change something.
    List<String> changes() {
        return requests.stream().filter(request -> request.matches("(Put|Delete|Update).*")).toList();
    }

    private void ask(String request) throws RefusedException {
        requests.add(request);
        if (refused.test(request)) {
            throw new RefusedException("AccessDenied: may not " + request);
        }
    }

    private static String type(Principal holder) {
        return holder.kind() == Kind.ROLE ? "Role" : "User";
    }

    @Override
    public Principal caller() throws RefusedException {
        ask("GetCallerIdentity");
        return principal(caller);
    }

    @Override
    public @Nullable Principal find(Kind kind, String name) throws RefusedException {
        ask((kind == Kind.ROLE ? "GetRole " : "GetUser ") + name);
        return principals.get(kind + name);
    }

    @Override
    public @Nullable String policy(Principal holder, String policy) throws RefusedException {
        ask("Get" + type(holder) + "Policy " + holder.name() + " " + policy);
        return policies(holder.name()).get(policy);
    }

    @Override
    public void put(Principal holder, String policy, String document) throws RefusedException {
        ask("Put" + type(holder) + "Policy " + holder.name() + " " + policy);
        policies(holder.name()).put(policy, document);
    }

    @Override
    public void remove(Principal holder, String policy) throws RefusedException {
        ask("Delete" + type(holder) + "Policy " + holder.name() + " " + policy);
        policies(holder.name()).remove(policy);
    }

    @Override
    public Map<String, Boolean> keys(Principal user) throws RefusedException {
        ask("ListAccessKeys " + user.name());
        return new TreeMap<>(keys(user.name()));
    }

    @Override
    public void activate(Principal user, String key, boolean active) throws RefusedException {
        ask("UpdateAccessKey " + key + " " + (active ? "Active" : "Inactive"));
        if (keys(user.name()).computeIfPresent(key, (id, before) -> active) == null) {
            throw new RefusedException("NoSuchEntity: " + key);
        }
    }
}
