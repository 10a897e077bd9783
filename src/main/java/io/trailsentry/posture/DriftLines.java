package io.trailsentry.posture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// How two policy documents differ, statement by statement: lines that begin with `-` for what was reviewed and with
/// `+` for what is there now. Pure.
///
/// @param lines at most [#MOST] and a mark
/// @param gives whether something is allowed that was not, or no longer denied
record DriftLines(List<String> lines, boolean gives) {
    private static final int MOST = 12;
    private static final int WIDTH = 240;

    DriftLines {
        lines = List.copyOf(lines);
    }

    /// No lines where both mean the same.
    static DriftLines between(String reviewed, String present) {
        JsonNode before = Policy.canonical(reviewed);
        JsonNode now = Policy.canonical(present);
        if (before == null || now == null) {
            return reviewed.equals(present) || (before != null && before.equals(now))
                    ? new DriftLines(List.of(), false)
                    : new DriftLines(List.of("- " + cut(reviewed), "+ " + cut(present)), true);
        }
        List<JsonNode> gone = new ArrayList<>(Policy.list(before.path("Statement")));
        List<JsonNode> come = new ArrayList<>();
        for (JsonNode statement : Policy.list(now.path("Statement"))) {
            if (!gone.remove(statement)) {
                come.add(statement);
            }
        }
        List<String> lines = new ArrayList<>();
        boolean gives = !before.path("Statement").isEmpty() && !now.path("Statement").isEmpty()
                && !version(before).equals(version(now));
        if (gives) {
            lines.addAll(List.of("- Version " + version(before), "+ Version " + version(now)));
        }
        for (JsonNode old : List.copyOf(gone)) {
            JsonNode successor = come.stream().filter(statement -> isSuccessor(old, statement)).findFirst()
                    .orElse(null);
            if (successor != null) {
                gone.remove(old);
                come.remove(successor);
                gives |= pair(old, successor, lines);
            }
        }
        for (JsonNode old : gone) {
            lines.add("- " + cut(old.toString()));
            gives |= !allows(old);
        }
        for (JsonNode statement : come) {
            lines.add("+ " + cut(statement.toString()));
            gives |= allows(statement);
        }
        return new DriftLines(shortened(lines), gives);
    }

    /// The same id, or the same but for one element.
    private static boolean isSuccessor(JsonNode old, JsonNode now) {
        return old.has("Sid")
                ? old.get("Sid").equals(now.get("Sid"))
                : !now.has("Sid") && differing(old, now).size() == 1;
    }

    private static Set<String> differing(JsonNode old, JsonNode now) {
        Set<String> names = new TreeSet<>();
        old.fieldNames().forEachRemaining(names::add);
        now.fieldNames().forEachRemaining(names::add);
        names.removeIf(name -> Objects.equals(old.get(name), now.get(name)));
        return names;
    }

    /// Lines with what differs, behind what tells which statement it is.
    ///
    /// @return whether the change gives something
    private static boolean pair(JsonNode old, JsonNode now, List<String> lines) {
        Set<String> differing = differing(old, now);
        ObjectNode before = JsonNodeFactory.instance.objectNode();
        ObjectNode after = JsonNodeFactory.instance.objectNode();
        for (String name : List.of("Sid", "Effect")) {
            if (!differing.contains(name) && old.has(name)) {
                before.set(name, old.get(name));
                after.set(name, old.get(name));
            }
        }
        boolean shrinks = true;
        boolean grows = true;
        for (String name : differing) {
            List<JsonNode> only = new ArrayList<>(Policy.list(old.path(name)));
            List<JsonNode> its = new ArrayList<>(Policy.list(now.path(name)));
            only.removeAll(Policy.list(now.path(name)));
            its.removeAll(Policy.list(old.path(name)));
            set(before, name, only);
            set(after, name, its);
            boolean plain = name.equals("Action") || name.equals("Resource");
            shrinks &= plain && its.isEmpty();
            grows &= plain && only.isEmpty();
        }
        if (!isNothingNew(before)) {
            lines.add("- " + cut(before.toString()));
        }
        if (!isNothingNew(after)) {
            lines.add("+ " + cut(after.toString()));
        }
        return !(allows(old) ? shrinks && allows(now) : grows && !allows(now));
    }

    private static boolean isNothingNew(ObjectNode shown) {
        return shown.size() == (shown.has("Sid") ? 1 : 0) + (shown.has("Effect") ? 1 : 0);
    }

    private static void set(ObjectNode object, String name, List<JsonNode> values) {
        if (values.size() == 1) {
            object.set(name, values.getFirst());
        } else if (!values.isEmpty()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            values.forEach(array::add);
            object.set(name, array);
        }
    }

    private static String version(JsonNode document) {
        return cut(document.path("Version").asText("2008-10-17"));
    }

    private static boolean allows(JsonNode statement) {
        return !statement.path("Effect").asText().equalsIgnoreCase("Deny");
    }

    private static String cut(String line) {
        return line.length() <= WIDTH
                ? line
                : line.substring(0, Character.isHighSurrogate(line.charAt(WIDTH - 1)) ? WIDTH - 1 : WIDTH)
                        + " ... (" + line.length() + " characters)";
    }

    private static List<String> shortened(List<String> lines) {
        if (lines.size() <= MOST) {
            return lines;
        }
        List<String> shown = new ArrayList<>(lines.subList(0, MOST));
        shown.add("... and " + (lines.size() - MOST) + " lines more");
        return shown;
    }
}
