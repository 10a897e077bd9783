package io.trailsentry.lab;

import io.trailsentry.lab.PlannedCall.Session;
import io.trailsentry.lab.Script.Way;
import io.trailsentry.lab.ServiceCalls.Service;
import io.trailsentry.lab.SimulatedAgent.Credentials;
import io.trailsentry.lab.SimulatedAgent.Duty;
import io.trailsentry.lab.SimulatedAttack.Kind;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// Plans attacks. Immutable and thread-safe.
final class AttackPlanner {
    private static final String NETWORK = "192.0.2.66";
    private static final double REFUSED = 0.3;
    private static final int SCRIPT = 20;
    /// Working days from which an hour's usual is taken.
    private static final int USUAL_DAYS = 20;
    private static final int LEAST_USUAL = 5;
    private static final int HOUR = 3_600_000;
    /// Minutes that a night burst keeps from an agent's nightly job.
    private static final int BESIDE_JOB = 90;

    private final long seed;
    private final LocalDate from;
    private final LocalDate until;
    private final List<SimulatedAgent> agents;
    private final DayPlanner days;

    /// @param until the first day that is not simulated
    AttackPlanner(long seed, LocalDate from, LocalDate until, List<SimulatedAgent> agents, DayPlanner days) {
        this.seed = seed;
        this.from = from;
        this.until = until;
        this.agents = List.copyOf(agents);
        this.days = days;
    }

    /// An attack with its calls.
    ///
    /// @param from begin, in milliseconds since 1970
    /// @param to end, likewise, not included
    record Planned(SimulatedAgent agent, Kind kind, long from, long to, List<PlannedCall> calls) {
        Planned {
            calls = List.copyOf(calls);
        }

        AttackLabel label() {
            boolean none = calls.isEmpty();
            return new AttackLabel(kind.label(), agent.number(), agent.name(), agent.principal(),
                    second(none ? from : calls.getFirst().at()), second(none ? to : calls.getLast().at()),
                    calls.stream().map(PlannedCall::eventId).toList(), kind.detectors());
        }

        private static Instant second(long millis) {
            return Instant.ofEpochSecond(Math.floorDiv(millis, 1_000L));
        }
    }

    /// @param number the attack's, from 0
    /// @throws IllegalArgumentException when there is no such agent or no fitting time
    Planned plan(SimulatedAttack attack, int number) {
        Dice dice = new Dice(Purpose.ATTACK, seed, number);
        SimulatedAgent agent = agent(attack, number);
        LocalDateTime when = attack.when() == null ? when(attack.kind(), agent, dice) : attack.when();
        long start = when.atZone(agent.zone()).toInstant().toEpochMilli();
        Writing writing = new Writing(agent, number, dice, start);
        switch (attack.kind()) {
            case NIGHT_BURST -> writing.burst(attack.number("calls"), attack.number("minutes"));
            case DAY_BURST -> writing.burst(
                    (int) Math.ceil(attack.number("times") * usual(agent, when)), attack.number("minutes"));
            case SLOW_ENUMERATION -> writing.enumerate(Way.MCP, attack.number("calls"), attack.number("hours") * 60);
            case REGION_HOP -> writing.hop(attack.number("regions"), attack.number("calls"));
            case SELF_MODIFICATION -> writing.modify();
            case CREDENTIAL_LEAK ->
                writing.enumerate(Way.SDK, attack.number("calls"), attack.number("minutes"));
            case SILENCE -> {
                long end = when.plusDays(attack.number("days")).atZone(agent.zone()).toInstant().toEpochMilli();
                return new Planned(agent, attack.kind(), start, end, List.of());
            }
        }
        writing.plan.sort(PlannedCall.ORDER);
        return new Planned(agent, attack.kind(), start, writing.plan.getLast().at() + 1, writing.plan);
    }

    private SimulatedAgent agent(SimulatedAttack attack, int number) {
        Integer chosen = attack.agent();
        if (chosen != null) {
            if (chosen < 0 || chosen >= agents.size()) {
                throw new IllegalArgumentException("there is no agent " + chosen + ": they are 0 to "
                        + (agents.size() - 1));
            }
            return agents.get(chosen);
        }
        List<SimulatedAgent> fitting = agents.stream().filter(agent -> switch (attack.kind()) {
            case CREDENTIAL_LEAK -> agent.mcpOnly();
            // Nobody can change a role of Identity Center's where it is.
            case SELF_MODIFICATION -> agent.credentials() != Credentials.IDENTITY_CENTER;
            case NIGHT_BURST, DAY_BURST, SLOW_ENUMERATION, REGION_HOP, SILENCE -> true;
        }).toList();
        return fitting.get(number % fitting.size());
    }

    private LocalDateTime when(Kind kind, SimulatedAgent agent, Dice dice) {
        LocalDate day = until.minusDays(dice.between(1, 7));
        return switch (kind) {
            case NIGHT_BURST -> {
                int minute;
                do {
                    minute = dice.between(60, 5 * 60);
                } while (agent.duty() == Duty.NIGHTLY && Math.abs(minute - agent.jobAt()) < BESIDE_JOB);
                yield day.atTime(LocalTime.ofSecondOfDay(minute * 60L));
            }
            case DAY_BURST, REGION_HOP -> working(agent, day)
                    .atTime(LocalTime.ofSecondOfDay((dice.between(10 * 60, 11 * 60) + 240L * dice.between(0, 1)) * 60));
            case SLOW_ENUMERATION -> until.minusDays(dice.between(3, 6)).atTime(dice.between(0, 23), 7);
            case SELF_MODIFICATION, CREDENTIAL_LEAK -> day.atTime(dice.between(0, 23), dice.between(0, 59));
            case SILENCE -> until.minusDays(7).atStartOfDay();
        };
    }

