package io.trailsentry.publish;

import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Names the steps of a finding.
final class Steps {
    private Steps() {
    }

    /// The id of one step: another for each step of a finding, the same when a step is sent again. 32 hexadecimal
    /// digits.
    static String uid(Notice notice) {
        Finding finding = notice.finding();
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, finding.id());
            add(digest, notice.kind().name());
            add(digest, finding.severity().name());
            add(digest, String.valueOf(finding.count()));
            for (Signal signal : finding.signals()) {
                add(digest, signal.detector());
                add(digest, String.valueOf(signal.action()));
                add(digest, String.valueOf(signal.target()));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    private static void add(MessageDigest digest, String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
    }
}
