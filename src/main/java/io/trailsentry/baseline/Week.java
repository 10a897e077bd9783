package io.trailsentry.baseline;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// When and how much a principal called, on the clock of one zone. Not thread-safe.
final class Week {
    /// Days after which a quarter hour weighs half.
    private static final double HALF_LIFE = 28;
    /// Weight of a quarter hour of the same weekday, of another day of its kind, and of a day of the other kind.
    private static final double SAME_DAY = 1;
    private static final double SAME_KIND = 0.5;
    private static final double OTHER_KIND = 0.1;
    /// Quarter hours before and after one that are taken for the same time of day.
    private static final int NEAR = 2;
    /// Quarter hours before and after one in which calls make it one of the principal's hours.
    private static final int BESIDE = 1;
    /// Quarter hours before and after one that tell how the day around it goes.
    private static final int AROUND = 12;
    /// Most that all those around weigh, in quarter hours.
    private static final double AROUND_WEIGHT = 60;
    /// Days with calls that make a time of day one of the principal's hours.
    private static final int DAYS_WORKED = 3;
    /// Weeks with calls on the same weekday that do.
    private static final int WEEKS_WORKED = 2;
    /// Within so many quarter hours, so many different ones with calls make what lies between them its hours, too.
    private static final int BLOCK = 8;
    private static final int BREADTH = 6;
    /// Least dispersion: nobody works like clockwork. And most: no tail is fatter than an exponential one.
    private static final double LEAST_DISPERSION = 0.05;
    private static final double MOST_DISPERSION = 1;
    /// Quarter hours that count as if they had told of the most.
    private static final double DOUBT = 5;

    /// Days over which the calls of an hour are averaged, and the fewest that will do.
    private static final int DAYS_TAKEN = 19;
    private static final int LEAST_DAYS_TAKEN = 3;
    /// Quarter hours between which people mostly work.
    private static final int DAY_BEGINS = 8 * 4;
    private static final int DAY_ENDS = 18 * 4;

    private static final int QUARTERS_A_DAY = CallCounts.QUARTERS_A_DAY;
    private static final int SECONDS = 900;
    private static final int FEW = 64;
    /// Quarter hours by which a clock is set back at most.
    private static final int SET_BACK = 4;

    private final ZoneRules rules;
    /// By weekday, Monday first.
    private final boolean[] workdays = new boolean[7];
    private final int[] days;
    private final int[] times;
    /// Of each day with calls the first index, and behind the last day, the end.
    private final int[] begins;
    /// The place of each quarter hour's day among those.
    private final int[] places;
    /// Before each quarter hour, the calls, and those of them that came by day.
    private final long[] callsBefore;
    private final long[] daytimeBefore;
    /// What is left of a weight, by the days after which.
    private final double[] faded;
    private final TimesOfDay regular = new TimesOfDay();

    /// @param counts quarter hours with calls
    /// @param workdays days of the week that are alike; the others are, too
    Week(CallCounts.Columns counts, ZoneId zone, Set<DayOfWeek> workdays) {
        long[] quarters = counts.quarters();
        this.rules = zone.getRules();
        workdays.forEach(day -> this.workdays[day.getValue() - 1] = true);
        days = new int[quarters.length];
        times = new int[quarters.length];
        places = new int[quarters.length];
        callsBefore = new long[quarters.length + 1];
        daytimeBefore = new long[quarters.length + 1];
        faded = IntStream.rangeClosed(0, CallCounts.DAYS_KEPT + 1).mapToDouble(days -> Math.pow(2, -days / HALF_LIFE))
                .toArray();
        int offset = 0;
        long until = Long.MIN_VALUE;
        for (int i = 0; i < quarters.length; i++) {
            if (quarters[i] >= until) {
                Instant begin = Instant.ofEpochSecond(quarters[i] * SECONDS);
                offset = rules.getOffset(begin).getTotalSeconds();
                ZoneOffsetTransition next = rules.nextTransition(begin);
                until = next == null ? Long.MAX_VALUE : Math.ceilDiv(next.toEpochSecond(), SECONDS);
            }
            long local = Math.floorDiv(quarters[i] * SECONDS + offset, SECONDS);
            days[i] = day(local);
            times[i] = time(local);
            places[i] = i == 0 ? 0 : places[i - 1] + (days[i] == days[i - 1] ? 0 : 1);
            int calls = counts.calls()[i];
            boolean daytime = isWorkday(days[i]) && times[i] >= DAY_BEGINS && times[i] < DAY_ENDS;
            callsBefore[i + 1] = callsBefore[i] + calls;
            daytimeBefore[i + 1] = daytimeBefore[i] + (daytime ? calls : 0);
        }
        begins = new int[quarters.length == 0 ? 1 : places[quarters.length - 1] + 2];
        begins[begins.length - 1] = quarters.length;
        for (int i = quarters.length - 1; i >= 0; i--) {
            begins[places[i]] = i;
        }
    }

