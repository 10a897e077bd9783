package io.trailsentry.detect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/// What a policy document in a call's parameters allows, as far as it can be told without a policy engine: statements
/// without a condition. A text that is no policy allows nothing.
final class PolicyDocument {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PolicyDocument() {
    }

    /// Whether every action, or every IAM action, is allowed on every resource.
    static boolean allowsEverything(String document) {
        return allows(document, statement -> holds(statement.path("Action"), "*", "*:*", "iam:*")
                && holds(statement.path("Resource"), "*"));
    }

    /// Whether everybody is allowed something.
    static boolean allowsEverybody(String document) {
        return allows(document, statement -> holds(statement.path("Principal"), "*")
                || holds(statement.path("Principal").path("AWS"), "*"));
    }

    private static boolean allows(String document, Predicate<JsonNode> what) {
        try {
            return list(JSON.readTree(document).path("Statement")).stream().anyMatch(
                    statement -> "Allow".equals(statement.path("Effect").asText()) && !statement.has("Condition")
                            && what.test(statement));
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
