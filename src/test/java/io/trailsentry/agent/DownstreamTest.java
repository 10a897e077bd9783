package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.testing.EventBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DownstreamTest {
    @Test
    void of_toolCall_tellsToolClientAddressAndRequests() {
        assertThat(Downstream.of(EventBuilder.toolCall("aws___run_script", "r-1", "r-2").event()))
                .isEqualTo(new Downstream(new ToolCall("aws___run_script", "claude-code/2.1.280", "203.0.113.24"),
                        List.of("r-1", "r-2")));
    }

    @Test
    void of_toolCallWithoutATool_isCalledAfterItsOperation() {
        assertThat(Downstream.of(EventBuilder.toolCall("x", "r-1").with("requestParameters", null)
                .with("userAgent", null).with("sourceIPAddress", "aws-mcp.amazonaws.com").event()))
                .isEqualTo(new Downstream(new ToolCall("CallReadWriteTool", null, null), List.of("r-1")));
    }

    @Test
    void of_anythingElse_isNone() {
        assertThat(Downstream.of(EventBuilder.toolCall("x").event())).isNull();
        assertThat(Downstream.of(EventBuilder.agent().with("additionalEventData",
                Map.of("downstreamRequests", List.of(Map.of("requestId", "r-1")))).event())).isNull();
    }

    @Test
    void of_whatAnAgentMayMakeLong_isCut() {
        Downstream made = Downstream.of(EventBuilder.toolCall("x".repeat(5_000),
                IntStream.range(0, 3_000).mapToObj(i -> "r-" + i).toArray(String[]::new)).event());
        assertThat(made).isNotNull().satisfies(some -> {
            assertThat(some.requestIds()).hasSize(100);
            assertThat(some.by().tool()).hasSize(120);
        });
    }

    @Test
    void of_idLongerThanAnyOfAws_isLeftOut() {
        assertThat(Downstream.of(EventBuilder.toolCall("x".repeat(120), "r".repeat(121), "i".repeat(120)).event()))
                .isNotNull().satisfies(some -> {
                    assertThat(some.requestIds()).containsExactly("i".repeat(120));
                    assertThat(some.by().tool()).isEqualTo("x".repeat(120));
                });
    }
}
