package io.trailsentry.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// What a template becomes with given parameters: conditions decided and functions computed. A resource stands for
/// itself: `!Ref X` is `X`, and `!GetAtt X.Arn` is `X.Arn`. Immutable.
final class Stack {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Map<String, String> PSEUDO = Map.of("AWS::Partition", "aws", "AWS::Region", "us-east-1",
            "AWS::AccountId", "111122223333");

    private final Template template;
    private final Map<String, String> parameters;

    Stack(Template template, Map<String, String> parameters) {
        this.template = template;
        this.parameters = Map.copyOf(parameters);
        parameters.keySet().forEach(name -> template.section("Parameters").required(name));
    }

    /// A resource's properties, or null if its condition does not hold.
    ///
    /// @throws IllegalArgumentException if the template has no such resource
    @Nullable
    JsonNode find(String logicalId) {
        JsonNode resource = template.section("Resources").required(logicalId);
        boolean exists = !resource.has("Condition") || condition(resource.path("Condition").asText());
        return exists ? resolve(resource.path("Properties")) : null;
    }

    /// The properties of a resource that exists.
    JsonNode properties(String logicalId) {
        JsonNode properties = find(logicalId);
        if (properties == null) {
            throw new IllegalStateException(logicalId + " is not in the stack with " + parameters);
        }
        return properties;
    }

    /// The properties of all resources of a type that exist, by logical id.
    Map<String, JsonNode> resources(String type) {
        Map<String, JsonNode> found = new LinkedHashMap<>();
        template.resources(type).keySet().forEach(logicalId -> {
            JsonNode properties = find(logicalId);
            if (properties != null) {
                found.put(logicalId, properties);
            }
        });
        return found;
    }

    /// The documents of a role's policies: its own, and those that are put on several roles.
    List<JsonNode> policies(String role) {
        List<JsonNode> documents = new ArrayList<>();
        properties(role).path("Policies").forEach(policy -> documents.add(policy.path("PolicyDocument")));
        resources("AWS::IAM::Policy").values().forEach(policy -> policy.path("Roles").forEach(holder -> {
            if (holder.asText().equals(role)) {
                documents.add(policy.path("PolicyDocument"));
            }
        }));
        return documents;
    }

    private boolean condition(String name) {
        return holds(template.section("Conditions").required(name));
    }

    private boolean holds(JsonNode node) {
        Map.Entry<String, JsonNode> function = function(node);
        JsonNode argument = function.getValue();
        return switch (function.getKey()) {
            case "Condition" -> condition(argument.asText());
            case "Fn::Not" -> !holds(argument.required(0));
            case "Fn::And" -> StreamSupport.stream(argument.spliterator(), false).allMatch(this::holds);
            case "Fn::Or" -> StreamSupport.stream(argument.spliterator(), false).anyMatch(this::holds);
            case "Fn::Equals" -> text(argument.required(0)).equals(text(argument.required(1)));
            default -> throw new IllegalArgumentException("no condition: " + node);
        };
    }

    private @Nullable JsonNode resolve(JsonNode node) {
        if (node.isArray()) {
            ArrayNode array = JSON.arrayNode();
            node.forEach(element -> {
                JsonNode value = resolve(element);
                if (value != null) {
                    array.add(value);
                }
            });
            return array;
        }
        if (!node.isObject()) {
            return node;
        }
        if (node.size() == 1 && (node.has("Ref") || function(node).getKey().startsWith("Fn::"))) {
            return call(function(node).getKey(), function(node).getValue());
        }
        ObjectNode object = JSON.objectNode();
        node.propertyStream().forEach(field -> {
            JsonNode value = resolve(field.getValue());
            if (value != null) {
                object.set(field.getKey(), value);
            }
        });
        return object;
    }

    private @Nullable JsonNode call(String function, JsonNode argument) {
        return switch (function) {
            case "Ref" -> argument.asText().equals("AWS::NoValue") ? null : value(argument.asText());
            case "Fn::GetAtt" -> JSON.textNode(argument.required(0).asText() + "." + argument.required(1).asText());
            case "Fn::If" -> resolve(argument.required(condition(argument.required(0).asText()) ? 1 : 2));
            case "Fn::Join" -> JSON.textNode(StreamSupport.stream(list(argument.required(1)).spliterator(), false)
                    .map(this::text).collect(Collectors.joining(text(argument.required(0)))));
            case "Fn::Split" -> {
                ArrayNode parts = JSON.arrayNode();
                String delimiter = Pattern.quote(text(argument.required(0)));
                for (String part : text(argument.required(1)).split(delimiter, -1)) {
                    parts.add(part);
                }
                yield parts;
            }
            case "Fn::Select" -> list(argument.required(1)).required(argument.required(0).asInt());
            case "Fn::Sub" -> {
                JsonNode variables = argument.path(1);
                yield JSON.textNode(Template.substitute(text(argument.isArray() ? argument.required(0) : argument),
                        name -> text(variables.has(name) ? variables.required(name) : value(name))));
            }
            default -> throw new IllegalArgumentException("unknown function " + function);
        };
    }

    private JsonNode value(String name) {
        String pseudo = PSEUDO.get(name);
        if (pseudo != null) {
            return JSON.textNode(pseudo);
        }
        JsonNode parameter = template.section("Parameters").path(name);
        if (parameter.isMissingNode()) {
            template.section("Resources").required(name.replaceFirst("\\..*", ""));
            return JSON.textNode(name);
        }
        String text = parameters.containsKey(name) ? parameters.get(name) : parameter.required("Default").asText();
        if (!parameter.path("Type").asText().equals("CommaDelimitedList")) {
            return JSON.textNode(text);
        }
        ArrayNode list = JSON.arrayNode();
        for (String element : text.split(",", -1)) {
            list.add(element.strip());
        }
        return list;
    }

    private JsonNode list(JsonNode node) {
        JsonNode value = resolve(node);
        if (value == null || !value.isArray()) {
            throw new IllegalArgumentException("no list: " + node);
        }
        return value;
    }

    private String text(JsonNode node) {
        JsonNode value = resolve(node);
        if (value == null || !value.isValueNode()) {
            throw new IllegalArgumentException("no text: " + node);
        }
        return value.asText();
    }

    private static Map.Entry<String, JsonNode> function(JsonNode node) {
        return node.properties().iterator().next();
    }
}
