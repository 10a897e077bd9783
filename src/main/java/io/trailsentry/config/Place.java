package io.trailsentry.config;

import io.trailsentry.config.Node.Broken;
import io.trailsentry.config.Node.Field;
import io.trailsentry.config.Node.Mapping;
import io.trailsentry.config.Node.Scalar;
import io.trailsentry.config.Node.Sequence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A place in a configuration: what stands there, and where to report what is wrong with it.
///
/// Its methods report and go on: a text that is none is null, a list or mapping that is none is empty.
///
/// @param path as in `agents[0].regions`; empty for the whole
/// @param line of the key, of the value where there is no key
record Place(String path, int line, Node node, Problems problems) {
    private static final int LONGEST_TEXT = 1024;
    private static final int LONGEST_QUOTE = 80;

    /// Makes a value of a text; reports at the place, and answers null, when it cannot.
    interface Reading<T> {
        @Nullable
        T of(Place place, String text);
    }

    /// A part of the configuration with keys of its own.
    ///
    /// @param fields those that have a value, by key
    record Section(Place place, Map<String, Place> fields) {
        /// The place of a key; an absent one when the key has no value.
        Place at(String key) {
            Place found = fields.get(key);
            return found == null
                    ? new Place(place.join(key), place.line, new Scalar(place.line, null), place.problems)
                    : found;
        }

        /// The place of a key that must have a value.
        ///
        /// @param example a value that it could have
        Place required(String key, String example) {
            Place found = at(key);
            if (found.isAbsent() && (place.node instanceof Mapping || place.isAbsent())) {
                place.fault(key + " is missing; write it like " + key + ": " + example);
            }
            return found;
        }
    }

    /// Reports what is wrong here.
    void fault(String what) {
        problems.fault(line, path.isEmpty() ? what : path + ": " + what);
    }

    /// Reports what somebody should look at.
    void warn(String what) {
        problems.warn(line, path.isEmpty() ? what : path + ": " + what);
    }

    /// Reports a text that has not the form it needs.
    ///
    /// @param form what it is not, as in `Region name`
    /// @param mend how to write it
    /// @param meant what was probably meant; null when nobody knows
    void unlike(String text, String form, String mend, @Nullable String meant) {
        fault(quote(text) + " is no " + form + "; " + mend + (meant == null ? "" : " (did you mean " + meant + "?)"));
    }

    /// Reports a name that is none of the known ones.
    void unknown(String noun, String name, Collection<String> known) {
        String meant = Nearest.to(name, known);
        fault("unknown " + noun + " " + quote(name) + "; "
                + (meant == null ? "known: " + String.join(", ", known) : "did you mean " + quote(meant) + "?"));
    }

    /// Whether nothing stands here.
    boolean isAbsent() {
        return node instanceof Scalar scalar && scalar.text() == null;
    }

    /// What the text here is read as; null when there is none, or one that is not what it should be.
    <T> @Nullable T read(Reading<T> reading) {
        String text = isAbsent() ? null : text();
        return text == null ? null : reading.of(this, text);
    }

    /// What the texts in the list here are read as, without those that are not what they should be.
    <T> List<T> list(Reading<T> reading) {
        List<T> values = new ArrayList<>();
        for (Place item : items()) {
            String text = item.text();
            T value = text == null ? null : reading.of(item, text);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    /// The text that stands here, without the space around it; null, and reported, when there is none, or one that is
    /// blank, too long or on several lines.
    @Nullable
    String text() {
        if (!(node instanceof Scalar scalar)) {
            expected("a text", "");
            return null;
        }
        String text = scalar.text() == null ? "" : scalar.text().strip();
        if (text.isEmpty()) {
            fault("must not be blank");
        } else if (text.length() > LONGEST_TEXT) {
            fault("has " + text.length() + " characters; at most " + LONGEST_TEXT + " are allowed");
        } else if (text.chars().anyMatch(Character::isISOControl)) {
            fault(quote(text) + " must be one line without control characters");
        } else {
            return text;
        }
        return null;
    }

    /// Whether a list without items stands here.
    boolean isEmptyList() {
        return node instanceof Sequence sequence && sequence.items().isEmpty();
    }

    /// The items that stand here.
    List<Place> items() {
        if (isAbsent()) {
            return List.of();
        }
        if (!(node instanceof Sequence sequence)) {
            expected("a list", "; write it in brackets, as in [first, second]");
            return List.of();
        }
        List<Place> items = new ArrayList<>();
        for (Node item : sequence.items()) {
            items.add(new Place(path + "[" + items.size() + "]", item.line(), item, problems));
        }
        return items;
    }

    /// The values that stand here by key, whatever the keys; a doubled key is reported, and its first value counts.
    Map<String, Place> entries() {
        if (isAbsent()) {
            return Map.of();
        }
        if (!(node instanceof Mapping mapping)) {
            expected("a mapping", "; write it as key: value");
            return Map.of();
        }
        Map<String, Place> entries = new LinkedHashMap<>();
        for (Field field : mapping.fields()) {
            Place place = new Place(join(field.key()), field.line(), field.value(), problems);
            Place first = entries.putIfAbsent(field.key(), place);
            if (first != null) {
                place.fault("this key stands in line " + first.line + " already; keep one of them");
            }
        }
        return entries;
    }

    /// The section that stands here; keys that are none of the known ones are reported.
    Section section(List<String> known) {
        Map<String, Place> fields = new LinkedHashMap<>();
        entries().forEach((key, place) -> {
            if (!known.contains(key)) {
                new Place(path, place.line, node, problems).unknown("key", key, known);
            } else if (!place.isAbsent()) {
                fields.put(key, place);
            }
        });
        return new Section(this, fields);
    }

    private void expected(String what, String mend) {
        if (node instanceof Broken(int brokenLine, String why)) {
            problems.fault(brokenLine, path.isEmpty() ? why : path + ": " + why);
        } else {
            fault("must be " + what + mend);
        }
    }

    private String join(String key) {
        String name = key.matches("[A-Za-z0-9_-]{1,64}") ? key : quote(key);
        return path.isEmpty() ? name : path + "." + name;
    }

    /// A text in quotes, fit for a log: no control characters, at most 80 characters and a mark where more were.
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().limit(LONGEST_QUOTE).forEach(c -> {
            boolean hidden = Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.SURROGATE;
            quoted.append(hidden ? "\\u%04X".formatted(c) : Character.toString(c));
        });
        boolean cut = text.codePointCount(0, text.length()) > LONGEST_QUOTE;
        return quoted.append(cut ? "...\"" : "\"").toString();
    }
}
