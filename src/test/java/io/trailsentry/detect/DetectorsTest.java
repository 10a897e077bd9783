package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.agent.Roster.Entry;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.testing.EventBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetectorsTest {
    private static final String POLICY = "arn:aws:iam::111122223333:policy/mcp-agent-policy";
    private static final Agent CODER = new Agent("coder", true, "dev", Set.of("eu-central-1", "us-east-1"), null, false,
            null, Set.of(POLICY));
    private static final Roster ROSTER = new Roster(
            List.of(new Entry(CODER,
                    List.of(PrincipalPattern.of(EventBuilder.ROLE_ARN),
                            PrincipalPattern.of("arn:aws:iam::111122223333:user/agent-user")))),
            true, Map.of());
    private static final Detectors DETECTORS = Detectors.of(Catalogue.load(), Map.of(), Map.of());

    private static List<Signal> signals(String detector, EventBuilder event) {
        Call call = Objects.requireNonNull(ROSTER.recognise(event.event()), "nobody watched made the call");
        return DETECTORS.ofCalls().stream().filter(d -> d.id().equals(detector))
                .flatMap(d -> d.examine(call).stream()).toList();
    }

    private static @Nullable Signal signal(String detector, EventBuilder event) {
        List<Signal> signals = signals(detector, event);
        assertThat(signals).hasSizeLessThanOrEqualTo(1);
        return signals.isEmpty() ? null : signals.getFirst();
    }

    @Nested
    class SelfModification {
        private @Nullable Signal self(EventBuilder event) {
            return signal("iam-self-modification", event);
        }

        @Test
        void attachRolePolicy_administratorToItself_isCritical() {
            Signal signal = self(EventBuilder.agent().write("iam", "AttachRolePolicy")
                    .parameters(Map.of("roleName", "mcp-agent-role", "policyArn",
                            "arn:aws:iam::aws:policy/AdministratorAccess")));
            assertThat(signal).isNotNull();
            assertThat(signal.score()).isEqualTo(97);
            assertThat(signal.outcome()).isEqualTo(Outcome.SUCCEEDED);
            assertThat(signal.target()).isEqualTo("mcp-agent-role");
            assertThat(signal.headline()).isEqualTo("attached an administrator policy to itself");
        }

        @ParameterizedTest
        @CsvSource({"mcp-agent-role, true", "MCP-Agent-Role, true", "mcp-agent-role-2, false",
                "x-mcp-agent-role, false", "agent-role, false", "team/mcp-agent-role, true"})
        void putRolePolicy_byName_comparesWithoutCaseAndPath(String name, boolean itself) {
            assertThat(self(EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", name)) != null)
                    .isEqualTo(itself);
        }

        @Test
        void putRolePolicy_sameNameInAnotherAccount_isNotItself() {
            assertThat(self(EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role")
                    .with("recipientAccountId", "999988887777"))).isNull();
        }

        @ParameterizedTest
        @ValueSource(strings = {"role mcp-agent-role", "arn:aws:iam::111122223333:role/mcp-agent-role",
                "arn:aws:iam::111122223333:role/team/mcp-agent-role", "role team/mcp-agent-role"})
        void putRolePolicy_denied_isRecognisedByTheMessage(String resource) {
            Signal signal = self(EventBuilder.agent().write("iam", "PutRolePolicy").denied("iam:PutRolePolicy",
                    resource));
            assertThat(signal).isNotNull();
            assertThat(signal.score()).isEqualTo(54);
            assertThat(signal.outcome()).isEqualTo(Outcome.DENIED);
            assertThat(signal.headline()).startsWith("was blocked when it tried to ");
        }

        @ParameterizedTest
        @ValueSource(strings = {"role mcp-agent-role-2", "arn:aws:iam::999988887777:role/mcp-agent-role", "*"})
        void putRolePolicy_deniedOnAnother_isNotItself(String resource) {
            assertThat(self(EventBuilder.agent().write("iam", "PutRolePolicy").denied("iam:PutRolePolicy", resource)))
                    .isNull();
        }

        @ParameterizedTest
        @CsvSource({"true, 90", "false, 60"})
        void createPolicyVersion_ofAnAttachedPolicy_dependsOnTheDefault(boolean setAsDefault, int score) {
            Signal signal = self(EventBuilder.agent().write("iam", "CreatePolicyVersion")
                    .parameters(Map.of("policyArn", POLICY, "setAsDefault", setAsDefault)));
            assertThat(signal).isNotNull();
            assertThat(signal.score()).isEqualTo(score);
        }

        @Test
        void createPolicyVersion_deniedOnAnAttachedPolicy_isRecognised() {
            assertThat(self(EventBuilder.agent().write("iam", "CreatePolicyVersion")
                    .denied("iam:CreatePolicyVersion", "policy " + POLICY))).isNotNull();
            assertThat(self(EventBuilder.agent().write("iam", "CreatePolicyVersion")
                    .denied("iam:CreatePolicyVersion", "policy mcp-agent-policy"))).isNotNull();
            assertThat(self(EventBuilder.agent().write("iam", "CreatePolicyVersion")
                    .denied("iam:CreatePolicyVersion", "policy another"))).isNull();
        }

        @Test
        void createFunction_withItsOwnRole_passesItself() {
            Signal signal = self(EventBuilder.agent().write("lambda", "CreateFunction20150331")
                    .parameters(Map.of("functionName", "f", "role", EventBuilder.ROLE_ARN)));
            assertThat(signal).isNotNull();
            assertThat(signal.action()).isEqualTo("lambda:CreateFunction");
            assertThat(signal.score()).isEqualTo(55);
        }

        @Test
        void runInstances_withAnInstanceProfileOfItsName_passesItself() {
            assertThat(self(EventBuilder.agent().write("ec2", "RunInstances").parameter("iamInstanceProfile",
                    Map.of("arn", "arn:aws:iam::111122223333:instance-profile/mcp-agent-role")))).isNotNull();
            assertThat(self(EventBuilder.agent().write("ec2", "RunInstances").parameter("iamInstanceProfile",
                    Map.of("name", "mcp-agent-role")))).isNotNull();
        }

        @Test
        void createFunction_withAnotherRole_passesNothingOfItsOwn() {
            assertThat(self(EventBuilder.agent().write("lambda", "CreateFunction20150331").parameters(
                    Map.of("functionName", "mcp-agent-role", "role", EventBuilder.ROLE_ARN + "-2")))).isNull();
        }

        @Test
        void updateAssumeRolePolicy_ofAnotherRoleThatNamesItself_isFoundInTheDocument() {
            String trust = """
                    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},
                    "Action":"sts:AssumeRole"}]}""";
            assertThat(self(EventBuilder.agent().write("iam", "UpdateAssumeRolePolicy").parameters(
                    Map.of("roleName", "admin", "policyDocument", trust.formatted(EventBuilder.ROLE_ARN)))))
                    .isNotNull();
            assertThat(self(EventBuilder.agent().write("iam", "UpdateAssumeRolePolicy").parameters(
                    Map.of("roleName", "admin", "policyDocument", trust.formatted(EventBuilder.ROLE_ARN + "-2")))))
                    .isNull();
        }

        @Test
        void createAccessKey_byAUserForItself_needsNoName() {
            Signal signal = self(EventBuilder.user("agent-user").write("iam", "CreateAccessKey"));
            assertThat(signal).isNotNull();
            assertThat(signal.score()).isEqualTo(85);
            assertThat(self(EventBuilder.user("agent-user").write("iam", "CreateAccessKey").parameter("userName",
                    "dana"))).isNull();
        }

        @Test
        void getRole_ofItself_isOrdinary() {
            assertThat(self(EventBuilder.agent().call("iam", "GetRole").parameter("roleName", "mcp-agent-role")))
                    .isNull();
        }

        @Test
        void attachRolePolicy_limitExceeded_failedButWasTried() {
            Signal signal = self(EventBuilder.agent().write("iam", "AttachRolePolicy")
                    .parameter("roleName", "mcp-agent-role").error("LimitExceededException", "Cannot exceed quota"));
            assertThat(signal).isNotNull();
            assertThat(signal.outcome()).isEqualTo(Outcome.FAILED);
            assertThat(signal.score()).isEqualTo(36);
        }
    }

    @Nested
    class Region {
        private @Nullable Signal region(EventBuilder event) {
            return signal("unusual-region", event);
        }

        @Test
        void call_outsideTheList_isStrongerTheMoreItDoes() {
            assertThat(region(EventBuilder.agent().call("ec2", "DescribeInstances").in("ap-southeast-3")))
                    .returns(40, s -> Objects.requireNonNull(s).score());
            assertThat(region(EventBuilder.agent().write("ec2", "CreateVpc").in("ap-southeast-3")))
                    .returns(60, s -> Objects.requireNonNull(s).score());
            assertThat(region(EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3")))
                    .returns(80, s -> Objects.requireNonNull(s).score());
        }

        @Test
        void enableRegion_thatIsNotExpected_isAsStrongAsALaunch() {
            Signal signal = region(EventBuilder.agent().write("account", "EnableRegion").parameter("regionName",
                    "me-south-1"));
            assertThat(signal).isNotNull();
            assertThat(signal.score()).isEqualTo(80);
            assertThat(signal.target()).isEqualTo("me-south-1");
        }

        @ParameterizedTest
        @ValueSource(strings = {"iam", "organizations", "cloudfront", "route53", "signin"})
        void globalService_inUsEast1_saysNothingOfTheAgent(String service) {
            Agent european = new Agent("european", true, null, Set.of("eu-central-1"), null, false, null, Set.of());
            Roster roster = new Roster(
                    List.of(new Entry(european, List.of(PrincipalPattern.of("mcp-agent-role")))), false, Map.of());
            Call call = Objects.requireNonNull(
                    roster.recognise(EventBuilder.agent().call(service, "ListThings").in("us-east-1").event()));
            assertThat(new UnusualRegion(Catalogue.load()).examine(call)).isEmpty();
        }

        @Test
        void toolCall_inTheEndpointsRegion_saysNothingOfTheAgent() {
            assertThat(region(EventBuilder.agent().write("aws-mcp", "CallReadWriteTool").with("eventType",
                    "AwsMcpEvent").in("eu-west-3"))).isNull();
        }

        @Test
        void call_whenRegionsAreLearned_holdsOnlyIfTheRegionIsNew() {
            assertThat(region(EventBuilder.role("Developer", "dana").mcp().call("ec2", "DescribeInstances")
                    .in("ap-southeast-3"))).extracting(Signal::premise)
                    .isEqualTo(new Premise(new Trait("region", "ap-southeast-3"), 90, true));
        }
    }

    @Nested
    class Unlisted {
        private @Nullable Signal unlisted(EventBuilder event) {
            return signal("unlisted-agent", event);
        }

        @Test
        void personalCredentials_throughMcp_areLowForReadsAndMediumForWrites() {
            assertThat(unlisted(EventBuilder.user("dana").mcp()))
                    .returns(30, s -> Objects.requireNonNull(s).score());
            assertThat(unlisted(EventBuilder.user("dana").mcp().write("s3", "CreateBucket")))
                    .returns(50, s -> Objects.requireNonNull(s).score());
        }

        @Test
        void rootAndAdministrators_throughMcp_areHigh() {
            assertThat(unlisted(EventBuilder.root().mcp())).returns(75, s -> Objects.requireNonNull(s).score());
            assertThat(unlisted(EventBuilder.role("AWSReservedSSO_AdministratorAccess_0123456789abcdef", "dana").mcp()))
                    .returns(75, s -> Objects.requireNonNull(s).score());
        }

        @Test
        void deniedRead_stillTellsOfTheSighting() {
            assertThat(unlisted(EventBuilder.user("dana").mcp().call("s3", "ListBuckets").denied("s3:ListAllMyBuckets",
                    "*"))).returns(20, s -> Objects.requireNonNull(s).score());
        }

        @Test
        void rosterAgent_throughMcp_isExpected() {
            assertThat(unlisted(EventBuilder.agent())).isNull();
        }

        @Test
        void person_withoutMcp_isNotWatched() {
            assertThat(ROSTER.recognise(EventBuilder.user("dana").event())).isNull();
        }
    }

    @Test
    void packageRepository_openedToEverybody_exposesWhatBuildsInstall() {
        String open = "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"codeartifact:*\"}]}";
        assertThat(signal("data-exposure", EventBuilder.agent().write("codeartifact", "PutRepositoryPermissionsPolicy")
                .parameters(Map.of("repository", "internal", "policyDocument", open))))
                .returns(70, s -> Objects.requireNonNull(s).score());
        assertThat(signal("data-exposure", EventBuilder.agent().write("codeartifact", "PutRepositoryPermissionsPolicy")
                .parameters(Map.of("repository", "internal", "policyDocument", open.replace("\"*\"",
                        "\"" + EventBuilder.ROLE_ARN + "\"")))))
                .isNull();
    }

    @Test
    void catalogue_everyRule_isWellFormed() {
        Catalogue catalogue = Catalogue.load();
        assertThat(catalogue.entries()).isNotEmpty().allSatisfy(entry -> {
            assertThat(entry.source()).startsWith("https://docs.aws.amazon.com/");
            assertThat(entry.rules()).isNotEmpty().allSatisfy(rule -> {
                assertThat(Detectors.IDS).contains(rule.detector());
                assertThat(rule.score()).isBetween(5, 100);
                assertThat(rule.attack()).allSatisfy(id -> assertThat(catalogue.attackName(id)).isNotEqualTo(id));
            });
        });
    }
}
