package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Call;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Signal;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.engine.Watch;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// What is said of a call after a glance is what is said of it when every detector looks.
class GlanceTest {
    private static final List<String> AGENTS = List.of("coder", "trailsentry-audit-x", "Administrator", "reader");
    private static final List<String> SERVICES = List.of("ec2", "s3", "sts", "signin", "iam", "sso", "monitoring",
            "organizations", "aws-mcp", "lambda");
    private static final List<String> NAMES = List.of("DescribeInstances", "ListBuckets", "GetObject",
            "GetCallerIdentity", "AssumeRole", "ConsoleLogin", "GetMetricData", "GetSecretValue", "ListUsers",
            "CreateTags", "RunInstances", "PutThing", "EnableRegion", "CallTool");
    private static final List<String> REGIONS = List.of("eu-central-1", "us-east-1", "us-east-1a-local");
    private static final List<String> ADDRESSES = List.of("203.0.113.24", "10.1.2.3", "2001:db8::1",
            "cloudformation.amazonaws.com", "aws-mcp.amazonaws.com");
    private static final List<String> CLIENTS = List.of("aws-cli/2.37", "Boto3/1.43", "console.amazonaws.com",
            "[S3Console/0.4]");
    private static final List<String> TYPES = List.of("AwsApiCall", "AwsConsoleAction", "AwsMcpEvent");

    @Test
    void of_anyCall_sameAsWithoutGlance() {
        Random random = Seed.random("GlanceTest", 8);
        Catalogue catalogue = Catalogue.load();
        Watch watch = Watch.of(Configuration.EMPTY, Configuration.EMPTY.rosterOf(List.of("*")), catalogue);
        int glances = 0;
        int ordinary = 0;
        for (int i = 0; i < 20_000; i++) {
            Call call = watch.roster().recognise(event(random, i).event());
            if (call == null) {
                continue;
            }
            int salt = random.nextInt(4);
            Predicate<Premise> broken = premise -> salt == 0 || premise.hashCode() % 4 != salt;
            var glance = watch.detectors().glance(call);
            ordinary += glance == null ? 0 : 1;
            glances += glance != null && glance.premises().stream().allMatch(broken) ? 1 : 0;

            assertThat(Observation.of(call, watch.detectors(), Map.of(), broken))
                    .isEqualTo(looked(call, watch.detectors(), broken));
        }
        assertThat(ordinary).isGreaterThan(1_000);
        assertThat(glances).isBetween(500, ordinary - 500);
    }

    private static Observation looked(Call call, Detectors detectors, Predicate<Premise> broken) {
        Observation glanced = Observation.of(call, detectors, Map.of(), broken);
        List<Signal> signals = new ArrayList<>();
        detectors.ofCalls().forEach(detector -> signals.addAll(detector.examine(call, broken)));
        return new Observation(call.principal(), glanced.eventId(), glanced.at(), call.session(),
                call.event().awsRegion(), detectors.marks(call), detectors.traits(call), signals, call.openedKey(),
                glanced.downstream());
    }

    private static EventBuilder event(Random random, int number) {
        EventBuilder event = EventBuilder.role(any(AGENTS, random), "session-" + random.nextInt(3))
                .call(any(SERVICES, random), any(NAMES, random)).in(any(REGIONS, random))
                .with("sourceIPAddress", any(ADDRESSES, random)).with("userAgent", any(CLIENTS, random))
                .with("eventType", random.nextInt(5) == 0 ? any(TYPES, random) : "AwsApiCall")
                .with("readOnly", random.nextInt(6) == 0 ? null : random.nextInt(4) != 0)
                .parameter("roleArn", "arn:aws:iam::999988887777:role/" + any(AGENTS, random))
                .parameter("regionName", any(REGIONS, random)).parameter("bucketName", "bucket-" + number);
        if (random.nextInt(5) == 0) {
            event.with("responseElements", Map.of("ConsoleLogin", random.nextBoolean() ? "Failure" : "Success",
                    "credentials", Map.of("accessKeyId", "ASIA" + number)));
        }
        if (random.nextInt(8) == 0) {
            event.error(random.nextBoolean() ? "AccessDenied" : "NoSuchBucket", "no");
        }
        if (random.nextInt(10) == 0) {
            event.through("cloudformation.amazonaws.com");
        }
        return event.at("2026-11-02T0" + random.nextInt(10) + ":00:00Z", "event-" + number);
    }

    private static <T> T any(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }
}
