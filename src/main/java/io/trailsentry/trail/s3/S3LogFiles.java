package io.trailsentry.trail.s3;

import io.trailsentry.trail.LogFile;
import io.trailsentry.trail.LogFileStore;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Log files in S3. Thread-safe. A file is streamed: nothing of it is kept here.
public final class S3LogFiles implements LogFileStore {
    private final S3Client s3;
    private final String bucket;

    /// @param s3 with the time limits of calls set
    /// @param bucket the only bucket that is read; empty: none
    public S3LogFiles(S3Client s3, String bucket) {
        this.s3 = s3;
        this.bucket = bucket;
    }

    @Override
    public String bucket() {
        return bucket;
    }

    @Override
    public InputStream open(LogFile file) throws IOException {
        try {
            return new Checked(s3.getObject(request -> request.bucket(file.bucket()).key(file.key())));
        } catch (S3Exception e) {
            throw new IOException(why(e), e);
        } catch (SdkException e) {
            throw new IOException("S3 did not answer: " + e.getMessage(), e);
        }
    }

    private static String why(S3Exception e) {
        String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return switch (code == null ? "" : code) {
            case "NoSuchKey" -> "NoSuchKey: there is no such object";
            case "AccessDenied" ->
                "AccessDenied: the function's role needs s3:GetObject on it, and kms:Decrypt where it is "
                        + "encrypted with a key of KMS; S3 says so too of an object that is not there";
            default -> code + ": S3 answered with status " + e.statusCode();
        };
    }

    /// Throws what the SDK throws in the middle of an object, as a wrong checksum, as the fault of reading that it is.
    private static final class Checked extends FilterInputStream {
        Checked(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return in.read(bytes, offset, length);
            } catch (SdkException e) {
                throw new IOException("the object could not be read to its end: " + e.getMessage(), e);
            }
        }
    }
}
