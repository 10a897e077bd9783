package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.ToolCall;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Outcome;
import io.trailsentry.finding.Severity;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AlertTextTest {
    private final AlertText email = new AlertText(Catalogue.load(), Draft.ACCOUNTS);

    @Test
    void body_firstLine_saysWhatHappenedAndHowItEnded() {
        assertThat(email.body(Draft.selfModification().created()).lines().findFirst())
                .contains("CRITICAL: coder attached an administrator policy to itself. It succeeded.");
        assertThat(email.body(Draft.selfModificationBlocked().created()).lines().findFirst())
                .contains("MEDIUM: coder was blocked when it tried to attach a policy to itself.");
        assertThat(email.body(Draft.offHoursBurst().created()).lines().findFirst())
                .contains("MEDIUM: coder made 85 calls outside its hours.");
    }

    @Test
    void body_blockedCallWhoseHeadlineDoesNotSaySo_saysBlocked() {
        Draft draft = Draft.unlistedAdministrator();
        draft.outcome = Outcome.DENIED;
        draft.errorCode = "AccessDenied";

        assertThat(email.body(draft.created()).replaceAll("\\s+", " ")).contains(
                "without being on the roster. It was blocked.", "s3:ListBuckets was blocked (AccessDenied)");
    }

    @Test
    void body_changeByAnother_saysWhoAndThatTheAgentDidNothing() {
        assertThat(email.body(Draft.perimeterChange().created()).replaceAll("\\s+", " ")).contains(
                "WHAT iam:AttachRolePolicy on mcp-agent-role succeeded",
                "WHO role pipeline, session build-42, client Boto3/1.40.0; AI agent coder, role mcp-agent-role, did nothing");
    }

    @Test
    void body_ofSomebodyWhoIsNoAgent_callsNobodyAnAgent() {
        Draft draft = Draft.selfModification();
        draft.detector = "audit-tampering";
        draft.others.clear();
        draft.agent = "mcp-agent-role";
        draft.listed = false;
        draft.channel = "cli";

        assertThat(email.body(draft.created()).replaceAll("\\s+", " "))
                .contains("WHO role mcp-agent-role, no watched agent", "OK IF mcp-agent-role did this on purpose")
                .doesNotContain("AI agent", "a person asked");
    }

    @Test
    void body_manyRefusedCalls_saysBlocked() {
        Draft draft = Draft.offHoursBurst();
        draft.outcome = Outcome.DENIED;

        assertThat(email.body(draft.created())).contains("WHAT     85 calls, over all its sessions: blocked\n");
    }

    @Test
    void body_laterSteps_sayFirstWhatChanged() {
        Draft draft = Draft.selfModification();

        assertThat(email.body(draft.notice(Notice.Kind.UPDATE, "severity rose from medium to critical",
                "created an access key for itself"))).startsWith("""
                        UPDATE: severity rose from medium to critical; created an access key for
                        itself.
                        CRITICAL: coder attached an administrator policy to itself. It succeeded.
                        """);
        assertThat(email.body(draft.notice(Notice.Kind.CLOSE, "events grew from 1 to 7"))).startsWith("""
                FINAL COUNT: events grew from 1 to 7. Its quarter hour is over; nothing is
                resolved by that.
                """);
        assertThat(email.body(draft.notice(Notice.Kind.SUPERSEDED, "events that came late explain it")))
                .startsWith("WITHDRAWN: events that came late explain it. Nothing needs to be done.\n")
                .doesNotContain("DO NOW", "OK IF");
    }

    @ParameterizedTest
    @EnumSource
    void subject_ofEveryStep_holdsSeverityDeedAndPlace(Notice.Kind kind) {
        String subject = email.subject(Draft.selfModification().notice(kind, "x"));

        assertThat(subject).contains("coder attached an administrator policy to itself", "(sandbox us-east-1)")
                .hasSizeLessThan(100);
        assertThat(subject.startsWith("CRITICAL")).isEqualTo(kind != Notice.Kind.SUPERSEDED);
    }

    @Test
    void subject_longTitle_isCutBeforeThePlace() {
        Draft draft = Draft.selfModification();
        draft.agent = "a-team-with-a-long-name-and-an-agent-with-a-longer-one";

        assertThat(email.subject(draft.created())).hasSize(99).endsWith("... (sandbox us-east-1)");
    }

    @Test
    void body_accountWithoutName_isShownByItsId() {
        String body = new AlertText(Catalogue.load(), Map.of()).body(Draft.selfModification().created());

        assertThat(body).contains("WHERE    account 111122223333, us-east-1\n");
    }

    @Test
    void body_accountWithoutEnvironment_showsItsName() {
        String body = new AlertText(Catalogue.load(), Map.of(Draft.ACCOUNT, new Account("sandbox", null)))
                .body(Draft.selfModification().created());

        assertThat(body).contains("account 111122223333 (sandbox), us-east-1\n");
    }

    @Test
    void body_detectorInDryRunRaisedTheSeverity_peopleAreToldTheLiveOne() {
        Draft draft = Draft.selfModification();
        draft.liveSeverity = Severity.MEDIUM;

        assertThat(email.subject(draft.created())).startsWith("MEDIUM: ");
        assertThat(email.body(draft.created())).startsWith("MEDIUM: ");
    }

    @Test
    void body_undatedEventWithoutId_saysSo() {
        Draft draft = Draft.selfModification();
        draft.firstSeen = null;
        draft.lastSeen = null;
        draft.eventId = "5e884898da28047151d0e56f8dc62927";

        assertThat(email.body(draft.created())).contains("WHEN     time not recorded, 1 event\n",
                "Event    5e884898da28047151d0e56f8dc62927\n");
    }

    @Test
    void body_exception_isOfferedOnlyWhereItsNamesArePlain() {
        Draft draft = Draft.selfModification();
        assertThat(email.body(draft.created())).contains("""
                   - { detector: iam-self-modification, agent: "coder",
                     action: "iam:AttachRolePolicy", target: "mcp-agent-role",
                     until: 2026-12-21, reason: "why" }
                """);

        for (String target : new String[]{"*", "a?", "x\", until: 2099-01-01 }", "\u202Ex"}) {
            draft.target = target;
            assertThat(email.body(draft.created())).doesNotContain("- { detector");
        }
    }

    @Test
    void body_manySteps_showsFiveAndCountsTheRest() {
        Draft draft = Draft.selfModification();
        for (int i = 0; i < 9; i++) {
            Draft other = Draft.selfModification();
            other.headline = "did thing " + i;
            draft.others.add(other.signal());
        }

        assertThat(email.body(draft.created())).contains("did thing 4", "... and 4 more").doesNotContain("did thing 5");
    }

    @Test
    void body_tellsHowLongItTook() {
        Draft draft = Draft.selfModification();

        assertThat(email.body(new Notice(Notice.Kind.CREATE, draft.finding(), java.util.List.of(),
                Draft.AT.plusSeconds(600)))).contains("told 10 min later");
        assertThat(email.body(new Notice(Notice.Kind.CREATE, draft.finding(), java.util.List.of(),
                Draft.AT.plusSeconds(86_400)))).contains("told 24 h later");
        assertThat(email.body(new Notice(Notice.Kind.CREATE, draft.finding(), java.util.List.of(),
                Draft.AT.minusSeconds(5)))).doesNotContain("later\n");
    }

    @Test
    void body_ofACallBehindWhichAToolCallIsKnown_saysWhoseItWas() {
        Draft draft = Draft.selfModification();
        draft.toolCall = new ToolCall("aws___run_script", "claude-code/2.1.280", "203.0.113.24");

        assertThat(email.body(draft.created()).replaceAll("\\s+", " ")).contains(
                "client claude-code/2.1.280, through an AWS MCP server",
                "FROM 203.0.113.24, by the MCP tool aws___run_script of claude-code/2.1.280 WHY");
    }

    @Test
    void body_ofALateEvent_saysSo_andHowItCame() {
        Draft draft = Draft.selfModification();
        Notice created = new Notice(Notice.Kind.CREATE, draft.finding(), java.util.List.of(),
                Draft.AT.plusSeconds(560));

        assertThat(email.body(created.arrived(new Notice.Arrival(Draft.AT, true))))
                .contains("1 event\nLATE     seen 9 min after it happened (from the trail's log files)\n")
                .doesNotContain("told");
        assertThat(email.body(created.arrived(new Notice.Arrival(Draft.AT, false))))
                .contains("\nLATE     seen 9 min after it happened\n");
        assertThat(email.body(created.arrived(new Notice.Arrival(Draft.AT.plusSeconds(500), true))))
                .as("an old story with a new event").contains("told 9 min later").doesNotContain("LATE");
    }
}
