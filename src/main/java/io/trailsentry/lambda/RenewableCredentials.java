package io.trailsentry.lambda;

import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/// The credentials of the function's role, as the environment gives them; kept until they expire or are given up. With
/// SnapStart those of the start are in the snapshot, and would be used until they expire in every restore. Thread-safe.
final class RenewableCredentials implements AwsCredentialsProvider {
    private volatile DefaultCredentialsProvider current = DefaultCredentialsProvider.builder().build();

    @Override
    public AwsCredentials resolveCredentials() {
        return current.resolveCredentials();
    }

    /// Gives up what is known.
    void renew() {
        DefaultCredentialsProvider before = current;
        current = DefaultCredentialsProvider.builder().build();
        before.close();
    }
}
