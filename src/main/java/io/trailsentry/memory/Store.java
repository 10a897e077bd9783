package io.trailsentry.memory;

import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Ledger;
import io.trailsentry.finding.Story;
import io.trailsentry.memory.Memory.MemoryException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Where [StoredMemory] keeps its parts. All that is written is read by every reading that begins later, except in [#due].
/// Implementations are thread-safe.
public interface Store {
    /// Which part of what is remembered of a principal.
    ///
    /// @param quarter the quarter hour since 1970; [#LASTING] or [#RECENT]
    record Part(Principal principal, long quarter) {
        private static final long LASTING = Long.MIN_VALUE;
        private static final long RECENT = Long.MAX_VALUE;

        /// What lasts: traits, calls by quarter hour, and what people were told of lately.
        public static Part lasting(Principal principal) {
            return new Part(principal, LASTING);
        }

        /// The newest quarter hour, and what is needed to find the rest.
        public static Part recent(Principal principal) {
            return new Part(principal, RECENT);
        }

        /// Whether it is what lasts.
        public boolean isLasting() {
            return quarter == LASTING;
        }

        /// Whether it is the newest quarter hour.
        public boolean isRecent() {
            return quarter == RECENT;
        }
    }

    /// The versions of a principal's other parts when its recent part was written: whoever reads an older one of any of them
    /// has read it too early.
    ///
    /// @param lasting version of what lasts; 0: there is none
    /// @param quarters versions of the quarter hours that have a part of their own
    record Contents(long lasting, NavigableMap<Long, Long> quarters) {
        /// There is nothing.
        public static final Contents NONE = new Contents(0, new TreeMap<>());

        /// The first quarter hour that is still needed; the least long when none has a part of its own.
        long firstQuarter() {
            return quarters.isEmpty() ? Long.MIN_VALUE : quarters.firstKey();
        }
    }

    /// A part as it is kept.
    ///
    /// @param history not to be changed
    /// @param contents of a recent part
    /// @param version 1 and up; 0 when the part is not there
    /// @param image what the store knows of the kept form, to tell whether a new one differs; null where it knows nothing
    record Stored(History history, Contents contents, long version, @Nullable Object image) {
        /// Not there.
        static final Stored ABSENT = new Stored(new History(), Contents.NONE, 0, null);
    }

    /// What was read.
    ///
    /// @param parts without those that are not there
    /// @param lenders without those that are not known
    record Found(Map<Part, Stored> parts, Map<String, Lender> lenders) {
    }

    /// What is known of the telling of a finding.
    ///
    /// @param version 1 and up; 0 when nothing is
    /// @param principal whose finding it is; null while nobody was told
    /// @param owner who claims it; null when nobody does
    /// @param until when the claim ends
    /// @param closes when its last word is due; null: never
    record Entry(long version, @Nullable Principal principal, Ledger ledger, @Nullable String owner, Instant until,
            @Nullable Instant closes) {
        /// Nobody was told.
        public static final Entry NONE = new Entry(0, null, Ledger.EMPTY, null, Instant.EPOCH, null);

        /// The finding as one whose last word is to be said; empty when none is, or nobody was told.
        public Optional<Memory.Due> due(String findingId) {
            return principal == null || closes == null
                    ? Optional.empty()
                    : ledger.story().filter(story -> story.quarter() != Story.Key.UNDATED)
                            .map(story -> new Memory.Due(findingId, principal, story.quarter(), closes));
        }
    }

    /// A text that is remembered under a name.
    ///
    /// @param version 1 and up; 0 when nothing is
    record Note(long version, String text) {
        /// Nothing.
        public static final Note NONE = new Note(0, "");
    }

    /// The alerts of late.
    ///
    /// @param version 1 and up; 0 when there were none
    record Alerts(long version, AlertWindow window) {
        /// None.
        public static final Alerts NONE = new Alerts(0, AlertWindow.NONE);
    }

    /// Reads parts, and who opened sessions.
    Found read(Collection<Part> parts, Set<String> accessKeyIds) throws MemoryException;

    /// Writes a part if its version is still the one that was read.
    ///
    /// @return the version that is there then; -1 if somebody else wrote it
    long write(Part part, History history, Contents contents, Stored read) throws MemoryException;

    /// Writes who opened sessions.
    void write(Map<String, Lender> opened) throws MemoryException;

    /// What is known of the telling of a finding.
    Entry entry(String findingId) throws MemoryException;

    /// Writes what is known of the telling of a finding if its version is still the one before.
    ///
    /// @param entry with the version that was read
    /// @return whether that was so
    boolean write(String findingId, Entry entry) throws MemoryException;

    /// The findings whose last word is due, some of them at least.
    List<Memory.Due> due(Instant now) throws MemoryException;

    /// The alerts of late.
    Alerts alerts() throws MemoryException;

    /// Writes the alerts of late if their version is still the one before.
    ///
    /// @param alerts with the version that was read
    /// @return whether that was so
    boolean write(Alerts alerts) throws MemoryException;

    /// What is remembered under a name.
    Note note(String name) throws MemoryException;

    /// Writes what is remembered under a name if its version is still the one before.
    ///
    /// @param note with the version that was read
    /// @return whether that was so
    boolean write(String name, Note note) throws MemoryException;

    /// Waits for a random moment, longer with each attempt, before something that somebody else was quicker at is tried again.
    ///
    /// @param attempt from 0
    void pause(int attempt);
}
