package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `audit-tampering` by somebody who is no agent.
class MonitorChangeTest {
    private static final Watched WATCHED = Watched.agent();

    private static EventBuilder admin(String service, String action) {
        return EventBuilder.role("platform-admin", "dana").write(service, action);
    }

    private static EventBuilder stopLogging(EventBuilder by) {
        return by.write("cloudtrail", "StopLogging").parameter("name", "main");
    }

    @Test
    void stopLogging_byAPerson_isToldOfThePerson() {
        assertThat(WATCHED.findings(stopLogging(admin("cloudtrail", "StopLogging")))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.detectors()).containsExactly("audit-tampering");
                    assertThat(finding.agent()).isEqualTo("platform-admin");
                    assertThat(finding.isAboutNoAgent()).isTrue();
                    assertThat(finding.principal().arn()).isEqualTo("arn:aws:iam::111122223333:role/platform-admin");
                    assertThat(finding.session()).isEqualTo("AROAEXAMPLE:dana");
                    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
                    assertThat(finding.title()).isEqualTo("platform-admin stopped CloudTrail logging");
                    assertThat(finding.leading().target()).isEqualTo("main");
                    assertThat(finding.leading().reason())
                            .endsWith("it is no watched agent, but agents may go unseen by it");
                });
        assertThat(WATCHED.findings(stopLogging(EventBuilder.user("dana")))).hasSize(1);
        assertThat(WATCHED.findings(stopLogging(EventBuilder.root()))).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"lambda, DeleteFunction20150331, functionName, trailsentry-detector, 95",
            "lambda, UpdateFunctionConfiguration20150331v2, functionName, "
                    + "arn:aws:lambda:us-east-1:111122223333:function:trailsentry-detector:live, 92",
            "sqs, PurgeQueue, queueUrl, https://sqs.us-east-1.amazonaws.com/111122223333/trailsentry-events, 92",
            "sns, DeleteTopic, topicArn, arn:aws:sns:us-east-1:111122223333:trailsentry-alerts, 95",
            "events, DisableRule, name, trailsentry-agent-calls, 95",
            "ssm, PutParameter, name, trailsentry-configuration, 92",
            "monitoring, DeleteAlarms, alarmNames, trailsentry-heartbeat, 85",
            "dynamodb, DeleteTable, tableName, trailsentry-memory, 92",
            "logs, DeleteLogGroup, logGroupName, trailsentry-detector, 80",
            "iam, DeleteRolePolicy, roleName, trailsentry-detector-us-east-1, 92",
            "iam, CreateRole, roleName, trailsentry-helper, 60",
            "cloudformation, DeleteStack, stackName, trailsentry, 95"})
    void changeOfTrailSentry_byAPerson_isWorthWhatItIsOfAnAgent_andOfAnythingElseNothing(String service,
            String action, String field, String name, int score) {
        assertThat(WATCHED.findings(admin(service, action).parameter(field, name))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.detectors()).containsExactly("audit-tampering");
                    assertThat(finding.score()).isEqualTo(score);
                });
        assertThat(WATCHED.findings(admin(service, action).parameter(field, name.replace("trailsentry", "shop"))))
                .isEmpty();
    }

    @Test
    void whatIsLowForAnAgent_andOtherServicesThatWatch_areNothingOfAPersons() {
        assertThat(WATCHED.findings(admin("cloudtrail", "CreateTrail").parameter("name", "second"))).isEmpty();
        assertThat(WATCHED.findings(admin("guardduty", "DeleteDetector").parameter("detectorId", "d"))).isEmpty();
        assertThat(WATCHED.findings(admin("s3", "DeleteBucket").parameter("bucketName", "cloudtrail-logs"))).isEmpty();
        assertThat(WATCHED.findings(EventBuilder.user("dana").call("lambda", "GetFunction20150331v2")
                .parameter("functionName", "trailsentry-detector"))).isEmpty();
    }

    @Test
    void refusedAttempt_isWorthLess() {
        assertThat(WATCHED.findings(admin("cloudtrail", "StopLogging").denied("cloudtrail:StopLogging",
                "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"))).singleElement().satisfies(finding -> {
                    assertThat(finding.severity()).isLessThan(Severity.CRITICAL);
                    assertThat(finding.title())
                            .isEqualTo("platform-admin was blocked when it tried to stop CloudTrail logging");
                });
    }

    @Test
    void awsServices_andTrailSentrysOwnRoles_never() {
        assertThat(WATCHED.findings(stopLogging(EventBuilder.user("dana")).identity("type", "AWSService")
                .identity("arn", null).identity("invokedBy", "controltower.amazonaws.com"))).isEmpty();
        EventBuilder alias = EventBuilder.role("trailsentry-deployment-us-east-1", "codedeploy")
                .write("lambda", "UpdateAlias20150331").parameter("functionName", "trailsentry-detector");
        assertThat(WATCHED.findings(alias)).isEmpty();
        assertThat(WATCHED.findings(alias.with("recipientAccountId", Watched.OUTSIDE)))
                .as("a role of such a name, of somebody else's account").hasSize(1);
        assertThat(WATCHED.findings(EventBuilder.user("trailsentry-friend").write("lambda", "UpdateAlias20150331")
                .parameter("functionName", "trailsentry-detector"))).as("a user").hasSize(1);
    }

    @Test
    void cloudFormation_thatUpdatesTheStackForAPerson_isLow_andSaysSo() {
        assertThat(WATCHED.findings(admin("lambda", "UpdateFunctionCode20150331v2")
                .parameter("functionName", "trailsentry-detector").through("cloudformation.amazonaws.com")))
                .singleElement().satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.LOW);
                    assertThat(finding.leading().reason())
                            .endsWith("CloudFormation did it while its stack was changed, as at an upgrade");
                });
    }

    @Test
    void cloudFormation_thatStopsATrailForAPerson_isNoExcuse_butForTrailSentrysOwn() {
        EventBuilder event = admin("cloudtrail", "DeleteTrail").through("cloudformation.amazonaws.com");
        assertThat(WATCHED.findings(event.parameter("name", "main"))).singleElement().returns(Severity.CRITICAL,
                Finding::severity);
        assertThat(WATCHED.findings(event.parameter("name", "trailsentry-trail"))).singleElement()
                .returns(Severity.LOW, Finding::severity);
    }

    @Test
    void stackUpdate_byAPerson_isMedium_andSaysWhatItMayBe() {
        assertThat(WATCHED.findings(admin("cloudformation", "ExecuteChangeSet").parameter("stackName", "trailsentry")))
                .singleElement().satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.MEDIUM);
                    assertThat(finding.leading().reason())
                            .endsWith("an upgrade does this, and so does a change of parameters");
                });
    }

    @Test
    void anAgent_isToldOfOnce_asBefore() {
        assertThat(WATCHED.findings(stopLogging(EventBuilder.agent()))).singleElement().satisfies(finding -> {
            assertThat(finding.agent()).isEqualTo("coder");
            assertThat(finding.isAboutNoAgent()).isFalse();
        });
        assertThat(WATCHED.findings(stopLogging(EventBuilder.user("dana").mcp())))
                .as("behind an MCP server: an agent that is not listed")
                .singleElement().returns(false, Finding::isAboutNoAgent);
    }

    @Test
    void patternsInsteadOfARoster_watchNobodyElse() {
        assertThat(Watched.patterns("mcp-agent-role").findings(stopLogging(EventBuilder.user("dana")))).isEmpty();
    }

    @Test
    void modeAndExceptions_hold() {
        EventBuilder event = stopLogging(EventBuilder.user("dana"));
        assertThat(Watched.with(Watched.coder(false), Map.of("audit-tampering", Mode.OFF), Exceptions.NONE)
                .findings(event)).isEmpty();
        assertThat(Watched.with(Watched.coder(false), Map.of("audit-tampering", Mode.DRY_RUN), Exceptions.NONE)
                .findings(event)).singleElement().returns(Severity.INFORMATIONAL, Finding::liveSeverity);
        assertThat(Watched.with(Watched.coder(false), Map.of(), new Exceptions(List.of(new Exceptions.Entry(
                "audit-tampering", "dana", "cloudtrail:StopLogging", null, LocalDate.parse("2026-12-01"), "moved"))))
                .findings(event)).isEmpty();
    }
}
