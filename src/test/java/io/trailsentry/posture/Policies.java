package io.trailsentry.posture;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.posture.Perimeters.Member;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Policies and perimeters in shorthand.
final class Policies {
    static final Principal ROLE = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role");
    private static final JsonMapper JSON = new JsonMapper();

    private Policies() {
    }

    /// A document: JSON as it is; else statements separated by `;`, as in `Deny? s3:Put*,s3:Get* !arn:aws:s3:::b/*`.
    static String document(String shorthand) {
        if (shorthand.startsWith("{") || shorthand.startsWith("[")) {
            return shorthand;
        }
        ObjectNode policy = JSON.createObjectNode().put("Version", "2012-10-17");
        var statements = policy.putArray("Statement");
        for (String text : shorthand.split(";", -1)) {
            String[] part = text.strip().split(" ", 3);
            ObjectNode statement = statements.addObject().put("Effect", part[0].replace("?", ""));
            element(statement, "Action", part[1]);
            element(statement, "Resource", part[2]);
            if (part[0].endsWith("?")) {
                statement.putObject("Condition").putObject("Bool").put("aws:ViaAWSMCPService", "true");
            }
        }
        return policy.toString();
    }

    private static void element(ObjectNode statement, String name, String values) {
        boolean not = values.startsWith("!");
        var array = statement.putArray(not ? "Not" + name : name);
        Stream.of(values.substring(not ? 1 : 0).split(",", -1)).forEach(array::add);
    }

    /// A trust policy: `AWS arn:..` and behind `?` a key that its condition asks for.
    static String trust(String shorthand) {
        String[] part = shorthand.split(" ", 2);
        String[] id = part[1].split("\\?", 2);
        ObjectNode policy = JSON.createObjectNode().put("Version", "2012-10-17");
        ObjectNode statement = policy.putArray("Statement").addObject().put("Effect", "Allow").put("Action",
                "sts:AssumeRole");
        statement.putObject("Principal").put(part[0], id[0]);
        if (id.length > 1) {
            statement.putObject("Condition").putObject("StringEquals").put(id[1], "value");
        }
        return policy.toString();
    }

    /// Policies in shorthand, one for each statement, as inline policies `p0`, `p1`, ...
    static Perimeter perimeter(@Nullable String policies, @Nullable String boundary, @Nullable String trust) {
        SortedMap<String, String> inline = new TreeMap<>();
        if (policies != null) {
            int i = 0;
            for (String policy : policies.startsWith("{\"") ? new String[]{policies} : policies.split(";", -1)) {
                inline.put("p" + i++, document(policy.strip()));
            }
        }
        return new Perimeter(ROLE, trust == null ? null : trust(trust),
                boundary == null
                        ? null
                        : new Perimeter.Boundary("arn:aws:iam::111122223333:policy/ceiling", document(boundary)),
                inline, new TreeMap<>(), new TreeMap<>());
    }

    static Member member(Perimeter perimeter) {
        return member(perimeter, null);
    }

    static Member member(Perimeter perimeter, @Nullable String environment) {
        Agent learned = Agent.learned("coder");
        return new Member(new Agent(learned.name(), true, environment, null, null, false, null,
                learned.attachedPolicies()), perimeter, Instant.parse("2026-01-01T00:00:00Z"));
    }

    static List<Check> of(Rule rule, List<Check> checks) {
        return checks.stream().filter(check -> check.rule() == rule).toList();
    }
}
