package io.trailsentry.publish;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// How a report writes times and numbers. Pure.
final class HtmlTime {
    private static final DateTimeFormatter DAY = formatter("EEE d MMM uuuu");
    private static final DateTimeFormatter SHORT_DAY = formatter("d MMM");
    private static final DateTimeFormatter MONTH = formatter("MMM uuuu");
    private static final DateTimeFormatter MINUTE = formatter("EEE d MMM uuuu HH:mm");
    private static final DateTimeFormatter PLAIN_MINUTE = formatter("d MMM uuuu HH:mm");
    private static final DateTimeFormatter SECOND = formatter("EEE d MMM uuuu HH:mm:ss");
    private static final DateTimeFormatter CLOCK = formatter("HH:mm");
    private static final DateTimeFormatter TIME_OF_DAY = formatter("HH:mm:ss");
    private static final DateTimeFormatter LOCAL = formatter("EEE HH:mm");

    private HtmlTime() {
    }

    private static DateTimeFormatter formatter(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
    }

    static String day(LocalDate day) {
        return DAY.format(day);
    }

    static String shortDay(Instant moment, ZoneId zone) {
        return SHORT_DAY.format(moment.atZone(zone));
    }

    static String month(LocalDate day) {
        return MONTH.format(day);
    }

    static String clock(Instant moment, ZoneId zone) {
        return CLOCK.format(moment.atZone(zone));
    }

    /// Time of day in UTC.
    static String second(Instant moment) {
        return TIME_OF_DAY.format(moment.atZone(ZoneOffset.UTC));
    }

    static String minute(Instant moment, ZoneId zone) {
        return MINUTE.format(moment.atZone(zone));
    }

    /// `Thu 14:41 in Europe/Berlin`.
    static String local(Instant moment, ZoneId zone) {
        return LOCAL.format(moment.atZone(zone)) + " in " + zone;
    }

    /// The zone as a reader knows it.
    static String zone(ZoneId zone) {
        return zone.equals(ZoneOffset.UTC) ? "UTC" : zone.getId();
    }

    /// A moment, for eyes and for programs.
    static void write(Html page, Instant moment) {
        page.element("time", SECOND.format(moment.atZone(ZoneOffset.UTC)) + " UTC", "datetime",
                moment.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /// A moment to the minute.
    static void writeMinute(Html page, Instant moment, ZoneId zone) {
        page.element("time", PLAIN_MINUTE.format(moment.atZone(zone)), "datetime",
                moment.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /// How long after another moment: `+2 min 5 s`.
    static String after(long seconds) {
        return seconds < 60
                ? "+" + seconds + " s"
                : seconds < 3600
                        ? "+" + seconds / 60 + " min" + (seconds % 60 == 0 ? "" : " " + seconds % 60 + " s")
                        : "+" + seconds / 3600 + " h"
                                + (seconds / 60 % 60 == 0 ? "" : " " + seconds / 60 % 60 + " min");
    }

    /// `1,234`.
    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /// `1 call`, `1,234 calls`.
    static String some(long number, String thing) {
        return number(number) + " " + thing + (number == 1 ? "" : "s");
    }

    /// At most four characters: `999`, `1.2k`, `12k`, `1.2M`.
    static String compact(long number) {
        if (number < 1_000) {
            return String.valueOf(number);
        }
        double value = number < 999_500 ? number / 1e3 : number / 1e6;
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value) + (number < 999_500 ? "k" : "M");
    }
}
