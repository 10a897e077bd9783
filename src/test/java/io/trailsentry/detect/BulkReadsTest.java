package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Reads that are ordinary one by one and a copy of the store together.
class BulkReadsTest {
    private static final Instant START = Instant.parse("2026-11-17T09:00:00Z");

    private static EventBuilder object(int i) {
        return EventBuilder.agent().call("s3", "GetObject").with("managementEvent", false)
                .with("eventCategory", "Data").parameter("bucketName", "customers").parameter("key", "k" + i);
    }

    private static EventBuilder secret(int i) {
        return EventBuilder.agent().call("secretsmanager", "GetSecretValue").parameter("secretId", "s" + i);
    }

    private static List<EventBuilder> spread(int seconds, int count, IntFunction<EventBuilder> event) {
        return IntStream.range(0, count).mapToObj(
                i -> event.apply(i).at(START.plusSeconds((long) i * seconds / count).toString(), "e" + i)).toList();
    }

    /// Findings about how many reads there were.
    private static List<Finding> bulk(List<EventBuilder> events) {
        return Watched.agent().findings(events).stream().filter(finding -> finding.session() == null).toList();
    }

    @Test
    void objects_200Within5Minutes_areDataExposure() {
        assertThat(bulk(spread(300, 200, BulkReadsTest::object))).singleElement().satisfies(finding -> {
            assertThat(finding.detectors()).containsExactly("data-exposure");
            assertThat(finding.score()).isEqualTo(50);
            assertThat(finding.severity()).isEqualTo(Severity.MEDIUM);
            assertThat(finding.leading().headline()).isEqualTo("read 200 objects");
            assertThat(finding.leading().attack()).containsExactly("T1530");
            assertThat(finding.count()).isEqualTo(200);
        });
    }

    @Test
    void objects_199_orSpreadOver20Minutes_areWork() {
        assertThat(bulk(spread(300, 199, BulkReadsTest::object))).isEmpty();
        assertThat(bulk(spread(1_200, 240, BulkReadsTest::object))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"20, 50", "39, 50", "40, 60", "80, 70", "160, 80", "240, 80"})
    void secrets_20Within5Minutes_areCredentialAccess_worseByTheDoubling(int count, int score) {
        assertThat(bulk(spread(250, count, BulkReadsTest::secret))).singleElement().satisfies(finding -> {
            assertThat(finding.detectors()).containsExactly("credential-access");
            assertThat(finding.score()).isEqualTo(score);
        });
    }

    @Test
    void secrets_19_areNoBurst_andEachIsLow() {
        List<Finding> findings = Watched.agent().findings(spread(250, 19, BulkReadsTest::secret));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.session()).isNotNull();
            assertThat(finding.severity()).isEqualTo(Severity.LOW);
            assertThat(finding.signals()).hasSize(19);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "ssm:GetParameter",
            "ssm:GetParameters", "ssm:GetParametersByPath"})
    void secrets_inEveryStore_count(String action) {
        String[] part = action.split(":", 2);
        assertThat(bulk(spread(200, 20, i -> EventBuilder.agent().call(part[0], part[1])))).hasSize(1);
    }

    @Test
    void refusedReads_andThoseOfAService_doNotCount() {
        assertThat(bulk(spread(250, 40, i -> secret(i).error("AccessDeniedException", "no"))))
                .extracting(finding -> finding.leading().detector()).containsExactly("denied-burst");
        assertThat(bulk(spread(250, 40, i -> secret(i).error("ResourceNotFoundException", "no")))).isEmpty();
        assertThat(bulk(spread(250, 40, i -> secret(i).through("ecs-tasks.amazonaws.com")))).isEmpty();
        assertThat(bulk(spread(250, 400, i -> object(i).through("athena.amazonaws.com")))).isEmpty();
    }

    @Test
    void otherReads_areNoCopy() {
        assertThat(bulk(spread(250, 400, i -> EventBuilder.agent().call("s3", "HeadObject")))).isEmpty();
        assertThat(bulk(spread(250, 40, i -> EventBuilder.agent().call("secretsmanager", "DescribeSecret")))).isEmpty();
    }
}
