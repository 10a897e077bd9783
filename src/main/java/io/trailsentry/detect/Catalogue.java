package io.trailsentry.detect;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Call;
import io.trailsentry.trail.Memo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What is known about API actions: the reviewed resources in `catalogue/`. Immutable and thread-safe.
///
/// Actions are found without case. Sources stand beside each entry.
public final class Catalogue {
    /// Rules under this action are tried on every call.
    private static final String ANY_ACTION = "*";
    /// The resources that hold actions, one for each group of services.
    private static final List<String> GROUPS = List.of("identity", "data", "compute");

    /// One API action.
    ///
    /// @param action `service:EventName`
    /// @param kind what it acts upon
    /// @param target parameters that name what it acts upon, best first
    /// @param source where this is documented
    /// @param rules what is suspicious about it
    record Entry(String action, Target.Kind kind, List<String> target, String source, List<Rule> rules) {
        Entry {
            target = List.copyOf(target);
            rules = List.copyOf(rules);
        }
    }

    /// When an action is a signal.
    ///
    /// @param detector id of the detector
    /// @param when conditions that must all hold; none: always
    /// @param score when it succeeded, 0 to 100
    /// @param denied when it was denied, where that is more than [Outcome#worth] gives; null: no more
    /// @param did what the agent did, behind its name: `attached a policy to itself`
    /// @param tried the same in the infinitive
    /// @param why why that matters; null where the conditions say it
    /// @param attack ATT&CK ids, current first
    record Rule(String detector, List<Condition> when, int score, @Nullable Integer denied, String did, String tried,
            @Nullable String why, List<String> attack) {
        Rule {
            when = List.copyOf(when);
            attack = List.copyOf(attack);
        }

        /// Whether the rule is a detector's, and the call such that its other conditions need to be looked at.
        boolean asks(String id, Call call) {
            return detector.equals(id) && !(call.isRead() && when.contains(Condition.Known.WRITE));
        }

        /// Whether all conditions hold.
        boolean holds(Call call, Target target) {
            for (Condition condition : when) {
                if (!condition.holds(call, target)) {
                    return false;
                }
            }
            return true;
        }
    }

    /// The form of `general.json`: facts that are not about one action.
    private record General(Map<String, String> attack, Set<String> globalServices, Set<String> launches) {
    }

    /// The form of a rule in a resource.
    private record RuleText(String detector, List<String> when, int score, @Nullable Integer denied, String did,
            String tried, @Nullable String why, List<String> attack) {
        Rule rule() {
            return new Rule(detector, when.stream().map(Condition::parse).toList(), score, denied, did, tried, why,
                    attack);
        }
    }

    /// The form of an action in a resource.
    private record EntryText(String action, Target.Kind kind, List<String> target, String source,
            List<RuleText> rules) {
        Entry entry() {
            return new Entry(action, kind, target, source, rules.stream().map(RuleText::rule).toList());
        }
    }

    private final Map<String, String> attack;
    private final Set<String> globalServices;
    private final Set<String> launches;
    private final Map<String, Entry> actions = new HashMap<>();
    private final Map<String, List<String>> roleFields = new HashMap<>();
    private final @Nullable Entry anyAction;
    private final Memo<String, Facts> facts = new Memo<>(this::facts);

    /// What is known of an action, in whatever case it is written.
    private record Facts(@Nullable Entry entry, List<String> roleFields, boolean launches) {
    }

    private Facts facts(String action) {
        String lower = action.toLowerCase(Locale.ROOT);
        return new Facts(actions.get(lower), roleFields.getOrDefault(lower, List.of()), launches.contains(action));
    }

    private Catalogue(General general, List<Entry> entries, Map<String, List<String>> passrole) {
        passrole.forEach((action, fields) -> roleFields.put(action.toLowerCase(Locale.ROOT), List.copyOf(fields)));
        attack = Map.copyOf(general.attack());
        globalServices = Set.copyOf(general.globalServices());
        launches = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        launches.addAll(general.launches());
        for (Entry entry : entries) {
            if (actions.put(entry.action().toLowerCase(Locale.ROOT), entry) != null) {
                throw new IllegalStateException("the catalogue lists " + entry.action() + " twice");
            }
        }
        anyAction = actions.remove(ANY_ACTION);
    }

    /// Reads the catalogue that is part of the program.
    public static Catalogue load() {
        JsonMapper json = new JsonMapper();
        List<Entry> entries = new ArrayList<>();
        for (String group : GROUPS) {
            for (EntryText text : read(json, group, new TypeReference<List<EntryText>>() {
            })) {
                entries.add(text.entry());
            }
        }
        return new Catalogue(read(json, "general", new TypeReference<General>() {
        }), entries, read(json, "passrole", new TypeReference<Map<String, List<String>>>() {
        }));
    }

    private static <T> T read(JsonMapper json, String name, TypeReference<T> form) {
        try (InputStream in = Catalogue.class.getResourceAsStream("catalogue/" + name + ".json")) {
            if (in == null) {
                throw new IllegalStateException("catalogue/" + name + ".json is not on the class path");
            }
            return json.readValue(in, form);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The entry of an action, or null.
    @Nullable
    Entry find(String action) {
        return facts.of(action, action.length()).entry();
    }

    /// The rules for every action, or null.
    @Nullable
    Entry anyAction() {
        return anyAction;
    }

    /// Parameters of an action that hold a role which the service will work as, as paths; empty for one that takes none.
    List<String> roleFields(String action) {
        return facts.of(action, action.length()).roleFields();
    }

    /// Every action that takes a role, with the parameters that hold it.
    Map<String, List<String>> roleFields() {
        return Map.copyOf(roleFields);
    }

    /// Whether a service's events are recorded in one Region whatever Region the caller works in.
    boolean isGlobal(String service) {
        return globalServices.contains(service);
    }

    /// Whether an action starts compute that costs money and runs code.
    boolean launches(String action) {
        return facts.of(action, action.length()).launches();
    }

    /// The name of an ATT&CK technique; the id itself for one that the catalogue does not name.
    public String attackName(String id) {
        return attack.getOrDefault(id, id);
    }

    /// Whether a detector's knowledge is here.
    public boolean serves(String detector) {
        return Stream.concat(actions.values().stream(), Stream.ofNullable(anyAction))
                .anyMatch(entry -> entry.rules().stream().anyMatch(rule -> rule.detector().equals(detector)));
    }

    /// What a detector looks for in one action, as in `attached a policy to itself`; empty when it is not listed for it.
    public List<String> deeds(String detector, String action) {
        Entry entry = find(action);
        return entry == null
                ? List.of()
                : entry.rules().stream().filter(rule -> rule.detector().equals(detector)).map(Rule::did).distinct()
                        .toList();
    }

    /// The actions that a detector lists, each with the highest score of its rules for it.
    ///
    /// @param always whether only rules without a condition count: those that hold whatever a call says
    public SortedMap<String, Integer> listed(String detector, boolean always) {
        SortedMap<String, Integer> listed = new TreeMap<>();
        for (Entry entry : actions.values()) {
            entry.rules().stream().filter(rule -> rule.detector().equals(detector))
                    .filter(rule -> !always || rule.when().isEmpty())
                    .forEach(rule -> listed.merge(entry.action(), rule.score(), Math::max));
        }
        return listed;
    }

    /// Every entry, for tests and documents.
    List<Entry> entries() {
        return actions.values().stream().sorted(Comparator.comparing(Entry::action)).toList();
    }
}
