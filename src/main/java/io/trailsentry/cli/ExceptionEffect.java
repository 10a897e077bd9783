package io.trailsentry.cli;

import io.trailsentry.detect.Signal;
import io.trailsentry.engine.Replay;
import io.trailsentry.finding.Exceptions.Entry;
import io.trailsentry.finding.Exceptions.Gap;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What exceptions would have hidden in a history, and what of the same kind they would not. Immutable and thread-safe.
///
/// @param changes the findings that they would have taken out or changed, in the order of the history
/// @param steps number of steps that they would have taken out
/// @param kept the findings that stay though an exception comes near one of their signals, with the reasons
record ExceptionEffect(List<Change> changes, long steps, List<Kept> kept) {
    private static final int MOST = 20;

    ExceptionEffect {
        changes = List.copyOf(changes);
        kept = List.copyOf(kept);
    }

    /// What becomes of a finding.
    ///
    /// @param after null: it is gone
    record Change(Finding before, @Nullable Finding after) {
        /// Events that would have been behind no finding any more.
        int events() {
            return Math.max(0, before.count() - (after == null ? 0 : after.count()));
        }

        String text() {
            Severity was = before.severity();
            String what = after == null
                    ? "gone     " + was.label()
                    : after.severity() == was
                            ? "smaller  " + was.label()
                            : "lowered  " + was.label() + " to " + after.severity().label();
            return String.format("%-29s", what) + line(before);
        }
    }

    /// A finding that stays.
    ///
    /// @param reasons at least one
    record Kept(Finding finding, Set<String> reasons) {
        String text() {
            return String.format("%-29s", finding.severity().label()) + line(finding) + ": "
                    + String.join("; ", reasons);
        }
    }

    /// A finding's id and what it says.
    static String line(Finding finding) {
        return finding.id() + "  " + Console.shown(finding.title());
    }

    /// Compares a history with and without exceptions.
    ///
    /// @param before without them
    /// @param after with them
    static ExceptionEffect of(Replay.Result before, Replay.Result after, List<Entry> entries) {
        Map<String, Finding> left = after.findings().stream()
                .collect(Collectors.toMap(Finding::id, Function.identity()));
        List<Change> changes = new ArrayList<>();
        List<Kept> kept = new ArrayList<>();
        for (Finding finding : before.findings()) {
            Finding now = left.get(finding.id());
            boolean same = finding.equals(now);
            if (!same) {
                changes.add(new Change(finding, now));
            }
            if (now != null) {
                Set<String> reasons = new LinkedHashSet<>();
                if (!same) {
                    reasons.add("left is " + step(now.leading()));
                }
                now.signals().stream().map(signal -> reason(now, signal, entries)).filter(Objects::nonNull)
                        .forEach(reasons::add);
                if (!reasons.isEmpty()) {
                    kept.add(new Kept(now, reasons));
                }
            }
        }
        return new ExceptionEffect(changes, after.excepted() - before.excepted(), kept);
    }

    private static String step(Signal signal) {
        String action = signal.action() == null ? "" : " for " + signal.action();
        String target = signal.target() == null ? "" : " on " + signal.target();
        return Console.shown(signal.detector() + action + target);
    }

    /// Why no exception holds for a signal of an action that one is for; null when none is.
    private static @Nullable String reason(Finding finding, Signal signal, List<Entry> entries) {
        return entries.stream().map(entry -> new Miss(entry, entry.gap(finding.agent(), signal)))
                .max(Comparator.comparing(miss -> miss.gap() == null ? Gap.DETECTOR : miss.gap()))
                .map(miss -> miss.text(signal)).orElse(null);
    }

    /// An exception and what keeps it from holding; null: nothing does, and what is left is left for another reason.
    private record Miss(Entry entry, @Nullable Gap gap) {
        @Nullable
        String text(Signal signal) {
            return switch (gap) {
                case null -> null;
                case DETECTOR, ACTION -> null;
                case AGENT -> "another agent";
                case TARGET -> signal.target() == null
                        ? "no target is named"
                        : "another target, " + Console.shown(signal.target());
                case CRITICAL -> "critical, and the exception has no end";
                case UNDATED -> "the event has no time";
                case OVER -> "later than " + entry.until();
            };
        }
    }

    /// What somebody needs to know before they add the exceptions, in lines.
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        int events = changes.stream().mapToInt(Change::events).sum();
        lines.add("In this history it would have hidden " + Console.some(steps, "step") + " and "
                + Console.some(events, "event") + " of " + Console.some(changes.size(), "finding") + ":");
        lines.addAll(limited(changes.stream().map(Change::text).toList()));
        if (!kept.isEmpty()) {
            lines.add("It would not have hidden:");
            lines.addAll(limited(kept.stream().map(Kept::text).toList()));
        }
        return lines;
    }

    private static List<String> limited(List<String> lines) {
        List<String> shown = new ArrayList<>();
        lines.stream().limit(MOST).forEach(line -> shown.add("  " + line));
        if (lines.size() > MOST) {
            shown.add("  ... and " + (lines.size() - MOST) + " more");
        }
        return shown;
    }
}
