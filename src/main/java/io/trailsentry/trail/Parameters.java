package io.trailsentry.trail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
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
    public static final Parameters EMPTY = of(new Contents(new String[0], new String[0], false));

    /// Null until somebody asks.
    private @Nullable Contents known;
    private final Supplier<Parameters> reader;

    private Parameters(@Nullable Contents known, Supplier<Parameters> reader) {
        this.known = known;
        this.reader = reader;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole, and never changed
    private record Contents(String[] paths, String[] values, boolean truncated) {
    }

    private static Parameters of(Contents contents) {
        return new Parameters(contents, () -> EMPTY);
    }

    /// Parameters that are read when somebody asks for them, once or by two threads twice.
    ///
    /// @param reader gives the same always
    static Parameters unread(Supplier<Parameters> reader) {
        return new Parameters(null, reader);
    }

    private Contents contents() {
        Contents contents = known;
        if (contents == null) {
            contents = reader.get().contents();
            known = contents;
        }
        return contents;
    }

    /// Whether the values are not all there: CloudTrail said `omitted`, or the bounds of this class were reached.
    public boolean truncated() {
        return contents().truncated();
    }

    /// Whether there is no value at all.
    public boolean isEmpty() {
        return contents().values().length == 0;
    }

    /// How many values there are.
    public int size() {
        return contents().values().length;
    }

    /// The value at a position in document order.
    public String value(int index) {
        return contents().values()[index];
    }

    /// The path of a value: its field names joined by dots, list positions left out, as in
    /// `instancesSet.items.imageId`.
    public String path(int index) {
        return contents().paths()[index];
    }

    /// Whether the value at a position stands at a path, as [#all] means it.
    public boolean isAt(int index, String path) {
        return matches(contents().paths()[index], path);
    }

    /// The first value at a path, or null; see [#all].
    public @Nullable String first(String path) {
        String[] paths = contents().paths();
        for (int i = 0; i < paths.length; i++) {
            if (matches(paths[i], path)) {
                return contents().values()[i];
            }
        }
        return null;
    }

    /// Every value whose path is the given one or ends with it after a dot, in document order. So `roleName` finds
    /// the field at any depth, also inside the wrapper that EC2 puts around its parameters.
    public List<String> all(String path) {
        List<String> found = new ArrayList<>(2);
        String[] paths = contents().paths();
        for (int i = 0; i < paths.length; i++) {
            if (matches(paths[i], path)) {
                found.add(contents().values()[i]);
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
        return other instanceof Parameters that && truncated() == that.truncated()
                && Arrays.equals(contents().paths(), that.contents().paths())
                && Arrays.equals(contents().values(), that.contents().values());
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(contents().paths()) + Arrays.hashCode(contents().values());
    }

    /// Names of fields only: values may be secret.
    @Override
    public String toString() {
        return "Parameters" + Arrays.toString(contents().paths());
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
                    : of(new Contents(paths.toArray(String[]::new), values.toArray(String[]::new), truncated));
        }
    }
}
