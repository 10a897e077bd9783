package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.posture.PolicyStatement.Trustee;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// A policy document: its statements, read and no more. What its conditions decide is not known here.
///
/// Source: IAM user guide, "Grammar of the IAM JSON policy language". Names of elements are read whatever their case.
///
/// @param statements in the document's order; empty when it cannot be read
/// @param fault why it cannot be read; null: it can
record Policy(List<PolicyStatement> statements, @Nullable String fault) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();
    private static final Map<String, String> ELEMENTS = named("Version", "Id", "Statement", "Sid", "Effect", "Action",
            "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition");

    Policy {
        statements = List.copyOf(statements);
    }

    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String reason) {
            super(reason);
        }
    }

    private static Map<String, String> named(String... names) {
        Map<String, String> named = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String name : names) {
            named.put(name, name);
        }
        return named;
    }

    /// The policy that a text is.
    static Policy of(String document) {
        try {
            JsonNode tree = read(document);
            List<PolicyStatement> statements = new ArrayList<>();
            for (JsonNode statement : list(tree.path("Statement"))) {
                statements.add(statement(statement));
            }
            return statements.isEmpty()
                    ? new Policy(List.of(), "it has no statement")
                    : new Policy(statements, null);
        } catch (Unreadable e) {
            return new Policy(List.of(), e.getMessage());
        }
    }

    /// The document with keys sorted, lists sorted, and lists of one as their element; null when it is no JSON object.
    static @Nullable JsonNode canonical(String document) {
        try {
            ObjectNode tree = read(document);
            List<JsonNode> statements = new ArrayList<>();
            list(tree.path("Statement")).forEach(statements::add);
            statements.sort(Comparator.comparing(JsonNode::toString));
            tree.set("Statement", JSON.createArrayNode().addAll(statements));
            return sorted(tree);
        } catch (Unreadable e) {
            return null;
        }
    }

    private static ObjectNode read(String document) throws Unreadable {
        JsonNode tree;
        try {
            tree = JSON.readTree(document);
        } catch (JsonProcessingException e) {
            throw new Unreadable("it is no JSON");
        }
        if (!(tree instanceof ObjectNode object)) {
            throw new Unreadable("it is no JSON object");
        }
        ObjectNode policy = elements(object);
        ArrayNode statements = JSON.createArrayNode();
        for (JsonNode node : list(policy.path("Statement"))) {
            if (!(node instanceof ObjectNode statement)) {
                throw new Unreadable("a statement is no JSON object");
            }
            statements.add(sorted(elements(statement)));
        }
        policy.set("Statement", statements);
        return policy;
    }

    /// With the names of elements as the grammar writes them.
    private static ObjectNode elements(ObjectNode object) throws Unreadable {
        ObjectNode result = JSON.createObjectNode();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String name = ELEMENTS.getOrDefault(field.getKey(), field.getKey());
            if (result.has(name)) {
                throw new Unreadable("an element stands in it twice");
            }
            result.set(name, field.getValue());
        }
        return result;
    }

    private static JsonNode sorted(JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode result = JSON.createObjectNode();
            Map<String, JsonNode> fields = new TreeMap<>();
            object.properties().forEach(field -> fields.put(field.getKey(), sorted(field.getValue())));
            fields.forEach(result::set);
            return result;
        }
        if (node instanceof ArrayNode array) {
            List<JsonNode> items = new ArrayList<>();
            array.forEach(item -> items.add(sorted(item)));
            items.sort(Comparator.comparing(JsonNode::toString));
            return items.size() == 1 ? items.getFirst() : JSON.createArrayNode().addAll(items);
        }
        return node;
    }

    private static PolicyStatement statement(JsonNode json) throws Unreadable {
        String effect = json.path("Effect").asText();
        if (!effect.equalsIgnoreCase("Allow") && !effect.equalsIgnoreCase("Deny")) {
            throw new Unreadable("a statement has neither the effect Allow nor Deny");
        }
        boolean others = one(json, "Action", "NotAction");
        boolean elsewhere = one(json, "Resource", "NotResource");
        boolean anybodyElse = one(json, "Principal", "NotPrincipal");
        List<String> actions = texts(json.path(others ? "NotAction" : "Action"));
        if (actions.isEmpty()) {
            throw new Unreadable("a statement has no action");
        }
        JsonNode principal = json.path(anybodyElse ? "NotPrincipal" : "Principal");
        List<PolicyPattern> resources = texts(json.path(elsewhere ? "NotResource" : "Resource")).stream()
                .map(PolicyPattern::new).toList();
        if (resources.isEmpty() && principal.isMissingNode()) {
            throw new Unreadable("a statement has no resource");
        }
        JsonNode conditions = json.path("Condition");
        return new PolicyStatement(json.path("Sid").isTextual() ? json.path("Sid").asText() : null,
                effect.equalsIgnoreCase("Allow"), actions, others, resources, elsewhere,
                trustees(principal, anybodyElse), keys(conditions), !conditions.isMissingNode()
                        && !conditions.isEmpty(),
                json);
    }

    /// Whether the second of two elements stands there, of which there may be one.
    private static boolean one(JsonNode json, String positive, String negative) throws Unreadable {
        if (json.has(positive) && json.has(negative)) {
            throw new Unreadable("a statement has both " + positive + " and " + negative);
        }
        return json.has(negative);
    }

    private static List<String> texts(JsonNode oneOrMany) throws Unreadable {
        List<String> texts = new ArrayList<>();
        for (JsonNode node : list(oneOrMany)) {
            if (!node.isTextual()) {
                throw new Unreadable("a statement has an element that is neither a text nor a list of texts");
            }
            texts.add(node.asText());
        }
        return texts;
    }

    private static List<Trustee> trustees(JsonNode principal, boolean anybodyElse) throws Unreadable {
        List<Trustee> trustees = new ArrayList<>();
        if (principal instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                for (String id : texts(field.getValue())) {
                    trustees.add(new Trustee(field.getKey(), id, anybodyElse));
                }
            }
        } else {
            texts(principal).forEach(id -> trustees.add(new Trustee("AWS", id, anybodyElse)));
        }
        return trustees;
    }

    private static Set<String> keys(JsonNode conditions) throws Unreadable {
        if (!conditions.isMissingNode() && !conditions.isObject()) {
            throw new Unreadable("a statement's condition is no JSON object");
        }
        Set<String> keys = new TreeSet<>();
        for (JsonNode operator : conditions) {
            for (Map.Entry<String, JsonNode> key : operator.properties()) {
                if (!list(key.getValue()).stream().allMatch(value -> value.asText().equals("*"))) {
                    keys.add(key.getKey().toLowerCase(Locale.ROOT));
                }
            }
        }
        return keys;
    }

    static List<JsonNode> list(JsonNode oneOrMany) {
        if (oneOrMany.isMissingNode()) {
            return List.of();
        }
        return oneOrMany.isArray()
                ? StreamSupport.stream(oneOrMany.spliterator(), false).toList()
                : List.of(oneOrMany);
    }
}
