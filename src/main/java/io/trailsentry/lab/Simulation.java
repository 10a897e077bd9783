package io.trailsentry.lab;

import io.trailsentry.lab.AttackPlanner.Planned;
import io.trailsentry.lab.SimulatedAgent.Duty;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/// A made-up workload of AI agents: who they are, what they do, and which attacks are among it. The same description gives
/// the same records, byte for byte; one agent's are the same whatever others there are. Immutable and thread-safe.
///
/// What is simulated, and why so, stands in `docs/simulation.md`.
public final class Simulation {
    private static final int MOST_AGENTS = 10_000;
    private static final int MOST_WEEKS = 520;
    private static final double MOST_RATE = 100;

    private final long seed;
    private final LocalDate from;
    private final LocalDate until;
    private final List<SimulatedAgent> agents;
    private final DayPlanner days;
    private final List<Planned> attacks;

    /// A simulation.
    ///
    /// @param seed what all random numbers are made from
    /// @param agents how many, 1 to 10,000
    /// @param from first day, of each agent's zone
    /// @param weeks how long, 1 to 520
    /// @param rate how busy people and jobs are, above 0, at most 100; 1 is usual
    /// @param attacks what is injected
    /// @throws IllegalArgumentException for a value out of its range, an attack on an agent that is not there, or one that
    ///         finds no time
    public Simulation(long seed, int agents, LocalDate from, int weeks, double rate, List<SimulatedAttack> attacks) {
        require(agents >= 1 && agents <= MOST_AGENTS, "agents are 1 to " + MOST_AGENTS);
        require(weeks >= 1 && weeks <= MOST_WEEKS, "weeks are 1 to " + MOST_WEEKS);
        require(rate > 0 && rate <= MOST_RATE, "the rate is above 0 and at most " + (int) MOST_RATE);
        require(from.getYear() >= 2000 && from.getYear() < 2200, "the first day is in 2000 to 2199");
        ServiceCalls calls = ServiceCalls.load();
        this.seed = seed;
        this.from = from;
        until = from.plusWeeks(weeks);
        this.agents = IntStream.range(0, agents)
                .mapToObj(number -> SimulatedAgent.of(seed, number, calls.services().size())).toList();
        days = new DayPlanner(seed, from, rate, calls);
        AttackPlanner planner = new AttackPlanner(seed, from, until, this.agents, days);
        this.attacks = IntStream.range(0, attacks.size()).mapToObj(i -> planner.plan(attacks.get(i), i)).toList();
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    /// What was injected, in the order in which it was asked for.
    public List<AttackLabel> labels() {
        return attacks.stream().map(Planned::label).toList();
    }

    long seed() {
        return seed;
    }

    /// All records, each once, in the order of time; made as they are asked for, a day of each agent at a time.
    public Iterator<SimulatedRecord> records() {
        PriorityQueue<Work> next = new PriorityQueue<>(
                Comparator.comparing(Work::peek, PlannedCall.ORDER));
        agents.stream().map(Work::new).filter(Work::hasNext).forEach(next::add);
        RecordWriter writer = new RecordWriter();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !next.isEmpty();
            }

            @Override
            public SimulatedRecord next() {
                Work work = next.poll();
                if (work == null) {
                    throw new NoSuchElementException();
                }
                PlannedCall call = work.next();
                if (work.hasNext()) {
                    next.add(work);
                }
                return writer.record(call);
            }
        };
    }

    /// The records of one agent, likewise.
    ///
    /// @param agent its number, from 0
    public Iterator<SimulatedRecord> records(int agent) {
        Work work = new Work(agents.get(agent));
        RecordWriter writer = new RecordWriter();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return work.hasNext();
            }

            @Override
            public SimulatedRecord next() {
                return writer.record(work.next());
            }
        };
    }

    /// What an agent does, from the first day to the last. Not thread-safe.
    private final class Work implements Iterator<PlannedCall> {
        private final SimulatedAgent agent;
        private final List<Planned> silences;
        private final Deque<PlannedCall> injected;
        private final Deque<PlannedCall> today = new ArrayDeque<>();
        private LocalDate date = from;

        Work(SimulatedAgent agent) {
            this.agent = agent;
            List<Planned> own = attacks.stream().filter(attack -> attack.agent().equals(agent)).toList();
            silences = own.stream().filter(attack -> attack.calls().isEmpty()).toList();
            injected = new ArrayDeque<>(
                    own.stream().flatMap(attack -> attack.calls().stream()).sorted(PlannedCall.ORDER).toList());
            fill();
        }

        private void fill() {
            for (; today.isEmpty() && date.isBefore(until); date = date.plusDays(1)) {
                for (PlannedCall call : days.plan(agent, date)) {
                    if (silences.stream().noneMatch(gap -> call.at() >= gap.from() && call.at() < gap.to())) {
                        today.add(call);
                    }
                }
            }
        }

        @Override
        public boolean hasNext() {
            return !today.isEmpty() || !injected.isEmpty();
        }

        private Deque<PlannedCall> source() {
            return today.isEmpty() || (!injected.isEmpty()
                    && PlannedCall.ORDER.compare(injected.element(), today.element()) < 0) ? injected : today;
        }

        PlannedCall peek() {
            return source().element();
        }

        @Override
        public PlannedCall next() {
            PlannedCall call = source().remove();
            fill();
            return call;
        }
    }

    /// A configuration that says of the agents what their people would: Regions, hours and channel.
    public String configuration() {
        int length = (int) from.datesUntil(until).count();
        StringBuilder yaml = new StringBuilder("agents:\n");
        for (SimulatedAgent agent : agents) {
            yaml.append("  - name: ").append(agent.name())
                    .append("\n    principals: [\"").append(agent.principal())
                    .append("\"]\n    regions: [").append(String.join(", ", agent.regionsWithin(length)))
                    .append("]\n");
            if (agent.duty() == Duty.NONE) {
                yaml.append("    hours: { zone: ").append(agent.zone())
                        .append(", days: MON-FRI, from: \"07:00\", to: \"20:00\" }\n");
            }
            if (agent.mcpOnly()) {
                yaml.append("    channel: mcp\n");
            }
        }
        yaml.append("accounts:\n");
        List<String> used = new ArrayList<>(agents.stream().map(SimulatedAgent::account).distinct().toList());
        for (int i = 0; i < used.size(); i++) {
            yaml.append("  \"").append(used.get(i)).append("\": { name: simulated-").append(i + 1).append(" }\n");
        }
        return yaml.toString();
    }
}
