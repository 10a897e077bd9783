package io.trailsentry.publish;

import io.trailsentry.agent.Hours;
import io.trailsentry.publish.Survey.Work;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// An agent's calls by hour and weekday in its own zone: a table whose cells are coloured, so that it can be read as well
/// as seen. What lies outside the agent's hours has a colour of its own. Pure.
final class HtmlHeatMap {
    private static final int LEVELS = 5;
    /// A Monday, to ask configured hours about an hour of the week.
    private static final LocalDate MONDAY = LocalDate.of(2026, 1, 5);

    private final ZoneId zone;
    private final @Nullable Hours hours;
    private final long[][] calls = new long[7][24];
    private long outside;
    private long dated;

    /// A heat map.
    ///
    /// @param hours when the agent is expected to work; null: not told
    HtmlHeatMap(Work work, @Nullable Hours hours, ZoneId zone) {
        this.zone = zone;
        this.hours = hours;
        work.forEachMinute((minute, made, refused) -> {
            Instant moment = Instant.ofEpochSecond(minute * 60);
            ZonedDateTime local = moment.atZone(zone);
            calls[local.getDayOfWeek().getValue() - 1][local.getHour()] += made;
            dated += made;
            outside += hours == null || hours.contains(moment) ? 0 : made;
        });
    }

    /// `7% of its calls lie outside its hours`; null without hours.
    @Nullable
    String outside() {
        return hours == null
                ? null
                : outside == 0
                        ? "none of its calls lies outside them"
                        : HtmlTime.some(outside, "call") + " of " + HtmlTime.number(dated) + " ("
                                + String.format(Locale.ROOT, "%.0f%%", Math.max(1, 100.0 * outside / dated))
                                + ") " + (outside == 1 ? "lies" : "lie") + " outside them";
    }

    /// Writes the table.
    void write(Html page) {
        long most = 1;
        for (long[] day : calls) {
            for (long count : day) {
                most = Math.max(most, count);
            }
        }
        page.open("table", "class", "heat");
        page.open("caption").element("b", "Calls by hour and weekday");
        page.text(" in " + HtmlTime.zone(zone)).close();
        page.open("thead").open("tr").element("td", "");
        for (int hour = 0; hour < 24; hour++) {
            page.element("th", String.format(Locale.ROOT, "%02d", hour), "scope", "col");
        }
        page.close().close().open("tbody");
        for (DayOfWeek day : DayOfWeek.values()) {
            page.open("tr").element("th", day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH), "scope", "row");
            for (int hour = 0; hour < 24; hour++) {
                long count = calls[day.getValue() - 1][hour];
                String name = name(day, hour, count, most);
                if (name.isEmpty()) {
                    page.open("td").close();
                } else {
                    page.element("td", count == 0 ? "" : HtmlTime.compact(count), "class", name);
                }
            }
            page.close();
        }
        page.close().close();
        if (hours != null) {
            page.open("ul", "class", "legend");
            HtmlChart.key(page, "in", "within its hours (" + hours + ")");
            HtmlChart.key(page, "out", "outside; the stronger the colour, the more calls");
            page.close();
        }
    }

    private String name(DayOfWeek day, int hour, long count, long most) {
        boolean within = hours == null || contains(hours, day, hour);
        if (count == 0) {
            return hours != null && within ? "i" : "";
        }
        // The square root keeps quiet hours apart where one hour towers over all.
        int level = (int) Math.max(1, Math.ceil(LEVELS * Math.sqrt((double) count / most)));
        return (within ? "i" : "o") + level;
    }

    /// Whether hours hold any half of an hour of the week.
    private static boolean contains(Hours hours, DayOfWeek day, int hour) {
        ZonedDateTime start = MONDAY.plusDays(day.getValue() - 1L).atTime(hour, 0).atZone(hours.zone());
        return hours.contains(start.toInstant()) || hours.contains(start.plusMinutes(30).toInstant());
    }
}
