package io.trailsentry.detect;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What is known about API actions: the reviewed resource `catalogue.json`. Immutable and thread-safe.
///
/// Actions are found without case. Sources stand beside each entry.
public final class Catalogue {
    /// Rules under this action are tried on every call.
    private static final String ANY_ACTION = "*";

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
    /// @param when conditions that must all hold
    /// @param score when it succeeded, 0 to 100
    /// @param denied when it was denied, where that is more than [Outcome#worth] gives; null: no more
    /// @param did what the agent did, behind its name: `attached a policy to itself`
    /// @param tried the same in the infinitive
    /// @param attack ATT&CK ids, current first
    record Rule(String detector, List<Condition> when, int score, @Nullable Integer denied, String did, String tried,
            List<String> attack) {
        Rule {
            when = List.copyOf(when);
            attack = List.copyOf(attack);
        }
    }

    /// The resource's form.
    private record Content(Map<String, String> attack, Set<String> globalServices, Set<String> launches,
            List<Entry> actions) {
    }

    private final Map<String, String> attack;
    private final Set<String> globalServices;
    private final Set<String> launches;
    private final Map<String, Entry> actions = new HashMap<>();
    private final @Nullable Entry anyAction;

    private Catalogue(Content content) {
        attack = Map.copyOf(content.attack());
        globalServices = Set.copyOf(content.globalServices());
        launches = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        launches.addAll(content.launches());
        for (Entry entry : content.actions()) {
            if (actions.put(entry.action().toLowerCase(Locale.ROOT), entry) != null) {
                throw new IllegalStateException("the catalogue lists " + entry.action() + " twice");
            }
        }
        anyAction = actions.remove(ANY_ACTION);
    }

    /// Reads the catalogue that is part of the program.
    public static Catalogue load() {
        try (InputStream in = Catalogue.class.getResourceAsStream("catalogue.json")) {
            if (in == null) {
                throw new IllegalStateException("catalogue.json is not on the class path");
            }
            return new Catalogue(new JsonMapper().readValue(in, Content.class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The entry of an action, or null.
    @Nullable
    Entry find(String action) {
        return actions.get(action.toLowerCase(Locale.ROOT));
    }

    /// The rules for every action, or null.
    @Nullable
    Entry anyAction() {
        return anyAction;
    }

    /// Whether a service's events are recorded in one Region whatever Region the caller works in.
    boolean isGlobal(String service) {
        return globalServices.contains(service);
    }

    /// Whether an action starts compute that costs money and runs code.
    boolean launches(String action) {
        return launches.contains(action);
    }

    /// The name of an ATT&CK technique; the id itself for one that the catalogue does not name.
    public String attackName(String id) {
        return attack.getOrDefault(id, id);
    }

    /// Every entry, for tests and documents.
    List<Entry> entries() {
        return actions.values().stream().sorted((a, b) -> a.action().compareTo(b.action())).toList();
    }
}
