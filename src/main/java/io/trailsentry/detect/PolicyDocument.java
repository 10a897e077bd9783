package io.trailsentry.detect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.stream.StreamSupport;

/// What a policy document in a call's parameters allows, as far as it can be told without a policy engine.
final class PolicyDocument {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PolicyDocument() {
    }

    /// Whether a statement allows every action, or every IAM action, on every resource without a condition. A text
    /// that is no policy allows nothing.
    static boolean allowsEverything(String document) {
        try {
            return list(JSON.readTree(document).path("Statement")).stream()
                    .anyMatch(statement -> "Allow".equals(statement.path("Effect").asText())
                            && !statement.has("Condition") && holds(statement.path("Action"), "*", "*:*", "iam:*")
                            && holds(statement.path("Resource"), "*"));
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static boolean holds(JsonNode oneOrMany, String... texts) {
        return list(oneOrMany).stream().anyMatch(node -> List.of(texts).contains(node.asText()));
    }

    private static List<JsonNode> list(JsonNode oneOrMany) {
        return oneOrMany.isArray()
                ? StreamSupport.stream(oneOrMany.spliterator(), false).toList()
                : List.of(oneOrMany);
    }
}
