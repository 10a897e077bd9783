package io.trailsentry.bench;

import io.trailsentry.testing.EventBuilder;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/// Writes made-up records of about 1.5 kB, as many as asked for, to a gzipped `.jsonl` file: the same for the same seed.
final class SyntheticTrail {
    private static final String[] READS = {"DescribeInstances", "DescribeVolumes", "DescribeVpcs", "DescribeImages",
            "DescribeSnapshots", "DescribeSecurityGroups"};

    private SyntheticTrail() {
    }

    /// Arguments: number of records, seed, file.
    public static void main(String[] args) throws IOException {
        int records = Integer.parseInt(args[0]);
        Random random = new Random(Long.parseLong(args[1]));
        Path file = Path.of(args[2]);
        long start = Instant.parse("2026-11-02T00:00:00Z").getEpochSecond();
        try (BufferedWriter out = new BufferedWriter(new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(file), 1 << 16), StandardCharsets.UTF_8))) {
            for (int i = 0; i < records; i++) {
                out.write(record(random, start + (long) i * 14 * 86_400 / records, i).json());
                out.write('\n');
            }
        }
    }

    static EventBuilder record(Random random, long second, int number) {
        EventBuilder event = EventBuilder.role("agent-role-" + random.nextInt(20), "session-" + random.nextInt(50))
                .with("userAgent", "aws-cli/2.37.3 md/awscrt#0.37.0 ua/2.1 os/linux#6.8 md/arch#x86_64 "
                        + "lang/python#3.14.6 md/pyimpl#CPython m/AN,s,r,Z,E,b cfg/retry-mode#standard")
                .with("requestID", "%08x-0000-4000-8000-%012x".formatted(random.nextInt(), number))
                .with("tlsDetails", Map.of("tlsVersion", "TLSv1.3", "cipherSuite", "TLS_AES_128_GCM_SHA256",
                        "clientProvidedHostHeader", "ec2.eu-central-1.amazonaws.com"))
                .in(random.nextInt(5) == 0 ? "us-east-1" : "eu-central-1");
        if (random.nextInt(10) == 0) {
            event.write("ec2", "CreateTags").parameters(Map.of("resourcesSet",
                    Map.of("items", java.util.List.of(Map.of("resourceId", "i-%017x".formatted(number)))), "tagSet",
                    Map.of("items", java.util.List.of(Map.of("key", "Name", "value", "web-" + number)))));
        } else {
            event.call("ec2", READS[random.nextInt(READS.length)]).parameters(Map.of("instancesSet", Map.of(),
                    "filterSet", Map.of("items", java.util.List.of(Map.of("name", "tag:Name", "valueSet",
                            Map.of("items", java.util.List.of(Map.of("value", "web-" + number))))))));
        }
        return event.at(Instant.ofEpochSecond(second).toString(),
                "%08x-1111-4000-8000-%012x".formatted(random.nextInt(), number));
    }
}
