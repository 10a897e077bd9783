package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.trailsentry.baseline.CallCounts.Count;
import io.trailsentry.trail.Seed;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What `docs/baseline.md` says is learned, computed again from its words over work that is made up.
class UsualRatesFormulaTest {
    private static final Offset<Double> EXACT = within(1e-9);
    private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");
    private static final List<ZoneId> CLOCKS = List.of(ZoneOffset.UTC, ZoneId.of("Europe/Berlin"), NEW_YORK,
            ZoneId.of("Australia/Sydney"));
    /// Clocks change in October and November, on different days.
    private static final LocalDate START = LocalDate.of(2026, 9, 14);
    private static final int DAY = 96;

    /// One quarter hour with calls, on a clock.
    private record Spoken(LocalDateTime at, Count count) {
        LocalDate day() {
            return at.toLocalDate();
        }
    }

    private final TreeMap<Long, Count> counted = new TreeMap<>();

    private static LocalDateTime on(ZoneId clock, long quarter) {
        return Instant.ofEpochSecond(quarter * 900).atZone(clock).toLocalDateTime();
    }

    /// Work by day with a script now and then, and a nightly job; some days and some weekends are left out.
    private void makeUp(Random random) {
        counted.clear();
        ZoneId zone = CLOCKS.get(random.nextInt(CLOCKS.size()));
        int days = random.nextInt(75);
        int begin = random.nextInt(12);
        int busy = 1 + random.nextInt(20);
        for (int day = 0; day < days; day++) {
            LocalDate date = START.plusDays(day);
            if (random.nextInt(5) == 0 || (!isWorkday(date) && random.nextBoolean())) {
                continue;
            }
            for (int i = random.nextInt(busy); i > 0; i--) {
                note(date.atTime(begin + random.nextInt(12), 15 * random.nextInt(4)), zone,
                        random.nextInt(6) == 0 ? 30 + random.nextInt(200) : 1 + random.nextInt(9));
            }
            if (random.nextBoolean()) {
                note(date.atTime(23, 45), zone, 41);
            }
        }
    }

    private void note(LocalDateTime at, ZoneId zone, int peak) {
        counted.put(at.atZone(zone).toEpochSecond() / 900, new Count(peak + peak / 3, peak));
    }

    private UsualRates rates(@Nullable ZoneId zone) {
        CallCounts counts = new CallCounts();
        counted.forEach(counts::atLeast);
        return new UsualRates(counts, zone, null);
    }

    private List<Spoken> speaking(ZoneId clock, long quarter, boolean then) {
        long last = quarter - 4 - DAY - 1;
        var window = new TreeMap<>(counted.subMap(last - 49L * DAY + 1, true, last, true));
        if (then && !window.isEmpty()) {
            window.tailMap(Math.max(window.firstKey() + 7 * DAY, last + 1 - 28 * DAY), true).clear();
        }
        return window.entrySet().stream().map(entry -> new Spoken(on(clock, entry.getKey()), entry.getValue()))
                .toList();
    }

    private static boolean isWorkday(LocalDate date) {
        return date.getDayOfWeek().compareTo(DayOfWeek.FRIDAY) <= 0;
    }

    /// Quarter hours from one time of day to another, the shorter way round.
    private static int apart(LocalDateTime at, LocalDateTime now) {
        long quarters = ChronoUnit.MINUTES.between(now.toLocalTime(), at.toLocalTime()) / 15;
        return (int) (quarters < -DAY / 2 ? quarters + DAY : quarters >= DAY / 2 ? quarters - DAY : quarters);
    }

    private static long days(Stream<Spoken> spoken) {
        return spoken.map(Spoken::day).distinct().count();
    }

