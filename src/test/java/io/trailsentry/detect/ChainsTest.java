package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Several steps make one story.
class ChainsTest {
    private static final Watched AGENT = Watched.agent();
    private static final Instant START = Instant.parse("2026-11-17T09:01:00Z");

    private static EventBuilder at(int seconds, EventBuilder event) {
        return event.at(START.plusSeconds(seconds).toString(), "e" + seconds);
    }

    private static EventBuilder secret() {
        return EventBuilder.agent().call("secretsmanager", "GetSecretValue").parameter("secretId", "prod/db");
    }

    private static EventBuilder key() {
        return EventBuilder.agent().write("iam", "CreateAccessKey").parameter("userName", "dana");
    }

    @ParameterizedTest
    @CsvSource({"AttachRolePolicy, roleName, mcp-agent-role, role mcp-agent-role",
            "PutUserPolicy, userName, dana, user dana", "AddRoleToInstanceProfile, roleName, mcp-agent-role, "
                    + "role mcp-agent-role"})
    void refusedThenDone_isOneStep_thatTellsWhatWasDone(String action, String field, String name, String resource) {
        assertThat(AGENT.findings(at(0, EventBuilder.agent().write("iam", action).denied("iam:" + action, resource)),
                at(30, EventBuilder.agent().write("iam", action).parameter(field, name)))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.signals()).singleElement().returns(Outcome.SUCCEEDED, Signal::outcome)
                            .returns(name, Signal::target);
                    assertThat(finding.count()).isEqualTo(2);
                    assertThat(finding.eventIds()).containsExactly("e30", "e0");
                    assertThat(finding.firstSeen()).isEqualTo(START);
                });
    }

    @Test
    void refusedThenDone_onAPolicyByArn_isOneStep() {
        assertThat(AGENT.findings(
                at(0, EventBuilder.agent().write("iam", "CreatePolicyVersion").denied("iam:CreatePolicyVersion",
                        "policy " + Watched.POLICY)),
                at(30, EventBuilder.agent().write("iam", "CreatePolicyVersion").parameters(
                        Map.of("policyArn", Watched.POLICY, "setAsDefault", true)))))
                .singleElement().satisfies(finding -> assertThat(finding.signals()).hasSize(1));
    }

    @Test
    void secretReadThenKeyCreated_isOneStory_thatCompounds() {
        List<Finding> findings = AGENT.findings(at(0, secret()), at(60, key()));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.detectors()).containsExactly("privilege-escalation", "credential-access");
            // 1 - (1 - 0.75)(1 - 0.25)
            assertThat(finding.score()).isEqualTo(81);
            assertThat(finding.severity()).isEqualTo(Severity.HIGH);
            assertThat(finding.title()).startsWith("coder created an access key").endsWith(", and 1 more step");
            assertThat(finding.signals()).hasSize(2);
        });
    }

    @Test
    void secretRead_inTheQuarterHourBefore_compounds_withoutBeingToldAgain() {
        List<Finding> findings = AGENT.findings(at(0, secret()), at(900, key()));
        assertThat(findings).hasSize(2);
        assertThat(findings.getFirst()).returns(25, Finding::score);
        assertThat(findings.getLast()).returns(81, Finding::score)
                .satisfies(finding -> assertThat(finding.signals()).hasSize(1));
        assertThat(AGENT.findings(at(0, secret()), at(1_800, key())).getLast()).returns(75, Finding::score);
    }

    @Test
    void stepsOfOtherSessions_areOtherStories() {
        assertThat(AGENT.findings(at(0, secret()),
                at(60, EventBuilder.role("mcp-agent-role", "coder-2").mcp().write("iam", "CreateAccessKey")
                        .parameter("userName", "dana"))))
                .extracting(Finding::score).containsExactly(25, 75);
    }

    @Test
    void manySteps_raiseSeverityByOneStep_andNeverIntoCritical() {
        List<EventBuilder> events = new ArrayList<>(List.of(at(0, secret()), at(10, key()),
                at(20, EventBuilder.agent().write("kms", "ScheduleKeyDeletion").parameter("keyId", "k")),
                at(30, EventBuilder.agent().write("guardduty", "DeleteDetector").parameter("detectorId", "d")),
                at(40, EventBuilder.agent().write("ssm", "SendCommand").parameter("instanceIds", List.of("i-1"))),
                at(50, EventBuilder.agent().write("iam", "TagRole").parameter("roleName", "mcp-agent-role"))));
        int strongest = events.stream().flatMap(event -> AGENT.signals(event).stream()).mapToInt(Signal::score).max()
                .orElseThrow();
        assertThat(strongest).isBetween(70, 89);
        assertThat(AGENT.findings(events)).singleElement().satisfies(finding -> {
            assertThat(finding.score()).isEqualTo(89);
            assertThat(finding.severity()).isEqualTo(Severity.HIGH);
            assertThat(finding.signals()).hasSizeGreaterThanOrEqualTo(6);
        });
    }

    @Test
    void oneCallOfTwoDetectors_isTwoSteps() {
        // Deleting the bucket of the audit's records destroys, and blinds.
        assertThat(AGENT.findings(at(0, EventBuilder.agent().write("s3", "DeleteBucket").parameter("bucketName",
                "company-cloudtrail-logs")))).singleElement().satisfies(finding -> {
                    assertThat(finding.detectors()).containsExactly("audit-tampering", "destructive-action");
                    assertThat(finding.count()).isEqualTo(1);
                });
    }

    @Test
    void refusalsBesideAStory_areAStoryOfTheirOwn() {
        List<EventBuilder> events = new ArrayList<>();
        for (String action : List.of("CreateUser", "CreateAccessKey", "AttachUserPolicy", "CreateLoginProfile")) {
            events.add(at(events.size(), EventBuilder.agent().write("iam", action).denied("iam:" + action,
                    "user dana")));
        }
        List<Finding> findings = AGENT.findings(events);
        assertThat(findings).hasSize(2);
        assertThat(findings).filteredOn(finding -> finding.session() == null).singleElement()
                .returns(List.of("denied-burst"), Finding::detectors);
        assertThat(findings).filteredOn(finding -> Objects.nonNull(finding.session())).singleElement()
                .satisfies(finding -> assertThat(finding.signals()).hasSize(4));
    }
}
