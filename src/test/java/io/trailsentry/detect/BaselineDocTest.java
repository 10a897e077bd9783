package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.CallCounts.Count;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.UsualRates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The worked numbers of `docs/baseline.md`.
class BaselineDocTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final LocalDate MONDAY = LocalDate.of(2026, 6, 1);
    private static final Hours HOURS = new Hours(BERLIN, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
            LocalTime.of(8, 0), LocalTime.of(18, 0));

    private final Profile profile = new Profile();

    private static String document() throws IOException {
        return Files.readString(Path.of("docs/baseline.md")).replaceAll("\n(> )?", " ");
    }

    private static long minute(LocalDateTime time) {
        return time.atZone(BERLIN).toEpochSecond() / 60;
    }

    private static String reason(Detector.OfRates detector, LocalDateTime from, int calls, Profile profile) {
        Activity activity = new Activity();
        IntStream.range(0, calls).forEach(i -> activity.add(Mark.CALL,
                new Sighting(minute(from) * 60 + i * 300L / calls, "e" + i), "eu-central-1"));
        Agent agent = new Agent("coder", true, null, null, HOURS, false, null, Set.of());
        return detector.examine(agent, new Principal(Principal.Kind.ROLE, "", "", ""), activity, profile).getFirst()
                .reason();
    }

    @Test
    void example_isWhatTheDetectorsSay() throws IOException {
        MONDAY.datesUntil(MONDAY.plusWeeks(5)).filter(day -> day.getDayOfWeek().getValue() < 6)
                .forEach(day -> IntStream.range(0, 32).forEach(i -> profile.calls().atLeast(
                        minute(day.atTime(9, 0)) / 15 + i, new Count(4 * (1 + i % 3), 2 * (1 + i % 3)))));
        LocalDate tuesday = MONDAY.plusDays(36);
        assertThat(document()).contains(reason(new CallBurst(30), tuesday.atTime(10, 2), 212, profile));
        assertThat(document().replace("04:00", "04:01")).contains(
                reason(new OffHoursBurst(30, 5), tuesday.atTime(4, 0), 60, profile));
    }

    @Test
    void outside_isTheTable() throws IOException {
        for (int days : new int[]{7, 26, 49}) {
            Profile seen = new Profile();
            IntStream.range(0, days)
                    .forEach(day -> seen.calls().atLeast(minute(MONDAY.plusDays(day).atTime(12, 0)) / 15,
                            new Count(9, 9)));
            var usual = new UsualRates(seen.calls(), BERLIN, null).outside(minute(MONDAY.plusDays(days).atTime(22, 0))
                    + 1_440);
            assertThat(document()).contains("| " + days + " days | " + (usual.least(UsualRates.UNLIKELY) - 1)
                    + " | 1 in 10^" + Math.round(-usual.tail(60)) + " |");
        }
    }
}
