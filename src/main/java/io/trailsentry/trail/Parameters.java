package io.trailsentry.trail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The scalar values of a JSON object, flat and in document order: a call's parameters without their tree.
///
/// Immutable. Holds at most [#MAX_VALUES] values of at most [#MAX_LENGTH] characters; what is beyond is
/// dropped and [#truncated] says so. `null` values are left out. Field names keep the case of the document and
/// are matched without it, because CloudTrail's casing differs between services.
public final class Parameters {
    /// Most values that are kept of one object.
    public static final int MAX_VALUES = 4_000;
    /// Most characters that are kept of one value; the largest policy document has 20,480.
    public static final int MAX_LENGTH = 65_536;
    /// No parameters: what `null`, an absent object or an empty one reads as.
    public static final Parameters EMPTY = new Parameters(new String[0], new String[0], false);

    private final String[] paths;
    private final String[] values;
    private final boolean truncated;

    private Parameters(String[] paths, String[] values, boolean truncated) {
        this.paths = paths;
        this.values = values;
        this.truncated = truncated;
    }

    /// Whether the values are not all there: CloudTrail said `omitted`, or the bounds of this class were reached.
    public boolean truncated() {
        return truncated;
    }

    /// Whether there is no value at all.
    public boolean isEmpty() {
        return values.length == 0;
    }

    /// How many values there are.
    public int size() {
        return values.length;
    }

    /// The value at a position in document order.
    public String value(int index) {
        return values[index];
    }

    /// The path of a value: its field names joined by dots, list positions left out, as in
    /// `instancesSet.items.imageId`.
    public String path(int index) {
        return paths[index];
    }

    /// Whether the value at a position stands at a path, as [#all] means it.
    public boolean isAt(int index, String path) {
        return matches(paths[index], path);
    }

    /// The first value at a path, or null; see [#all].
    public @Nullable String first(String path) {
        for (int i = 0; i < paths.length; i++) {
            if (matches(paths[i], path)) {
                return values[i];
            }
        }
        return null;
    }

    /// Every value whose path is the given one or ends with it after a dot, in document order. So `roleName` finds
    /// the field at any depth, also inside the wrapper that EC2 puts around its parameters.
    public List<String> all(String path) {
        List<String> found = new ArrayList<>(2);
        for (int i = 0; i < paths.length; i++) {
            if (matches(paths[i], path)) {
                found.add(values[i]);
            }
        }
        return found;
    }

    private static boolean matches(String path, String wanted) {
        int start = path.length() - wanted.length();
        return start >= 0 && (start == 0 || path.charAt(start - 1) == '.')
                && path.regionMatches(true, start, wanted, 0, wanted.length());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Parameters that && truncated == that.truncated && Arrays.equals(paths, that.paths)
                && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(paths) + Arrays.hashCode(values);
    }

    /// Names of fields only: values may be secret.
    @Override
    public String toString() {
        return "Parameters" + Arrays.toString(paths);
    }

    /// Collects values in document order. Not thread-safe; [#build] may be called once.
    public static final class Builder {
        private final List<String> paths = new ArrayList<>();
        private final List<String> values = new ArrayList<>();
        private boolean truncated;

        /// Adds a value, cut to [#MAX_LENGTH].
        public Builder add(String path, String value) {
            if (values.size() >= MAX_VALUES) {
                truncated = true;
                return this;
            }
            boolean cut = value.length() > MAX_LENGTH;
            truncated |= cut;
            paths.add(path);
            values.add(cut ? value.substring(0, MAX_LENGTH) : value);
            return this;
        }

        /// Notes that values are missing.
        public Builder truncated() {
            truncated = true;
            return this;
        }

        /// The values collected.
        public Parameters build() {
            return values.isEmpty() && !truncated
                    ? EMPTY
                    : new Parameters(paths.toArray(String[]::new), values.toArray(String[]::new), truncated);
        }
    }
}
