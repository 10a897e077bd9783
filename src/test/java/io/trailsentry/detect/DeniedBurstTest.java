package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.finding.Finding;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `denied-burst`: what is knocking, what is sweeping, and what is only work.
class DeniedBurstTest {
    private static final Instant START = Instant.parse("2026-11-17T09:05:00Z");
    /// Reads that no catalogue lists, so that nothing but their number can be told.
    private static final List<String> READS = List.of("DescribeInstances", "DescribeVpcs", "DescribeSubnets",
            "DescribeImages", "DescribeVolumes", "DescribeAddresses", "DescribeHosts", "DescribeRegions",
            "DescribeKeyPairs", "DescribeSnapshots", "DescribeTags", "DescribeFleets", "DescribeNatGateways",
            "DescribeRouteTables", "DescribeFlowLogs", "DescribeVpcPeeringConnections");
    private static final List<String> IAM_READS = List.of("ListRoles", "ListUsers", "ListGroups", "ListPolicies",
            "GetAccountSummary", "GetAccountAuthorizationDetails", "ListInstanceProfiles", "ListSAMLProviders");
    private static final List<String> REGIONS = List.of("us-east-1", "us-west-2", "eu-west-1", "eu-central-1",
            "ap-south-1");

    private static EventBuilder refused(String action) {
        return EventBuilder.agent().call("ec2", action).error("Client.UnauthorizedOperation",
                "You are not authorized to perform this operation.");
    }

    /// Events at even distances.
    private static List<EventBuilder> every(int seconds, int count, IntFunction<EventBuilder> event) {
        return IntStream.range(0, count)
                .mapToObj(i -> event.apply(i).at(START.plusSeconds((long) i * seconds).toString(), "e" + i)).toList();
    }

    private static List<Finding> bursts(List<EventBuilder> events) {
        return Watched.agent().findings(events).stream()
                .filter(finding -> finding.leading().detector().equals("denied-burst")).toList();
    }

    @Test
    void fourRefusedActions_within10Minutes_areABurst() {
        assertThat(bursts(every(190, 4, i -> refused(READS.get(i))))).singleElement().satisfies(finding -> {
            assertThat(finding.score()).isEqualTo(50);
            assertThat(finding.leading().outcome()).isEqualTo(Outcome.DENIED);
            assertThat(finding.leading().headline()).isEqualTo("was refused 4 different actions");
            assertThat(finding.leading().reason()).contains("within 10 min", "ec2:DescribeInstances", "4 are a burst");
            assertThat(finding.session()).isNull();
            assertThat(finding.leading().action()).isNull();
            assertThat(finding.leading().target()).isNull();
            assertThat(finding.count()).isEqualTo(4);
            assertThat(finding.firstSeen()).isEqualTo(START);
            assertThat(finding.lastSeen()).isEqualTo(START.plusSeconds(570));
        });
    }

    @Test
    void threeRefusedActions_howeverOften_areNot() {
        assertThat(bursts(every(5, 30, i -> refused(READS.get(i % 3))))).isEmpty();
    }

    @Test
    void fourRefusedActions_overMoreThan10Minutes_areNot() {
        assertThat(bursts(every(201, 4, i -> refused(READS.get(i))))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"4, 50", "7, 50", "8, 60", "15, 60", "16, 70"})
    void moreRefusedActions_areWorse(int actions, int score) {
        assertThat(bursts(every(1, actions, i -> refused(READS.get(i))))).singleElement().returns(score,
                Finding::score);
    }

