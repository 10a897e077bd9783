package io.trailsentry.lab;

import io.trailsentry.agent.Glob;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.baseline.Profile;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.publish.SafeText;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A configuration as history suggests it: what was ordinary counts, all else stands beside it in comments with the
/// reason. Immutable.
///
/// What an agent can choose stands in double quotes, or in comments with all that could end a line made visible.
///
/// @param yaml the text; each line ends with a line feed
record Proposal(String yaml) {
    private static final int MOST_SHOWN = 20;
    private static final int LONGEST_NAME = 64;

    /// The proposal that a history suggests.
    ///
    /// @param habits what each principal did
    /// @param requested who was asked for by name or glob
    /// @param thresholds those that history speaks about, by detector and name
    static Proposal of(Collection<Habits> habits, List<PrincipalPattern> requested,
            Map<String, Map<String, Thresholds.Raised>> thresholds) {
        List<Habits> known = habits.stream().filter(one -> one.all.days() > 0 || one.throughMcp.days() > 0)
                .sorted(Comparator.comparing((Habits one) -> one.throughMcp.days() == 0)
                        .thenComparing(one -> one.all, Seen.MOST).thenComparing(one -> one.principal().arn()))
                .toList();
        Writer writer = new Writer();
        writer.header(known);
        writer.agents(known, requested);
        writer.accounts(known);
        writer.people(known);
        writer.detectors(thresholds);
        return new Proposal(writer.out.toString());
    }

    /// What the text means.
    Configuration configuration() {
        try {
            return ConfigurationReader.read("the proposal", yaml, LocalDate.EPOCH).configuration();
        } catch (ConfigurationException e) {
            throw new IllegalStateException("a proposal has no faults", e);
        }
    }

    private static boolean isAccepted(String yaml) {
        try {
            ConfigurationReader.read("a part", yaml, LocalDate.EPOCH);
            return true;
        } catch (ConfigurationException e) {
            return false;
        }
    }

    private static String quoted(String text) {
        return ExceptionProposal.quoted(text);
    }

    private static String shown(String text) {
        return SafeText.PLAIN.text(text, 256);
    }

    /// Why a principal is not proposed as an agent; null: it is.
    private static @Nullable String doubt(Habits habits, List<PrincipalPattern> requested) {
        Principal principal = habits.principal();
        List<PrincipalPattern> meant = requested.stream().filter(pattern -> pattern.matches(principal)).toList();
        boolean byName = meant.stream().anyMatch(pattern -> !Glob.isGlob(pattern.toString()));
        if (principal.kind() == Kind.OUTSIDE) {
            return "it comes from outside IAM, and a roster takes roles and users";
        }
        if (Glob.isGlob(principal.arn()) || !isAccepted(principals(principal))) {
            return "its ARN cannot stand in a configuration; give its name";
        }
        if (byName) {
            return null;
        }
        if (principal.kind() == Kind.ROOT) {
            return "the root user is no agent";
        }
        if (!habits.all.isOrdinary()) {
            return habits.all.days() == 0 ? "only calls of the MCP server itself" : habits.all.tooLittle();
        }
        if (!meant.isEmpty()) {
            return null;
        }
        if (!habits.throughMcp.isOrdinary()) {
            return "through an MCP server " + habits.throughMcp.tooLittle();
        }
        if (principal.isIdentityCenterRole() || principal.kind() == Kind.USER) {
            return "it may be a person, whose credentials no agent should hold";
        }
        return principal.looksLikeAdministrator() ? "it looks like an administrator's role" : null;
    }

    private static String principals(Principal principal) {
        return "agents: [{ principals: [" + quoted(principal.arn()) + "] }]\n";
    }

    /// Writes the text. Confined to one proposal.
    private static final class Writer {
        private final StringBuilder out = new StringBuilder();
        private final Set<String> names = new HashSet<>();

        private void line(String line) {
            out.append(line.stripTrailing()).append('\n');
        }

        void header(List<Habits> known) {
            List<Seen> seen = known.stream().map(one -> one.all.days() > 0 ? one.all : one.throughMcp).toList();
            line("# Proposed by trailsentry learn"
                    + seen.stream().map(Seen::first).min(Comparator.naturalOrder())
                            .map(first -> " from the calls of " + first + " to "
                                    + seen.stream().map(Seen::last).max(Comparator.naturalOrder()).orElse(first))
                            .orElse("")
                    + ".");
            line("# Read every line before you use it: an attack in the history looks like work, too.");
            line("# Only what was seen on " + Seen.DAYS + " days or more, in " + Seen.CALLS
                    + " calls or more, counts; the rest is left out, with the reason.");
        }

