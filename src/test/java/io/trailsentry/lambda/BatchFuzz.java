package io.trailsentry.lambda;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.engine.Delivery;
import java.io.IOException;
import java.util.List;

/// Any bytes as the function's input: no JSON is refused as such, and a batch has all its messages or is none.
public final class BatchFuzz {
    private static final JsonMapper JSON = new JsonMapper();

    private BatchFuzz() {
    }

    /// Cuts the input into messages.
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (new String(input, ISO_8859_1).indexOf('\u00ff') >= 0) {
            return; // no byte of UTF-8; whether Jackson takes it within a field's name depends on what it read before
        }
        List<Delivery> batch;
        try {
            batch = DetectorFunction.batch(input);
        } catch (IOException e) {
            // JSON may be in UTF-16 or UTF-32 too, and that may be broken: another exception than bad JSON, as well declared.
            return;
        }
        JsonNode records = JSON.readTree(input).path("Records");
        if (!batch.isEmpty()) {
            assertThat(batch).hasSize(records.size());
            for (int i = 0; i < batch.size(); i++) {
                JsonNode record = records.isArray()
                        ? records.get(i)
                        : List.copyOf(records.properties()).get(i).getValue();
                assertThat(batch.get(i).id()).isEqualTo(record.path("messageId").textValue());
                assertThat(batch.get(i).body()).isEqualTo(record.path("body").textValue());
            }
        }
    }
}
