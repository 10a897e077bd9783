package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ParametersTest {
    private static final Parameters SAMPLE = new Parameters.Builder().add("roleName", "outer")
            .add("a.rolename", "inner")
            .add("a.xroleName", "other").add("a.b.c", "deep").build();

    @Test
    void all_fieldName_isFoundAtAnyDepthWithoutCase() {
        assertThat(SAMPLE.all("roleName")).containsExactly("outer", "inner");
        assertThat(SAMPLE.all("ROLENAME")).containsExactly("outer", "inner");
        assertThat(SAMPLE.all("a.roleName")).containsExactly("inner");
        assertThat(SAMPLE.all("b.c")).containsExactly("deep");
        assertThat(SAMPLE.all("none")).isEmpty();
        assertThat(SAMPLE.all("roleName.more.than.there.is")).isEmpty();
    }

    @Test
    void first_fieldName_isTheFirstInTheDocument() {
        assertThat(SAMPLE.first("rolename")).isEqualTo("outer");
        assertThat(SAMPLE.first("c")).isEqualTo("deep");
        assertThat(SAMPLE.first("d")).isNull();
    }

    @Test
    void build_nothing_isEmpty() {
        assertThat(new Parameters.Builder().build()).isSameAs(Parameters.EMPTY);
        assertThat(Parameters.EMPTY.isEmpty()).isTrue();
        assertThat(Parameters.EMPTY.truncated()).isFalse();
        assertThat(new Parameters.Builder().truncated().build()).isNotEqualTo(Parameters.EMPTY);
    }

    @Test
    void add_beyondTheBounds_isCutAndSaid() {
        Parameters longValue = new Parameters.Builder().add("a", "x".repeat(Parameters.MAX_LENGTH + 1)).build();
        assertThat(longValue.truncated()).isTrue();
        assertThat(longValue.value(0)).hasSize(Parameters.MAX_LENGTH);
        Parameters fitting = new Parameters.Builder().add("a", "x".repeat(Parameters.MAX_LENGTH)).build();
        assertThat(fitting.truncated()).isFalse();
    }

    @Test
    void equals_pathsValuesAndTruncation_count() {
        assertThat(new Parameters.Builder().add("a", "1").build())
                .isEqualTo(new Parameters.Builder().add("a", "1").build())
                .hasSameHashCodeAs(new Parameters.Builder().add("a", "1").build())
                .isNotEqualTo(new Parameters.Builder().add("a", "2").build())
                .isNotEqualTo(new Parameters.Builder().add("b", "1").build())
                .isNotEqualTo(new Parameters.Builder().add("a", "1").truncated().build());
    }

    @Test
    void toString_values_areNotShown() {
        assertThat(new Parameters.Builder().add("password", "hunter2").build()).hasToString("Parameters[password]");
    }
}