    private static int day(long localQuarter) {
        return (int) Math.floorDiv(localQuarter, (long) QUARTERS_A_DAY);
    }

    private static int time(long localQuarter) {
        return (int) Math.floorMod(localQuarter, (long) QUARTERS_A_DAY);
    }

    private static int weekday(int day) {
        return Math.floorMod(day + 3, 7);
    }

    private boolean isWorkday(int day) {
        return workdays[weekday(day)];
    }

    /// How much the calls keep to times of day on this clock: the higher, the better the zone fits.
    ///
    /// @param from first quarter hour that counts, by its index
    /// @param to first that no longer counts
    double regularity(int from, int to) {
        return regular.squares(from, to);
    }

    /// How many quarter hours with calls fell on each time of day, among some that move on with what is asked.
    private final class TimesOfDay {
        private final int[] histogram = new int[QUARTERS_A_DAY];
        private int from;
        private int to;
        private long squares;

        long squares(int first, int last) {
            while (to < last) {
                count(to++, 1);
            }
            while (from > first) {
                count(--from, 1);
            }
            while (to > last) {
                count(--to, -1);
            }
            while (from < first) {
                count(from++, -1);
            }
            return squares;
        }

        private void count(int index, int more) {
            int before = histogram[times[index]];
            histogram[times[index]] = before + more;
            squares += (long) (before + more) * (before + more) - (long) before * before;
        }
    }

    /// What is known of a quarter hour of the week.
    ///
    /// @param quarter since 1970, in UTC
    /// @param from first quarter hour that counts, by its index
    /// @param to first that no longer counts
    HourOfWeek hour(long quarter, int from, int to) {
        Instant begin = Instant.ofEpochSecond(quarter * SECONDS);
        long local = Math.floorDiv(quarter * SECONDS + rules.getOffset(begin).getTotalSeconds(), SECONDS);
        return new HourOfWeek(day(local), time(local), from, to);
    }

    /// Counts different days that come in order.
    private static final class Days {
        private int last = Integer.MIN_VALUE;
        private int count;

        void add(int day) {
            if (day != last) {
                last = day;
                count++;
            }
        }
    }

    /// Calls of hours that end within a quarter hour, on some days.
    ///
    /// @param days how many days; 0: too few
    /// @param first calls of the quarter hour in which the hour begins
    /// @param between calls of the three between
    /// @param last calls of the quarter hour in which it ends
    record Hourly(int days, long first, long between, long last) {
        private static final Hourly NONE = new Hourly(0, 0, 0, 0);

        /// Calls of an hour on average; 0 when the days are too few.
        ///
        /// @param minutes how many of the last quarter hour it holds, 1 to 15
        double until(int minutes) {
            long calls = first * (Minutes.QUARTER - minutes) + between * Minutes.QUARTER + last * minutes;
            return days == 0 ? 0 : calls / ((double) Minutes.QUARTER * days);
        }
    }

    /// A quarter hour of the week, and the evidence around it.
    final class HourOfWeek {
        private final int from;
        private final int to;
        private final int seen;
        private final boolean worked;
        private final boolean known;
        private final boolean workday;
        private final int today;
        private final int time;
        /// The quarter hours around that time of day, by their indexes.
        private int[] around = new int[FEW];
        private int size;

        HourOfWeek(int today, int time, int from, int to) {
            this.today = today;
            this.time = time;
            this.from = from;
            this.to = to;
            workday = isWorkday(today);
            for (int i = from; i < to; i = begins[places[i] + 1]) {
                gather(i, Math.min(to, begins[places[i] + 1]));
            }
            int weekday = weekday(today);
            Days all = new Days();
            Days atTime = new Days();
            Days atTimeAlike = new Days();
            Days atTimeSame = new Days();
            Days inBlock = new Days();
            long block = 0;
            for (int i = 0; i < size; i++) {
                int day = days[around[i]];
                int apart = apart(i);
                boolean alike = isWorkday(day) == workday;
                all.add(day);
                if (alike && Math.abs(apart) <= BLOCK) {
                    inBlock.add(day);
                    block |= 1L << (apart + BLOCK);
                }
                if (Math.abs(apart) <= BESIDE) {
                    atTime.add(day);
                    if (alike) {
                        atTimeAlike.add(day);
                    }
                    if (weekday(day) == weekday) {
                        atTimeSame.add(day);
                    }
                }
            }
            seen = from == to ? 0 : places[to - 1] - places[from] + 1;
            known = all.count >= DAYS_WORKED;
            worked = atTimeSame.count >= WEEKS_WORKED
                    || (atTime.count >= DAYS_WORKED && (atTimeAlike.count > 1 || atTimeSame.count > 0))
                    || (inBlock.count >= DAYS_WORKED && Long.bitCount(block) >= BREADTH);
        }

