package io.trailsentry.baseline;

import java.time.DayOfWeek;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// When a principal usually works, and how many calls it then makes, learned from seven weeks. Formulas, constants and
/// worked numbers stand in `docs/baseline.md`.
///
/// A window is held only against quarter hours that ended a day before it began: late events, and the deed itself, change
/// nothing. A view for one judgement: it does not follow the counts it was made of. Not thread-safe.
public final class UsualRates {
    /// Days that are looked back upon.
    public static final int DAYS = 49;
    /// Decimal logarithm of the probability up to which something is unlikely.
    public static final double UNLIKELY = -5;

    /// Minutes in which the calls of a burst are counted.
    public static final int WINDOW = 5;

    /// Where people's clocks change together: of a principal whose zone is not told.
    private static final List<ZoneId> CLOCKS = List.of(ZoneOffset.UTC, ZoneId.of("Europe/Berlin"),
            ZoneId.of("America/New_York"), ZoneId.of("Australia/Sydney"));
    /// How much less regular it may be on a clock than on the best one, in roots of that one's regularity, when by chance.
    private static final double CHANCE = 1.5;
    private static final Set<DayOfWeek> WORKDAYS = EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY);
    /// Calls when somebody looks in at an odd time: two on average, often more.
    private static final Rate LOOKING_IN = new Rate(2, 1);
    private static final int QUARTERS_A_DAY = CallCounts.QUARTERS_A_DAY;
    /// Quarter hours of an hour, which is the longest window.
    private static final int HOUR = 4;
    /// Days to which a rate that creeps up is held back.
    private static final int BACK = 28;
    private static final Comparator<Week.HourOfWeek> LIKELIER = Comparator.comparing(Week.HourOfWeek::changes)
            .thenComparingDouble(Week.HourOfWeek::daytime);
    private static final int FIRST_WEEK = 7;
    private static final int SETTLED_DAYS = 14;

    private final long[] quarters;
    private final long[] callsBefore;
    private final int[] peaks;
    private final int[] calls;
    private final List<Week> clocks;
    private final Map<Long, Hour> hours = new HashMap<>();
    private final Map<Long, Hour> hoursThen = new HashMap<>();
    private final Map<Usual, Integer> unlikely = new HashMap<>();

    /// A view.
    ///
    /// @param zone where the principal's days begin and end; null: not known
    /// @param workdays days of the week that are alike, as the others are; null: Monday to Friday
    public UsualRates(CallCounts counts, @Nullable ZoneId zone, @Nullable Set<DayOfWeek> workdays) {
        CallCounts.Columns columns = counts.columns();
        quarters = columns.quarters();
        peaks = columns.peaks();
        calls = columns.calls();
        callsBefore = new long[calls.length + 1];
        for (int i = 0; i < calls.length; i++) {
            callsBefore[i + 1] = callsBefore[i] + calls[i];
        }
        Set<DayOfWeek> alike = workdays == null ? WORKDAYS : workdays;
        clocks = (zone == null ? CLOCKS : List.of(zone)).stream().map(clock -> new Week(columns, clock, alike))
                .toList();
    }

    /// The last quarter hour that counts for windows which end in one.
    private static long latest(long quarter) {
        return quarter - HOUR - QUARTERS_A_DAY - 1;
    }

    private static long earliest(long quarter) {
        return latest(quarter) - (long) DAYS * QUARTERS_A_DAY + 1;
    }

    private static long quarter(long minute) {
        return Math.floorDiv(minute, 15);
    }

    /// The first index at or after a quarter hour.
    private int index(long quarter) {
        int at = Arrays.binarySearch(quarters, quarter);
        return at < 0 ? -at - 1 : at;
    }

    private Hour hour(long minute) {
        return hours.computeIfAbsent(quarter(minute),
                quarter -> new Hour(quarter, index(earliest(quarter)), index(latest(quarter) + 1)));
    }

    private Hour hourThen(long minute) {
        return hoursThen.computeIfAbsent(quarter(minute), quarter -> {
            int from = index(earliest(quarter));
            int to = index(latest(quarter) + 1);
            if (from == to) {
                return new Hour(quarter, from, to);
            }
            long then = Math.max(quarters[from] + FIRST_WEEK * QUARTERS_A_DAY,
                    latest(quarter) + 1 - BACK * QUARTERS_A_DAY);
            return new Hour(quarter, from, Math.min(to, index(then)));
        });
    }

    /// A quarter hour on each clock that fits. What is asked of it is worked out once.
    private final class Hour {
        private final List<Week.HourOfWeek> onClocks;
        private final boolean worked;
        private final int seen;
        private Week.@Nullable HourOfWeek likeliest;
        private Week.@Nullable Hourly hourly;
        private @Nullable Usual largest;
        private boolean largestKnown;

        Hour(long quarter, int from, int to) {
            onClocks = new ArrayList<>(clocks.size());
            boolean anyWorked = false;
            int mostSeen = 0;
            for (Week clock : fitting(from, to)) {
                Week.HourOfWeek hour = clock.hour(quarter, from, to);
                onClocks.add(hour);
                anyWorked |= hour.isWorked();
                mostSeen = Math.max(mostSeen, hour.seen());
            }
            worked = anyWorked;
            seen = mostSeen;
        }

        private List<Week> fitting(int from, int to) {
            double best = 0;
            for (Week clock : clocks) {
                best = Math.max(best, clock.regularity(from, to));
            }
            List<Week> fitting = new ArrayList<>(clocks.size());
            for (Week clock : clocks) {
                if (clock.regularity(from, to) >= best - CHANCE * Math.sqrt(best)) {
                    fitting.add(clock);
                }
            }
            return fitting;
        }

        /// Of clocks that fit equally well one that changes, and of those the one on which most is done by day.
        Week.HourOfWeek likeliest() {
            if (likeliest == null) {
                likeliest = onClocks.size() == 1 ? onClocks.getFirst() : Collections.max(onClocks, LIKELIER);
            }
            return likeliest;
        }

        Week.Hourly hourly() {
            if (hourly == null) {
                hourly = likeliest().hourly(calls);
            }
            return hourly;
        }

        @Nullable
        Usual largest() {
            if (!largestKnown) {
                largest = onClocks.stream().map(hour -> hour.usual(peaks)).filter(Objects::nonNull)
                        .max(Comparator.comparingInt(UsualRates.this::unlikely)).orElse(null);
                largestKnown = true;
            }
            return largest;
        }
    }

    /// Whether enough was seen before a minute to rely on it, as [Profile#isLearned] has it.
    ///
    /// @param minute since 1970, as everywhere here
    public boolean isLearned(long minute) {
        int from = index(earliest(quarter(minute)));
        int to = index(latest(quarter(minute)) + 1);
        return isSince(minute, Profile.LEARNING_DAYS)
                && callsBefore[to] - callsBefore[from] >= Profile.LEARNING_CALLS;
    }

    /// Whether more than one week was seen before a minute: how weeks differ shows only from the second on.
    public boolean isSettled(long minute) {
        return isSince(minute, SETTLED_DAYS);
    }

    private boolean isSince(long minute, int daysBefore) {
        int from = index(earliest(quarter(minute)));
        return from < quarters.length && quarters[from] <= quarter(minute) - (long) daysBefore * QUARTERS_A_DAY;
    }

    /// Whether the principal usually works at a time: there were calls around it on enough different days.
    public boolean isWorked(long minute) {
        return hour(minute).worked;
    }

    /// What is usual in five minutes when the principal works at a time; null when too little is known.
    public @Nullable Usual at(long minute) {
        return hour(minute).largest();
    }

    /// What was usual then four weeks ago; of a principal that was not there for so long, in its first week. Null when
    /// too little is known of then.
    public @Nullable Usual then(long minute) {
        return hourThen(minute).largest();
    }

    /// Whether four weeks ago, or in its first week, the principal was seen on enough days to tell its hours.
    public boolean wasLearned(long minute) {
        return hourThen(minute).seen >= Profile.LEARNING_DAYS;
    }

    /// Whether the principal usually works at a time by the likeliest of the clocks that fit, not by any of them.
    public boolean isLikelyWorked(long minute) {
        return hour(minute).likeliest().isWorked();
    }

    /// Calls in the hour that ends with a minute, on average over the last days on which the principal worked around that
    /// time; 0 when these are too few.
    public double hourly(long minute) {
        return hour(minute).hourly().until(Math.floorMod(minute, Minutes.QUARTER) + 1);
    }

    /// The least number of calls that is unlikely where so many are usual: [Usual#least] of [#UNLIKELY], worked out once.
    public int unlikely(Usual usual) {
        return unlikely.computeIfAbsent(usual, known -> known.least(UNLIKELY));
    }

    /// What is usual in five minutes of a time at which the principal does not work: that it is there is one chance in the
    /// days on which it was seen.
    public Usual outside(long minute) {
        int seen = hour(minute).seen;
        return new Usual(seen, 0, -Math.log10(seen + 2.0), LOOKING_IN);
    }
}
