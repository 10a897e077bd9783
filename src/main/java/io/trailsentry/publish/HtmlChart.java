package io.trailsentry.publish;

import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.Survey.Work;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// An agent's calls over time as an inline drawing, with its findings and bursts marked; and the same as a table. Its size
/// does not grow with the number of calls. Pure.
final class HtmlChart {
    private static final int MOST_BARS = 340;
    private static final int MOST_MARKS = 60;
    private static final int MOST_ROWS = 62;
    private static final long DAY = 86_400;
    private static final long[] WIDTHS = {60, 300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, DAY, 7 * DAY,
            28 * DAY, 364 * DAY};
    /// Height in pixels: marks above, bars, labels below.
    private static final int HEIGHT = 168;
    private static final int TOP = 26;
    private static final int BARS = 112;

    private final Work work;
    private final List<Finding> findings;
    private final ZoneId zone;
    private final long width;
    private final long from;
    private final int[] calls;
    private final int[] denied;

    /// A chart.
    ///
    /// @param findings the agent's, gravest first
    /// @param period first and last second of the axis
    HtmlChart(Work work, List<Finding> findings, Period period, ZoneId zone) {
        this.work = work;
        this.findings = findings;
        this.zone = zone;
        long offset = zone.getRules().getOffset(Instant.ofEpochSecond(period.from())).getTotalSeconds();
        this.width = width(period.to() - period.from());
        this.from = Math.floorDiv(period.from() + offset, width) * width - offset;
        int bars = (int) ((period.to() - from) / width) + 1;
        this.calls = new int[bars];
        this.denied = new int[bars];
        work.forEachMinute((minute, made, refused) -> {
            int bar = (int) ((minute * 60 - from) / width);
            calls[bar] += made;
            denied[bar] += refused;
        });
    }

    /// A stretch of time.
    ///
    /// @param from first second since 1970
    /// @param to last second, at least `from`
    record Period(long from, long to) {
        /// The stretch that holds this and another; this, when there is no other.
        Period and(@Nullable Period other) {
            return other == null ? this : new Period(Math.min(from, other.from), Math.max(to, other.to));
        }
    }

    private static long width(long seconds) {
        for (long width : WIDTHS) {
            if (seconds / width + 2 <= MOST_BARS) {
                return width;
            }
        }
        return Math.max(WIDTHS[WIDTHS.length - 1], seconds / (MOST_BARS - 2) / DAY * DAY + DAY);
    }

    private long end() {
        return from + width * calls.length;
    }

    /// Writes the drawing and the table.
    ///
    /// @param id tells this chart's parts from others'
    void write(Html page, String id) {
        int most = 0;
        for (int i = 0; i < calls.length; i++) {
            most = calls[i] > calls[most] ? i : most;
        }
        int scale = ceiling(calls[most]);
        page.open("figure", "class", "chart");
        page.open("figcaption").element("b", "Calls over time");
        page.text(" in " + HtmlTime.zone(zone) + ", by " + per()).close();
        page.open("svg", "role", "img", "width", "100%", "height", String.valueOf(HEIGHT), "aria-labelledby",
                id + "-t " + id + "-d");
        page.element("title", "Calls over time, by " + per(), "id", id + "-t");
        page.element("desc", description(most), "id", id + "-d");
        bands(page);
        line(page, TOP, "grid");
        line(page, TOP + BARS / 2, "grid");
        bars(page, calls, scale, "bar");
        bars(page, denied, scale, "bar denied");
        line(page, TOP + BARS, "axis");
        page.element("text", HtmlTime.number(scale), "x", "0", "y", String.valueOf(TOP - 4), "class", "scale");
        ticks(page);
        marks(page);
        page.close();
        legend(page);
        table(page);
        page.close();
    }

    private String per() {
        return width < 3_600
                ? width / 60 == 1 ? "minute" : width / 60 + " minutes"
                : width < DAY
                        ? width == 3_600 ? "hour" : width / 3_600 + " hours"
                        : width == DAY ? "day" : width / DAY + " days";
    }

    private String description(int most) {
        long bursts = findings.stream().filter(HtmlChart::isBurst).count();
        return HtmlTime.some(work.calls(), "call") + " from " + HtmlTime.minute(at(work.firstMinute() * 60), zone)
                + " to " + HtmlTime.minute(at(work.lastMinute() * 60), zone) + ". The most in " + per() + ": "
                + HtmlTime.number(calls[most]) + ", from " + HtmlTime.minute(at(from + most * width), zone) + ". "
                + (bursts == 0 ? "No burst." : HtmlTime.some(bursts, "burst") + " marked.")
                + " The table below says the same.";
    }

