package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {
    private static final String SSO = "AWSReservedSSO_Agents_0123456789abcdef";
    private static final Reach REACH = new Reach(List.of("coder-role", "agent-user", SSO));

    private static Roster roster(String... principals) {
        return new Roster(List.of(new Roster.Entry(
                new Agent("coder", true, null, null, null, false, null, Set.of()),
                Stream.of(principals).map(PrincipalPattern::of).toList())), true, Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"coder-role", "arn:aws:iam::111122223333:role/team/coder-role",
            "arn:aws:iam::111122223333:user/agent-user", SSO,
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/" + SSO,
            "arn:aws:sts::111122223333:assumed-role/coder-role/session", "coder-*", "AWSReservedSSO_Agents_*",
            "arn:aws:iam::*:role/coder-*", "arn:aws:iam::111122223333:*",
            "arn:aws:iam::*:role/*team*", "arn:aws:iam::*:r*", "arn:aws:iam::*:role?coder-*"})
    void principalOfAListedName_isReached(String principal) {
        assertThat(REACH.gaps(roster(principal))).isEmpty();
    }

    @Test
    void everyOther_isNamed_withWhatToDo_inOrder() {
        assertThat(REACH.gaps(roster("arn:aws:iam::111122223333:role/team/planner", "coder-role", "mcp-*", "Coder-Role",
                "arn:aws:iam::111122223333:root", "AWSReservedSSO_Agents"))).map(Reach.Gap::toString)
                .containsExactly(
                        "agent coder: arn:aws:iam::111122223333:role/team/planner: no rule delivers its calls: add "
                                + "planner to AgentNames, or set Watch to everything",
                        "agent coder: mcp-*: no rule delivers its calls: add the names that it means to AgentNames, or "
                                + "set Watch to everything",
                        "agent coder: Coder-Role: no rule delivers its calls: add Coder-Role to AgentNames, or set Watch "
                                + "to everything",
                        "agent coder: arn:aws:iam::111122223333:root: no rule delivers its calls: set Watch to "
                                + "everything",
                        "agent coder: AWSReservedSSO_Agents: no rule delivers its calls: add AWSReservedSSO_Agents to "
                                + "AgentNames, or set Watch to everything");
    }

    @Test
    void agentWithoutAName_goesByItsPrincipals() {
        Roster roster = new Roster(List.of(new Roster.Entry(null, List.of(PrincipalPattern.of("planner")))), true,
                Map.of());
        assertThat(REACH.gaps(roster)).singleElement().asString().startsWith("agent planner: planner: ");
    }

    @Test
    void noNames_meanThatEverythingArrives() {
        assertThat(new Reach(List.of()).gaps(roster("planner", "*"))).isEmpty();
    }

    @Test
    void of_namesSeparatedByCommas_areBare_andNoneMeansEverybody() {
        assertThat(Reach.of("mcp-agent-role, user@corp=x,"))
                .isEqualTo(new Reach(List.of("mcp-agent-role", "user@corp=x")));
        assertThat(Reach.of("").names()).isEmpty();
    }

    @Test
    void delivers_whoIsNamed_butNotRoot() {
        assertThat(REACH.delivers(new Principal(Principal.Kind.ROLE, "1", "", "coder-role"))).isTrue();
        assertThat(REACH.delivers(new Principal(Principal.Kind.ROLE, "1", "", "Coder-Role"))).isFalse();
        Principal root = new Principal(Principal.Kind.ROOT, "1", "", "root");
        assertThat(new Reach(List.of("root")).delivers(root)).isFalse();
        assertThat(new Reach(List.of()).delivers(root)).isTrue();
    }

    @Test
    void gaps_namesThatAGlobOfArnsMayMean_areHeldAgainstItsLastPart() {
        assertThat(REACH.gaps(roster("arn:aws:iam::111122223333:role/planner-*"))).hasSize(1);
        assertThat(REACH.gaps(roster("*:user/agent-*", "*agent-user"))).isEmpty();
        assertThat(new Reach(List.of("root")).gaps(roster("arn:aws:iam::111122223333:root"))).hasSize(1);
    }
}
