package io.trailsentry.cli;

import io.trailsentry.engine.Replay;
import io.trailsentry.finding.Finding;
import io.trailsentry.publish.SafeText;
import io.trailsentry.trail.Position;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Tells on standard error how a replay goes: progress on a terminal, what could not be read, and a summary.
final class Console implements Replay.Listener {
    private static final int REMARKS_A_FILE = 10;

    private final PrintWriter err;
    private final boolean terminal;
    private final long started = System.nanoTime();
    private final Map<String, Integer> remarks = new TreeMap<>();

    Console(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    @Override
    public void file(String file, int number, int of) {
        if (terminal) {
            err.print("\r\u001b[K" + number + "/" + of + " " + shown(file));
            err.flush();
        }
    }

    @Override
    public void remark(Position position, String what, boolean lost) {
        int told = remarks.merge(position.file(), 1, Integer::sum);
        if (told <= REMARKS_A_FILE) {
            clear();
            err.println(shown(position.toString()) + ": " + (lost ? "not read: " : "") + shown(what));
        }
    }

    /// File names and what files hold are not ours: nothing in them may steer the terminal.
    static String shown(String text) {
        return SafeText.PLAIN.text(text, 512);
    }

    private void clear() {
        if (terminal) {
            err.print("\r\u001b[K");
        }
    }

    /// Prints what was read and found.
    void summarise(Replay.Result result) {
        clear();
        remarks.forEach((file, told) -> {
            if (told > REMARKS_A_FILE) {
                err.println(shown(file) + ": and " + (told - REMARKS_A_FILE) + " more like these");
            }
        });
        double seconds = Math.max(1e-3, Duration.ofNanos(System.nanoTime() - started).toMillis() / 1000.0);
        long values = result.records() + result.duplicates() + result.skipped();
        List<String> lines = new ArrayList<>();
        lines.add(String.join(", ", some(result.files(), "file"), some(result.records(), "record"),
                String.format(Locale.ROOT, "%,d skipped", result.skipped()), some(result.duplicates(), "duplicate"),
                String.format(Locale.ROOT, "%,d unreadable", result.unreadable())));
        lines.add(some(result.calls(), "call") + " by " + some(result.agents(), "agent")
                + String.format(Locale.ROOT, ", %,.0f records/s", values / seconds));
        lines.add(some(result.findings().size(), "finding")
                + counts(result.findings(), found -> found.severity(), severity -> severity.label())
                + counts(result.findings(), found -> found.leading().detector(), detector -> detector)
                + (result.excepted() > 0 ? "; " + some(result.excepted(), "step") + " excepted" : ""));
        lines.forEach(err::println);
    }

    static String some(long number, String thing) {
        return String.format(Locale.ROOT, "%,d %s%s", number, thing, number == 1 ? "" : "s");
    }

    private static <K extends Comparable<K>> String counts(List<Finding> findings, Function<Finding, K> key,
            Function<K, String> name) {
        if (findings.isEmpty()) {
            return "";
        }
        TreeMap<K, Long> counts = findings.stream()
                .collect(Collectors.groupingBy(key, TreeMap::new, Collectors.counting()));
        return counts.descendingMap().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%,d %s", entry.getValue(), name.apply(entry.getKey())))
                .collect(Collectors.joining(", ", "; ", ""));
    }
}
