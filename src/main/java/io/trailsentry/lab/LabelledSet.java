package io.trailsentry.lab;

import java.util.List;

/// The logs of one folder and form, judged. Immutable.
///
/// @param name the folder, as it lies below the path that was given
/// @param form how its labels are told
/// @param counts what became of its records
/// @param cases what was judged, in the order of the input
public record LabelledSet(String name, Form form, Counts counts, List<Case> cases) {
    /// Copies the list.
    public LabelledSet {
        cases = List.copyOf(cases);
    }

    /// What became of the records of a set; each is counted once.
    ///
    /// @param judged calls of watched principals
    /// @param unwatched records of nobody who is watched: root, AWS services, no identity at all
    /// @param skipped JSON values that are no CloudTrail record
    /// @param duplicates records that had come before
    /// @param unlabelled records that the labels beside them do not name
    /// @param unreadable values and lines that could not be read
    /// @param unmatched labels whose record did not come; no part of the sum
    public record Counts(long judged, long unwatched, long skipped, long duplicates, long unlabelled, long unreadable,
            long unmatched) {
        /// Number of records and other values that the files hold.
        public long all() {
            return judged + unwatched + skipped + duplicates + unlabelled + unreadable;
        }
    }
}
