package io.trailsentry.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/// What a run of the command line printed, and its exit code.
record Run(int code, String out, String err) {
    private static final JsonMapper JSON = new JsonMapper();

    /// Runs a command within the test.
    static Run of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), args);
        return new Run(code, out.toString(), err.toString());
    }

    /// The findings that a replay printed as JSON lines.
    List<JsonNode> findings() {
        try {
            List<JsonNode> findings = new ArrayList<>();
            for (String line : out.lines().toList()) {
                findings.add(JSON.readTree(line));
            }
            return findings;
        } catch (JsonProcessingException e) {
            throw new AssertionError(out, e);
        }
    }
}
