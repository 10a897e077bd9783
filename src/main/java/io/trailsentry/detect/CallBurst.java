package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Minutes;
import io.trailsentry.baseline.Minutes.Burst;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Usual;
import io.trailsentry.baseline.UsualRates;
import io.trailsentry.detect.Signal.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// `call-burst`: more calls within the agent's hours than that hour of its week explains. In five minutes; or steadily over
/// an hour, many times as many as in that hour of other days; or, worth little, more than twice what was unlikely four weeks ago, so that a rate which creeps
/// up does not raise its own threshold without a word.
final class CallBurst implements Detector.OfRates {
    private static final int BASE = 45;
    private static final int STEADY = 40;
    private static final int CREEPING = 25;
    private static final List<String> ATTACK = List.of("T1059.009");
    /// How many times its usual calls an hour must hold to be told, and in what share of the minutes that even ones fill.
    private static final int MANY = 7;
    private static final double EVEN = 0.9;
    private static final int HOUR = 60;
    /// Calls of an hour that are usual at least.
    private static final int LEAST = 5;
    /// How far a threshold may have risen in four weeks.
    private static final int RISE = 2;

    private final int calls;

    /// @param calls least calls in five minutes that are a burst, whatever is usual, at least 2
    CallBurst(int calls) {
        this.calls = calls;
    }

    @Override
    public String id() {
        return "call-burst";
    }

    @Override
    public int minutes() {
        return HOUR;
    }

    @Override
    public List<Mark> marks(Call call) {
        return List.of(Mark.CALL);
    }

    @Override
    public List<Signal> examine(Agent agent, Principal principal, Activity activity, Profile profile) {
        Minutes minutes = activity.of(Mark.CALL);
        boolean bursts = !minutes.bursts(UsualRates.WINDOW, calls, minute -> true).isEmpty();
        boolean steady = !minutes.bursts(HOUR, leastAnHour(), minute -> leastAnHour(), minute -> true, EVEN).isEmpty();
        if (!bursts && !steady) {
            return List.of();
        }
        Day day = new Day(Routine.of(agent, profile), principal);
        List<Signal> signals = new ArrayList<>();
        if (bursts) {
            minutes.bursts(UsualRates.WINDOW, calls, day::limit, day::isWorked)
                    .forEach(burst -> signals.add(day.signal(burst)));
        }
        if (steady) {
            minutes.bursts(HOUR, leastAnHour(), day::hourLimit, minute -> true, EVEN)
                    .forEach(burst -> signals.add(day.steadySignal(burst)));
        }
        return signals;
    }

    @Override
    public List<Gauge> gauges(Agent agent, Profile profile, Sighting at) {
        Routine routine = Routine.of(agent, profile);
        Usual usual = routine.rates().at(at.minute());
        return usual == null
                ? List.of()
                : List.of(new Gauge("calls", unlikely(routine.rates(), usual), UsualRates.WINDOW,
                        minute -> !routine.isOff(minute),
                        activity -> Gauge.peak(activity.of(Mark.CALL), UsualRates.WINDOW,
                                minute -> !routine.isOff(minute)),
                        calls));
    }

    private int leastAnHour() {
        return Math.max(calls, MANY * LEAST);
    }

    private int unlikely(UsualRates rates, Usual usual) {
        return Math.max(calls, rates.unlikely(usual));
    }

    /// An agent's working day. Confined to one examination.
    private final class Day {
        private final Routine routine;
        private final UsualRates rates;
        private final Principal principal;

        Day(Routine routine, Principal principal) {
            this.routine = routine;
            this.rates = routine.rates();
            this.principal = principal;
        }

        boolean isWorked(long minute) {
            return !routine.isOff(minute);
        }

        /// From how many calls in five minutes on there is something to say.
        int limit(long minute) {
            Usual usual = rates.at(minute);
            return usual == null ? Integer.MAX_VALUE : Math.min(unlikely(rates, usual), risen(minute));
        }

        /// From how many on more must have become usual within four weeks than may without a word.
        private int risen(long minute) {
            Usual then = then(minute);
            return then == null ? Integer.MAX_VALUE : RISE * unlikely(rates, then);
        }

        /// What was usual four weeks ago, when the hour may have been none of the agent's hours yet.
        private @Nullable Usual then(long minute) {
            Usual then = rates.then(minute);
            return then == null && rates.wasLearned(minute) ? rates.outside(minute) : then;
        }

        Signal signal(Burst burst) {
            long minute = burst.crossing().minute();
            Usual usual = Objects.requireNonNull(rates.at(minute));
            String when = burst.peak() + " calls in " + UsualRates.WINDOW + " min from "
                    + routine.local(burst.crossing());
            String what = "made " + burst.count() + " calls in a burst";
            if (burst.peak() >= unlikely(rates, usual)) {
                return signal(burst, Signals.grown(BASE, burst.peak(), unlikely(rates, usual)), what,
                        when + "; this hour "
                                + Routine.explained(usual, UsualRates.UNLIKELY, burst.peak()));
            }
            Usual then = Objects.requireNonNull(then(minute));
            int score = rates.then(minute) == null
                    ? CREEPING
                    : Signals.grown(CREEPING, burst.peak(), risen(minute));
            return signal(burst, score, what,
                    when + ", which this hour explains by now; four weeks before, it explained"
                            + " at most " + (rates.unlikely(then) - 1) + ": its rate creeps up; "
                            + Routine.learned(usual));
        }

        int hourLimit(long minute) {
            double usual = routine.isOff(minute) ? 0 : rates.hourly(minute);
            return usual == 0
                    ? Integer.MAX_VALUE
                    : Math.max(leastAnHour(), (int) Math.ceil(MANY * usual));
        }

        Signal steadySignal(Burst burst) {
            long minute = burst.crossing().minute();
            return signal(burst, Signals.grown(STEADY, burst.peak(), hourLimit(minute)),
                    "made " + burst.count() + " calls, steadily", burst.peak() + " calls in an hour from "
                            + routine.local(burst.first()) + ", steadily, where "
                            + Math.round(rates.hourly(minute)) + " are usual and " + hourLimit(minute)
                            + " are a burst; "
                            + Routine.learned(Objects.requireNonNull(rates.at(minute))));
        }

        private Signal signal(Burst burst, int score, String what, String why) {
            return Signals.ofWindow(CallBurst.this, routine.trusted(score, burst.crossing().minute()),
                    Outcome.SUCCEEDED, principal, what, why, ATTACK, burst.crossing(), burst.region(),
                    new Window(burst.first(), burst.last(), burst.count()));
        }
    }
}
