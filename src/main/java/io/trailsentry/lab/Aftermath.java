package io.trailsentry.lab;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.SafeText;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What a proposed configuration would have found, as comments behind it: each finding that people would have been told
/// of, and the exception that would have kept it away. Pure.
final class Aftermath {
    /// Most different findings that are listed.
    private static final int MOST = 100;
    /// So long after the history a suggested exception ends.
    private static final int EXCEPTION_DAYS = 90;
    private static final String REASON = "say who asked for this, and why";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Aftermath() {
    }

    /// The comments; each line begins with `#`.
    static String comments(List<Finding> findings) {
        StringBuilder out = new StringBuilder("\n# With this configuration there would have been ")
                .append(Seen.some(findings.size(), "finding")).append(" in this history")
                .append(findings.isEmpty() ? ".\n" : ":\n");
        if (findings.isEmpty()) {
            return out.toString();
        }
        line(out, "  by severity", counts(findings, Finding::severity, Severity::label));
        line(out, "  by detector", counts(findings, finding -> finding.leading().detector(), detector -> detector));
        Map<String, List<Finding>> told = new LinkedHashMap<>();
        findings.stream().filter(finding -> finding.severity().isAtLeast(Severity.MEDIUM))
                .sorted(Comparator.comparing(Finding::severity).reversed())
                .forEach(finding -> told.computeIfAbsent(finding.fingerprint(), key -> new ArrayList<>())
                        .add(finding));
        if (told.isEmpty()) {
            return out.append("# None of them is of medium severity or above.\n").toString();
        }
        out.append(
                """
                        # Those of medium severity and above follow, the same deed once. Each is an attack, a mistake, or in order.
                        # Where it is in order, and only there, make its exception count.
                        # exceptions:
                        """);
        LocalDate until = findings.stream().map(Finding::lastSeen).filter(last -> last != null)
                .max(Comparator.naturalOrder()).orElse(Instant.EPOCH).atZone(ZoneOffset.UTC).toLocalDate()
                .plusDays(EXCEPTION_DAYS);
        told.values().stream().limit(MOST).forEach(same -> {
            Finding finding = same.getFirst();
            line(out, "  # " + finding.severity().label() + ", score " + finding.score(),
                    (finding.firstSeen() == null ? "undated" : TIME.format(finding.firstSeen()) + " UTC") + ", finding "
                            + finding.id() + (same.size() == 1 ? "" : ", and " + (same.size() - 1) + " more like it"));
            out.append("#   #   ").append(SafeText.PLAIN.text(finding.title(), 512)).append('\n');
            ExceptionProposal.of(finding, until, REASON, false).yaml().lines()
                    .forEach(line -> out.append("# ").append(line).append('\n'));
        });
        if (told.size() > MOST) {
            out.append("#   # ... and ").append(told.size() - MOST).append(" more.\n");
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String label, String text) {
        out.append("# ").append(label).append(": ").append(text).append('\n');
    }

    private static <K extends Comparable<K>> String counts(List<Finding> findings, Function<Finding, K> key,
            Function<K, String> name) {
        return findings.stream().collect(Collectors.groupingBy(key, TreeMap::new, Collectors.counting()))
                .descendingMap().entrySet().stream()
                .map(entry -> entry.getValue() + " " + name.apply(entry.getKey())).collect(Collectors.joining(", "));
    }
}