    private static @Nullable Usual usual(List<Spoken> spoken, LocalDateTime now) {
        List<Spoken> around = spoken.stream().filter(one -> Math.abs(apart(one.at(), now)) <= 12).toList();
        if (days(around.stream()) < 3) {
            return null;
        }
        LocalDate today = now.toLocalDate();
        ToDoubleFunction<Spoken> byDay = one -> Math.pow(2, -ChronoUnit.DAYS.between(one.day(), today) / 28.0)
                * (one.day().getDayOfWeek() == today.getDayOfWeek()
                        ? 1
                        : isWorkday(one.day()) == isWorkday(today) ? 0.5 : 0.1);
        double share = Math.min(1, 60 / around.stream().mapToDouble(byDay).sum());
        ToDoubleFunction<Spoken> weight = one -> byDay.applyAsDouble(one)
                * (share + (Math.abs(apart(one.at(), now)) <= 2 ? 1 : 0));
        double all = around.stream().mapToDouble(weight).sum();
        int level = (int) Math.floor(
                around.stream().mapToDouble(one -> weight.applyAsDouble(one) * one.count().peak()).sum() / all / 2);
        List<Spoken> over = around.stream().filter(one -> one.count().peak() > level).toList();
        double beyond = over.stream().mapToDouble(weight).sum();
        double mean = over.stream().mapToDouble(one -> weight.applyAsDouble(one) * (one.count().peak() - level)).sum()
                / beyond;
        double variance = over.stream()
                .mapToDouble(one -> weight.applyAsDouble(one) * Math.pow(one.count().peak() - level - mean, 2)).sum()
                / beyond;
        double told = Math.max(0.05, Math.min(1, (variance - mean) / (mean * mean)));
        return new Usual((int) days(spoken.stream()), level, Math.log10((beyond + 0.5) / (all + 1)),
                new Rate(mean, (beyond * told + 5) / (beyond + 5)));
    }

    private static boolean isWorked(List<Spoken> spoken, LocalDateTime now) {
        List<Spoken> beside = spoken.stream().filter(one -> Math.abs(apart(one.at(), now)) <= 1).toList();
        List<Spoken> alike = spoken.stream()
                .filter(one -> isWorkday(one.day()) == isWorkday(now.toLocalDate())).toList();
        long same = days(beside.stream().filter(one -> one.day().getDayOfWeek() == now.getDayOfWeek()));
        List<Spoken> block = alike.stream().filter(one -> Math.abs(apart(one.at(), now)) <= 8).toList();
        return same >= 2
                || (days(beside.stream()) >= 3 && (same >= 1 || days(beside.stream().filter(alike::contains)) >= 2))
                || (days(block.stream()) >= 3
                        && block.stream().map(one -> apart(one.at(), now)).distinct().count() >= 6);
    }

    private static double hourly(List<Spoken> spoken, LocalDateTime now, double ended) {
        List<Spoken> alike = spoken.stream().filter(one -> Math.abs(apart(one.at(), now)) <= 12
                && isWorkday(one.day()) == isWorkday(now.toLocalDate())).toList();
        List<LocalDate> last = alike.stream().map(Spoken::day).distinct().sorted(Comparator.reverseOrder()).limit(19)
                .toList();
        double sum = alike.stream().filter(one -> last.contains(one.day())).mapToDouble(one -> {
            int apart = apart(one.at(), now);
            double part = apart == 0 ? ended : apart == -4 ? 1 - ended : apart < 0 && apart > -4 ? 1 : 0;
            return part * one.count().calls();
        }).sum();
        return last.size() < 3 ? 0 : sum / last.size();
    }

    /// Share of the calls that come from 8:00 to 18:00 of a workday.
    private static double daytime(List<Spoken> spoken) {
        double all = spoken.stream().mapToInt(one -> one.count().calls()).sum();
        return all == 0
                ? 0
                : spoken.stream()
                        .filter(one -> isWorkday(one.day()) && one.at().getHour() >= 8 && one.at().getHour() < 18)
                        .mapToInt(one -> one.count().calls()).sum() / all;
    }

    private static double regularity(List<Spoken> spoken) {
        return spoken.stream()
                .mapToDouble(
                        one -> spoken.stream().filter(o -> o.at().toLocalTime().equals(one.at().toLocalTime())).count())
                .sum();
    }

    private List<ZoneId> fitting(long quarter, boolean then) {
        double best = CLOCKS.stream().mapToDouble(clock -> regularity(speaking(clock, quarter, then))).max().orElse(0);
        return CLOCKS.stream()
                .filter(clock -> regularity(speaking(clock, quarter, then)) >= best - 1.5 * Math.sqrt(best)).toList();
    }

    private @Nullable Usual largest(List<ZoneId> clocks, long quarter, boolean then) {
        return clocks.stream().map(clock -> usual(speaking(clock, quarter, then), on(clock, quarter)))
                .filter(Objects::nonNull).max(Comparator.comparingInt(usual -> usual.least(-5))).orElse(null);
    }

    private static void same(@Nullable Usual learned, @Nullable Usual told) {
        if (learned == null || told == null) {
            assertThat(learned).isEqualTo(told);
            return;
        }
        assertThat(learned.days()).isEqualTo(told.days());
        assertThat(learned.level()).isEqualTo(told.level());
        assertThat(learned.share()).isCloseTo(told.share(), EXACT);
        assertThat(learned.excess().mean()).isCloseTo(told.excess().mean(), EXACT);
        assertThat(learned.excess().dispersion()).isCloseTo(told.excess().dispersion(), EXACT);
    }

