package io.trailsentry.posture;

import io.trailsentry.agent.Containment;
import io.trailsentry.agent.Containment.Step;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.publish.NextStep;
import io.trailsentry.publish.NextSteps;
import io.trailsentry.publish.SafeText;
import io.trailsentry.trail.Arn;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Contains principals, and takes that back: the steps of [Containment], planned from what is there, told, and done by
/// [Identities] when that is asked for. Planning reads only. Not thread-safe.
///
/// Every step is one request and can be repeated; one that is done already is left out. So whatever was cut short is
/// finished by the same run again.
public final class Contain {
    private final Identities identities;
    private final InstantSource clock;

    /// @param clock says when a principal was contained
    public Contain(Identities identities, InstantSource clock) {
        this.identities = identities;
        this.clock = clock;
    }

    /// What is to be done.
    ///
    /// @param principals who: ARNs, or bare names of roles and users
    /// @param undo whether a containment is taken back
    /// @param apply whether it is done, or only told
    public record Order(List<String> principals, boolean undo, boolean apply) {
        /// Copies the list.
        public Order {
            principals = List.copyOf(principals);
        }
    }

    /// What came of it.
    ///
    /// @param text the report: lines, each with its end
    /// @param complete whether there is nothing left to do of what was ordered; true for what is only told
    public record Outcome(String text, boolean complete) {
    }

    /// Something to do, with what is to be known before.
    ///
    /// @param step in words and commands
    /// @param already how it came about, when it is so already; null: it is not
    /// @param deed does it
    /// @param last whether it is done only when all before it were
    private record Act(NextStep step, @Nullable String already, Deed deed, boolean last) {
    }

    @FunctionalInterface
    private interface Deed {
        void run() throws RefusedException;
    }

    /// Tells what an order comes to and, when it says so, does it.
    ///
    /// @throws RefusedException when nothing can be begun; then nothing was changed
    public Outcome carryOut(Order order) throws RefusedException {
        Principal caller = null;
        ContainReport report = new ContainReport(order);
        try {
            caller = identities.caller();
        } catch (RefusedException e) {
            if (order.apply()) {
                throw e;
            }
            report.unchecked(e.reason());
        }
        List<Principal> principals = new ArrayList<>();
        List<String> left = new ArrayList<>();
        for (String text : order.principals()) {
            try {
                principals.add(principal(text, caller));
            } catch (RefusedException e) {
                left.add(e.reason());
            }
        }
        if (principals.isEmpty()) {
            throw new RefusedException(String.join("\n", left) + "\nNothing was changed.");
        }
        String own = caller == null ? null : caller.arn();
        boolean self = principals.stream().anyMatch(principal -> principal.is(own));
        if (self && order.apply() && !order.undo()) {
            throw new RefusedException("these credentials are " + own + " itself: contained, it could not be "
                    + "undone with them, nor finished. Use others.\nNothing was changed.");
        }
        report.begin(own, self);
        boolean complete = left.isEmpty();
        for (Principal principal : principals) {
            report.principal(principal);
            List<Act> acts = order.undo()
                    ? undoing(principal, caller != null, report)
                    : containing(principal, caller != null, report);
            complete &= run(acts, order, report);
            if (!order.undo()) {
                report.goesOn(principal);
            }
        }
        left.forEach(report::left);
        report.end(complete);
        return new Outcome(report.toString(), complete || !order.apply());
    }

    /// Who is meant, as IAM knows it.
    ///
    /// @param caller null: IAM cannot be asked
    private Principal principal(String text, @Nullable Principal caller) throws RefusedException {
        String shown = SafeText.PLAIN.text(text, 200);
        Arn arn = Arn.parse(text);
        if (arn == null) {
            return named(text, shown, caller);
        }
        Principal principal = Principal.of(arn);
        if (principal == null) {
            throw new RefusedException(shown + " names neither a role nor a user");
        }
        if (caller == null) {
            return principal;
        }
        Arn own = Arn.parse(caller.arn());
        if (own == null || !own.account().equals(arn.account()) || !own.partition().equals(arn.partition())) {
            throw new RefusedException(shown + " is not in the account of these credentials, which are "
                    + caller.arn() + ": use credentials for its own account");
        }
        if (!isHolder(principal)) {
            return principal;
        }
        Principal found;
        try {
            found = identities.find(principal.kind(), principal.name());
        } catch (RefusedException e) {
            // Who may not look may still contain; an ARN says all that is needed.
            return principal;
        }
        if (found == null) {
            throw new RefusedException("there is no " + ContainReport.kind(principal) + " " + shown);
        }
        return found;
    }