    @Test
    void refusalsOfSeveralSessions_countTogether() {
        assertThat(bursts(every(10, 4,
                i -> EventBuilder.role("mcp-agent-role", "s" + i).call("ec2", READS.get(i)).error("AccessDenied", ""))))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NoSuchBucket", "ResourceNotFoundException", "InvalidInstanceID.NotFound", "NoSuchEntity",
            "ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException",
            "ValidationException", "Client.DryRunOperation", "InvalidParameterValue", "LimitExceededException"})
    void otherErrors_areNoRefusals(String code) {
        assertThat(bursts(every(10, 8, i -> EventBuilder.agent().call("ec2", READS.get(i)).error(code, "no"))))
                .isEmpty();
    }

    @Test
    void whatAServiceTriesForTheAgent_doesNotCount() {
        assertThat(bursts(every(10, 8, i -> refused(READS.get(i)).through("cloudformation.amazonaws.com")))).isEmpty();
        assertThat(bursts(every(10, 8, i -> EventBuilder.role("mcp-agent-role", "s").through("config.amazonaws.com")
                .call("iam", IAM_READS.get(i))))).isEmpty();
    }

    @Test
    void theSameListedAction_refused10Times_isABurst() {
        assertThat(bursts(every(50, 10, i -> EventBuilder.agent().write("iam", "CreateUser").denied("iam:CreateUser",
                "user u" + i)))).singleElement().satisfies(finding -> {
                    assertThat(finding.score()).isEqualTo(50);
                    assertThat(finding.leading().headline()).isEqualTo("was refused iam:CreateUser 10 times");
                    assertThat(finding.count()).isEqualTo(10);
                });
    }

    @Test
    void theSameListedAction_refused9Times_isNot() {
        assertThat(bursts(every(50, 9, i -> EventBuilder.agent().write("iam", "CreateUser").denied("iam:CreateUser",
                "user u" + i)))).isEmpty();
    }

    @Test
    void theSameUnlistedAction_refusedHoweverOften_isNot() {
        assertThat(bursts(every(5, 60, i -> refused("DescribeInstances")))).isEmpty();
    }

    @Test
    void eightIamReads_within60Seconds_areASweep() {
        assertThat(bursts(every(8, 8, i -> EventBuilder.agent().call("iam", IAM_READS.get(i))))).singleElement()
                .satisfies(finding -> {
                    assertThat(finding.score()).isEqualTo(30);
                    assertThat(finding.leading().outcome()).isEqualTo(Outcome.SUCCEEDED);
                    assertThat(finding.leading().headline()).isEqualTo("looked through IAM");
                });
    }

    @Test
    void sevenIamReads_orEightOver2Minutes_orOneRepeated_areNoSweep() {
        assertThat(bursts(every(8, 7, i -> EventBuilder.agent().call("iam", IAM_READS.get(i))))).isEmpty();
        assertThat(bursts(every(16, 8, i -> EventBuilder.agent().call("iam", IAM_READS.get(i))))).isEmpty();
        assertThat(bursts(every(1, 40, i -> EventBuilder.agent().call("iam", "GetRole")))).isEmpty();
    }

    @Test
    void eightIamWrites_areNoSweep() {
        assertThat(bursts(every(1, 8, i -> EventBuilder.agent().write("iam", "Tag" + IAM_READS.get(i))))).isEmpty();
    }

    @Test
    void fiveRegions_within60Seconds_areASweep() {
        assertThat(bursts(every(12, 5, i -> EventBuilder.agent().call("ec2", "DescribeInstances").in(REGIONS.get(i)))))
                .singleElement().satisfies(finding -> {
                    assertThat(finding.score()).isEqualTo(30);
                    assertThat(finding.leading().headline()).isEqualTo("went through 5 Regions");
                });
    }

    @Test
    void fourRegions_orFiveOver2Minutes_areNoSweep() {
        assertThat(bursts(every(12, 4, i -> EventBuilder.agent().call("ec2", "DescribeInstances").in(REGIONS.get(i)))))
                .isEmpty();
        assertThat(bursts(every(25, 5, i -> EventBuilder.agent().call("ec2", "DescribeInstances").in(REGIONS.get(i)))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"iam", "organizations", "route53", "cloudfront", "sts"})
    void globalServices_inWhateverRegion_areNoSweep(String service) {
        assertThat(bursts(every(1, 5, i -> EventBuilder.agent().call(service, "GetThing").in(REGIONS.get(i)))))
                .isEmpty();
    }

    @Test
    void toolCalls_countAsNothing() {
        List<EventBuilder> events = new ArrayList<>(every(1, 5, i -> EventBuilder.agent()
                .write("aws-mcp", "CallReadWriteTool" + i).with("eventType", "AwsMcpEvent").in(REGIONS.get(i))
                .error("AccessDenied", "")));
        assertThat(Watched.agent().findings(events)).isEmpty();
    }
}