    /// Quarter hours to ask for: any, and those that lie just as far from a known one as the rules count.
    private List<Long> asked(Random random) {
        List<Long> asked = new ArrayList<>();
        List<Long> known = List.copyOf(counted.keySet());
        for (int i = 0; i < 12; i++) {
            asked.add((START.toEpochDay() + random.nextInt(80)) * DAY + random.nextInt(DAY));
            if (!known.isEmpty()) {
                long one = known.get(random.nextInt(known.size()));
                asked.add(one + DAY * List.of(1, 7, 14, 28, 49, 50).get(random.nextInt(6)) + 4 + random.nextInt(3) - 1);
                asked.add(
                        known.getFirst() + DAY * List.of(7, 14, 35, 49).get(random.nextInt(4)) + random.nextInt(3) - 1);
            }
        }
        return asked;
    }

    @Test
    void zoneKnown_madeUpWork_isLearnedAsTheDocumentSays() {
        Random random = Seed.random("UsualRatesFormulaTest.known", 41);
        for (int round = 0; round < 12; round++) {
            makeUp(random);
            UsualRates rates = rates(NEW_YORK);
            for (long quarter : asked(random)) {
                long minute = quarter * 15 + random.nextInt(15);
                LocalDateTime now = on(NEW_YORK, quarter);
                List<Spoken> spoken = speaking(NEW_YORK, quarter, false);
                List<Spoken> then = speaking(NEW_YORK, quarter, true);
                same(rates.at(minute), usual(spoken, now));
                same(rates.then(minute), usual(then, now));
                assertThat(rates.isWorked(minute)).isEqualTo(isWorked(spoken, now))
                        .isEqualTo(rates.isLikelyWorked(minute));
                assertThat(rates.hourly(minute))
                        .isCloseTo(hourly(spoken, now, (minute - quarter * 15 + 1) / 15.0), EXACT);
                assertThat(rates.outside(minute).days()).isEqualTo((int) days(spoken.stream()));
                assertThat(rates.outside(minute).tail(1))
                        .isCloseTo(Math.log10(2 / 3.0 / (days(spoken.stream()) + 2)), EXACT);
                assertThat(rates.wasLearned(minute)).isEqualTo(days(then.stream()) >= 7);
                Long first = counted.ceilingKey(quarter - 4 - DAY - 49L * DAY);
                long seen = first == null ? Long.MIN_VALUE : quarter - first;
                assertThat(rates.isSettled(minute)).isEqualTo(seen >= 14 * DAY);
                assertThat(rates.isLearned(minute)).isEqualTo(
                        seen >= 7 * DAY && spoken.stream().mapToInt(one -> one.count().calls()).sum() >= 200);
            }
        }
    }

    @Test
    void zoneUnknown_madeUpWork_theClocksThatFitDecide() {
        Random random = Seed.random("UsualRatesFormulaTest.unknown", 42);
        for (int round = 0; round < 6; round++) {
            makeUp(random);
            UsualRates rates = rates(null);
            for (long quarter : asked(random).subList(0, 12)) {
                List<ZoneId> clocks = fitting(quarter, false);
                same(rates.at(quarter * 15), largest(clocks, quarter, false));
                same(rates.then(quarter * 15), largest(fitting(quarter, true), quarter, true));
                assertThat(rates.isWorked(quarter * 15)).isEqualTo(clocks.stream()
                        .anyMatch(clock -> isWorked(speaking(clock, quarter, false), on(clock, quarter))));
                ZoneId likeliest = clocks.stream()
                        .max(Comparator.comparing((ZoneId clock) -> !clock.getRules().isFixedOffset())
                                .thenComparingDouble(clock -> daytime(speaking(clock, quarter, false))))
                        .orElseThrow();
                assertThat(rates.isLikelyWorked(quarter * 15))
                        .isEqualTo(isWorked(speaking(likeliest, quarter, false), on(likeliest, quarter)));
                assertThat(rates.hourly(quarter * 15))
                        .isCloseTo(hourly(speaking(likeliest, quarter, false), on(likeliest, quarter), 1 / 15.0),
                                EXACT);
                assertThat(rates.outside(quarter * 15).days()).isEqualTo(clocks.stream()
                        .mapToInt(clock -> (int) days(speaking(clock, quarter, false).stream())).max().orElseThrow());
            }
        }
    }
}
