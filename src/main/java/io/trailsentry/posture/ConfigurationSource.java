package io.trailsentry.posture;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.ssm.SsmClient;

/// Where the configuration's text stands. Immutable and thread-safe.
///
/// @param name what messages call it
/// @param text reads it; throws an [IOException] wrapped as unchecked when it cannot be read
public record ConfigurationSource(String name, Supplier<String> text) {
    private static final String SSM = "ssm:";
    private static final String S3 = "s3://";
    private static final int LARGEST = 1 << 20;

    /// The source that a value of `TRAILSENTRY_CONFIG` means.
    ///
    /// @param ssm makes the client when a parameter is to be read
    /// @param s3 makes the client when an object is to be read
    /// @throws IllegalArgumentException for an address that is incomplete
    public static ConfigurationSource of(String value, Supplier<SsmClient> ssm, Supplier<S3Client> s3) {
        if (value.startsWith(SSM)) {
            String parameter = value.substring(SSM.length());
            SsmClient client = ssm.get();
            return new ConfigurationSource(value, () -> client
                    .getParameter(request -> request.name(parameter).withDecryption(true)).parameter().value());
        }
        if (value.startsWith(S3)) {
            URI address = URI.create(value);
            String bucket = address.getAuthority();
            String path = address.getPath();
            if (bucket == null || path == null || path.length() < 2) {
                throw new IllegalArgumentException("TRAILSENTRY_CONFIG must be s3://BUCKET/KEY, but was " + value);
            }
            S3Client client = s3.get();
            return new ConfigurationSource(value, () -> object(client, bucket, path.substring(1)));
        }
        return new ConfigurationSource("TRAILSENTRY_CONFIG", () -> value);
    }

    private static String object(S3Client client, String bucket, String key) {
        try (var in = client.getObject(request -> request.bucket(bucket).key(key))) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw SdkException.create("the object is larger than 1 MB", null);
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw SdkException.create("the object could not be read to its end", e);
        }
    }
}
