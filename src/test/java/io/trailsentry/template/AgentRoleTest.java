package io.trailsentry.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.posture.Bounds;
import io.trailsentry.posture.Check;
import io.trailsentry.posture.Perimeter;
import io.trailsentry.posture.Perimeters.Member;
import io.trailsentry.posture.Rule;
import io.trailsentry.posture.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AgentRoleTest {
    @Test
    void recommendedRole_passesEveryCheckOfBounds() {
        Stack stack = Template.read("docs/examples/agent-role.yaml").deploy(Map.of("AgentName", "mcp-agent-role",
                "Environment", "dev", "TrustedPrincipalArn", "arn:aws:iam::111122223333:role/developer", "BucketName",
                "work-bucket", "TrailBucketName", "trail-bucket", "Regions", "us-east-1,eu-central-1"));
        JsonNode role = stack.properties("Agent");
        TreeMap<String, String> inline = new TreeMap<>();
        role.path("Policies").forEach(policy -> inline.put(policy.path("PolicyName").asText(),
                policy.path("PolicyDocument").toString()));
        Perimeter perimeter = new Perimeter(
                new Principal(Principal.Kind.ROLE, "111122223333", "arn:aws:iam::111122223333:role/mcp-agent-role",
                        "mcp-agent-role"),
                role.path("AssumeRolePolicyDocument").toString(),
                new Perimeter.Boundary("arn:aws:iam::111122223333:policy/mcp-agent-role-boundary",
                        stack.properties("Boundary").path("PolicyDocument").toString()),
                inline, new TreeMap<>(), new TreeMap<>());
        Agent agent = new Agent("coder", true, "dev", null, null, false, null, Set.of());

        List<Check> checks = new Bounds(Catalogue.load(), Map.of("111122223333", "dev"))
                .of(List.of(new Member(agent, perimeter, Instant.EPOCH)));

        assertThat(checks).allSatisfy(check -> assertThat(check.verdict()).isEqualTo(Verdict.OK));
        assertThat(checks).extracting(Check::rule).containsExactlyInAnyOrder(Rule.HAS_BOUNDARY, Rule.NO_ADMINISTRATOR,
                Rule.NO_IAM_WRITE, Rule.NO_DESTRUCTIVE, Rule.DEAD_DENY, Rule.TRUST, Rule.ENVIRONMENTS);
    }
}
