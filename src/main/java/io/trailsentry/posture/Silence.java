package io.trailsentry.posture;

import io.trailsentry.agent.Hours;
import io.trailsentry.baseline.CallCounts;
import io.trailsentry.baseline.UsualRates;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// `agent-silent`: whether an agent is quiet for longer than its own past explains. Pure.
///
/// Only the hours count in which it usually works, so that nights and weekends are no silence; and it must have been
/// quiet for more than twice as many of them as ever before in eight weeks, so that neither is a pause of its usual length.
final class Silence {
    /// Hours of work in which an agent that never pauses may be quiet.
    private static final int LEAST = 5;
    private static final int TIMES = 2;
    private static final int WARNING = 30;
    private static final int FAILURE = 45;

    private Silence() {
    }

    /// Judges an agent's silence.
    ///
    /// @param calls how many there were
    /// @param blind Regions whose events do not arrive, in words; null: all do. Then the silence may be TrailSentry's own
    static Check check(Subject subject, CallCounts calls, @Nullable String blind, Instant now) {
        Hours hours = subject.agent().hours();
        UsualRates rates = new UsualRates(calls, hours == null ? null : hours.zone(), null);
        long minute = now.getEpochSecond() / 60;
        if (!rates.isLearned(minute) || !rates.isSettled(minute)) {
            return Check.unknown(Rule.AGENT_SILENT, subject, null, "may be silent or not",
                    "too little is known of when it works: that takes two weeks and 200 calls", "");
        }
        Gaps gaps = gaps(calls, rates, now);
        int most = Math.max(LEAST, TIMES * gaps.longest());
        if (gaps.present() <= most) {
            return Check.ok(Rule.AGENT_SILENT, subject, null, "is heard of as usual");
        }
        String since = gaps.last().truncatedTo(ChronoUnit.HOURS).toString();
        String said = "is silent: no call in " + gaps.present() + " hours in which it usually works";
        String reason = "its last call was in the hour from " + since
                + "; in eight weeks it was never quiet for more than "
                + gaps.longest() + " of its hours";
        if (blind != null) {
            return Check.unknown(Rule.AGENT_SILENT, subject, null, said,
                    reason + "; but " + blind + ", so that its calls may be unseen", "");
        }
        String mend = "Ask who works with it whether it was stopped, renamed or given another role; what it runs under "
                + "now must be in AgentNames and in trailsentry.yaml.";
        return gaps.present() > TIMES * most
                ? Check.failure(Rule.AGENT_SILENT, subject, FAILURE, null, said, reason, mend)
                : Check.warning(Rule.AGENT_SILENT, subject, WARNING, null, said, reason, mend);
    }

    /// How long it was quiet, in hours of work.
    ///
    /// @param longest at most, before the last call
    /// @param present since the last call
    /// @param last end of the hour of the last call
    private record Gaps(int longest, int present, Instant last) {
    }

    private static Gaps gaps(CallCounts calls, UsualRates rates, Instant now) {
        long end = Math.floorDiv(now.getEpochSecond(), 3600);
        long first = Math.max(Math.floorDiv(calls.first(), 4), end - Duration.ofDays(CallCounts.DAYS_KEPT).toHours());
        int longest = 0;
        int present = 0;
        long last = first;
        for (long hour = first; hour < end; hour++) {
            if (calls.inHour(hour) > 0) {
                longest = Math.max(longest, present);
                present = 0;
                last = hour;
            } else if (rates.isSettled(hour * 60) && rates.isLikelyWorked(hour * 60 + 15)
                    && rates.isLikelyWorked(hour * 60 + 45)) {
                present++;
            }
        }
        return new Gaps(longest, present, Instant.ofEpochSecond(last * 3600));
    }
}
