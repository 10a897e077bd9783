package io.trailsentry.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    @ParameterizedTest
    @CsvSource({"agent, agents", "AGENTS, agents", "repeat_after, repeat-after", "repeatAfter, repeat-after",
            "pepole, people", "ppl, ", "xxxxxxxxxx, ", "'', "})
    void to_text_isWhatDiffersLeast(String text, @Nullable String meant) {
        assertThat(Nearest.to(text, List.of("agents", "people", "repeat-after"))).isEqualTo(meant);
    }

    @ParameterizedTest
    @CsvSource({"ab", "ba"})
    void to_twoAsNear_isTheFirst(String text) {
        assertThat(Nearest.to(text, List.of("a", "b"))).isEqualTo("a");
    }
}