        void agents(List<Habits> known, List<PrincipalPattern> requested) {
            List<Habits> proposed = known.stream().filter(one -> doubt(one, requested) == null).toList();
            List<Habits> doubtful = known.stream().filter(one -> doubt(one, requested) != null).toList();
            line("");
            line(proposed.isEmpty() ? "agents: []   # no agent was seen" : "agents:");
            proposed.forEach(this::agent);
            for (Habits habits : doubtful.stream().limit(MOST_SHOWN).toList()) {
                line("  # left out: " + shown(habits.principal().arn()) + ": " + doubt(habits, requested));
                line("  #   " + (habits.all.days() > 0 ? habits.all : "no calls but the MCP server's own")
                        + through(habits));
            }
            more(doubtful.size(), "  ");
        }

        private static String through(Habits habits) {
            String seen = habits.throughMcp.days() == 0 ? "" : habits.throughMcp.toString();
            return seen.isEmpty()
                    ? "; none through an MCP server"
                    : seen.equals(habits.all.toString())
                            ? "; all through an MCP server"
                            : "; through an MCP server " + seen;
        }

        private void more(int of, String indent) {
            if (of > MOST_SHOWN) {
                line(indent + "# ... and " + (of - MOST_SHOWN) + " more");
            }
        }

        private void agent(Habits habits) {
            boolean suffice = habits.suffice();
            line("  # " + (habits.all.days() > 0 ? habits.all : "no calls but the MCP server's own") + through(habits));
            line("  - name: " + quoted(name(habits.principal())));
            line("    principals: [" + quoted(habits.principal().arn()) + "]");
            if (!suffice) {
                line("    # Too little to learn from: it takes " + Profile.LEARNING_DAYS + " days and "
                        + Profile.LEARNING_CALLS + " calls. What follows is left out.");
            }
            values("regions", habits.regions, suffice, this::regionFault);
            refused(habits.refusedRegions);
            hours(habits, suffice);
            channel(habits, suffice);
            roles(habits, suffice);
            line("    # environment:   # not in the history; accounts:");
            seen(habits.accounts, "    ");
            line("    # services:   # no key, for the record:");
            seen(habits.services, "    ");
        }

        /// A name for an agent that no other has.
        private String name(Principal principal) {
            String name = principal.name().replaceAll("[^A-Za-z0-9_.@+= -]", "-").strip();
            String base = name.isEmpty() ? "agent" : name.substring(0, Math.min(LONGEST_NAME, name.length()));
            String unique = base;
            for (int i = 0; !names.add(unique.toLowerCase(Locale.ROOT)); i++) {
                String more = i == 0 ? "-" + principal.account() : "-" + (i + 1);
                unique = base.substring(0, Math.min(base.length(), LONGEST_NAME - more.length())) + more;
            }
            return unique;
        }

        private @Nullable String regionFault(String region) {
            return isAccepted("agents: [{ principals: [a], regions: [" + quoted(region) + "] }]\n")
                    ? null
                    : "no Region's name";
        }

        private @Nullable String roleFault(String role) {
            return !Glob.isGlob(role)
                    && isAccepted("agents: [{ principals: [a], assumable-roles: [" + quoted(role) + "] }]\n")
                            ? null
                            : "cannot stand in a configuration";
        }

        /// A list of what was seen: what is ordinary counts, the rest is a comment.
        ///
        /// @param faults what keeps a value from standing in a configuration
        private void values(String key, Values values, boolean suffice, Function<String, @Nullable String> faults) {
            if (values.isEmpty()) {
                line("    # " + key + ":   # none was seen");
                return;
            }
            List<Map.Entry<String, Seen>> all = values.byDays();
            List<Map.Entry<String, Seen>> taken = all.stream().filter(
                    value -> suffice && value.getValue().isOrdinary() && faults.apply(value.getKey()) == null)
                    .toList();
            line((taken.isEmpty() ? "    # " : "    ") + key + ":");
            taken.forEach(value -> line("      - " + quoted(value.getKey()) + "   # " + value.getValue()));
            List<Map.Entry<String, Seen>> left = all.stream().filter(value -> !taken.contains(value)).toList();
            left.stream().limit(MOST_SHOWN).forEach(value -> {
                String fault = faults.apply(value.getKey());
                line("      # - " + quoted(value.getKey()) + "   # " + value.getValue()
                        + (fault != null
                                ? ": left out, " + fault
                                : value.getValue().isOrdinary()
                                        ? ""
                                        : ": left out, " + value.getValue().tooLittle()));
            });
            more(left.size(), "      ");
            full(values, "      ");
        }

        private void full(Values values, String indent) {
            if (values.isFull()) {
                line(indent + "# more than " + Values.MOST + " values were seen, of which the first in the order of"
                        + " text were looked at");
            }
        }

        private void refused(Values regions) {
            regions.byDays().stream().limit(MOST_SHOWN).forEach(region -> line("      # no call succeeded there: "
                    + quoted(region.getKey()) + ", " + region.getValue()));
        }

