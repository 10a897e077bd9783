package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class PowerTest {
    @ParameterizedTest
    @CsvFileSource(resources = "/posture/power.csv", delimiter = '|', quoteCharacter = '`')
    void may_isWhatPoliciesAndBoundaryAllow(String policies, @Nullable String boundary, String action,
            String resource, Access.May expected) {
        assertThat(Power.of(Policies.perimeter(policies, boundary, null)).reach(action, resource)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"*, true", "arn:aws:s3:::*, true", "arn:aws:s3:::*/*, true", "arn:aws:s3:::b/*, false",
            "arn:aws:ec2:*:*:instance/*, true", "arn:aws:ec2:*:*:instance/i-1, false", "arn:aws:sqs:*:*:*, true",
            "arn:aws:sqs:*:*:agent-*, false", "arn:aws:logs:*:*:log-group:*, true",
            "arn:aws:logs:*:*:log-group:/aws/x:*, false", "arn:aws:dynamodb:*:*:table/agents-*, false",
            "arn:*, true", "arn:aws:iam::*:role/*, true", "arn:aws:iam::*:role/*-agent, false"})
    void wide_isWhatNamesNoOneThing(String resource, boolean wide) {
        assertThat(new PolicyPattern(resource).isWide()).isEqualTo(wide);
    }

    @ParameterizedTest
    @CsvSource({"*, abc, true, true", "a*, ab*, true, true", "ab*, a*, false, true", "a?c, abc, true, true",
            "a?, a*, false, true", "a*z, b*z, false, false", "*b, a*, false, true", "a, b, false, false",
            "a*b*c, axbyc, true, true", "'', '', true, true", "'', *, false, true", "*, '', true, true"})
    void patterns_coverAndOverlap(String one, String other, boolean covers, boolean overlaps) {
        assertThat(new PolicyPattern(one).covers(new PolicyPattern(other))).isEqualTo(covers);
        assertThat(new PolicyPattern(one).overlaps(new PolicyPattern(other))).isEqualTo(overlaps);
        assertThat(new PolicyPattern(other).overlaps(new PolicyPattern(one))).isEqualTo(overlaps);
    }

    @Test
    void deepDocument_cannotBeRead() {
        assertThat(Policy.of("[".repeat(100_000)).fault()).isNotNull();
    }
}
