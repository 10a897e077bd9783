package io.trailsentry.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.AbstractConstruct;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/// A CloudFormation template as CloudFormation reads it, with short tags in their long form: `!Ref X` is
/// `{"Ref": "X"}`, `!GetAtt X.Arn` is `{"Fn::GetAtt": ["X", "Arn"]}`.
public record Template(JsonNode document) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^!}]+)}");

    /// What names a thing elsewhere in the template.
    ///
    /// @param from where it stands, as a path of keys
    /// @param kind the section that must hold the name
    /// @param name a parameter or resource, or a condition
    record Reference(String from, Kind kind, String name) {
        enum Kind {
            VALUE, CONDITION
        }
    }

    /// The project's own.
    public static Template read() {
        return read("template.yaml");
    }

    /// One of the project's.
    static Template read(String file) {
        try {
            return parse(Files.readString(Path.of(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A template from its text; a key that stands twice is refused.
    static Template parse(String yaml) {
        Object document = new Yaml(new TagReader()).load(yaml);
        return new Template(new ObjectMapper().valueToTree(document));
    }

    /// A section such as `Resources`; one that is absent is missing, which has no fields.
    public JsonNode section(String name) {
        return document.path(name);
    }

    /// The template's resources of a type, by logical id.
    Map<String, JsonNode> resources(String type) {
        return section("Resources").propertyStream()
                .filter(resource -> resource.getValue().path("Type").asText().equals(type))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /// The stack that the template becomes.
    ///
    /// @param parameters values as text; a parameter that is not among them has its default
    Stack deploy(Map<String, String> parameters) {
        return new Stack(this, parameters);
    }

    /// Every reference in the template.
    List<Reference> references() {
        List<Reference> references = new ArrayList<>();
        collect("", document, references);
        return references;
    }

    /// The names in the placeholders of a text for `Fn::Sub`.
    static Stream<String> placeholders(String text) {
        return PLACEHOLDER.matcher(text).results().map(match -> match.group(1));
    }

    /// A text for `Fn::Sub` with its placeholders replaced.
    static String substitute(String text, UnaryOperator<String> values) {
        return PLACEHOLDER.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(values.apply(match.group(1))));
    }

    private static void collect(String path, JsonNode node, List<Reference> references) {
        Set<String> local = new HashSet<>();
        node.path("Fn::Sub").path(1).fieldNames().forEachRemaining(local::add);
        node.propertyStream().forEach(field -> {
            JsonNode value = field.getValue();
            String from = path + "/" + field.getKey();
            switch (field.getKey()) {
                // SAM knows "X.Alias" and "X.Version" of a function as well.
                case "Ref" -> add(from, value.asText().replaceFirst("\\..*", ""), references);
                case "Fn::GetAtt" -> add(from, value.path(0).asText(), references);
                case "Fn::Sub" -> placeholders(value.isArray() ? value.path(0).asText() : value.asText())
                        .filter(name -> !local.contains(name))
                        .forEach(name -> add(from, name.replaceFirst("\\..*", ""), references));
                case "Fn::If" -> references.add(new Reference(from, Reference.Kind.CONDITION, value.path(0).asText()));
                case "Condition" -> {
                    if (value.isTextual()) {
                        references.add(new Reference(from, Reference.Kind.CONDITION, value.asText()));
                    }
                }
                case "DependsOn" -> {
                    if (value.isTextual()) {
                        add(from, value.asText(), references);
                    } else {
                        value.forEach(name -> add(from, name.asText(), references));
                    }
                }
                default -> {
                }
            }
            collect(from, value, references);
        });
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                collect(path + "/" + i, node.path(i), references);
            }
        }
    }

    private static void add(String from, String name, List<Reference> references) {
        if (!name.startsWith("AWS::")) {
            references.add(new Reference(from, Reference.Kind.VALUE, name));
        }
    }

    private static final class TagReader extends SafeConstructor {
        TagReader() {
            super(strict());
            yamlMultiConstructors.put("!", new AbstractConstruct() {
                @Override
                public Object construct(Node node) {
                    return longForm(node.getTag().getValue().substring(1), node);
                }
            });
        }

        private static LoaderOptions strict() {
            LoaderOptions options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            return options;
        }

        private Map<String, Object> longForm(String tag, Node node) {
            Object argument = switch (node) {
                case ScalarNode scalar -> constructScalar(scalar);
                case SequenceNode sequence -> constructSequence(sequence);
                case MappingNode mapping -> constructMapping(mapping);
                default -> throw new IllegalArgumentException("no argument for !" + tag + node.getStartMark());
            };
            return switch (tag) {
                case "Ref", "Condition" -> Map.of(tag, argument);
                case "GetAtt" ->
                    Map.of("Fn::GetAtt", argument instanceof String name ? List.of(name.split("\\.", 2)) : argument);
                default -> Map.of("Fn::" + tag, argument);
            };
        }
    }
}
