package io.trailsentry.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Downstream;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Evidence;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ToolCallsTest {
    private static final Principal ROLE = new Principal(Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role");
    private static final long NOON = 1_795_000_000L / 900 * 900;

    private static ToolCall tool(int number) {
        return new ToolCall("tool-" + number, null, null);
    }

    private static Downstream made(int number) {
        return new Downstream(tool(number), List.of("r-" + number));
    }

    private static Signal signal(int number) {
        String id = "e" + number;
        return new Signal("data-exposure", 50, Outcome.SUCCEEDED, "s3:GetObject", "bucket", "did", "why",
                new Sighting(NOON + number, id), List.of(),
                new Evidence(id, null, null, null, null, null, null, null, null, null, null, null, "r-" + number,
                        null),
                null, null);
    }

    private static Observation call(int number) {
        return new Observation(ROLE, "e" + number, signal(number).at(), "s", null, List.of(), List.of(),
                List.of(signal(number)), null);
    }

    private static Observation toolCall(int number) {
        return new Observation(ROLE, "t" + number, new Sighting(NOON + number + 1, "t" + number), "s", null, List.of(),
                List.of(), List.of(), null, made(number));
    }

    private static List<Optional<ToolCall>> behind(History history) {
        return history.stories().values().stream()
                .flatMap(story -> story.holding(history.profile(), signal -> signal).stream())
                .flatMap(part -> part.signals().stream())
                .map(signal -> Optional.ofNullable(signal.evidence().toolCall())).toList();
    }

    @Test
    void history_addedInAnyOrderAndSplitAnyhow_joinsAll() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            List<Observation> observations = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                observations.add(call(i));
                observations.add(toolCall(i));
            }
            observations.addAll(observations.subList(0, 30));
            Collections.shuffle(observations, random);
            List<History> parts = List.of(new History(), new History(), new History());
            observations.forEach(observation -> parts.get(random.nextInt(3)).add(observation));
            History whole = new History();
            parts.forEach(whole::merge);
            whole.merge(parts.getFirst());
            assertThat(behind(whole)).as("seed %s", seed)
                    .containsExactlyElementsOf(
                            java.util.stream.IntStream.range(0, 40).mapToObj(number -> Optional.of(tool(number)))
                                    .toList());
        }
    }

    @Test
    void join_staysWhenTheToolCallIsForgotten_andSurvivesAMergeWithoutIt() {
        History history = new History();
        history.add(call(0));
        history.add(toolCall(0));
        for (int i = 1; i <= ToolCalls.KEPT; i++) {
            history.add(toolCall(i));
        }
        assertThat(behind(history)).containsExactly(Optional.of(tool(0)));
        History other = new History();
        other.add(call(0));
        other.merge(history);
        assertThat(behind(other)).containsExactly(Optional.of(tool(0)));
    }

    @Test
    void kept_areTheLatestRequests_whateverTheOrder() {
        ToolCalls forward = new ToolCalls();
        ToolCalls backward = new ToolCalls();
        int all = ToolCalls.KEPT + 100;
        for (int i = 0; i < all; i++) {
            forward.add(new Sighting(NOON + i, "t" + i), made(i));
            backward.add(new Sighting(NOON + all - 1 - i, "t"), made(all - 1 - i));
        }
        for (ToolCalls calls : List.of(forward, backward)) {
            assertThat(calls.complete(signal(99)).evidence().toolCall()).isNull();
            assertThat(calls.complete(signal(100)).evidence().toolCall()).isEqualTo(tool(100));
        }
        forward.forgetBefore(NOON + 200);
        assertThat(forward.complete(signal(199)).evidence().toolCall()).isNull();
        assertThat(forward.complete(signal(200)).evidence().toolCall()).isEqualTo(tool(200));
        forward.forgetBefore(NOON + 10_000);
        assertThat(forward.isEmpty()).isTrue();
    }

    @Test
    void requestThatTwoToolCallsClaim_isTheEarlierOnes() {
        for (boolean earlierFirst : new boolean[]{true, false}) {
            ToolCalls calls = new ToolCalls();
            for (boolean earlier : new boolean[]{earlierFirst, !earlierFirst}) {
                calls.add(new Sighting(earlier ? NOON : NOON + 1, "t"),
                        new Downstream(tool(earlier ? 1 : 2), List.of("r-9")));
            }
            assertThat(calls.complete(signal(9)).evidence().toolCall()).isEqualTo(tool(1));
            assertThat(calls.requests()).hasSize(1);
        }
    }

    @Test
    void between_isFromOneSecondUpToAnother() {
        ToolCalls calls = new ToolCalls();
        for (int i = 0; i < 4; i++) {
            calls.add(new Sighting(NOON + i, "t" + i), made(i));
        }
        assertThat(calls.between(NOON + 1, NOON + 3).requests()).extracting(ToolCalls.Request::id)
                .containsExactly("r-1", "r-2");
    }
}
