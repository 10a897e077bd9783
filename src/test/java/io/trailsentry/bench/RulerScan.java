package io.trailsentry.bench;

import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import software.amazon.event.ruler.Machine;

/// Matches each record of a gzipped file of lines against patterns as EventBridge would, by AWS's Event Ruler: one for each
/// of the first actions that the catalogue lists. Says how many matched.
final class RulerScan {
    private static final int PATTERNS = 109;

    private RulerScan() {
    }

    /// Argument: the file.
    public static void main(String[] args) throws Exception {
        TreeSet<String> actions = new TreeSet<>();
        Catalogue catalogue = Catalogue.load();
        Detectors.IDS.forEach(id -> actions.addAll(catalogue.listed(id, false).keySet()));
        Machine machine = Machine.builder().build();
        for (String action : List.copyOf(actions).subList(0, PATTERNS)) {
            int colon = action.indexOf(':');
            machine.addRule(action, "{\"eventSource\":[\"" + action.substring(0, colon)
                    + ".amazonaws.com\"],\"eventName\":[\"" + action.substring(colon + 1) + "\"]}");
        }
        long matched = 0;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(Path.of(args[0])), 1 << 16), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                matched += machine.rulesForJSONEvent(line).isEmpty() ? 0 : 1;
            }
        }
        System.out.println(matched + " records matched one of " + PATTERNS + " patterns");
    }
}
