package io.trailsentry.memory;

import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.finding.AlertWindow;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The port to what is remembered between batches, shared by all functions that run at once. Implementations are
/// thread-safe.
public interface Memory {
    /// How long a claim holds when nobody settles it.
    Duration LEASE = Duration.ofSeconds(30);

    /// Recalls what a batch needs.
    ///
    /// @param spans by principal, the quarter hours that the batch is about and those before them that it needs
    /// @param accessKeyIds sessions of which to tell who opened them
    Recall recall(Map<Principal, Span> spans, Set<String> accessKeyIds) throws MemoryException;

    /// The findings whose last word is due, a number of them at once; the longest due first.
    List<Due> due(Instant now) throws MemoryException;

    /// Claims a finding, so that nobody else tells of it for [#LEASE].
    ///
    /// @param owner who claims it
    Claim claim(String findingId, String owner, Instant now) throws MemoryException;

    /// Notes what was told of a claimed finding and gives the claim back. Without effect on the claim when the owner no
    /// longer holds it; what was told is noted all the same.
    ///
    /// @param answered the time at which the last word was due that was said now; null: none was
    /// @param closes when the last word is due next; null: when it is due already, if at all
    void settle(String findingId, String owner, Principal principal, Ledger ledger, @Nullable Instant answered,
            @Nullable Instant closes) throws MemoryException;

    /// Makes the last word on a finding due once more, at a time or when it is due already if that is later. Without effect
    /// on a finding that nobody was told of.
    void reopen(String findingId, Instant closes) throws MemoryException;

    /// Changes what is known of the alerts of late, as if nobody else did at the same time.
    ///
    /// @param change may be asked several times; writes nothing when it changes nothing
    /// @return what is known then
    AlertWindow alerts(UnaryOperator<AlertWindow> change) throws MemoryException;

    /// A text that is remembered under a name until it is changed; empty when nothing is.
    String note(String name) throws MemoryException;

    /// Changes a text that is remembered under a name, as if nobody else did at the same time.
    ///
    /// @param change may be asked several times; writes nothing when it changes nothing
    /// @return what is remembered then
    String note(String name, UnaryOperator<String> change) throws MemoryException;

    /// What was recalled for one batch, and the way to commit what the batch showed. Not thread-safe.
    interface Recall {
        /// Who opened the sessions that were asked for, by access key id; without those that nobody is known to have opened.
        Map<String, Lender> lenders();

        /// Recalls more, into the histories that were given out.
        void reach(Map<Principal, Span> spans) throws MemoryException;

        /// What was recalled of a principal: all that lasts, and the quarter hours of its span and after. Empty for one that is
        /// new. The caller may change it; that changes nothing that is remembered.
        History history(Principal principal);

        /// The first quarter hour that was recalled of a principal.
        long from(Principal principal);

        /// Merges what histories gained into what is remembered, and forgets what is settled. Doing so twice is the same
        /// as once. When something was committed for a principal since it was recalled, what was gained for that one may not be
        /// remembered, and what was judged from may not be the whole: the caller recalls, judges and commits again.
        /// Implementations wait for a random moment before they say so, so that the caller need not.
        ///
        /// @param gained by principal; of events, none that is older than a day before the newest that was recalled
        /// @param opened sessions that were opened, by access key id
        /// @return the principals of which that is so
        Set<Principal> commit(Map<Principal, History> gained, Map<String, Lender> opened) throws MemoryException;
    }

    /// Quarter hours since 1970, from one to another; none when the first is the larger.
    record Span(long from, long to) {
        /// No quarter hour: only what lasts.
        public static final Span NONE = new Span(Long.MAX_VALUE, Long.MIN_VALUE);

        /// The span that holds both.
        public Span and(Span other) {
            return new Span(Math.min(from, other.from), Math.max(to, other.to));
        }
    }

    /// A finding whose last word is due.
    ///
    /// @param quarter quarter hour of its story, since 1970
    /// @param closes when it was due
    record Due(String findingId, Principal principal, long quarter, Instant closes) {
    }

    /// Whether a claim was granted.
    sealed interface Claim {
        /// The finding is the owner's to tell.
        ///
        /// @param ledger what was told of it so far
        /// @param closes when its last word is due; null: it is not
        record Granted(Ledger ledger, @Nullable Instant closes) implements Claim {
        }

        /// Somebody else is telling of it.
        ///
        /// @param until when that claim ends at the latest
        record Held(Instant until) implements Claim {
        }
    }

    /// Memory could not be reached, or not be read.
    final class MemoryException extends Exception {
        private static final long serialVersionUID = 1;

        /// With the reason and its cause.
        public MemoryException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
