package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.testing.EventBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AttachedPoliciesTest {
    private static final String POLICY = "arn:aws:iam::111122223333:policy/team/coder";
    private static final AttachedPolicies FOUND = new AttachedPolicies(
            Map.of(EventBuilder.ROLE_ARN, Set.of(POLICY, "arn:aws:iam::aws:policy/ReadOnlyAccess")));

    private static Roster roster(AttachedPolicies attached) {
        return new Roster(List.of(new Roster.Entry(Agent.learned("coder"),
                List.of(PrincipalPattern.of("mcp-agent-*"))),
                new Roster.Entry(Agent.learned("other"),
                        List.of(PrincipalPattern.of("other-role")))),
                true, Map.of(), attached);
    }

    @Test
    void text_readAgain_isTheSame_whateverStandsBetween() {
        assertThat(AttachedPolicies.of(FOUND.text())).isEqualTo(FOUND);
        assertThat(AttachedPolicies.of("odd\n" + FOUND.text() + "\n\na b c\n")).isEqualTo(FOUND);
        assertThat(AttachedPolicies.of("")).isEqualTo(AttachedPolicies.NONE);
    }

    @Test
    void call_ofARoleOfWhichPoliciesWereFound_knowsThem() {
        Call call = roster(FOUND).recognise(EventBuilder.agent().call("s3", "ListBuckets").event());
        assertThat(call).isNotNull();
        assertThat(call.agent().attachedPolicies()).contains(POLICY);
    }

    @Test
    void changeOfAFoundPolicy_bySomebodyElse_meansItsHolders() {
        var event = EventBuilder.role("platform-admin", "dana").write("iam", "CreatePolicyVersion").event();
        assertThat(roster(FOUND).victims(event, POLICY, true)).singleElement()
                .satisfies(call -> assertThat(call.principal().arn()).isEqualTo(EventBuilder.ROLE_ARN));
        assertThat(roster(AttachedPolicies.NONE).victims(event, POLICY, true)).isEmpty();
    }

    @Test
    void and_whatIsNewerReplacesWhatIsKnownOfAPrincipal() {
        AttachedPolicies newer = new AttachedPolicies(Map.of(EventBuilder.ROLE_ARN, Set.of("p"), "other", Set.of("q")));
        assertThat(FOUND.and(newer)).isEqualTo(newer);
        assertThat(newer.and(new AttachedPolicies(Map.of("other", Set.of()))).byPrincipal())
                .isEqualTo(Map.of(EventBuilder.ROLE_ARN, Set.of("p"), "other", Set.of()));
    }
}
