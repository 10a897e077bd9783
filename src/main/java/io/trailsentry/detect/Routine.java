package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Usual;
import io.trailsentry.baseline.UsualRates;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// An agent's routine: when it works, as configured or else as learned, and how much. Confined to one examination.
///
/// @param hours configured ones; null: learned
/// @param rates what was learned
record Routine(@Nullable Hours hours, UsualRates rates) {
    /// Most that a signal is worth when only one week was learned.
    private static final int YOUNG = 39;
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("EEE HH:mm", Locale.ROOT);

    static Routine of(Agent agent, Profile profile) {
        Hours hours = agent.hours();
        return new Routine(hours, new UsualRates(profile.calls(), hours == null ? null : hours.zone(),
                hours == null ? null : hours.days()));
    }

    /// Whether a minute (since 1970) lies outside the agent's hours.
    boolean isOff(long minute) {
        return hours == null ? !rates.isWorked(minute) : !hours.contains(Instant.ofEpochSecond(minute * 60));
    }

    /// What a score is worth that only what was learned gives: little in the first week, not more than low in the second.
    int trusted(int score, long minute) {
        return rates.isLearned(minute)
                ? rates.isSettled(minute) ? score : Math.min(YOUNG, score)
                : Math.min(Signal.LEARNING, score);
    }

    /// When something was, on the agent's clock: `Sat 02:02`.
    String local(Sighting at) {
        ZoneId zone = hours == null ? ZoneOffset.UTC : hours.zone();
        return LOCAL.format(at.time().atZone(zone)) + (hours == null ? " UTC" : "");
    }

    /// What was learned, beside what was seen: `explains at most 9 (1 in 10^31); learned from 26 days`.
    ///
    /// @param log10 decimal logarithm of the probability up to which something is unlikely
    static String explained(Usual usual, double log10, int calls) {
        return "explains at most " + (usual.least(log10) - 1) + " (" + odds(usual.tail(calls)) + "); "
                + learned(usual);
    }

    static String learned(Usual usual) {
        return "learned from " + usual.days() + (usual.days() == 1 ? " day" : " days");
    }

    private static String odds(double log10) {
        return log10 > -1.5 ? "1 in " + Math.round(Math.pow(10, -log10)) : "1 in 10^" + Math.round(-log10);
    }
}
