package io.trailsentry.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutlineTest {
    @Test
    void yaml_eachKeyAndItem_hasItsLine() {
        Outline outline = Outline.of("""
                # comment
                agents:
                  - name: a
                    principals:
                      - x
                      - y

                  - { principals: [z] }
                detectors: { denied-burst: { actions: 5 } }
                """);
        assertThat(outline.line("agents")).isEqualTo(2);
        assertThat(outline.line("agents[0].principals[1]")).isEqualTo(6);
        assertThat(outline.line("agents[1].principals")).isEqualTo(8);
        assertThat(outline.line("detectors.denied-burst.actions")).isEqualTo(9);
        assertThat(outline.line("exceptions")).isNull();
    }

    @Test
    void json_hasLinesToo_andWhatCannotBeRead_hasNone() {
        assertThat(Outline.of("{\n\"agents\": [\n{\"principals\": [\"x\"]}]}").line("agents[0].principals"))
                .isEqualTo(3);
        assertThat(Outline.of("agents: [").lines()).isEmpty();
        assertThat(Outline.of("").lines()).isEmpty();
    }
}