        private void seen(Values values, String indent) {
            List<Map.Entry<String, Seen>> all = values.byDays();
            all.stream().limit(MOST_SHOWN).forEach(value -> line(indent + "#   " + shown(value.getKey()) + ": "
                    + value.getValue()));
            more(all.size(), indent);
            full(values, indent);
        }

        private void hours(Habits habits, boolean suffice) {
            WorkingHours learned = suffice
                    ? WorkingHours.of(habits.quarters())
                    : new WorkingHours(null, "too little to learn from", List.of(), List.of());
            Hours hours = learned.hours();
            if (hours == null) {
                line("    # hours:   # left out: " + learned.why());
                return;
            }
            line("    hours: { zone: " + quoted(hours.zone().getId()) + ", days: " + quoted(WorkingHours.days(hours))
                    + ", from: " + quoted(hours.from().toString()) + ", to: " + quoted(hours.to().toString()) + " }");
            line("    #   " + learned.why() + ".");
            learned.doubts().forEach(doubt -> line("    #   check: " + doubt + "."));
            line("    #   On how many dates it called, by hour of the week there (+: 10 or more):");
            learned.histogram().forEach(row -> line("    #     " + row));
        }

        private void channel(Habits habits, boolean suffice) {
            List<Map.Entry<String, Seen>> others = habits.otherChannels.byDays();
            boolean mcp = suffice && habits.throughMcp.isOrdinary()
                    && others.stream().noneMatch(other -> other.getValue().isOrdinary());
            String left = suffice ? "" : ", too little to learn from";
            if (others.isEmpty() && habits.throughMcp.days() > 0) {
                line((mcp ? "    channel: mcp   # " : "    # channel: mcp   # ")
                        + "no call came another way, but for identity's and AWS services' own" + left);
                return;
            }
            line((mcp ? "    channel: mcp   # but: " : "    # channel: any   # because of: ")
                    + others.stream().map(other -> shown(other.getKey()) + ", " + other.getValue()
                            + (other.getValue().isOrdinary() ? "" : " (" + other.getValue().tooLittle() + ")"))
                            .collect(Collectors.joining("; ")));
        }

        private void roles(Habits habits, boolean suffice) {
            boolean none = habits.roles.byDays().stream()
                    .noneMatch(role -> role.getValue().isOrdinary() && roleFault(role.getKey()) == null);
            if (suffice && none) {
                line("    assumable-roles: []   # it assumed "
                        + (habits.roles.isEmpty() ? "none" : "none regularly; left out:"));
                seen(habits.roles, "    ");
            } else {
                values("assumable-roles", habits.roles, suffice, this::roleFault);
            }
        }

        void accounts(List<Habits> known) {
            Set<String> ids = new TreeSet<>();
            known.forEach(one -> one.accounts.byDays().forEach(account -> ids.add(account.getKey())));
            if (!ids.isEmpty()) {
                line("");
                line("# What the accounts are called, the history does not tell:");
                line("# accounts:");
                ids.stream().limit(MOST_SHOWN)
                        .forEach(id -> line("#   " + quoted(id) + ": { name: , environment: }"));
                more(ids.size(), "");
            }
        }

        void people(List<Habits> known) {
            List<String> lines = new ArrayList<>();
            known.forEach(one -> one.people.byDays().forEach(person -> lines.add("#   " + quoted(person.getKey())
                    + ":   # behind " + shown(one.principal().name()) + ": " + person.getValue())));
            if (!lines.isEmpty()) {
                line("");
                line("# Who stands behind these ids of onBehalfOf and sourceIdentity, the history does not tell:");
                line("# people:");
                lines.stream().limit(MOST_SHOWN).forEach(this::line);
                more(lines.size(), "");
            }
        }

        void detectors(Map<String, Map<String, Thresholds.Raised>> thresholds) {
            if (thresholds.isEmpty()) {
                return;
            }
            line("");
            boolean any = thresholds.values().stream().flatMap(names -> names.values().stream())
                    .anyMatch(Thresholds.Raised::isRaised);
            line(any ? "detectors:" : "# Thresholds that were passed, and stay as they are:");
            thresholds.forEach((detector, names) -> {
                boolean here = names.values().stream().anyMatch(Thresholds.Raised::isRaised);
                line((here ? "  " : "  # ") + detector + ":");
                names.forEach((name, raised) -> {
                    line((raised.isRaised() ? "    " + name + ": " + raised.to() + "   # " : "    # " + name + "   # ")
                            + raised.why());
                    raised.days().stream().limit(MOST_SHOWN).forEach(day -> line("    #   " + day.day() + ": "
                            + day.most() + " by " + shown(day.agent())));
                    more(raised.days().size(), "    ");
                });
            });
        }
    }
}
