package io.trailsentry.posture;

/// What the policies of one principal let it do, as far as they tell it by themselves.
public interface Access {
    /// Whether something may be done.
    enum May {
        /// The policies allow it.
        YES,
        /// They do not.
        NO,
        /// Conditions decide, or the policies could not be read.
        CANNOT_TELL
    }

    /// Whether an API action may be used on at least a part of a resource.
    ///
    /// @param apiAction as IAM writes it, `s3:GetObject`
    /// @param resourceArn an ARN; with `*` at its end whatever begins like it, as in `arn:aws:s3:::bucket/*`
    May reach(String apiAction, String resourceArn);
}
