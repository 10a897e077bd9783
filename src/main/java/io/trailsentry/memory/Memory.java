package io.trailsentry.memory;

import io.trailsentry.agent.Lender;
import io.trailsentry.agent.Principal;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/// The port to what is remembered between batches, shared by all functions that run at once. Implementations are
/// thread-safe.
public interface Memory {
    /// How long a claim holds when nobody settles it.
    Duration LEASE = Duration.ofSeconds(30);

    /// The histories of principals; an empty one for a principal that is new. The caller may change what it gets.
    Map<Principal, History> load(Set<Principal> principals) throws MemoryException;

    /// Who opened sessions by assuming a role, by the sessions' access key ids; those that nobody is known to have opened
    /// are left out.
    Map<String, Lender> lenders(Set<String> accessKeyIds) throws MemoryException;

    /// Merges what histories gained into what is remembered, and forgets what is settled. Doing so twice is the same as
    /// once.
    void commit(Map<Principal, History> gained) throws MemoryException;

    /// The principals that have findings whose last word was not said.
    Set<Principal> open() throws MemoryException;

    /// Claims a finding, so that nobody else tells of it for [#LEASE].
    ///
    /// @param owner who claims it
    Claim claim(String findingId, String owner, Instant now) throws MemoryException;

    /// Notes what was told of a claimed finding and gives the claim back. Without effect on the claim when the owner no
    /// longer holds it; what was told is noted all the same.
    void settle(String findingId, String owner, Ledger ledger) throws MemoryException;

    /// Whether a claim was granted.
    sealed interface Claim {
        /// The finding is the owner's to tell.
        ///
        /// @param ledger what was told of it so far
        record Granted(Ledger ledger) implements Claim {
        }

        /// Somebody else is telling of it.
        ///
        /// @param until when that claim ends at the latest
        record Held(Instant until) implements Claim {
        }
    }

    /// Memory could not be reached.
    final class MemoryException extends Exception {
        private static final long serialVersionUID = 1;

        /// With the reason and its cause.
        public MemoryException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
