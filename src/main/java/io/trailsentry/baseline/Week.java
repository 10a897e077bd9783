package io.trailsentry.baseline;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// When and how much a principal called, on the clock of one zone. Immutable once built; not thread-safe.
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

    private final ZoneRules rules;
    /// By weekday, Monday first.
    private final boolean[] workdays = new boolean[7];
    private final int[] days;
    private final int[] times;

    /// @param quarters quarter hours with calls, in order
    /// @param workdays days of the week that are alike; the others are, too
    Week(long[] quarters, ZoneId zone, Set<DayOfWeek> workdays) {
        this.rules = zone.getRules();
        workdays.forEach(day -> this.workdays[day.getValue() - 1] = true);
        days = new int[quarters.length];
        times = new int[quarters.length];
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
        int[] histogram = new int[QUARTERS_A_DAY];
        for (int i = from; i < to; i++) {
            histogram[times[i]]++;
        }
        return Arrays.stream(histogram).mapToDouble(count -> (double) count * count).sum();
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

    /// A quarter hour of the week, and the evidence around it.
    final class HourOfWeek {
        private final int from;
        private final double[] weights;
        private final boolean[] near;
        private final int seen;
        private final boolean worked;
        private final boolean known;
        private final boolean workday;
        private final byte[] later;

        HourOfWeek(int today, int time, int from, int to) {
            this.from = from;
            weights = new double[to - from];
            near = new boolean[to - from];
            later = new byte[to - from];
            workday = isWorkday(today);
            Days all = new Days();
            Days around = new Days();
            Days atTime = new Days();
            Days atTimeAlike = new Days();
            Days atTimeSame = new Days();
            Days inBlock = new Days();
            long block = 0;
            for (int i = from; i < to; i++) {
                all.add(days[i]);
                int apart = Math.floorMod(times[i] - time + QUARTERS_A_DAY / 2, QUARTERS_A_DAY) - QUARTERS_A_DAY / 2;
                if (Math.abs(apart) > AROUND) {
                    continue;
                }
                later[i - from] = (byte) apart;
                boolean same = weekday(days[i]) == weekday(today);
                boolean alike = isWorkday(days[i]) == workday;
                weights[i - from] = Math.pow(2, (days[i] - today) / HALF_LIFE)
                        * (same ? SAME_DAY : alike ? SAME_KIND : OTHER_KIND);
                around.add(days[i]);
                if (alike && Math.abs(apart) <= BLOCK) {
                    inBlock.add(days[i]);
                    block |= 1L << (apart + BLOCK);
                }
                near[i - from] = Math.abs(apart) <= NEAR;
                if (Math.abs(apart) <= BESIDE) {
                    atTime.add(days[i]);
                    if (alike) {
                        atTimeAlike.add(days[i]);
                    }
                    if (same) {
                        atTimeSame.add(days[i]);
                    }
                }
            }
            seen = all.count;
            known = around.count >= DAYS_WORKED;
            worked = atTimeSame.count >= WEEKS_WORKED
                    || (atTime.count >= DAYS_WORKED && (atTimeAlike.count > 1 || atTimeSame.count > 0))
                    || (inBlock.count >= DAYS_WORKED && Long.bitCount(block) >= BREADTH);
        }

        /// Days on which there were calls at all.
        int seen() {
            return seen;
        }

        /// Whether it is one of the principal's hours.
        boolean isWorked() {
            return worked;
        }

        /// Calls in an hour that ends within the quarter hour, on average over the last days of its kind on which the principal
        /// worked around that time; 0 when these are too few.
        ///
        /// @param values calls of each quarter hour
        /// @param ended how much of the quarter hour the hour holds, above 0, at most 1
        double hourly(int[] values, double ended) {
            Days present = new Days();
            double sum = 0;
            for (int i = weights.length - 1; i >= 0; i--) {
                if (isAlike(i)) {
                    present.add(days[from + i]);
                    if (present.count > DAYS_TAKEN) {
                        break;
                    }
                    sum += values[from + i] * switch (later[i]) {
                        case 0 -> ended;
                        case -1, -2, -3 -> 1;
                        case -4 -> 1 - ended;
                        default -> 0;
                    };
                }
            }
            int taken = Math.min(DAYS_TAKEN, present.count);
            return taken < LEAST_DAYS_TAKEN ? 0 : sum / taken;
        }

        /// Whether there is daylight saving on this clock.
        boolean changes() {
            return !rules.isFixedOffset();
        }

        /// Share of the calls that come by day on this clock.
        ///
        /// @param values calls of each quarter hour
        double daytime(int[] values) {
            double day = 0;
            double all = 0;
            for (int i = from; i < from + weights.length; i++) {
                all += values[i];
                day += isWorkday(days[i]) && times[i] >= DAY_BEGINS && times[i] < DAY_ENDS ? values[i] : 0;
            }
            return all == 0 ? 0 : day / all;
        }

        private boolean isAlike(int i) {
            return weights[i] > 0 && isWorkday(days[from + i]) == workday;
        }

        /// What is usual when the principal works; null when too little is known.
        ///
        /// @param values what each quarter hour with calls held
        @Nullable
        Usual usual(int[] values) {
            if (!known) {
                return null;
            }
            double share = Math.min(1, AROUND_WEIGHT / Arrays.stream(weights).sum());
            double all = 0;
            double sum = 0;
            for (int i = 0; i < weights.length; i++) {
                double weight = weights[i] * ((near[i] ? 1 : 0) + share);
                all += weight;
                sum += weight * values[from + i];
            }
            int level = (int) (sum / all / 2);
            double over = 0;
            double excess = 0;
            double squares = 0;
            for (int i = 0; i < weights.length; i++) {
                int more = values[from + i] - level;
                if (more > 0) {
                    double weight = weights[i] * ((near[i] ? 1 : 0) + share);
                    over += weight;
                    excess += weight * more;
                    squares += weight * more * more;
                }
            }
            double mean = over == 0 ? 1 : excess / over;
            double variance = over == 0 ? 0 : Math.max(0, squares / over - mean * mean);
            double told = Math.clamp((variance - mean) / (mean * mean), LEAST_DISPERSION, MOST_DISPERSION);
            double dispersion = (over * told + DOUBT * MOST_DISPERSION) / (over + DOUBT);
            return new Usual(seen, level, Math.log10((over + 0.5) / (all + 1)), new Rate(mean, dispersion));
        }
    }
}
