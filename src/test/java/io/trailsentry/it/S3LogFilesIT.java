package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.trail.LogFile;
import io.trailsentry.trail.LogFileStore;
import io.trailsentry.trail.s3.S3LogFiles;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The port to log files, over S3's protocol.
@RequiresAws
class S3LogFilesIT {
    private final AwsBackend aws;

    @RegisterExtension
    final Installation installation;

    S3LogFilesIT(AwsBackend aws) {
        this.aws = aws;
        this.installation = new Installation(aws);
    }

    private static LogFile file(String bucket) {
        return new LogFile(bucket, "some prefix/a+b=ü/x.json.gz", Events.ACCOUNT, Events.REGION);
    }

    @Test
    void open_object_givesItsBytes() throws IOException {
        String bucket = installation.bucket();
        byte[] bytes = new byte[3 << 20];
        new java.util.Random(1).nextBytes(bytes);
        installation.put(bucket, file(bucket).key(), bytes);
        LogFileStore store = new S3LogFiles(aws.s3(), bucket);

        try (InputStream in = store.open(file(bucket))) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
        assertThat(store.bucket()).isEqualTo(bucket);
    }

    @Test
    void open_noSuchObjectOrBucket_saysSo() {
        String bucket = installation.bucket();
        LogFileStore store = new S3LogFiles(aws.s3(), bucket);

        assertThatThrownBy(() -> store.open(file(bucket))).isInstanceOf(IOException.class)
                .hasMessageContaining("NoSuchKey");
        assertThatThrownBy(() -> store.open(file(bucket + "-2"))).isInstanceOf(IOException.class)
                .hasMessageContaining("NoSuchBucket");
    }
}