    private LocalDate working(SimulatedAgent agent, LocalDate day) {
        for (LocalDate before = day; !before.isBefore(from); before = before.minusDays(1)) {
            if (days.works(agent, before)) {
                return before;
            }
        }
        for (LocalDate after = day; after.isBefore(until); after = after.plusDays(1)) {
            if (days.works(agent, after)) {
                return after;
            }
        }
        throw new IllegalArgumentException(agent.name() + " never works in the simulated time: simulate more weeks");
    }

    /// Calls that the agent makes on average in the hour from this time of day on, over its working days around.
    private double usual(SimulatedAgent agent, LocalDateTime when) {
        LocalDate day = when.toLocalDate();
        List<LocalDate> working = from.datesUntil(until)
                .filter(other -> !other.equals(day) && days.works(agent, other)).toList();
        List<LocalDate> before = working.stream().filter(other -> other.isBefore(day)).toList();
        List<LocalDate> taken = before.isEmpty() ? working : before;
        taken = taken.subList(Math.max(0, taken.size() - USUAL_DAYS), taken.size());
        double calls = taken.stream().mapToLong(other -> {
            long start = other.atTime(when.toLocalTime()).atZone(agent.zone()).toInstant().toEpochMilli();
            return days.plan(agent, other).stream()
                    .filter(call -> !call.isToolCall() && call.at() >= start && call.at() < start + HOUR).count();
        }).average().orElse(0);
        return Math.max(LEAST_USUAL, calls);
    }

    /// The calls of one attack. Confined to one call of [#plan].
    private final class Writing {
        private final SimulatedAgent agent;
        private final int number;
        private final Dice dice;
        private final long start;
        private final Session session;
        private final String home;
        private final List<PlannedCall> plan = new ArrayList<>();
        private long salts;

        Writing(SimulatedAgent agent, int number, Dice dice, long start) {
            this.agent = agent;
            this.number = number;
            this.dice = dice;
            this.start = start;
            session = new Session(agent, "s-" + Long.toHexString(dice.bits() >>> 40), start / 1_000 - 2);
            home = agent.regions().getFirst().value();
        }

        private Script script(Way way, double at) {
            return new Script(session, way, NETWORK, () -> Dice.hash(seed, ~agent.number(), number, ++salts), number,
                    at, plan);
        }

        private double[] times(int count, int minutes) {
            return IntStream.range(0, count).mapToDouble(i -> start + dice.between(0, minutes * 60_000.0)).sorted()
                    .toArray();
        }

        /// Reads of services that it works with, where it works: nothing but their number is odd.
        void burst(int count, int minutes) {
            List<Service> services = SimulatedAgent.on(0, agent.services()).stream()
                    .map(days.calls().services()::get).toList();
            double[] times = times(count, minutes);
            for (int i = 0; i < count;) {
                Script script = script(Way.MCP, times[i]);
                Service service = dice.pick(services);
                ApiCall api = dice.pick(service.each());
                for (int end = Math.min(count, i + SCRIPT); i < end; i++) {
                    script.at(times[i]).call(api, home, DayPlanner.resource(agent, service, i), null);
                }
                script.end();
            }
        }

        /// Looks around, mostly with success.
        void enumerate(Way way, int count, int minutes) {
            List<ApiCall> looks = days.calls().enumeration();
            double[] times = times(count, minutes);
            Script first = script(way, times[0]);
            first.call(days.calls().whoami(), home, "", null);
            first.end();
            for (int i = 1; i < count; i++) {
                Script script = script(way, times[i]);
                script.call(looks.get((i - 1) % looks.size()), home, "", dice.chance(REFUSED) ? "AccessDenied" : null);
                script.end();
            }
        }

        void hop(int regions, int count) {
            List<String> others = SimulatedAgent
                    .otherRegions(Set.copyOf(SimulatedAgent.on(Integer.MAX_VALUE, agent.regions())));
            double at = start;
            for (String region : others.subList(0, Math.min(regions, others.size()))) {
                Script script = script(Way.MCP, at);
                Service compute = days.calls().services().getFirst();
                for (int i = 0; i < count - 1; i++) {
                    script.call(i == 0 ? days.calls().images() : compute.list(), region, "", null);
                    script.pause(dice.between(1.0, 5));
                }
                script.call(days.calls().launch(), region, agent.name() + '-' + region, null);
                script.end();
                at = script.now() + dice.between(20_000.0, 90_000);
            }
        }

        void modify() {
            Script script = script(Way.MCP, (double) start);
            for (ApiCall change : days.calls().ownPower()) {
                boolean first = change.equals(days.calls().ownPower().getFirst());
                script.call(change, home, agent.role(), first ? "AccessDenied" : null);
                script.pause(dice.between(5.0, 40));
            }
            script.end();
        }
    }
}
