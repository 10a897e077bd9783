package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Work changes: what is merely new wakes hardly anybody, whatever else the agent does beside it.
class DriftTest {
    private static final int AGENTS = 25;
    private static final int DAYS = 42;
    private static final int LEARNED = 8;
    private static final String CLI = "aws-cli/2.35.24 os/linux#6.8";

    /// What one agent does every day, and what is new to it now and then.
    private static final class Work {
        private final Random random;
        private final Past past = Past.none();
        private String network = "203.0.113.24";
        private int number;

        Work(Random random) {
            this.random = random;
        }

        private EventBuilder call() {
            return random.nextInt(3) == 0
                    ? EventBuilder.role("mcp-agent-role", "coder-1").with("sourceIPAddress", network).with("userAgent",
                            CLI)
                    : EventBuilder.agent();
        }

        private EventBuilder routine() {
            return switch (random.nextInt(12)) {
                case 0 -> call().write("ec2", "CreateTags");
                case 1 -> call().write("s3", "PutBucketTagging");
                case 2 -> call().write("lambda", "UpdateFunctionConfiguration20150331v2").parameter("memorySize", 1);
                case 3 -> call().call("secretsmanager", "GetSecretValue").parameter("secretId", "dev/db");
                case 4 -> call().call("s3", "ListBuckets");
                case 6 -> call().call("logs", "FilterLogEvents");
                default -> call().call("ec2", "DescribeInstances");
            };
        }

        private boolean oneIn(int days) {
            return random.nextInt(days) == 0;
        }

        void day(int day) {
            List<EventBuilder> calls = new ArrayList<>();
            for (int i = 30 + random.nextInt(20); i > 0; i--) {
                calls.add(routine().in("eu-central-1"));
            }
            // Told by a rule, low, every day.
            calls.add(
                    call().write("secretsmanager", "RotateSecret").parameter("secretId", "dev/db").in("eu-central-1"));
            int what = number++;
            if (oneIn(10)) {
                calls.add(call().write("ec2", "CreateThing" + what).in("eu-central-1"));
            }
            if (oneIn(20)) {
                calls.add(call().call("service" + what, "ListThings").in("eu-central-1"));
                calls.add(call().write("service" + what, "CreateThing").in("eu-central-1"));
            }
            if (oneIn(30)) {
                calls.add(call().call("secretsmanager", "GetSecretValue").parameter("secretId", "dev/" + what)
                        .in("eu-central-1"));
            }
            if (oneIn(30)) {
                network = random.nextInt(3, 220) + ".17.113.24";
            }
            for (EventBuilder call : calls) {
                past.at(day, 8 * 3_600 + random.nextInt(9 * 3_600), call);
            }
        }
    }

    @Test
    void ordinaryWork_thatChangesNowAndThen_wakesHardlyAnybody() {
        Random random = Seed.random("DriftTest", 4);
        List<Finding> learned = new ArrayList<>();
        for (int agent = 0; agent < AGENTS; agent++) {
            Work work = new Work(random);
            for (int day = 0; day < DAYS; day++) {
                if (day % 7 < 5) {
                    work.day(day);
                }
            }
            work.past.findings(LEARNED).stream().filter(finding -> finding.severity().isAtLeast(Severity.MEDIUM))
                    .filter(finding -> finding.signals().stream().anyMatch(Signal::isLearned)).forEach(learned::add);
        }
        double weeks = AGENTS * (DAYS - LEARNED) / 7.0;
        learned.forEach(finding -> System.out.println("DriftTest: " + finding.score() + " " + finding.signals().stream()
                .map(signal -> signal.detector() + " " + signal.score()).toList()));
        System.out.printf("DriftTest: %d findings of medium or above in %.0f agent-weeks%n", learned.size(), weeks);
        assertThat(learned.size() / weeks).isLessThanOrEqualTo(0.1);
    }
}
