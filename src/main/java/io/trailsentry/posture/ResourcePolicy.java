package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Glob;
import io.trailsentry.posture.Access.May;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The policy of a queue or key, read for what it lets AWS's services do. Immutable. Source: IAM user guide, "Policy
/// evaluation logic": IAM ignores the case of actions only, a deny counts before an allow, and what nothing allows is refused.
final class ResourcePolicy {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> OPERATORS = Set.of("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool");

    private final JsonNode statements;

    private ResourcePolicy(JsonNode statements) {
        this.statements = statements;
    }

    /// A policy.
    ///
    /// @param document JSON; null or odd: it allows nothing
    static ResourcePolicy of(@Nullable String document) {
        try {
            return new ResourcePolicy(document == null || document.isEmpty()
                    ? JSON.missingNode()
                    : JSON.readTree(document).path("Statement"));
        } catch (JsonProcessingException e) {
            return new ResourcePolicy(JSON.missingNode());
        }
    }

    /// Whether a service may use an API action.
    ///
    /// @param context what is known of the request, by condition key; what other conditions decide cannot be told
    May may(String service, String action, String resource, Map<String, String> context) {
        May allowed = May.NO;
        May denied = May.NO;
        Iterable<JsonNode> all = statements.isObject() ? List.of(statements) : statements;
        for (JsonNode statement : all) {
            May applies = and(
                    and(principal(statement, service),
                            names(statement, "Action", pattern -> new Glob(pattern).matches(action))),
                    and(names(statement, "Resource", pattern -> isMeant(pattern, resource)),
                            conditions(statement.path("Condition"), context)));
            if (statement.path("Effect").asText().equals("Deny")) {
                denied = or(denied, applies);
            } else if (statement.path("Effect").asText().equals("Allow")) {
                allowed = or(allowed, applies);
            }
        }
        return and(allowed, switch (denied) {
            case YES -> May.NO;
            case NO -> May.YES;
            case CANNOT_TELL -> May.CANNOT_TELL;
        });
    }

    private static May principal(JsonNode statement, String service) {
        JsonNode principal = statement.path("Principal");
        if (statement.has("NotPrincipal")) {
            return texts(statement.path("NotPrincipal").path("Service")).contains(service) ? May.NO : May.CANNOT_TELL;
        }
        boolean named = principal.asText().equals("*") || texts(principal.path("AWS")).contains("*")
                || texts(principal.path("Service")).stream().anyMatch(name -> name.equals(service) || name.equals("*"));
        return named ? May.YES : May.NO;
    }

    private static May names(JsonNode statement, String element, Predicate<String> isNamed) {
        boolean not = statement.has("Not" + element);
        boolean named = texts(statement.path(not ? "Not" + element : element)).stream().anyMatch(isNamed);
        return named == not ? May.NO : May.YES;
    }

    private static boolean isMeant(String pattern, String value) {
        return new PolicyPattern(pattern).covers(new PolicyPattern(value));
    }

    private static May conditions(JsonNode conditions, Map<String, String> context) {
        May met = May.YES;
        for (Map.Entry<String, JsonNode> operator : conditions.properties()) {
            for (Map.Entry<String, JsonNode> key : operator.getValue().properties()) {
                String value = context.entrySet().stream()
                        .filter(known -> known.getKey().equalsIgnoreCase(key.getKey()))
                        .map(Map.Entry::getValue).findFirst().orElse(null);
                String name = operator.getKey().replace("IfExists", "");
                met = and(met, value == null || !OPERATORS.contains(name)
                        ? May.CANNOT_TELL
                        : isMet(name, texts(key.getValue()), value) ? May.YES : May.NO);
            }
        }
        return met;
    }

    private static boolean isMet(String operator, List<String> values, String value) {
        return switch (operator) {
            case "StringEquals" -> values.contains(value);
            case "Bool" -> values.stream().anyMatch(value::equalsIgnoreCase);
            default -> values.stream().anyMatch(pattern -> isMeant(pattern, value));
        };
    }

    private static List<String> texts(JsonNode node) {
        if (!node.isArray()) {
            return node.isValueNode() ? List.of(node.asText()) : List.of();
        }
        List<String> texts = new ArrayList<>();
        node.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    static May and(May a, May b) {
        return a == May.NO || b == May.NO ? May.NO : a == May.YES ? b : a;
    }

    private static May or(May a, May b) {
        return a == May.YES || b == May.YES ? May.YES : a == May.NO ? b : a;
    }
}
