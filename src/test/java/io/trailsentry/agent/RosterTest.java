package io.trailsentry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.agent.Roster.Entry;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RosterTest {
    private static final CloudTrailEvent MCP = Sample.event(Sample.record("id-1"));

    @Test
    void recognise_callOfTheRole_carriesEverything() {
        Call call = recognise(roster(true, Map.of(), entry("coder", "mcp-agent-role")), MCP);
        assertThat(call.agent().name()).isEqualTo("coder");
        assertThat(call.principal().arn()).isEqualTo(Calls.ROLE);
        assertThat(call.session()).isEqualTo("AROAEXAMPLE0000000001:run-17");
        assertThat(call.channel()).isEqualTo(Channel.MCP);
        assertThat(call.client()).isNull();
        assertThat(call.human()).isNull();
        assertThat(call.action()).isEqualTo("ec2:RunInstances");
        assertThat(call.event()).isSameAs(MCP);
        assertThat(call.isRead()).isFalse();
    }

    @Test
    void recognise_severalEntriesMatch_theFirstCounts() {
        Entry glob = entry("glob", "mcp-*");
        Entry name = entry("name", "MCP-AGENT-ROLE");
        Entry arn = entry("arn", Calls.ROLE);
        Entry other = entry("other", "somebody-else", "mcp-agent-rol?");
        assertThat(agent(glob, name, arn)).isEqualTo("glob");
        assertThat(agent(name, glob, arn)).isEqualTo("name");
        assertThat(agent(arn, name, glob)).isEqualTo("arn");
        assertThat(agent(other, arn)).isEqualTo("other");
        assertThat(agent(entry("elsewhere", "arn:aws:iam::999900001111:role/mcp-agent-role"), arn)).isEqualTo("arn");
    }

    private static String agent(Entry... entries) {
        return recognise(roster(true, Map.of(), entries), MCP).agent().name();
    }

    @Test
    void recognise_entryWithoutAgent_makesEachPrincipalOne() {
        Roster roster = roster(false, Map.of(), new Entry(null, List.of(PrincipalPattern.of("*"))));
        assertThat(recognise(roster, MCP).agent()).isEqualTo(Agent.learned("mcp-agent-role"));
        CloudTrailEvent user = Calls.event("{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/bot\"}");
        assertThat(recognise(roster, user).agent()).isEqualTo(Agent.learned("bot"));
        assertThat(roster.recognise(Calls.event("{\"type\":\"Root\"}"))).isNull();
        assertThat(roster.recognise(Calls.event("{\"type\":\"AWSService\",\"invokedBy\":\"s3.amazonaws.com\"}")))
                .isNull();
        assertThat(roster.recognise(Calls.event("null"))).isNull();
    }

    @Test
    void recognise_strangerThroughMcp_isUnlistedWhereThatIsWatched() {
        assertThat(recognise(roster(true, Map.of()), MCP).agent()).isEqualTo(Agent.unlisted("mcp-agent-role"));
        assertThat(roster(false, Map.of()).recognise(MCP)).isNull();
        assertThat(roster(true, Map.of()).recognise(Calls.event(Calls.direct("Boto3/1.40")))).isNull();
        ObjectNode root = Sample.node("id-1").put("sourceIPAddress", "aws-mcp.amazonaws.com");
        root.putObject("userIdentity").put("type", "Root").put("invokedBy", "aws-mcp.amazonaws.com");
        assertThat(recognise(roster(true, Map.of()), Calls.event(root)).agent()).isEqualTo(Agent.unlisted("root"));
        ObjectNode service = Sample.node("id-1");
        service.putObject("userIdentity").put("type", "AWSService").put("invokedBy", "aws-mcp.amazonaws.com");
        assertThat(roster(true, Map.of()).recognise(Calls.event(service))).isNull();
    }

    @Test
    void recognise_listedRoleOutsideMcp_isStillItself() {
        Roster roster = roster(true, Map.of(), entry("coder", "mcp-agent-role"));
        Call call = recognise(roster, Calls.event(Calls.direct("aws-cli/2.37.3 m/AN,s md/command#x")));
        assertThat(call.agent().name()).isEqualTo("coder");
        assertThat(call.channel()).isEqualTo(Channel.CLI);
        assertThat(call.client()).isEqualTo("Claude Code with aws-cli/2.37.3");
    }

    @Test
    void recognise_federationTokenOfAListedUser_isTheUser() {
        Roster roster = roster(false, Map.of(), entry("bot", "arn:aws:iam::111122223333:user/bot"));
        Call call = recognise(roster, Calls.event("""
                {"type":"FederatedUser","principalId":"111122223333:tmp","accountId":"111122223333",
                 "arn":"arn:aws:sts::111122223333:federated-user/tmp","sessionContext":{"sessionIssuer":{
                 "type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bot","userName":"bot"}}}"""));
        assertThat(call.agent().name()).isEqualTo("bot");
        assertThat(call.session()).isEqualTo("111122223333:tmp");
    }

    @Test
    void recognise_callerWithoutId_hasItsArnForASession() {
        Call call = recognise(roster(false, Map.of(), entry("bot", "bot")),
                Calls.event("{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/bot\"}"));
        assertThat(call.session()).isEqualTo("arn:aws:iam::111122223333:user/bot");
    }

    @Test
    void human_idsThatTheRosterKnows_areNamed() {
        String identity = """
                {"type":"AssumedRole","principalId":"AROAX:dana@example.com","arn":
                 "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/dana@example.com",
                 "sessionContext":{"sourceIdentity":"src-1"},"onBehalfOf":{"userId":"u-1"}}""";
        assertThat(human(identity, Map.of("u-1", "Dana", "src-1", "Sam"))).isEqualTo("Dana");
        assertThat(human(identity, Map.of("src-1", "Sam", "AROAX", "Alex"))).isEqualTo("Sam");
        assertThat(human(identity, Map.of("AROAX:dana@example.com", "Kim", "AROAX", "Alex"))).isEqualTo("Kim");
        assertThat(human(identity, Map.of("dana@example.com", "Jo", "AROAX", "Alex"))).isEqualTo("Jo");
        assertThat(human(identity, Map.of("AROAX", "Alex"))).isEqualTo("Alex");
        assertThat(human(identity, Map.of())).isEqualTo("u-1");
        assertThat(human(identity.replace("\"onBehalfOf\":{\"userId\":\"u-1\"}", "\"x\":1"), Map.of()))
                .isEqualTo("src-1");
    }

    @Test
    void human_identityCenterRole_isTheSessionsName() {
        String name = "AWSReservedSSO_Agent_0123456789abcdef";
        String identity = "{\"type\":\"AssumedRole\",\"principalId\":\"AROAX:dana\",\"onBehalfOf\":{\"userId\":\"u-1\"},"
                + "\"arn\":\"arn:aws:sts::111122223333:assumed-role/" + name + "/dana\"}";
        assertThat(human(identity, Map.of())).isEqualTo("dana");
        assertThat(human(identity, Map.of("u-1", "Dana"))).isEqualTo("Dana");
    }

    @Test
    void human_userThroughMcp_isAPersonUnlessListed() {
        ObjectNode record = Sample.node("id-1");
        record.putObject("userIdentity").put("type", "IAMUser").put("arn", "arn:aws:iam::111122223333:user/dana")
                .put("principalId", "AIDAX").put("invokedBy", "aws-mcp.amazonaws.com");
        CloudTrailEvent event = Calls.event(record);
        assertThat(recognise(roster(true, Map.of()), event).human()).isEqualTo("dana");
        assertThat(recognise(roster(true, Map.of("AIDAX", "Dana")), event).human()).isEqualTo("Dana");
        assertThat(recognise(roster(true, Map.of(), entry("bot", "dana")), event).human()).isNull();
    }

    @Test
    void isRead_whatTheRecordTellsElseTheName_counts() {
        Roster roster = roster(true, Map.of());
        for (String name : List.of("GetX", "ListX", "DescribeX", "HeadBucket", "LookupEvents", "SearchX")) {
            ObjectNode record = Sample.node("id-1").put("eventName", name);
            assertThat(recognise(roster, Calls.event(record)).isRead()).isFalse();
            record.remove("readOnly");
            assertThat(recognise(roster, Calls.event(record)).isRead()).isTrue();
        }
        ObjectNode toolCall = Sample.node("id-1").put("eventType", "AwsMcpEvent").put("eventName", "CallReadWriteTool");
        assertThat(recognise(roster, Calls.event(toolCall)).isRead()).isTrue();
        ObjectNode write = Sample.node("id-1");
        write.remove("readOnly");
        assertThat(recognise(roster, Calls.event(write)).isRead()).isFalse();
    }

    @Test
    void recognise_agentWithoutAName_goesByThePrincipals() {
        assertThat(recognise(roster(true, Map.of(), entry("", "*")), MCP).agent()).isEqualTo(
                Agent.learned("mcp-agent-role"));
    }

    @Test
    void victims_changeOfAListedRole_isACallOfItsOwn() {
        Roster roster = roster(true, Map.of(), entry("coder", "mcp-agent-role"), entry("bot", "bot"));
        CloudTrailEvent event = Calls.event("{\"type\":\"IAMUser\",\"principalId\":\"AIDAX\","
                + "\"arn\":\"arn:aws:iam::111122223333:user/dana\"}");
        for (String target : List.of("mcp-agent-role", "MCP-Agent-Role", "agents/mcp-agent-role", Calls.ROLE)) {
            List<Call> victims = roster.victims(event, target, false);
            assertThat(victims).as(target).allSatisfy(call -> {
                assertThat(call.agent().name()).isEqualTo("coder");
                assertThat(call.session()).isEqualTo("AIDAX");
                assertThat(call.event()).isSameAs(event);
            });
            assertThat(victims).as(target).anyMatch(call -> call.principal().is(Calls.ROLE));
        }
        assertThat(roster.victims(event, "somebody-else", false)).isEmpty();
        assertThat(roster.victims(event, null, false)).isEmpty();
        assertThat(roster(false, Map.of(), entry("coder", "mcp-agent-role")).victims(event, Calls.ROLE, false))
                .isEmpty();
    }

    @Test
    void victims_roleOfAnotherPartition_isFoundThere() {
        String role = "arn:aws-cn:iam::111122223333:role/mcp-agent-role";
        Roster roster = roster(true, Map.of(), entry("coder", role));
        CloudTrailEvent event = Calls.event("{\"type\":\"IAMUser\",\"principalId\":\"AIDAX\","
                + "\"arn\":\"arn:aws-cn:iam::111122223333:user/dana\"}");
        for (String target : List.of("mcp-agent-role", role)) {
            assertThat(roster.victims(event, target, false)).as(target).singleElement()
                    .satisfies(call -> assertThat(call.principal().arn()).isEqualTo(role));
        }
        assertThat(roster.victims(MCP, "mcp-agent-role", false)).isEmpty();
    }

    @Test
    void victims_changeOfAnAttachedPolicy_meansEveryAgentThatHasIt() {
        String policy = "arn:aws:iam::111122223333:policy/mcp-agent-policy";
        Agent agent = new Agent("coder", true, null, null, null, false, null, Set.of(policy));
        Roster roster = roster(true, Map.of(),
                new Entry(agent, List.of(PrincipalPattern.of(Calls.ROLE), PrincipalPattern.of("mcp-*"))),
                entry("bot", "bot"));
        assertThat(roster.victims(MCP, policy, true)).singleElement()
                .satisfies(call -> assertThat(call.principal().arn()).isEqualTo(Calls.ROLE));
        assertThat(roster.victims(MCP, policy + "2", true)).isEmpty();
    }

    @Test
    void victims_changeOfAPolicyThatWasFound_isOneCallForEachHolder() {
        String policy = "arn:aws:iam::111122223333:policy/p";
        Agent agent = new Agent("coder", true, null, null, null, false, null, Set.of(policy));
        Roster roster = new Roster(
                List.of(new Entry(agent, List.of(PrincipalPattern.of(Calls.ROLE))), entry("bot", "bot")),
                true, Map.of(),
                new AttachedPolicies(Map.of(Calls.ROLE, Set.of(policy), "arn:aws:iam::111122223333:user/bot",
                        Set.of(policy), "arn:aws:iam::111122223333:role/stranger", Set.of(policy),
                        "arn:aws:iam::111122223333:role/bot", Set.of(policy + "2"))));
        assertThat(roster.victims(MCP, policy, true)).extracting(call -> call.principal().arn())
                .containsExactly(Calls.ROLE, "arn:aws:iam::111122223333:user/bot");
    }

    @Test
    void victims_userWithoutAnArn_areThoseOfAws() {
        Roster roster = roster(true, Map.of(), entry("coder", Calls.ROLE));
        assertThat(roster.victims(Calls.event("{\"type\":\"IAMUser\",\"userName\":\"dana\"}"), "mcp-agent-role", false))
                .singleElement().satisfies(call -> {
                    assertThat(call.principal().arn()).isEqualTo("arn:aws:iam::111122223333:role/mcp-agent-role");
                    assertThat(call.session()).isEmpty();
                });
    }

    @Test
    void victims_nameOfARoleAndAUser_areBoth() {
        assertThat(roster(true, Map.of(), entry("coder", "mcp-agent-role")).victims(MCP, "mcp-agent-role", false))
                .extracting(call -> call.principal().arn()).containsExactly(
                        "arn:aws:iam::111122223333:role/mcp-agent-role",
                        "arn:aws:iam::111122223333:user/mcp-agent-role");
    }

    @Test
    void ofAnybody_isEverybodyButServicesAndTrailSentryItself() {
        CloudTrailEvent dana = Calls.event("{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/dana\"}");
        Roster roster = roster(true, Map.of(), entry("coder", "mcp-agent-role"));
        assertThat(roster.ofAnybody(dana)).isNotNull()
                .satisfies(call -> assertThat(call.agent()).isEqualTo(Agent.unlisted("dana")));
        assertThat(roster.ofAnybody(MCP)).isNotNull()
                .satisfies(call -> assertThat(call.agent().name()).isEqualTo("coder"));
        assertThat(roster.ofAnybody(Calls.event("{\"type\":\"AWSService\",\"invokedBy\":\"s3.amazonaws.com\"}")))
                .isNull();
        assertThat(roster.ofAnybody(Calls.event("null"))).isNull();
        assertThat(roster.ofAnybody(Calls.event(Calls.role("arn:aws:iam::111122223333:role/trailsentry-detector-x",
                "trailsentry-detector-x", Calls.ACCOUNT)))).isNull();
        assertThat(roster(false, Map.of()).ofAnybody(dana)).isNull();
    }

    @Test
    void recognise_withALendersCredentials_isTheLendersCall() {
        Principal role = new Principal(Principal.Kind.ROLE, Calls.ACCOUNT, Calls.ROLE, "mcp-agent-role");
        CloudTrailEvent event = Calls.event(Calls.direct("aws-cli/2"));
        Call call = roster(true, Map.of(), entry("coder", "mcp-agent-role")).recognise(event,
                new Lender(role, "AROAX:lent"));
        assertThat(call).returns("coder", found -> found.agent().name()).returns(role, Call::principal)
                .returns("AROAX:lent", Call::session).returns(Channel.CLI, Call::channel)
                .returns("ec2:RunInstances", Call::action);
        assertThat(roster(false, Map.of()).recognise(event, new Lender(role, "s")).agent())
                .isEqualTo(Agent.unlisted("mcp-agent-role"));
    }

    @Test
    void bystanders_areTheAgentsOfTheAccountThatIsMeant_inOrder() {
        CloudTrailEvent event = Calls.event("{\"type\":\"IAMUser\",\"principalId\":\"AIDAX\","
                + "\"arn\":\"arn:aws-cn:iam::111122223333:user/dana\"}");
        Roster roster = roster(true, Map.of(), entry("z", "bare"), entry("glob", "gl*"),
                entry("a", "arn:aws-cn:iam::999900001111:role/there"),
                entry("b", "arn:aws-cn:iam::111122223333:user/here"));
        assertThat(roster.bystanders(event, null)).extracting(call -> call.principal().arn()).containsExactly(
                "arn:aws-cn:iam::111122223333:role/bare", "arn:aws-cn:iam::999900001111:role/there",
                "arn:aws-cn:iam::111122223333:user/here");
        assertThat(roster.bystanders(event, "999900001111")).extracting(call -> call.principal().arn()).containsExactly(
                "arn:aws-cn:iam::999900001111:role/bare", "arn:aws-cn:iam::999900001111:role/there");
        assertThat(roster.bystanders(event, null)).allSatisfy(call -> {
            assertThat(call.session()).isEqualTo("AIDAX");
            assertThat(call.event()).isSameAs(event);
        });
        assertThat(roster(false, Map.of(), entry("z", "bare")).bystanders(event, null)).isEmpty();
        assertThat(roster.bystanders(Calls.event("{\"type\":\"IAMUser\",\"userName\":\"dana\"}"), null)).first()
                .satisfies(call -> assertThat(call.principal().arn()).isEqualTo("arn:aws:iam::111122223333:role/bare"));
    }

    @Test
    void openedKey_isOfASessionThatWasOpened() {
        EventBuilder assumed = EventBuilder.agent().call("sts", "AssumeRole").with("responseElements",
                Map.of("credentials", Map.of("accessKeyId", "ASIAOPENED")));
        Roster roster = roster(true, Map.of(), entry("coder", "mcp-agent-role"));
        assertThat(recognise(roster, assumed.event()).openedKey()).isEqualTo("ASIAOPENED");
        assertThat(recognise(roster, assumed.with("errorCode", "AccessDenied").event()).openedKey()).isNull();
        assertThat(
                recognise(roster, assumed.with("errorCode", null).call("sts", "GetSessionToken").event()).openedKey())
                .isNull();
    }

    private static @Nullable String human(String identity, Map<String, String> people) {
        return recognise(roster(false, people, entry("any", "*")), Calls.event(identity)).human();
    }

    private static Call recognise(Roster roster, CloudTrailEvent event) {
        return Objects.requireNonNull(roster.recognise(event));
    }

    private static Roster roster(boolean watchUnlisted, Map<String, String> people, Entry... entries) {
        return new Roster(List.of(entries), watchUnlisted, people);
    }

    private static Entry entry(String agent, String... patterns) {
        return new Entry(Agent.learned(agent), Arrays.stream(patterns).map(PrincipalPattern::of).toList());
    }
}
