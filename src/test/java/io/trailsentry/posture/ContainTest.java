package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Containment;
import io.trailsentry.testing.Golden;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Containing, and taking it back. `-Dgolden.update=true` writes the golden files anew.
class ContainTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:15:00Z");
    private static final String ROLE = "arn:aws:iam::111122223333:role/mcp-agent-role";
    private static final String USER = "arn:aws:iam::111122223333:user/agents/dana";
    private static final String KEY = "AKIAEXAMPLEKEY000001";
    private static final String KEY_2 = "AKIAEXAMPLEKEY000002";

    private Instant now = NOW;
    private final FakeIdentities iam = new FakeIdentities().with(ROLE).with(USER).key("dana", KEY, true)
            .key("dana", KEY_2, false);

    private Contain.Outcome carryOut(boolean undo, boolean apply, String... principals) throws RefusedException {
        return new Contain(iam, InstantSource.fixed(now)).carryOut(new Contain.Order(List.of(principals), undo, apply));
    }

    private Contain.Outcome contain(String... principals) throws RefusedException {
        return carryOut(false, true, principals);
    }

    private Contain.Outcome undo(String... principals) throws RefusedException {
        return carryOut(true, true, principals);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            role, arn:aws:iam::111122223333:role/mcp-agent-role
            role-in-china, arn:aws-cn:iam::111122223333:role/agents/mcp-agent-role
            user, arn:aws:iam::111122223333:user/agents/dana
            identity-center-role, arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1a2b
            service-linked-role, arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX
            root, arn:aws:iam::111122223333:root
            federated-user, arn:aws:sts::111122223333:federated-user/dana
            """)
    void dryRun_ofEachKind_readsAsReviewedAndChangesNothing(String kind, String arn)
            throws RefusedException, IOException {
        String partition = arn.split(":", 3)[1];
        iam.caller = "arn:" + partition + ":sts::111122223333:assumed-role/responder/dana";
        iam.with(arn);

        String text = carryOut(false, false, arn).text();
        assertThat(iam.changes()).isEmpty();
        contain(arn);
        iam.requests.clear();
        text += "\n---- contained, then --undo\n\n" + carryOut(true, false, arn).text();

        assertThat(iam.changes()).isEmpty();
        Golden.reads("contain-" + kind + ".txt", text);
    }

    @Test
    void role_isDeniedFirstThenItsSessionsRevoked() throws RefusedException {
        Contain.Outcome outcome = contain(ROLE);

        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.text()).contains("DONE.", "Contained.").doesNotContain("DRY RUN");
        assertThat(iam.changes()).containsExactly("PutRolePolicy mcp-agent-role trailsentry-contain",
                "PutRolePolicy mcp-agent-role AWSRevokeOlderSessions");
        assertThat(iam.policies("mcp-agent-role")).isEqualTo(Map.of("trailsentry-contain",
                Containment.denial("Contained20261121T101500Z", null), "AWSRevokeOlderSessions",
                Containment.revocation("2026-11-21T10:15:00Z")));
    }

    @ParameterizedTest
    @ValueSource(strings = {ROLE, USER})
    void containing_twice_changesNothingTheSecondTime(String arn) throws RefusedException {
        contain(arn);
        iam.requests.clear();
        now = NOW.plusSeconds(600);

        Contain.Outcome again = contain(arn);

        assertThat(iam.changes()).isEmpty();
        assertThat(again.complete()).isTrue();
        assertThat(again.text()).contains("NOTHING TO DO: contained on 2026-11-21 10:15:00 UTC.");
    }

    @ParameterizedTest
    @ValueSource(strings = {ROLE, USER})
    void undoing_twice_changesNothingTheSecondTime(String arn) throws RefusedException {
        contain(arn);
        assertThat(undo(arn).complete()).isTrue();
        iam.requests.clear();

        Contain.Outcome again = undo(arn);

        assertThat(iam.changes()).isEmpty();
        assertThat(again.complete()).isTrue();
        assertThat(again.text()).contains("NOTHING TO DO: there is no policy trailsentry-contain.");
    }

    @Test
    void undoOfARole_liftsTheDenyAndLeavesItsOwnPoliciesAndTheRevocation() throws RefusedException {
        iam.policies("mcp-agent-role").put("its-own", "{}");
        contain(ROLE);

        Contain.Outcome outcome = undo(ROLE);

        assertThat(iam.policies("mcp-agent-role")).containsOnlyKeys("its-own", "AWSRevokeOlderSessions");
        assertThat(outcome.text().replaceAll("\\s+", " ")).contains("AWSRevokeOlderSessions stays", "Undone.");
    }

    @Test
    void roleContainedAnew_hasItsNewSessionsRevokedToo() throws RefusedException {
        contain(ROLE);
        undo(ROLE);
        now = NOW.plusSeconds(3_600);

        contain(ROLE);

        assertThat(iam.policies("mcp-agent-role").get(Containment.REVOCATION)).contains("2026-11-21T11:15:00Z");
    }

    @Test
    void roleDeniedByTheAlertsCommand_getsTheRest() throws RefusedException {
        iam.policies("mcp-agent-role").put(Containment.POLICY, Containment.denial(null, null));

        contain(ROLE);

        assertThat(iam.policies("mcp-agent-role")).containsOnlyKeys(Containment.POLICY, Containment.REVOCATION);
        iam.requests.clear();
        contain(ROLE);
        assertThat(iam.changes()).isEmpty();
    }

    @Test
    void user_isDeniedAndItsActiveKeysDeactivated_andUndoActivatesThoseAlone() throws RefusedException {
        contain(USER);
        assertThat(iam.changes()).containsExactly("PutUserPolicy dana trailsentry-contain",
                "UpdateAccessKey " + KEY + " Inactive");
        assertThat(iam.keys("dana")).isEqualTo(Map.of(KEY, false, KEY_2, false));
        iam.requests.clear();

        undo(USER);

        assertThat(iam.changes()).containsExactly("UpdateAccessKey " + KEY + " Active",
                "DeleteUserPolicy dana trailsentry-contain");
        assertThat(iam.keys("dana")).isEqualTo(Map.of(KEY, true, KEY_2, false));
    }

    @Test
    void keyMadeAfterContaining_isDeactivatedAndRecordedByTheNextRun() throws RefusedException {
        contain(USER);
        iam.key("dana", "AKIAEXAMPLEKEY000003", true);

        contain(USER);
        undo(USER);

        assertThat(iam.keys("dana")).isEqualTo(Map.of(KEY, true, KEY_2, false, "AKIAEXAMPLEKEY000003", true));
    }

    @Test
    void undo_ofAKeyThatIsDeleted_goesOn() throws RefusedException {
        contain(USER);
        iam.keys("dana").remove(KEY);

        Contain.Outcome outcome = undo(USER);

        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.text()).contains("NOTHING TO DO: it is deleted.");
        assertThat(iam.policies("dana")).isEmpty();
    }

    @Test
    void undo_withoutARecord_activatesNoKeyAndNamesTheInactive() throws RefusedException {
        iam.policies("dana").put(Containment.POLICY, Containment.denial(null, null));

        Contain.Outcome outcome = undo(USER);

        assertThat(iam.changes()).containsExactly("DeleteUserPolicy dana trailsentry-contain");
        assertThat(outcome.text().replaceAll("\\s+", " ")).contains("so none is activated; inactive: " + KEY_2);
    }

    @Test
    void stepThatFails_leavesTheOthersDone_andTheNextRunDoesTheRest() throws RefusedException {
        iam.refused = request -> request.startsWith("PutRolePolicy mcp-agent-role trailsentry");

        Contain.Outcome partly = contain(ROLE);

        assertThat(partly.complete()).isFalse();
        assertThat(partly.text()).contains("NOT DONE: AccessDenied", "NOT COMPLETE");
        assertThat(iam.policies("mcp-agent-role")).containsOnlyKeys(Containment.REVOCATION);
        iam.refused = request -> false;
        now = NOW.plusSeconds(60);
        assertThat(contain(ROLE).complete()).isTrue();
        assertThat(iam.policies("mcp-agent-role").get(Containment.REVOCATION)).contains("10:16:00Z");
    }

    @Test
    void undoOfAKeyThatFails_keepsTheDenyWithTheRecord() throws RefusedException {
        contain(USER);
        iam.refused = request -> request.startsWith("UpdateAccessKey");

        Contain.Outcome outcome = undo(USER);

        assertThat(outcome.complete()).isFalse();
        assertThat(iam.policies("dana")).containsKey(Containment.POLICY);
        assertThat(outcome.text().replaceAll("\\s+", " ")).contains("holds the record of what is left to undo");
        iam.refused = request -> false;
        assertThat(undo(USER).complete()).isTrue();
        assertThat(iam.keys("dana")).containsEntry(KEY, true);
    }

    @Test
    void whoMayNotLook_mayContainAllTheSame() throws RefusedException {
        iam.refused = request -> request.startsWith("Get") && !request.equals("GetCallerIdentity");

        Contain.Outcome outcome = contain(ROLE);

        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.text()).contains("could not be read");
        assertThat(iam.policies("mcp-agent-role")).containsOnlyKeys(Containment.POLICY, Containment.REVOCATION);
    }

    @Test
    void keysThatCannotBeListed_areToldAsNotDone() throws RefusedException {
        iam.refused = request -> request.startsWith("ListAccessKeys");

        Contain.Outcome outcome = contain(USER);

        assertThat(outcome.complete()).isFalse();
        assertThat(outcome.text()).contains("NOT DONE: AccessDenied: may not ListAccessKeys");
        assertThat(iam.policies("dana")).containsKey(Containment.POLICY);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            arn:aws:iam::444455556666:role/mcp-agent-role | is not in the account of these credentials
            arn:aws-cn:iam::111122223333:role/mcp-agent-role | is not in the account of these credentials
            arn:aws:iam::111122223333:role/nobody | there is no role
            nobody | there is neither a role nor a user nobody in account 111122223333
            mcp-* | is neither an ARN nor the name
            arn:aws:s3:::bucket | names neither a role nor a user
            """)
    void whoIsNotThere_isRefusedAndNothingChanged(String name, String reason) {
        assertThatThrownBy(() -> contain(name)).isInstanceOf(RefusedException.class).hasMessageContaining(reason)
                .hasMessageContaining("Nothing was changed.");
        assertThat(iam.changes()).isEmpty();
    }

    @Test
    void nameOfARoleAndAUser_isRefusedWithBothArns() {
        iam.with("arn:aws:iam::111122223333:role/dana");

        assertThatThrownBy(() -> contain("dana")).hasMessageContaining("arn:aws:iam::111122223333:role/dana")
                .hasMessageContaining(USER);
    }

    @Test
    void bareName_isFoundByWhoMayLookAtRolesAlone() throws RefusedException {
        iam.refused = request -> request.startsWith("GetUser ");

        assertThat(contain("mcp-agent-role").complete()).isTrue();
        assertThatThrownBy(() -> contain("dana")).hasMessageContaining("name its ARN")
                .hasMessageContaining("GetUser dana");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dana", "arn:aws:iam::111122223333:user/dana"})
    void nameWithoutItsPath_meansTheSame(String name) throws RefusedException {
        assertThat(contain(name).text()).contains("CONTAIN user " + USER);
    }

    @Test
    void session_meansItsRole() throws RefusedException {
        assertThat(contain("arn:aws:sts::111122223333:assumed-role/mcp-agent-role/session").text())
                .contains("CONTAIN role " + ROLE);
    }

    @Test
    void caller_isNotContained_andADryRunSaysSo() throws RefusedException {
        iam.caller = "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/me";

        assertThatThrownBy(() -> contain("mcp-agent-role")).hasMessageContaining("itself");
        assertThat(iam.changes()).isEmpty();
        assertThat(carryOut(false, false, "mcp-agent-role").text()).contains("CAUTION");
    }

    @Test
    void severalPrincipals_areAllContained_andThoseLeftOutAreNamed() throws RefusedException {
        Contain.Outcome outcome = contain("mcp-agent-role", "arn:aws:iam::444455556666:role/x", "dana", "ci-*");

        assertThat(outcome.complete()).isFalse();
        assertThat(iam.policies("mcp-agent-role")).containsKey(Containment.POLICY);
        assertThat(iam.policies("dana")).containsKey(Containment.POLICY);
        assertThat(outcome.text()).contains("LEFT OUT: arn:aws:iam::444455556666:role/x", "LEFT OUT: ci-*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1a2b",
            "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
            "arn:aws:iam::111122223333:root"})
    void whatIamCannotContain_isNotTriedAndNotCalledDone(String arn) throws RefusedException {
        iam.with(arn);

        Contain.Outcome outcome = contain(arn);

        assertThat(iam.changes()).isEmpty();
        assertThat(outcome.complete()).isFalse();
        assertThat(outcome.text()).contains("NOT DONE: ").doesNotContain("Contained.");
    }

    @Test
    void withoutCredentials_aDryRunTellsTheSteps_andNothingIsApplied() throws RefusedException {
        iam.refused = request -> true;

        assertThat(carryOut(false, false, ROLE).text()).contains("NOT CHECKED", "put-role-policy", "DRY RUN");
        assertThat(carryOut(false, false, "mcp-agent-role").text()).contains("--role-name 'mcp-agent-role'");
        assertThat(carryOut(false, false, USER).text()).contains("put-user-policy", "for key in $(");
        assertThatThrownBy(() -> contain(ROLE)).hasMessageContaining("GetCallerIdentity");
    }

    @Test
    void textOfAWS_cannotSteerTheTerminal() throws RefusedException {
        iam.refused = request -> request.startsWith("Put");
        iam.with("arn:aws:iam::111122223333:role/\u001B[2Jx/mcp-agent-role");

        assertThat(contain("mcp-agent-role").text()).doesNotContain("\u001B");
    }

    @Test
    void record_isReadBackFromItsDocument() {
        DenyPolicy policy = new DenyPolicy(NOW, Set.of(KEY, KEY_2));

        assertThat(DenyPolicy.of(policy.document())).isEqualTo(policy);
        assertThat(policy.document()).contains("\"Sid\":\"Contained20261121T101500ZKey" + KEY + "Key" + KEY_2 + "\"");
        assertThat(DenyPolicy.of(policy.document().replace("\"Action\":\"*\"", "\"Action\":\"s3:*\""))).isNull();
        assertThat(DenyPolicy.of("no JSON")).isNull();
        assertThat(DenyPolicy.of(Containment.denial("Contained20269999T101500Z", null))).isNull();
    }

    @Test
    void revocation_isReadBackFromItsDocument() {
        assertThat(DenyPolicy.revokedBefore(Containment.revocation(NOW.toString()))).isEqualTo(NOW);
        assertThat(DenyPolicy.revokedBefore(Containment.denial(null, null))).isNull();
        assertThat(DenyPolicy.revokedBefore(Containment.revocation("never"))).isNull();
    }
}
