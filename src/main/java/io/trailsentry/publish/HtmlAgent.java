package io.trailsentry.publish;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.CallCounts;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.UsualRates;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.publish.HtmlChart.Period;
import io.trailsentry.publish.Survey.Seen;
import io.trailsentry.publish.Survey.Work;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// One watched principal of a report: its calls over time and by hour, where it works, and what is normal for it. Pure.
///
/// @param agent what is expected of it
/// @param principal who it is
/// @param work what it did; null: nothing, others did something to it
/// @param findings its findings that are shown, gravest first
record HtmlAgent(Agent agent, Principal principal, @Nullable Work work, List<Finding> findings) {
    private static final int MOST_PLACES = 30;
    private static final int NAME = 128;
    private static final int QUARTER = 15;

    /// The gravest finding's score, 0 without one.
    int gravest() {
        return findings.isEmpty() ? 0 : findings.getFirst().score();
    }

    long calls() {
        return work == null ? 0 : work.calls();
    }

    /// From its first call or finding to its last; null when nothing has a time.
    @Nullable
    Period period() {
        Period period = work == null || work.isTimeless()
                ? null
                : new Period(work.firstMinute() * 60, work.lastMinute() * 60 + 59);
        for (Finding finding : findings) {
            if (finding.firstSeen() != null && finding.lastSeen() != null) {
                period = new Period(finding.firstSeen().getEpochSecond(), finding.lastSeen().getEpochSecond())
                        .and(period);
            }
        }
        return period;
    }

    private static String name(String text) {
        return SafeText.PLAIN.name(text, NAME);
    }

    private static String names(Collection<String> texts) {
        return SafeText.PLAIN.text(String.join(", ", new TreeSet<>(texts)), 4 * NAME);
    }

    /// Writes the principal's part of the page.
    ///
    /// @param number tells it from others
    void write(Html page, int number, Wording wording, boolean open) {
        String id = "agent-" + number;
        page.details(open, "agent", id);
        page.open("summary").element("h3", name(agent.name()));
        page.open("p", "class", "meta").element("code", name(principal.arn()));
        page.text(" \u00B7 account " + wording.account(principal.account()) + " \u00B7 "
                + HtmlTime.some(calls(), "call") + " \u00B7 " + HtmlTime.some(findings.size(), "finding"));
        page.close().close();
        page.open("div", "class", "body");
        Hours hours = agent.hours();
        ZoneId zone = hours == null ? ZoneOffset.UTC : hours.zone();
        Period period = period();
        if (work == null || work.isTimeless() || period == null) {
            page.element("p", work == null ? "It made no call." : "None of its calls has a time.", "class", "none");
        } else {
            new HtmlChart(work, findings, period, zone).write(page, id);
            HtmlHeatMap heat = new HtmlHeatMap(work, hours, zone);
            heat.write(page);
            page.open("div", "class", "columns");
            places(page, "Regions", "Region", work.seen("region"), agent.regions(), zone);
            places(page, "Services", "Service", work.seen("service"), null, zone);
            page.close();
            normal(page, work, heat, zone);
        }
        page.close().close();
    }

