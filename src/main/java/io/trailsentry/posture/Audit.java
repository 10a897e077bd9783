package io.trailsentry.posture;

import io.trailsentry.agent.AttachedPolicies;
import io.trailsentry.agent.Roster;
import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.posture.Perimeters.Member;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The audit: whether agents can be seen, are bounded, and are what was reviewed. It reads and changes nothing. Thread-safe
/// when its ports are.
public final class Audit {
    private final Place place;
    private final List<Roster.Entry> roster;
    private final Ports ports;
    private final Bounds bounds;
    private final Memory memory;
    private final InstantSource clock;

    /// What the audit asks.
    ///
    /// @param perimeters what bounds agents
    /// @param lastAccessed which services they use
    /// @param lastUse when they were used
    /// @param coverage what can be seen
    public record Ports(Perimeters perimeters, LastAccessed lastAccessed, LastUse lastUse, Coverage coverage) {
    }

    /// @param roster whom it is about
    /// @param bounds how their power is judged
    /// @param memory what was reviewed, and what the function remembers of them
    public Audit(Place place, List<Roster.Entry> roster, Ports ports, Bounds bounds, Memory memory,
            InstantSource clock) {
        this.place = place;
        this.roster = List.copyOf(roster);
        this.ports = ports;
        this.bounds = bounds;
        this.memory = memory;
        this.clock = clock;
    }

    /// What a run found.
    ///
    /// @param rules what it looked at
    /// @param checks what it found, in the order of the rules
    /// @param members the roles and users of agents
    public record Report(Set<Rule> rules, List<Check> checks, List<Member> members) {
        /// Copies the collections.
        public Report {
            rules = Set.copyOf(rules);
            checks = checks.stream().sorted(Comparator.comparing(Check::rule)).toList();
            members = List.copyOf(members);
        }

        /// Which managed policies are attached to whom.
        public AttachedPolicies attached() {
            Map<String, Set<String>> attached = new HashMap<>();
            members.forEach(member -> attached.put(member.perimeter().principal().arn(),
                    member.perimeter().attached().keySet()));
            return new AttachedPolicies(attached);
        }

        /// How many checks ended so.
        public long count(Verdict verdict) {
            return checks.stream().filter(check -> check.verdict() == verdict).count();
        }
    }

    /// Looks at everything.
    public Report full() {
        Instant now = clock.instant();
        Perimeters.Found found = ports.perimeters().find(roster);
        List<Check> checks = new ArrayList<>(found.checks());
        checks.addAll(bounds.of(found.members()));
        DriftUse use = new DriftUse(ports.lastAccessed());
        for (Member member : found.members()) {
            checks.addAll(drift(member));
            checks.add(use.of(member, now));
        }
        List<Check> covered = ports.coverage().check(scope(found.members(), now));
        checks.addAll(covered);
        checks.addAll(pulse(found.members(), covered, now));
        return new Report(EnumSet.allOf(Rule.class), checks, found.members());
    }

    /// Looks at what may change within the hour: whether Regions deliver, and whether agents are heard of.
    public Report brief() {
        Instant now = clock.instant();
        Perimeters.Found found = ports.perimeters().find(roster);
        List<Check> checks = new ArrayList<>(ports.coverage().deliveries(scope(found.members(), now)));
        checks.addAll(pulse(found.members(), checks, now));
        // Of whoever could not be read nothing is mended by that.
        found.checks().stream().filter(check -> check.rule() == Rule.PERIMETER).forEach(checks::add);
        return new Report(EnumSet.of(Rule.REGION_DELIVERS, Rule.AGENT_SEEN, Rule.AGENT_SILENT, Rule.PERIMETER), checks,
                found.members());
    }

    private Coverage.Scope scope(List<Member> members, Instant now) {
        return new Coverage.Scope(place, new Roster(roster, false, Map.of()), members.stream()
                .map(member -> new Coverage.Agent(member.subject(), Power.of(member.perimeter()))).toList(), now);
    }

    private List<Check> drift(Member member) {
        try {
            return Drift.between(member.subject(), reviewed(memory, member.perimeter()), member.perimeter());
        } catch (MemoryException e) {
            return List.of(Check.refused(Rule.AS_REVIEWED, member.subject(), null,
                    new RefusedException(String.valueOf(e.getMessage())),
                    "Let the audit read the table trailsentry-memory."));
        }
    }

    private List<Check> pulse(List<Member> members, List<Check> covered, Instant now) {
        return new Pulse(memory, ports.lastUse()).check(members.stream().map(Member::subject).toList(), blind(covered),
                now);
    }

    /// The Regions of which nothing is heard, in words; null when all are.
    private static @Nullable String blind(List<Check> covered) {
        TreeSet<String> said = covered.stream()
                .filter(check -> check.rule() == Rule.REGION_DELIVERS && check.verdict() == Verdict.FAILURE)
                .map(check -> "the account " + check.said()).collect(Collectors.toCollection(TreeSet::new));
        return said.isEmpty() ? null : said.stream().limit(3).collect(Collectors.joining("; "));
    }

    /// The state of a role or user that somebody accepted; null when nobody did.
    public static @Nullable Perimeter reviewed(Memory memory, Perimeter present) throws MemoryException {
        return PerimeterText.read(memory.note(note(present)));
    }

    /// Accepts the state of a role or user.
    public static void accept(Memory memory, Perimeter present) throws MemoryException {
        String text = PerimeterText.write(present);
        memory.note(note(present), before -> text);
    }

    private static String note(Perimeter present) {
        return "reviewed#" + present.principal().arn();
    }

    /// Leaves in memory which policies are attached to whom: for the function, to which a change of one is a change of its
    /// holder. Of those that could not be read, what was known stays.
    public void leave(Report report) throws MemoryException {
        memory.note(AttachedPolicies.NOTE, before -> AttachedPolicies.of(before).and(report.attached()).text());
    }
}
