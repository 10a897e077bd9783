package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.testing.EventBuilder;
import org.junit.jupiter.api.Test;

class OwnRolesTest {
    private static final String AUDIT = "trailsentry-audit-eu-central-1";

    private static EventBuilder canary(String role) {
        return EventBuilder.role(role, "canary").call("sts", "GetCallerIdentity");
    }

    @Test
    void isCanary_isTheAuditsOwnHarmlessCall() {
        assertThat(OwnRoles.isCanary(canary(AUDIT).event())).isTrue();
        assertThat(OwnRoles.isCanary(canary("trailsentry-detector-eu-central-1").event())).isFalse();
        assertThat(OwnRoles.isCanary(canary("mcp-agent-role").event())).isFalse();
        assertThat(OwnRoles.isCanary(canary(AUDIT).call("sts", "AssumeRole").event())).isFalse();
        assertThat(OwnRoles.isCanary(canary(AUDIT).call("iam", "GetCallerIdentity").event())).isFalse();
        assertThat(OwnRoles.isCanary(canary(AUDIT).with("recipientAccountId", "999900001111").event())).isFalse();
        assertThat(OwnRoles.isCanary(Calls.event("{\"type\":\"Root\"}"))).isFalse();
    }

    @Test
    void isOne_isARoleOfTheNameInTheEventsAccount() {
        var event = canary(AUDIT).event();
        Principal own = new Principal(Principal.Kind.ROLE, "111122223333", "", AUDIT);
        assertThat(OwnRoles.isOne(own, event)).isTrue();
        assertThat(OwnRoles.isOne(new Principal(Principal.Kind.ROLE, "111122223333", "", "x-" + AUDIT), event))
                .isFalse();
        assertThat(OwnRoles.isOne(new Principal(Principal.Kind.USER, "111122223333", "", AUDIT), event)).isFalse();
        assertThat(OwnRoles.isOne(new Principal(Principal.Kind.ROLE, "999900001111", "", AUDIT), event)).isFalse();
    }
}