    private void places(Html page, String title, String column, Map<String, Seen> seen,
            @Nullable Set<String> expected, ZoneId zone) {
        if (seen.isEmpty()) {
            return;
        }
        List<Map.Entry<String, Seen>> rows = seen.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, Seen> entry) -> entry.getValue().calls()).reversed()
                        .thenComparing(Map.Entry::getKey))
                .limit(MOST_PLACES).toList();
        page.open("table", "class", "places").open("caption").element("b", title);
        page.text(seen.size() > rows.size()
                ? ", the " + rows.size() + " most used of " + HtmlTime.number(seen.size())
                : "").close();
        page.open("thead").open("tr").element("th", column, "scope", "col");
        page.element("th", "First seen", "scope", "col").element("th", "Last seen", "scope", "col");
        page.element("th", "Calls", "scope", "col", "class", "n").close().close().open("tbody");
        for (Map.Entry<String, Seen> row : rows) {
            page.open("tr").open("th", "scope", "row").element("code", name(row.getKey()));
            if (expected != null && !expected.contains(row.getKey())) {
                page.text(" ").element("span", "not listed", "class", "note");
            }
            page.close();
            moment(page, row.getValue().first(), zone);
            moment(page, row.getValue().last(), zone);
            page.element("td", HtmlTime.number(row.getValue().calls()), "class", "n").close();
        }
        page.close().close();
    }

    private static void moment(Html page, @Nullable Sighting at, ZoneId zone) {
        page.open("td");
        if (at == null) {
            page.text("not recorded");
        } else {
            HtmlTime.writeMinute(page, at.time(), zone);
        }
        page.close();
    }

    private void normal(Html page, Work done, HtmlHeatMap heat, ZoneId zone) {
        Rates rates = Rates.of(done);
        page.element("h4", "What is normal for it");
        page.open("dl");
        fact(page, "Baseline", baseline(rates));
        fact(page, "Regions", agent.regions() == null
                ? "learned: those above, each forgotten 90 days after it was last seen"
                : names(agent.regions()) + " (configured)");
        Hours hours = agent.hours();
        String outside = heat.outside();
        fact(page, "Hours", hours == null || outside == null
                ? "not configured; times are in UTC"
                : hours + " (configured); " + outside);
        fact(page, "Days", HtmlTime.number(rates.days.size()) + " of "
                + HtmlTime.some(done.lastMinute() / 1440 - done.firstMinute() / 1440 + 1, "day") + " (UTC) had calls");
        fact(page, "Rate", rates.text(zone));
        String unlikely = unlikely(rates, hours);
        if (unlikely != null) {
            fact(page, "Bursts", unlikely);
        }
        fact(page, "Channel", agent.mcpOnly() ? "an AWS MCP server only (configured)" : "any");
        if (agent.assumableRoles() != null) {
            fact(page, "Roles", agent.assumableRoles().isEmpty()
                    ? "it may assume none (configured)"
                    : "it may assume " + names(agent.assumableRoles()) + " (configured)");
        }
        page.close();
    }

    private static void fact(Html page, String name, String text) {
        page.element("dt", name).element("dd", text);
    }

    private static String baseline(Rates rates) {
        Profile profile = new Profile();
        profile.calls().merge(rates.quarters);
        String known = HtmlTime.some(rates.days.size(), "day") + " with calls, " + HtmlTime.some(rates.calls, "call");
        return profile.isLearned(new Sighting(rates.last * 60, ""))
                ? "learned, from " + known
                : "still learning, from " + known + ": it takes " + Profile.LEARNING_DAYS + " days and "
                        + Profile.LEARNING_CALLS + " calls that are a day old, and until then what only the baseline "
                        + "says is worth at most " + Signal.LEARNING + " of 100";
    }

    /// From how many calls on the last day's windows were unlikely, as learned from the days before it; null when that is too
    /// little.
    private static @Nullable String unlikely(Rates rates, @Nullable Hours hours) {
        UsualRates usual = new UsualRates(rates.quarters, hours == null ? null : hours.zone(),
                hours == null ? null : hours.days());
        if (!usual.isLearned(rates.last)) {
            return null;
        }
        int[] within = LongStream.range(0, CallCounts.QUARTERS_A_DAY).map(back -> rates.last - back * QUARTER)
                .filter(minute -> hours == null
                        ? usual.isWorked(minute)
                        : hours.contains(Instant.ofEpochSecond(minute * 60)))
                .mapToObj(minute -> usual.at(minute)).filter(Objects::nonNull)
                .mapToInt(at -> at.least(UsualRates.UNLIKELY)).toArray();
        String outside = HtmlTime.number(usual.outside(rates.last).least(UsualRates.UNLIKELY));
        return within.length == 0
                ? "unlikely from " + outside + " calls in " + UsualRates.WINDOW + " min on (learned)"
                : "unlikely from " + HtmlTime.number(Arrays.stream(within).min().orElse(0)) + " to "
                        + HtmlTime.number(Arrays.stream(within).max().orElse(0)) + " calls in " + UsualRates.WINDOW
                        + " min on, by the hour, and outside its hours from " + outside + " (learned)";
    }

    /// How many calls a principal made when.
    private static final class Rates {
        private static final int PEAK = 5;

        private final CallCounts quarters = new CallCounts();
        private final TreeMap<Long, Integer> hours = new TreeMap<>();
        private final Set<Long> days = new TreeSet<>();
        private long calls;
        private long last;
        private int peak;
        private long peakEnd;

        static Rates of(Work work) {
            Rates rates = new Rates();
            TreeMap<Long, Integer> window = new TreeMap<>();
            work.forEachMinute((minute, made, refused) -> {
                window.headMap(minute - PEAK + 1).clear();
                window.put(minute, made);
                rates.add(minute, made, sum(window), sum(window.tailMap(minute / QUARTER * QUARTER)));
            });
            return rates;
        }

        private static int sum(Map<Long, Integer> minutes) {
            return minutes.values().stream().mapToInt(Integer::intValue).sum();
        }

        /// @param sum calls in the five minutes that end with this one
        /// @param within likewise, within the quarter hour
        private void add(long minute, int made, int sum, int within) {
            if (sum > peak) {
                peak = sum;
                peakEnd = minute;
            }
            CallCounts.Count before = quarters.of(minute / QUARTER);
            quarters.atLeast(minute / QUARTER, new CallCounts.Count(before.calls() + made, within));
            hours.merge(minute / 60, made, Integer::sum);
            days.add(minute / 1440);
            calls += made;
            last = minute;
        }

        String text(ZoneId zone) {
            int[] sorted = hours.values().stream().mapToInt(Integer::intValue).sorted().toArray();
            return HtmlTime.number(sorted[sorted.length / 2]) + " in the middle one of its "
                    + HtmlTime.some(sorted.length, "hour") + " with calls, "
                    + HtmlTime.number(Arrays.stream(sorted).max()
                            .orElse(0))
                    + " in the busiest; at most " + HtmlTime.number(peak) + " in " + PEAK + " min, until "
                    + HtmlTime.minute(Instant.ofEpochSecond(peakEnd * 60), zone);
        }
    }
}