        /// Takes what lies around that time of day out of one day, in order.
        private void gather(int begin, int end) {
            int low = time - AROUND;
            int high = time + AROUND;
            if (low < 0 || high >= QUARTERS_A_DAY) {
                gather(begin, end, 0, Math.floorMod(high, QUARTERS_A_DAY));
                gather(begin, end, Math.floorMod(low, QUARTERS_A_DAY), QUARTERS_A_DAY);
            } else {
                gather(begin, end, low, high);
            }
        }

        private void gather(int begin, int end, int low, int high) {
            // Clocks that are set back show the same times twice: nearly in order, so the search begins a little before.
            for (int i = Math.max(begin, before(begin, end, low) - SET_BACK); i < end; i++) {
                if (times[i] > high + SET_BACK) {
                    return;
                }
                if (times[i] >= low && times[i] <= high) {
                    if (size == around.length) {
                        around = Arrays.copyOf(around, size * 2);
                    }
                    around[size++] = i;
                }
            }
        }

        private int before(int begin, int end, int low) {
            int at = Arrays.binarySearch(times, begin, end, low);
            return at < 0 ? -at - 1 : at;
        }

        private int apart(int i) {
            return Week.apart(times[around[i]], time);
        }

        /// Days on which there were calls at all.
        int seen() {
            return seen;
        }

        /// Whether it is one of the principal's hours.
        boolean isWorked() {
            return worked;
        }

        /// Calls in hours that end within the quarter hour, on average over the last days of its kind on which the principal
        /// worked around that time; none when these are too few.
        ///
        /// @param values calls of each quarter hour
        Hourly hourly(int[] values) {
            Days present = new Days();
            long last = 0;
            long between = 0;
            long first = 0;
            for (int i = size - 1; i >= 0; i--) {
                int day = days[around[i]];
                if (isWorkday(day) == workday) {
                    present.add(day);
                    if (present.count > DAYS_TAKEN) {
                        break;
                    }
                    int value = values[around[i]];
                    switch (apart(i)) {
                        case 0 -> last += value;
                        case -1, -2, -3 -> between += value;
                        case -4 -> first += value;
                        default -> {
                        }
                    }
                }
            }
            int taken = Math.min(DAYS_TAKEN, present.count);
            return taken < LEAST_DAYS_TAKEN
                    ? Hourly.NONE
                    : new Hourly(taken, first, between, last);
        }

        /// Whether there is daylight saving on this clock.
        boolean changes() {
            return !rules.isFixedOffset();
        }

        /// Share of the calls that come by day on this clock.
        double daytime() {
            double all = callsBefore[to] - callsBefore[from];
            return all == 0 ? 0 : (daytimeBefore[to] - daytimeBefore[from]) / all;
        }

        /// What is usual when the principal works; null when too little is known.
        ///
        /// @param values what each quarter hour with calls held
        @Nullable
        Usual usual(int[] values) {
            if (!known) {
                return null;
            }
            double[] weights = weights();
            double all = 0;
            double sum = 0;
            for (int i = 0; i < size; i++) {
                all += weights[i];
                sum += weights[i] * values[around[i]];
            }
            int level = (int) (sum / all / 2);
            double over = 0;
            double excess = 0;
            double squares = 0;
            for (int i = 0; i < size; i++) {
                int more = values[around[i]] - level;
                if (more > 0) {
                    over += weights[i];
                    excess += weights[i] * more;
                    squares += weights[i] * more * more;
                }
            }
            double mean = over == 0 ? 1 : excess / over;
            double variance = over == 0 ? 0 : Math.max(0, squares / over - mean * mean);
            double told = Math.clamp((variance - mean) / (mean * mean), LEAST_DISPERSION, MOST_DISPERSION);
            double dispersion = (over * told + DOUBT * MOST_DISPERSION) / (over + DOUBT);
            return new Usual(seen, level, Math.log10((over + 0.5) / (all + 1)), new Rate(mean, dispersion));
        }

        /// What each of the quarter hours weighs.
        private double[] weights() {
            double[] weights = new double[size];
            for (int i = 0; i < size; i++) {
                int day = days[around[i]];
                weights[i] = faded(today - day) * (weekday(day) == weekday(today)
                        ? SAME_DAY
                        : isWorkday(day) == workday ? SAME_KIND : OTHER_KIND);
            }
            double share = Math.min(1, AROUND_WEIGHT / Arrays.stream(weights).sum());
            for (int i = 0; i < size; i++) {
                weights[i] *= (Math.abs(apart(i)) <= NEAR ? 1 : 0) + share;
            }
            return weights;
        }
    }

    /// How far one time of day is behind another, the shorter way round the clock, in quarter hours.
    private static int apart(int time, int other) {
        int apart = time - other;
        return apart < -QUARTERS_A_DAY / 2
                ? apart + QUARTERS_A_DAY
                : apart >= QUARTERS_A_DAY / 2 ? apart - QUARTERS_A_DAY : apart;
    }

    /// What is left of a weight after some days.
    private double faded(int daysLater) {
        return daysLater >= 0 && daysLater < faded.length ? faded[daysLater] : Math.pow(2, -daysLater / HALF_LIFE);
    }
}
