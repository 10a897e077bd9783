package io.trailsentry.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Parameters;
import io.trailsentry.trail.UserIdentity;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConfigurationTest {
    private static final String ONE_AGENT = """
            agents: [{ name: coder, principals: [build-*], environment: dev }]
            people: { "AROAEXAMPLE:session": Dana }
            """;

    private static @Nullable Call call(Roster roster, String role, @Nullable String invokedBy) {
        UserIdentity identity = new UserIdentity("AssumedRole", "AROAEXAMPLE:session",
                "arn:aws:sts::111122223333:assumed-role/" + role + "/session", "111122223333", null, null, invokedBy,
                "Role", "arn:aws:iam::111122223333:role/" + role, "111122223333", role, null, null, null, null);
        return roster.recognise(new CloudTrailEvent("e", null, "s3.amazonaws.com", "ListBuckets", "us-east-1",
                "203.0.113.7", "aws-cli/2", null, null, null, "AwsApiCall", true, false, "111122223333", null, identity,
                Parameters.EMPTY, Parameters.EMPTY, Parameters.EMPTY, List.of()));
    }

    private static @Nullable Agent agent(Roster roster, String role, @Nullable String invokedBy) {
        Call call = call(roster, role, invokedBy);
        return call == null ? null : call.agent();
    }

    private static Configuration configured() throws ConfigurationException {
        return ConfigurationReader.read("x", ONE_AGENT, Samples.TODAY).configuration();
    }

    @Test
    void roster_nothingConfigured_watchesTheDefaultRoleAndAllManagedMcpTraffic() {
        Roster roster = Configuration.EMPTY.roster();

        assertThat(agent(roster, "mcp-agent-role", null)).isEqualTo(Agent.learned("mcp-agent-role"));
        assertThat(agent(roster, "admin", null)).isNull();
        assertThat(agent(roster, "admin", "aws-mcp.amazonaws.com")).isEqualTo(Agent.unlisted("admin"));
    }

    @Test
    void roster_agentsConfigured_watchesThemInPlaceOfTheDefaultRole() throws ConfigurationException {
        Roster roster = configured().roster();

        assertThat(agent(roster, "build-7", null)).isNotNull().extracting(Agent::name, Agent::environment)
                .containsExactly("coder", "dev");
        assertThat(agent(roster, "mcp-agent-role", null)).isNull();
        assertThat(agent(roster, "mcp-agent-role", "aws-mcp.amazonaws.com"))
                .isEqualTo(Agent.unlisted("mcp-agent-role"));
        assertThat(call(roster, "build-7", null)).isNotNull().extracting(Call::human).isEqualTo("Dana");
    }

    @Test
    void rosterOf_patterns_watchesOnlyThemAndLearnsEachPrincipal() throws ConfigurationException {
        Roster roster = configured().rosterOf(List.of("*-7", "arn:aws:iam::111122223333:role/admin"));

        assertThat(agent(roster, "build-7", null)).isEqualTo(Agent.learned("build-7"));
        assertThat(agent(roster, "admin", null)).isEqualTo(Agent.learned("admin"));
        assertThat(agent(roster, "build-8", "aws-mcp.amazonaws.com")).isNull();
        assertThat(call(roster, "build-7", null)).isNotNull().extracting(Call::human).isEqualTo("Dana");
    }

    @Test
    void rosterOf_blankPattern_isRefused() {
        assertThatThrownBy(() -> Configuration.EMPTY.rosterOf(List.of(" ")))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("a principal must not be blank");
    }
}
