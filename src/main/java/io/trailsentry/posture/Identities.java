package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The port to IAM in the account that the credentials at hand belong to. Holders of policies are roles and users, by
/// their bare names.
public interface Identities {
    /// Whose credentials these are.
    ///
    /// @throws RefusedException when there are none, or they are not accepted
    Principal caller() throws RefusedException;

    /// A role or user as IAM knows it; null when there is none of that name.
    @Nullable
    Principal find(Principal.Kind kind, String name) throws RefusedException;

    /// The document of an inline policy; null when the holder or the policy is not there.
    @Nullable
    String policy(Principal holder, String policy) throws RefusedException;

    /// Writes an inline policy, also over one of that name.
    void put(Principal holder, String policy, String document) throws RefusedException;

    /// Removes an inline policy; one that is not there is no fault.
    void remove(Principal holder, String policy) throws RefusedException;

    /// Whether each access key of a user is active, by its id.
    Map<String, Boolean> keys(Principal user) throws RefusedException;

    /// Activates or deactivates an access key.
    void activate(Principal user, String key, boolean active) throws RefusedException;
}
