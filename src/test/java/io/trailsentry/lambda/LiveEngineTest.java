package io.trailsentry.lambda;

import io.trailsentry.posture.ConfigurationSource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.AttachedPolicies;
import io.trailsentry.config.Configuration;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Engine;
import io.trailsentry.memory.Memory.MemoryException;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkException;

class LiveEngineTest {
    private static final String EXCEPTION = """
            exceptions:
              - { detector: iam-self-modification, until: 2026-11-17, reason: agreed }
            """;

    private final List<String> log = new ArrayList<>();
    private final List<Configuration> used = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-17T10:00:00Z");
    private String text = EXCEPTION;
    private String names = "";

    private LiveEngine engine() throws ConfigurationException {
        return new LiveEngine(new ConfigurationSource("ssm:name", () -> text),
                new ConfigurationSource("ssm:names", () -> names), this::audited, this::assemble, () -> now, log::add);
    }

    private AttachedPolicies audited() throws MemoryException {
        if (found == null) {
            throw new MemoryException("away", null);
        }
        return found;
    }

    private Engine assemble(Configuration configuration, AttachedPolicies attached) {
        used.add(configuration);
        usedAttached.add(attached);
        Publisher nobody = new Publisher() {
            @Override
            public boolean reaches(Topic topic) {
                return false;
            }

            @Override
            public void publish(Topic topic, Notice notice) {
                throw new AssertionError("nobody is reached");
            }

            @Override
            public void publish(Topic topic, FloodNotice notice) {
                throw new AssertionError("too few findings for a flood");
            }
        };
        return new Engine(Watch.of(configuration, configuration.roster(), Catalogue.load()), new InMemory(), nobody,
                metrics -> {
                }, () -> now, log::add);
    }

    private long warnings() {
        return log.stream().filter(line -> line.startsWith("ssm:name: line 2: ") && line.contains("ran out")).count();
    }

    private @Nullable AttachedPolicies found = AttachedPolicies.NONE;
    private final List<AttachedPolicies> usedAttached = new ArrayList<>();

    @Test
    void policiesThatTheAuditFound_countWithinAMinute_andStayWhenMemoryIsAway() throws ConfigurationException {
        LiveEngine live = engine();
        live.current();
        assertThat(usedAttached).containsExactly(AttachedPolicies.NONE);
        AttachedPolicies one = AttachedPolicies
                .of("arn:aws:iam::111122223333:role/a arn:aws:iam::111122223333:policy/p");
        found = one;
        live.current();
        assertThat(usedAttached).hasSize(1);
        now = now.plusSeconds(61);
        live.current();
        assertThat(usedAttached).containsExactly(AttachedPolicies.NONE, one);
        found = null;
        now = now.plusSeconds(61);
        live.current();
        assertThat(usedAttached).hasSize(2);
        assertThat(log).containsExactly("what the audit found cannot be read: away");
    }

    @Test
    void exceptionThatRunsOut_isShoutedAbout_onEachNewDay() throws Exception {
        LiveEngine live = engine();
        live.current();
        assertThat(log).isEmpty();
        now = Instant.parse("2026-11-18T00:00:30Z");
        live.current();
        assertThat(warnings()).isEqualTo(1);
        now = now.plus(Duration.ofHours(3));
        live.current();
        assertThat(warnings()).as("the same day").isEqualTo(1);
        now = now.plus(Duration.ofDays(1));
        live.current();
        assertThat(warnings()).isEqualTo(2);
    }

    @Test
    void exceptionThatHasRunOut_isShoutedAbout_atTheStart_afterARestore_andWithANewText() throws Exception {
        now = Instant.parse("2026-12-24T10:00:00Z");
        LiveEngine live = engine();
        assertThat(warnings()).isEqualTo(1);
        live.forget();
        live.current();
        assertThat(warnings()).isEqualTo(2);
        now = now.plusSeconds(60);
        live.current();
        assertThat(warnings()).as("nothing is new").isEqualTo(2);
        now = now.plusSeconds(60);
        text = EXCEPTION + "alerting: { page-at: critical }\n";
        live.current();
        assertThat(warnings()).isEqualTo(3);
    }

    @Test
    void engine_isKept_whileTheTextIsTheSame() throws Exception {
        LiveEngine live = engine();
        Engine first = live.current();
        text = "";
        now = now.plusSeconds(59);
        assertThat(live.current()).isSameAs(first);
        now = now.plusSeconds(1);
        assertThat(live.current()).isNotSameAs(first);
        assertThat(used).hasSize(2);
    }

    @Test
    void badText_keepsTheLastGoodOne_andTheLogSaysSoEachTime() throws Exception {
        LiveEngine live = engine();
        Engine first = live.current();
        text = "agent: []";
        for (int minute = 1; minute <= 3; minute++) {
            now = now.plusSeconds(60);
            assertThat(live.current()).isSameAs(first);
        }
        assertThat(log).hasSize(3)
                .allSatisfy(
                        line -> assertThat(line).startsWith("the last good configuration is kept: ssm:name: 1 fault"));
    }

    @Test
    void badText_failsTheStart() {
        text = "agent: []";
        assertThatThrownBy(this::engine).isInstanceOf(ConfigurationException.class).hasMessageContaining("1 fault");
    }

    @Test
    void agentWhoseCallsDoNotArrive_isAnError_atTheStart_andWithEachNewText() throws Exception {
        String gap = "error: agent mcp-agent-role: mcp-agent-role: no rule delivers its calls: add mcp-agent-role to "
                + "AgentNames, or set Watch to everything";
        names = "coder-role";
        LiveEngine live = engine();
        assertThat(log).containsExactly(gap);
        now = now.plusSeconds(60);
        live.current();
        assertThat(log).as("nothing is new").hasSize(1);
        now = now.plusSeconds(60);
        text = "agents: [{ principals: [coder-role] }]";
        live.current();
        assertThat(log).as("it is watched no more").hasSize(1);
        now = now.plusSeconds(60);
        text = "agents: [{ principals: [mcp-agent-role] }]";
        live.current();
        assertThat(log).containsExactly(gap, gap);
        now = now.plusSeconds(60);
        names = "coder-role, mcp-agent-role";
        live.current();
        assertThat(log).as("it is named now").hasSize(2);
    }

    @Test
    void namesThatCannotBeRead_areAnError_andFailNoStart() throws Exception {
        LiveEngine live = new LiveEngine(new ConfigurationSource("ssm:name", () -> text),
                new ConfigurationSource("ssm:names", () -> {
                    throw SdkException.create("access denied", null);
                }), LiveEngine.Audited.NOTHING, this::assemble, () -> now, log::add);

        assertThat(live.current()).isNotNull();
        assertThat(log).containsExactly("error: whose calls arrive cannot be read from ssm:names: access denied");
    }
}
