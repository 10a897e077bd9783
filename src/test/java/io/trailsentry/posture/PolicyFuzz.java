package io.trailsentry.posture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.posture.Access.May;
import java.util.Map;

/// Any text as a policy document in IAM, or of a queue or key: it is read or told why not, its canonical form is one and
/// means the same, and a denial of everything leaves nothing.
public final class PolicyFuzz {
    private static final String SERVICE = "events.amazonaws.com";
    private static final String ACTION = "sqs:SendMessage";
    private static final String QUEUE = "arn:aws:sqs:us-east-1:111122223333:queue";
    private static final Map<String, String> CONTEXT = Map.of("aws:SourceAccount", "111122223333", "aws:SourceArn",
            "arn:aws:events:us-east-1:111122223333:rule/watch", "aws:SecureTransport", "true");

    private PolicyFuzz() {
    }

    /// Reads the document as it is, canonical, and with another statement.
    public static void fuzzerTestOneInput(byte[] input) {
        String document = new String(input, UTF_8);
        Policy policy = Policy.of(document);
        assertThat(policy.statements().isEmpty()).isEqualTo(policy.fault() != null);
        JsonNode canonical = Policy.canonical(document);
        if (policy.fault() == null) {
            assertThat(canonical).isNotNull();
        }
        if (canonical != null) {
            assertThat(Policy.canonical(canonical.toString())).isEqualTo(canonical);
            assertThat(Policy.of(canonical.toString()).statements())
                    .containsExactlyInAnyOrderElementsOf(policy.statements());
        }
        for (PolicyStatement statement : policy.statements()) {
            PolicyPattern queue = new PolicyPattern(QUEUE);
            if (statement.coversResource(queue)) {
                assertThat(statement.touchesResource(queue)).isTrue();
            }
            statement.means(ACTION);
            statement.isAboutEverything();
            statement.reach().forEach(PolicyPattern::isWide);
        }
        resource(document, canonical);
    }

    private static void resource(String document, @org.jspecify.annotations.Nullable JsonNode canonical) {
        may(document);
        if (canonical instanceof ObjectNode object && object.path("Statement").isObject()) {
            ObjectNode more = object.deepCopy();
            JsonNode own = more.path("Statement");
            more.putArray("Statement").add(own).add(everything("Deny"));
            assertThat(may(more.toString())).isEqualTo(May.NO);
        }
    }

    private static ObjectNode everything(String effect) {
        return JsonNodeFactory.instance.objectNode().put("Effect", effect).put("Principal", "*").put("Action", "*")
                .put("Resource", "*");
    }

    private static May may(String document) {
        return ResourcePolicy.of(document).may(SERVICE, ACTION, QUEUE, CONTEXT);
    }
}
