package io.trailsentry.detect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/// Any text as a policy document of a call: nothing is thrown, layout makes no difference, and a condition on every
/// statement leaves nothing that is allowed without one.
public final class PolicyDocumentFuzz {
    private static final JsonMapper JSON = new JsonMapper();

    private PolicyDocumentFuzz() {
    }

    /// Reads the document as it is, pretty, and with conditions.
    public static void fuzzerTestOneInput(byte[] input) {
        String document = new String(input, UTF_8);
        boolean everything = PolicyDocument.allowsEverything(document);
        boolean everybody = PolicyDocument.allowsEverybody(document);
        JsonNode tree;
        try {
            tree = JSON.readTree(document);
        } catch (JsonProcessingException e) {
            assertThat(everything || everybody).isFalse();
            return;
        }
        String pretty = tree.toPrettyString();
        assertThat(PolicyDocument.allowsEverything(pretty)).isEqualTo(everything);
        assertThat(PolicyDocument.allowsEverybody(pretty)).isEqualTo(everybody);

        tree.findParents("Effect").forEach(statement -> statement.withObject("/Condition"));
        assertThat(PolicyDocument.allowsEverything(tree.toString())).isFalse();
        assertThat(PolicyDocument.allowsEverybody(tree.toString())).isFalse();
    }
}
