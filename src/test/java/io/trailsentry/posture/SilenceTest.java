package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.CallCounts;
import io.trailsentry.baseline.CallCounts.Count;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SilenceTest {
    private static final Instant MONDAY = Instant.parse("2026-09-07T00:00:00Z");
    private static final Subject CODER = new Subject(Agent.learned("coder"), new Principal(Principal.Kind.ROLE,
            "111122223333", "arn:aws:iam::111122223333:role/coder", "coder"));
    private static final Predicate<ZonedDateTime> OFFICE = time -> time.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) < 0
            && time.getHour() >= 8 && time.getHour() < 18;

    /// Calls in each quarter hour of work.
    private static CallCounts calls(int days, Predicate<ZonedDateTime> works) {
        CallCounts calls = new CallCounts();
        for (long quarter = 0; quarter < days * 96L; quarter++) {
            Instant at = MONDAY.plusSeconds(quarter * 900);
            if (works.test(at.atZone(ZoneOffset.UTC))) {
                calls.atLeast(at.getEpochSecond() / 900, new Count(5, 3));
            }
        }
        return calls;
    }

    private static Check check(CallCounts calls, String now, @Nullable String blind) {
        return Silence.check(CODER, calls, blind, Instant.parse(now));
    }

    @Test
    void officeHours_onSundayNight_isOk() {
        assertThat(check(calls(26, OFFICE), "2026-10-04T23:00:00Z", null).verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    void officeHours_overLongWeekend_isOkUntilFiveHoursOfWorkAreOver() {
        assertThat(check(calls(26, OFFICE), "2026-10-05T11:00:00Z", null).verdict()).isEqualTo(Verdict.OK);
        Check silent = check(calls(26, OFFICE), "2026-10-05T15:00:00Z", null);
        assertThat(silent.verdict()).isEqualTo(Verdict.WARNING);
        assertThat(silent.score()).isEqualTo(30);
    }

    @Test
    void officeHours_ofTwoSilentDays_isFailureThatTellsSinceWhen() {
        Check silent = check(calls(26, OFFICE), "2026-10-06T18:00:00Z", null);
        assertThat(silent.verdict()).isEqualTo(Verdict.FAILURE);
        assertThat(silent.said()).isEqualTo("is silent: no call in 22 hours in which it usually works");
        assertThat(silent.reason()).contains("2026-10-02T17:00:00Z");
    }

    @Test
    void dayAndNight_afterSixHours_isSilent() {
        assertThat(check(calls(28, time -> true), "2026-10-05T06:00:00Z", null).verdict()).isEqualTo(Verdict.WARNING);
        assertThat(check(calls(28, time -> true), "2026-10-05T03:00:00Z", null).verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    void pause_asLongAsOneBefore_isOk() {
        Predicate<ZonedDateTime> withHoliday = OFFICE
                .and(time -> time.getDayOfYear() != 266 && time.getDayOfYear() != 267);
        assertThat(check(calls(40, withHoliday), "2026-10-20T18:00:00Z", null).verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    void silence_whereRegionsAreBlind_cannotBeTold() {
        Check silent = check(calls(26, OFFICE), "2026-10-06T18:00:00Z", "calls in eu-central-1 are not seen");
        assertThat(silent.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(silent.reason()).contains("calls in eu-central-1 are not seen");
    }

    @Test
    void newcomer_cannotBeTold() {
        assertThat(check(calls(10, OFFICE), "2026-09-18T18:00:00Z", null).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(check(new CallCounts(), "2026-09-21T18:00:00Z", null).verdict()).isEqualTo(Verdict.UNKNOWN);
    }
}
