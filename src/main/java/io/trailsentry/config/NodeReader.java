package io.trailsentry.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.trailsentry.config.Node.Broken;
import io.trailsentry.config.Node.Field;
import io.trailsentry.config.Node.Mapping;
import io.trailsentry.config.Node.Scalar;
import io.trailsentry.config.Node.Sequence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/// YAML or JSON text to nodes. Never throws for any text; what it cannot read becomes a [Broken] node.
///
/// Bounded: 1,048,576 characters, 16 levels, and aliases are refused, so that no text grows when it is read.
final class NodeReader {
    private static final int MOST_CHARACTERS = 1 << 20;
    private static final int MOST_LEVELS = 16;
    private static final JsonFactory JSON = new JsonFactory();
    private static final JsonFactory YAML = new YAMLFactory();

    private static final String QUOTE = "a text that begins with a special character must be quoted, as in \"*\" or"
            + " \"@ops\"";

    /// What the libraries say, by a part of it, and what that means; the first that fits counts.
    private static final List<Map.Entry<String, String>> SENTENCES = List.of(
            Map.entry("(TAB)", "a tab stands where YAML wants spaces; write spaces"),
            Map.entry("that cannot start any token", QUOTE), Map.entry("unexpected character found", QUOTE),
            Map.entry("values are not allowed here",
                    "a colon stands where none can; check the indentation, and quote a text that holds a colon and a"
                            + " space"),
            Map.entry("could not find expected ':'", "a key lacks its colon; write key: value"),
            Map.entry("entries are not allowed here",
                    "a list entry stands where none can; begin it on a line of its own below its key"),
            Map.entry("expected <block end>",
                    "this does not fit the lines above; check the indentation and the quotes"),
            Map.entry("expected ',' or", "a comma or a closing bracket is missing here or above"),
            Map.entry("unexpected end of stream", "a quote is not closed"),
            Map.entry("the node content", "a value is missing here, or a bracket too many or too few"),
            Map.entry("unknown escape character",
                    "a backslash in double quotes begins an escape; write \\\\ for one"),
            Map.entry("nesting depth", "this is nested far too deeply; check the brackets"),
            Map.entry("Expected a field name", "a key must be a plain text"));

    private NodeReader() {
    }

    /// The root of a text; a scalar without text when the text is blank or holds only comments.
    static Node read(String text) {
        String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
        if (body.length() > MOST_CHARACTERS) {
            return new Broken(1,
                    "the text has " + body.length() + " characters; at most " + MOST_CHARACTERS + " are read");
        }
        int control = firstControl(body);
        if (control >= 0) {
            return new Broken(lineOf(body, control), "the character U+%04X is not allowed here; delete it"
                    .formatted((int) body.charAt(control)));
        }
        if (body.isBlank()) {
            return new Scalar(1, null);
        }
        if (!body.stripLeading().startsWith("{")) {
            return yaml(body);
        }
        // YAML 1.1 contains JSON but for tabs and the escape \/, so JSON is read as itself first.
        try {
            return root(JSON, body);
        } catch (IOException e) {
            return yaml(body.replace('\t', ' '));
        }
    }

    private static Node yaml(String text) {
        try {
            return root(YAML, text);
        } catch (JsonProcessingException e) {
            return broken(e);
        } catch (IOException e) {
            // A string has no input that could fail.
            throw new UncheckedIOException(e);
        }
    }

    private static Node root(JsonFactory format, String text) throws IOException {
        try (JsonParser parser = format.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null && parser.isClosed()) {
                return new Scalar(1, null);
            }
            Node root = node(parser, 1);
            if (parser.nextToken() != null) {
                return new Broken(line(parser), "a second document begins here; keep to one");
            }
            return root;
        }
    }

    /// The node that begins with the current token.
    private static Node node(JsonParser parser, int level) throws IOException {
        int line = line(parser);
        JsonToken token = parser.currentToken();
        if (token == null) {
            if (parser.isClosed()) {
                throw new JsonEOFException(parser, null, "the text ends too early");
            }
            // The YAML parser has no token for a tagged text that its tag does not fit, as in !!int "-".
            return new Broken(line, "this value does not fit its tag; leave the tag out");
        }
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            return new Broken(line, "YAML takes a text that begins with * for an alias, which is not read here; quote"
                    + " the text, or write the value out");
        }
        if (token.isStructStart() && level > MOST_LEVELS) {
            parser.skipChildren();
            return new Broken(line, "this is nested more than " + MOST_LEVELS + " levels deep");
        }
        return switch (token) {
            case START_OBJECT -> mapping(parser, line, level);
            case START_ARRAY -> sequence(parser, line, level);
            case VALUE_NULL -> new Scalar(line, null);
            default -> new Scalar(line, parser.getText());
        };
    }

    private static Node mapping(JsonParser parser, int line, int level) throws IOException {
        List<Field> fields = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            int keyLine = line(parser);
            String key = parser.currentName();
            parser.nextToken();
            fields.add(new Field(keyLine, key, node(parser, level + 1)));
        }
        return new Mapping(line, fields);
    }

    private static Node sequence(JsonParser parser, int line, int level) throws IOException {
        List<Node> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(node(parser, level + 1));
        }
        return new Sequence(line, items);
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static Broken broken(JsonProcessingException e) {
        String problem = String.valueOf(e.getOriginalMessage());
        int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
        if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
            problem = String.valueOf(marked.getProblem());
            line = marked.getProblemMark().getLine() + 1;
        }
        for (Map.Entry<String, String> sentence : SENTENCES) {
            if (problem.contains(sentence.getKey())) {
                return new Broken(line, sentence.getValue());
            }
        }
        return new Broken(line, "this is no YAML; check the brackets, the quotes and the indentation");
    }

    /// Where the first character stands that YAML does not print: controls, and halves of surrogate pairs.
    private static int firstControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            int c = text.codePointAt(i);
            boolean space = c == '\t' || c == '\n' || c == '\r' || c == '\u0085';
            boolean printable = !Character.isISOControl(c) && Character.getType(c) != Character.SURROGATE
                    && c != 0xFFFE && c != 0xFFFF;
            if (!space && !printable) {
                return i;
            }
            i += Character.charCount(c) - 1;
        }
        return -1;
    }

    private static int lineOf(String text, int index) {
        return (int) text.substring(0, index).concat("|").lines().count();
    }
}
