package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/// Any bytes as gzip: what is unpacked without a fault is what the platform unpacks, and never less.
public final class GunzipFuzz {
    /// A few kilobytes may unpack to megabytes; more would only be slower.
    private static final int MOST = 1 << 18;

    private GunzipFuzz() {
    }

    /// Unpacks the bytes, and packs and unpacks them.
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        byte[] packed = Trail.gzip(input);
        assertThat(new Gunzip(new ByteArrayInputStream(packed)).readAllBytes()).isEqualTo(input);

        ByteArrayOutputStream ours = new ByteArrayOutputStream();
        if (unpack(new Gunzip(new ByteArrayInputStream(input)), ours) && ours.size() > 0) {
            ByteArrayOutputStream platforms = new ByteArrayOutputStream();
            try {
                // The platform knows of no zeros before a member.
                InputStream in = new ByteArrayInputStream(Arrays.copyOfRange(input, zeros(input), input.length));
                unpackAll(new GZIPInputStream(in), platforms);
            } catch (IOException e) {
                // It checks a header's own sum, which nobody writes, and lets a member end within its zeros.
                return;
            }
            // Behind zeros that follow a member, the platform looks for no other.
            assertThat(Arrays.copyOf(ours.toByteArray(), platforms.size())).isEqualTo(platforms.toByteArray());
        }
    }

    private static int zeros(byte[] input) {
        int at = 0;
        while (at < input.length && input[at] == 0) {
            at++;
        }
        return at;
    }

    /// Whether it was unpacked to its end.
    private static boolean unpack(Gunzip in, ByteArrayOutputStream out) {
        try {
            unpackAll(in, out);
            return out.size() < MOST;
        } catch (IOException e) {
            return false;
        }
    }

    private static void unpackAll(InputStream in, ByteArrayOutputStream out) throws IOException {
        byte[] bytes = new byte[4096];
        for (int read = in.read(bytes); read >= 0 && out.size() < MOST; read = in.read(bytes)) {
            out.write(bytes, 0, read);
        }
    }
}
