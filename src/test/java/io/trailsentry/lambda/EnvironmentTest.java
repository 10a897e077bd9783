package io.trailsentry.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {
    @Test
    void of_trailBucket_isABucketsName_orNone() {
        assertThat(Environment.of(Map.of("TRAIL_BUCKET", " acme-trail.logs ")).trailBucket())
                .isEqualTo("acme-trail.logs");
        assertThat(Environment.of(Map.of("TRAIL_BUCKET", " ")).trailBucket()).isEmpty();
        assertThat(Environment.of(Map.of()).trailBucket()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://trail", "arn:aws:s3:::trail", "Trail", "a", "trail/prefix"})
    void of_trailBucketThatIsNone_isAFault(String value) {
        assertThatThrownBy(() -> Environment.of(Map.of("TRAIL_BUCKET", value)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("TRAIL_BUCKET", value);
    }

    @Test
    void watchedRegions_areSeparatedByCommas_eachOnce() {
        assertThat(Environment
                .watchedRegions(Map.of("WATCHED_REGIONS", "us-east-1, eu-central-1,us-gov-west-1,us-east-1")))
                .containsExactly("us-east-1", "eu-central-1", "us-gov-west-1");
    }

    @Test
    void watchedRegions_thatAreNone_areAllNamed() {
        assertThatThrownBy(() -> Environment.watchedRegions(Map.of("WATCHED_REGIONS", "us-east-1,Frankfurt,")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("WATCHED_REGIONS", "\"Frankfurt\"", "\"\"").hasMessageNotContaining("east");
        assertThatThrownBy(() -> Environment.watchedRegions(Map.of()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("WATCHED_REGIONS");
    }

    @Test
    void agentNames_areText_orWhereItStands_orBlank() {
        assertThat(Environment.of(Map.of("AGENT_NAMES", "ssm:trailsentry-agent-names")).agentNames())
                .isEqualTo("ssm:trailsentry-agent-names");
        assertThat(Environment.of(Map.of("AGENT_NAMES", " ")).agentNames()).isEmpty();
        assertThat(Environment.of(Map.of()).agentNames()).isEmpty();
    }
}