    private Principal named(String name, String shown, @Nullable Principal caller) throws RefusedException {
        if (!Containment.isName(name)) {
            throw new RefusedException(shown + " is neither an ARN nor the name of a role or user: name one of them");
        }
        if (caller == null) {
            return new Principal(Kind.ROLE, "", name, name);
        }
        RefusedException refused = null;
        Principal role = null;
        Principal user = null;
        try {
            role = identities.find(Kind.ROLE, name);
        } catch (RefusedException e) {
            refused = e;
        }
        try {
            user = identities.find(Kind.USER, name);
        } catch (RefusedException e) {
            refused = e;
        }
        if (role != null && user != null) {
            throw new RefusedException("there is a role and a user " + shown + ": name " + role.arn() + " or "
                    + user.arn());
        }
        Principal found = role == null ? user : role;
        if (found == null && refused != null) {
            throw new RefusedException("whether " + shown + " is a role or a user could not be seen, so name its ARN: "
                    + refused.reason());
        }
        if (found == null) {
            throw new RefusedException("there is neither a role nor a user " + shown + " in account "
                    + caller.account());
        }
        return found;
    }

    private List<Act> containing(Principal principal, boolean look, ContainReport report) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        DenyPolicy there = look ? DenyPolicy.of(read(principal, Containment.POLICY, report).document()) : null;
        Instant since = there == null ? now : there.since();
        Keys keys = look ? keys(principal) : Keys.UNKNOWN;
        List<Act> acts = new ArrayList<>();
        for (Step step : steps(principal)) {
            switch (step) {
                case Step.Deny _ -> acts.add(deny(principal, there, since, keys));
                case Step.RevokeSessions _ -> acts.add(revoke(principal, since, now, look, report));
                case Step.DeactivateKeys _ -> acts.addAll(deactivate(principal, step, keys, report));
                case Step.DenyByScp _,Step.AtItsSource _,Step.InConsole _ ->
                    acts.add(new Act(NextSteps.of(step), null, Contain::byHand, false));
            }
        }
        return acts;
    }

    /// The steps of containing a principal, in all its sessions.
    static List<Step> steps(Principal principal) {
        return Containment.of(principal, null,
                principal.kind() == Kind.ROOT ? "root-" + principal.account() : principal.name());
    }

    private static void byHand() throws RefusedException {
        throw new RefusedException("these credentials alone cannot do it: it is done by hand");
    }

    private Act deny(Principal principal, @Nullable DenyPolicy there, Instant since, Keys keys) {
        Set<String> recorded = new TreeSet<>(keys.active());
        if (there != null) {
            recorded.addAll(there.keys());
        }
        DenyPolicy policy = new DenyPolicy(since, recorded);
        return new Act(NextSteps.deny(principal, policy.document()),
                policy.equals(there) ? "contained on " + ContainReport.time(since) : null,
                () -> identities.put(principal, Containment.POLICY, policy.document()), false);
    }

    private Act revoke(Principal role, Instant since, Instant now, boolean look, ContainReport report) {
        Instant before = look ? DenyPolicy.revokedBefore(read(role, Containment.REVOCATION, report).document()) : null;
        return new Act(NextSteps.revokeSessions(role, now.toString()),
                before == null || before.isBefore(since)
                        ? null
                        : "those opened before " + ContainReport.time(before) + " are revoked",
                () -> identities.put(role, Containment.REVOCATION, Containment.revocation(now.toString())), false);
    }

    private List<Act> deactivate(Principal user, Step step, Keys keys, ContainReport report) {
        String refused = keys.refused();
        if (refused != null) {
            return List.of(new Act(NextSteps.of(step), null, () -> {
                throw new RefusedException(refused);
            }, false));
        }
        if (keys.isActive().isEmpty()) {
            report.remark("It has no access keys.");
        }
        List<Act> acts = new ArrayList<>();
        keys.isActive().forEach((key, active) -> acts.add(new Act(NextSteps.deactivate(user, key),
                active ? null : "it is inactive", () -> identities.activate(user, key, false), false)));
        return acts;
    }

    private List<Act> undoing(Principal principal, boolean look, ContainReport report) {
        List<Act> acts = new ArrayList<>();
        Found there = look ? read(principal, Containment.POLICY, report) : Found.UNKNOWN;
        for (Step step : steps(principal).reversed()) {
            switch (step) {
                case Step.DeactivateKeys _ -> acts.addAll(
                        activate(principal, DenyPolicy.of(there.document()), look ? keys(principal) : Keys.UNKNOWN,
                                report));
                case Step.RevokeSessions _ -> report.remark(NextSteps.REVOCATION_STAYS);
                case Step.Deny _ -> acts.add(new Act(NextSteps.lift(principal),
                        there.known() && there.document() == null
                                ? "there is no policy " + Containment.POLICY
                                : null,
                        () -> identities.remove(principal, Containment.POLICY), true));
                case Step.DenyByScp _,Step.AtItsSource _,Step.InConsole _ ->
                    acts.add(new Act(NextSteps.undo(step), null, Contain::byHand, false));
            }
        }
        return acts;
    }

    /// Only keys that the deny's record names: others are inactive for reasons of their own.
    private List<Act> activate(Principal user, @Nullable DenyPolicy there, Keys keys, ContainReport report) {
        if (keys.equals(Keys.UNKNOWN)) {
            report.remark("Before that, the access keys that it deactivated are activated; its policy says which.");
            return List.of();
        }
        if (there == null) {
            Set<String> inactive = new TreeSet<>(keys.isActive().keySet());
            inactive.removeAll(keys.active());
            report.remark("No access key is recorded as deactivated by contain, so none is activated"
                    + (inactive.isEmpty() ? "." : "; inactive: " + String.join(", ", inactive) + "."));
            return List.of();
        }
        List<Act> acts = new ArrayList<>();
        for (String key : new TreeSet<>(there.keys())) {
            boolean gone = keys.refused() == null && !keys.isActive().containsKey(key);
            acts.add(new Act(NextSteps.activate(user, key),
                    gone ? "it is deleted" : keys.active().contains(key) ? "it is active" : null,
                    () -> identities.activate(user, key, true), false));
        }
        return acts;
    }

    /// An inline policy.
    ///
    /// @param document null: there is none, or it is not known
    private record Found(@Nullable String document, boolean known) {
        static final Found UNKNOWN = new Found(null, false);
    }

    private Found read(Principal holder, String policy, ContainReport report) {
        if (!isHolder(holder)) {
            return Found.UNKNOWN;
        }
        try {
            return new Found(identities.policy(holder, policy), true);
        } catch (RefusedException e) {
            report.remark("The policy " + policy + " could not be read and is taken for absent"
                    + (holder.kind() == Kind.USER ? ", with what it records of access keys: " : ": ") + e.reason());
            return Found.UNKNOWN;
        }
    }

    private static boolean isHolder(Principal principal) {
        return (principal.kind() == Kind.ROLE || principal.kind() == Kind.USER)
                && Containment.isName(principal.name());
    }

    /// A user's access keys; none for others.
    ///
    /// @param isActive by id
    /// @param refused why they are not known; null: they are
    private record Keys(Map<String, Boolean> isActive, @Nullable String refused) {
        static final Keys UNKNOWN = new Keys(Map.of(), "they are not known");

        Set<String> active() {
            Set<String> active = new TreeSet<>(isActive.keySet());
            active.removeIf(key -> !Boolean.TRUE.equals(isActive.get(key)));
            return active;
        }
    }

    private Keys keys(Principal user) {
        try {
            return new Keys(user.kind() == Kind.USER && isHolder(user) ? identities.keys(user) : Map.of(), null);
        } catch (RefusedException e) {
            return new Keys(Map.of(), e.reason());
        }
    }

    private static boolean run(List<Act> acts, Order order, ContainReport report) {
        boolean all = true;
        for (Act act : acts) {
            report.step(act.step());
            if (act.already() != null) {
                report.already(act.already());
            } else if (order.apply()) {
                all &= run(act, all, report);
            }
        }
        return all;
    }

    private static boolean run(Act act, boolean all, ContainReport report) {
        if (act.last() && !all) {
            report.failed("kept, because it holds the record of what is left to undo");
            return false;
        }
        try {
            act.deed().run();
        } catch (RefusedException e) {
            report.failed(e.reason());
            return false;
        }
        report.done();
        return true;
    }
}
