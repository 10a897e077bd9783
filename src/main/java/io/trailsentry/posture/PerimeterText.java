package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.agent.Principal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A perimeter as JSON text in one form only: what means the same to IAM reads the same. Pure and thread-safe.
///
/// Whitespace, the order of keys, of statements and of lists, and a text instead of a list of one make no difference.
public final class PerimeterText {
    private static final int FORMAT = 1;
    private static final JsonMapper JSON = new JsonMapper();

    private PerimeterText() {
    }

    /// The text of a perimeter.
    public static String write(Perimeter perimeter) {
        ObjectNode text = JSON.createObjectNode().put("format", FORMAT);
        Principal principal = perimeter.principal();
        text.putObject("principal").put("kind", principal.kind().name()).put("account", principal.account())
                .put("arn", principal.arn()).put("name", principal.name());
        if (perimeter.trust() != null) {
            text.set("trust", document(perimeter.trust()));
        }
        if (perimeter.boundary() != null) {
            text.putObject("boundary").put("arn", perimeter.boundary().arn())
                    .set("document", document(perimeter.boundary().document()));
        }
        ObjectNode inline = text.putObject("inline");
        perimeter.inline().forEach((name, document) -> inline.set(name, document(document)));
        ObjectNode attached = text.putObject("attached");
        perimeter.attached().forEach((arn, document) -> attached.set(arn, document(document)));
        ObjectNode tags = text.putObject("tags");
        perimeter.tags().forEach(tags::put);
        return text.toString();
    }

    /// The perimeter that a text is; null for a text that is none, or of another format.
    public static @Nullable Perimeter read(String text) {
        try {
            JsonNode tree = JSON.readTree(text);
            JsonNode principal = tree.path("principal");
            if (tree.path("format").asInt() != FORMAT || !principal.isObject()) {
                return null;
            }
            JsonNode boundary = tree.path("boundary");
            return new Perimeter(
                    new Principal(Principal.Kind.valueOf(principal.path("kind").asText()),
                            principal.path("account").asText(), principal.path("arn").asText(),
                            principal.path("name").asText()),
                    tree.has("trust") ? text(tree.path("trust")) : null,
                    boundary.isObject()
                            ? new Perimeter.Boundary(boundary.path("arn").asText(), text(boundary.path("document")))
                            : null,
                    texts(tree.path("inline")), texts(tree.path("attached")), texts(tree.path("tags")));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return null;
        }
    }

    /// Sixteen hexadecimal digits that change when the perimeter does.
    public static String fingerprint(Perimeter perimeter) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(write(perimeter).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A document in its one form; as a text where it cannot be read.
    private static JsonNode document(String document) {
        JsonNode canonical = Policy.canonical(document);
        return canonical == null ? JSON.getNodeFactory().textNode(document) : canonical;
    }

    private static String text(JsonNode node) {
        return node.isTextual() ? node.asText() : node.toString();
    }

    private static SortedMap<String, String> texts(JsonNode object) {
        SortedMap<String, String> texts = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            texts.put(field.getKey(), text(field.getValue()));
        }
        return texts;
    }
}
