package io.trailsentry.lab;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/// A file of JSON objects, one a line; unpacked when its name ends in `.gz`. Not thread-safe.
final class JsonLineFile implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final BufferedReader lines;

    private JsonLineFile(Reader reader) {
        lines = new BufferedReader(reader);
    }

    /// Takes the lines of a file.
    interface Sink {
        /// Takes an object.
        ///
        /// @param line from 1
        void object(ObjectNode object, long line);

        /// A line, or the rest of the file, holds no JSON object.
        void fault(String reason, long line);
    }

    static JsonLineFile open(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            boolean packed = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
            return new JsonLineFile(new InputStreamReader(packed ? new GZIPInputStream(in) : in,
                    StandardCharsets.UTF_8));
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /// Reads a file to its end. What cannot be read is a fault; nothing is thrown.
    static void read(Path file, Sink sink) {
        long number = 0;
        try (JsonLineFile open = open(file)) {
            for (String line = open.lines.readLine(); line != null; line = open.lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    take(line, number, sink);
                }
            }
        } catch (IOException e) {
            sink.fault("reading stopped: " + e.getMessage(), number + 1);
        }
    }

    private static void take(String line, long number, Sink sink) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node instanceof ObjectNode object) {
                sink.object(object, number);
            } else {
                sink.fault("not a JSON object", number);
            }
        } catch (JsonProcessingException e) {
            sink.fault(e.getOriginalMessage(), number);
        }
    }

    /// A parser from where the file is; closing the file is still needed.
    JsonParser parser() throws IOException {
        return JSON.createParser(lines);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