    private static Instant at(long second) {
        return Instant.ofEpochSecond(second);
    }

    private static boolean isBurst(Finding finding) {
        return finding.signals().stream().anyMatch(signal -> signal.window() != null);
    }

    /// The least round number that is not under a number.
    private static int ceiling(int number) {
        long step = 1;
        while (true) {
            for (long factor : new long[]{2, 4, 6, 8, 10}) {
                if (step * factor >= number) {
                    return (int) Math.min(Integer.MAX_VALUE, step * factor);
                }
            }
            step *= 10;
        }
    }

    private String place(long second) {
        double share = Math.clamp((double) (second - from) / (end() - from), 0, 1);
        return String.format(Locale.ROOT, "%.2f%%", share * 100);
    }

    private static void line(Html page, int y, String name) {
        page.open("line", "x1", "0", "x2", "100%", "y1", String.valueOf(y), "y2", String.valueOf(y), "class", name)
                .close();
    }

    private void bars(Html page, int[] counts, int scale, String name) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                int height = Math.max(1, (int) Math.round((double) counts[i] * BARS / scale));
                path.append('M').append(i).append(".1 ").append(BARS).append('v').append(-height).append("h.8v")
                        .append(height).append('z');
            }
        }
        if (!path.isEmpty()) {
            page.open("svg", "x", "0", "y", String.valueOf(TOP), "width", "100%", "height", String.valueOf(BARS),
                    "viewBox", "0 0 " + counts.length + " " + BARS, "preserveAspectRatio", "none");
            page.open("path", "d", path.toString(), "class", name).close().close();
        }
    }

    private void bands(Html page) {
        findings.stream().filter(HtmlChart::isBurst).limit(MOST_MARKS).forEach(finding -> {
            Instant first = finding.firstSeen();
            Instant last = finding.lastSeen();
            if (first != null && last != null) {
                double share = (double) (last.getEpochSecond() - first.getEpochSecond()) / (end() - from);
                page.open("rect", "x", place(first.getEpochSecond()), "y", "8", "width",
                        String.format(Locale.ROOT, "%.2f%%", Math.max(0.5, share * 100)), "height",
                        String.valueOf(TOP + BARS - 8), "class", "band " + finding.severity().label());
                page.element("title", HtmlTime.minute(first, zone) + ": " + finding.title()).close();
            }
        });
    }

    /// Severities differ in shape too.
    private void marks(Html page) {
        List<Finding> shown = new ArrayList<>(findings.stream().limit(MOST_MARKS).toList());
        shown.sort(Comparator.comparingInt(Finding::score));
        for (Finding finding : shown) {
            Instant first = finding.firstSeen();
            if (first == null) {
                continue;
            }
            String shape = switch (finding.severity()) {
                case CRITICAL -> "M0-7 7 0 0 7-7 0z";
                case HIGH -> "M0-6 6.5 5h-13z";
                case MEDIUM -> "M-4.5-4.5h9v9h-9z";
                case LOW, INFORMATIONAL -> "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z";
            };
            page.open("svg", "x", place(first.getEpochSecond()), "y", "8", "width", "1", "height", "1", "class",
                    "mark");
            page.open("path", "d", shape, "class", finding.severity().label());
            page.element("title", HtmlTime.minute(first, zone) + ", " + finding.severity().label() + ": "
                    + finding.title()).close().close();
        }
    }

    private void ticks(Html page) {
        for (ZonedDateTime tick : tickTimes()) {
            boolean clock = (end() - from) <= 2 * DAY;
            String label = clock
                    ? HtmlTime.clock(tick.toInstant(), zone)
                    : (end() - from) > 400 * DAY
                            ? HtmlTime.month(tick.toLocalDate())
                            : HtmlTime.shortDay(tick.toInstant(), zone);
            double share = (double) (tick.toEpochSecond() - from) / (end() - from);
            String x = place(tick.toEpochSecond());
            page.open("line", "x1", x, "x2", x, "y1", String.valueOf(TOP + BARS), "y2",
                    String.valueOf(TOP + BARS + 5), "class", "axis").close();
            page.element("text", label, "x", x, "y", String.valueOf(TOP + BARS + 19), "class",
                    share < 0.04 ? "tick first" : share > 0.96 ? "tick last" : "tick");
        }
    }

    /// Six or so round times.
    private List<ZonedDateTime> tickTimes() {
        long span = end() - from;
        ZonedDateTime start = at(from).atZone(zone);
        ZonedDateTime tick = span <= 2 * DAY ? start.truncatedTo(ChronoUnit.HOURS) : start.truncatedTo(ChronoUnit.DAYS);
        // In minutes; over years, whole years of 52 weeks.
        long step = LongStream.of(1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 4_320, 10_080, 20_160, 40_320,
                131_040).filter(minutes -> span / (minutes * 60) <= 6).findFirst()
                .orElse((span / (7 * 364 * DAY) + 1) * 524_160);
        if (step > 60 && step < 1_440) {
            tick = start.truncatedTo(ChronoUnit.DAYS);
        }
        if (step >= 10_080) {
            tick = tick.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
        }
        List<ZonedDateTime> ticks = new ArrayList<>();
        while (tick.toEpochSecond() <= end()) {
            if (tick.toEpochSecond() >= from) {
                ticks.add(tick);
            }
            tick = step < 1_440 ? tick.plusMinutes(step) : tick.plusDays(step / 1_440);
        }
        return ticks;
    }

    private void legend(Html page) {
        page.open("ul", "class", "legend");
        key(page, "bar", "calls");
        key(page, "denied", "refused");
        if (findings.stream().anyMatch(HtmlChart::isBurst)) {
            key(page, "band", "burst");
        }
        for (Severity severity : findings.stream().map(Finding::severity).distinct().toList()) {
            String shape = switch (severity) {
                case CRITICAL -> "\u25C6";
                case HIGH -> "\u25B2";
                case MEDIUM -> "\u25A0";
                case LOW, INFORMATIONAL -> "\u25CF";
            };
            page.open("li").element("span", shape, "class", "shape " + severity.label(), "aria-hidden", "true");
            page.text(" " + severity.label() + " finding").close();
        }
        page.close();
        if (findings.size() > MOST_MARKS) {
            page.element("p", "Of " + HtmlTime.number(findings.size()) + " findings the gravest " + MOST_MARKS
                    + " are marked.", "class", "none");
        }
    }

    /// Says what a colour stands for.
    static void key(Html page, String name, String text) {
        page.open("li").open("span", "class", "key " + name).close().text(" " + text).close();
    }

    /// What one row of the table sums up.
    private static final class Row {
        private long calls;
        private long denied;
        private long findings;
    }

    private void table(Html page) {
        TreeMap<Long, Row> rows = new TreeMap<>();
        Function<Instant, Long> row = row();
        work.forEachMinute((minute, made, refused) -> {
            Row sum = rows.computeIfAbsent(row.apply(at(minute * 60)), key -> new Row());
            sum.calls += made;
            sum.denied += refused;
        });
        findings.forEach(finding -> {
            if (finding.firstSeen() != null) {
                rows.computeIfAbsent(row.apply(finding.firstSeen()), key -> new Row()).findings++;
            }
        });
        boolean hours = isByHour();
        page.open("details", "class", "data").element("summary", "Calls over time as a table");
        page.open("table").element("caption", "Calls, refused calls and findings that began, in " + HtmlTime.zone(zone)
                + (rows.size() > MOST_ROWS ? "; the last " + MOST_ROWS + " rows of " + rows.size() : ""));
        page.open("thead").open("tr").element("th", hours ? "Hour from" : rowName(), "scope", "col");
        for (String head : List.of("Calls", "Refused", "Findings")) {
            page.element("th", head, "scope", "col", "class", "n");
        }
        page.close().close().open("tbody");
        rows.entrySet().stream().skip(Math.max(0, rows.size() - MOST_ROWS)).forEach(entry -> {
            Instant start = at(entry.getKey());
            page.open("tr").element("th", hours
                    ? HtmlTime.minute(start, zone)
                    : HtmlTime.day(start.atZone(zone).toLocalDate()), "scope", "row");
            for (long value : new long[]{entry.getValue().calls, entry.getValue().denied,
                    entry.getValue().findings}) {
                page.element("td", HtmlTime.number(value), "class", "n");
            }
            page.close();
        });
        page.close().close().close();
    }

    private boolean isByHour() {
        return end() - from <= 2 * DAY;
    }

    private String rowName() {
        long days = (end() - from) / DAY;
        return days <= MOST_ROWS ? "Day" : days <= MOST_ROWS * 7 ? "Week from" : "Month from";
    }

    /// The first second of the row in which a moment lies.
    private Function<Instant, Long> row() {
        if (isByHour()) {
            return moment -> moment.atZone(zone).truncatedTo(ChronoUnit.HOURS).toEpochSecond();
        }
        String name = rowName();
        return moment -> {
            LocalDate day = moment.atZone(zone).toLocalDate();
            LocalDate first = name.equals("Day")
                    ? day
                    : name.equals("Week from")
                            ? day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                            : day.withDayOfMonth(1);
            return first.atStartOfDay(zone).toEpochSecond();
        };
    }
}
