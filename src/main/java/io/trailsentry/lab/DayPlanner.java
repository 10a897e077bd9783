package io.trailsentry.lab;

import io.trailsentry.lab.PlannedCall.Session;
import io.trailsentry.lab.Script.Way;
import io.trailsentry.lab.ServiceCalls.Service;
import io.trailsentry.lab.SimulatedAgent.Credentials;
import io.trailsentry.lab.SimulatedAgent.Duty;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Plans what an agent does on one day of its zone. A day is planned from the seed, the agent and the date alone, whatever
/// was planned before. Immutable and thread-safe.
final class DayPlanner {
    /// Sessions of a working day, on average.
    private static final double SESSIONS = 12;
    private static final double SESSION_MINUTES = 40;
    private static final int LONGEST_SESSION = 150;
    /// Seconds between the tool calls of a session.
    private static final double TASK_SECONDS = 190;
    /// Shares of the tool calls that are of a kind, each up to its number; the others are a few reads.
    private static final double MISSING = 0.025;
    private static final double FAN_OUT = 0.145;
    private static final double CHATTER = 0.265;
    private static final double REFUSED = 0.275;
    private static final double WEEKEND_WORK = 0.05;
    private static final double EVENING_WORK = 0.04;
    private static final double LEAVE_WEEKS = 0.06;
    private static final double ABSENT_DAYS = 0.04;
    private static final double STACK_DAYS = 0.3;
    /// Mean days that infrastructure stays up, and the most.
    private static final double STACK_LIFE = 2;
    private static final int LONGEST_LIFE = 14;
    /// Most days that a take-down waits for somebody to be there.
    private static final int LONGEST_WAIT = 14;
    private static final double NOT_FOUND = 0.04;
    private static final double JOB_CALLS = 110;
    private static final int MOST_JOB_CALLS = 600;
    private static final double JOB_MISSED = 0.04;
    private static final int LARGEST_BURST = 120;
    /// Calls of one script that no API throttles.
    private static final int UNTHROTTLED = 30;
    private static final double THROTTLED = 0.04;
    private static final int RESOURCES = 120;
    private static final List<String> WORDS = List.of("orders", "billing", "search", "catalog", "ingest", "report",
            "session", "mail", "image", "ledger", "stock", "price");
    private static final List<String> PARTS = List.of("api", "worker", "events", "store", "jobs", "web", "sync",
            "cache");

    private final long seed;
    private final LocalDate from;
    private final double rate;
    private final ServiceCalls calls;

    DayPlanner(long seed, LocalDate from, double rate, ServiceCalls calls) {
        this.seed = seed;
        this.from = from;
        this.rate = rate;
        this.calls = calls;
    }

    ServiceCalls calls() {
        return calls;
    }

    /// What an agent does on a day, in the order of time.
    List<PlannedCall> plan(SimulatedAgent agent, LocalDate date) {
        Day day = new Day(agent, date);
        day.watch();
        day.job();
        if (works(agent, date)) {
            day.office();
            day.infrastructure();
            if (day.dice(Purpose.PRESENCE, 1).chance(EVENING_WORK)) {
                day.alone(20 * 60, 22 * 60);
            }
        } else if (day.dice(Purpose.PRESENCE, 1).chance(WEEKEND_WORK)) {
            day.alone(10 * 60, 19 * 60);
        }
        double start = day.at(0);
        double end = millis(agent, date.plusDays(1), 0);
        return day.plan.stream().filter(call -> call.at() >= start && call.at() < end).sorted(PlannedCall.ORDER)
                .toList();
    }

    /// Whether people work with an agent on a day: no weekend, no holiday, nobody on leave or away.
    boolean works(SimulatedAgent agent, LocalDate date) {
        long week = Math.floorDiv(date.toEpochDay() + 3, 7L);
        return !agent.isOff(date) && !new Dice(Purpose.LEAVE, seed, agent.number(), week).chance(LEAVE_WEEKS)
                && !new Dice(Purpose.PRESENCE, seed, agent.number(), date.toEpochDay())
                        .chance(ABSENT_DAYS);
    }

    /// A minute of a day of an agent's zone, in milliseconds since 1970. What the change to summer time leaves out comes as
    /// much later.
    static double millis(SimulatedAgent agent, LocalDate date, double minute) {
        return date.atTime(LocalTime.ofSecondOfDay(Math.min(86_399, (long) (minute * 60)))).atZone(agent.zone())
                .toInstant().toEpochMilli();
    }

    /// Infrastructure that was put up on a day.
    ///
    /// @param made the day
    /// @param due the day on which it is taken down; null: it stays
    /// @param template whether CloudFormation makes it
    /// @param parts the services that each have one resource in it
    private record Stack(LocalDate made, @Nullable LocalDate due, String name, boolean template, List<Service> parts) {
    }

    private @Nullable Stack stack(SimulatedAgent agent, LocalDate date) {
        Dice dice = new Dice(Purpose.STACK, seed, agent.number(), date.toEpochDay());
        if (date.isBefore(from) || !works(agent, date) || !dice.chance(STACK_DAYS)) {
            return null;
        }
        int life = (int) Math.min(LONGEST_LIFE, dice.exponential(STACK_LIFE));
        boolean template = dice.chance(0.6);
        List<Service> makers = calls.services().stream().filter(service -> service.make() != null).toList();
        List<Service> parts = IntStream.range(0, template ? dice.between(2, 7) : dice.between(1, 3))
                .mapToObj(i -> dice.pick(makers)).toList();
        LocalDate due = date.plusDays(life).datesUntil(date.plusDays((long) life + LONGEST_WAIT))
                .filter(day -> works(agent, day)).findFirst().orElse(null);
        return new Stack(date, due, agent.name() + '-' + dice.pick(WORDS) + '-' + Long.toString(date.toEpochDay(), 36),
                template, parts);
    }

    /// The name of one of the resources that an account has of a kind.
    static String resource(SimulatedAgent agent, Service service, int number) {
        long hash = Dice.hash(Long.parseLong(agent.account()), service.list().source().hashCode(),
                Math.floorMod(number, RESOURCES));
        return WORDS.get((int) Math.floorMod(hash, (long) WORDS.size())) + '-'
                + PARTS.get((int) Math.floorMod(hash >>> 8, (long) PARTS.size())) + '-'
                + Math.floorMod(number, RESOURCES);
    }

    /// The plan of one day. Confined to one call of [#plan].
    private final class Day {
        private final SimulatedAgent agent;
        private final LocalDate date;
        private final List<PlannedCall> plan = new ArrayList<>();
        private final List<String> regions;
        private final List<Service> services;
        private long salts;

        Day(SimulatedAgent agent, LocalDate date) {
            this.agent = agent;
            this.date = date;
            int number = (int) ChronoUnit.DAYS.between(from, date);
            regions = SimulatedAgent.on(number, agent.regions());
            services = SimulatedAgent.on(number, agent.services()).stream().map(calls.services()::get).toList();
        }

        Dice dice(Purpose purpose, int part) {
            return new Dice(purpose, seed, agent.number(), date.toEpochDay(), part);
        }

        double at(double minute) {
            return millis(agent, date, minute);
        }

        private long salt() {
            return Dice.hash(seed, agent.number(), date.toEpochDay(), ++salts);
        }

        private Session session(String name, double at) {
            return new Session(agent, name, (long) at / 1_000 - 2);
        }

        /// People who come by Identity Center have their own name on every session; other sessions are new each time.
        private Session session(Dice dice, double at) {
            return session(agent.credentials() == Credentials.IDENTITY_CENTER
                    ? "person-" + (agent.number() + 1)
                    : "s-" + Long.toHexString(dice.bits() >>> 40), at);
        }

        private Script script(Session session, Way way, double at) {
            return new Script(session, way, address(), this::salt, PlannedCall.NONE, at, plan);
        }

        private String address() {
            return "198.51.100." + (10 + agent.number() % 200);
        }

        /// Mostly home.
        private String region(Dice dice) {
            return dice.chance(0.75) ? regions.getFirst() : dice.pick(regions);
        }

        void office() {
            Dice dice = dice(Purpose.SESSIONS, 0);
            double busy = dice.logNormal(1, 0.3);
            int sessions = Math.max(1, dice.poisson(SESSIONS * busy));
            for (int i = 0; i < sessions; i++) {
                work(dice(Purpose.SESSIONS, i + 1));
            }
        }

        private void work(Dice dice) {
            double minute;
            do {
                minute = dice.between(agent.starts(), (double) agent.ends());
            } while (!dice.chance(liveliness(minute)));
            double end = Math.min(agent.ends() + 45,
                    minute + Math.min(LONGEST_SESSION, dice.logNormal(SESSION_MINUTES, 0.6)));
            double gap = TASK_SECONDS / 60 / (agent.pace() * rate * dice.logNormal(1, 0.3));
            Session session = session(dice, at(minute));
            boolean direct = !agent.mcpOnly() && dice.chance(0.45);
            for (; minute < end; minute += dice.exponential(gap)) {
                if (dice.chance(isLunch(minute) ? 0.4 : 1)) {
                    task(dice, session, direct, at(minute));
                }
            }
        }

        /// How likely people begin something: slowly in the morning, hardly at lunch, less towards the end.
        private double liveliness(double minute) {
            return isLunch(minute) ? 0.25 : minute < agent.starts() + 30 ? 0.6 : minute > agent.ends() - 60 ? 0.5 : 1;
        }

        private static boolean isLunch(double minute) {
            return minute >= 12 * 60 && minute < 13 * 60;
        }

        private void task(Dice dice, Session session, boolean direct, double at) {
            double kind = dice.between(0.0, 1);
            Script script = script(session, direct ? kind < MISSING ? Way.TERRAFORM : Way.CLI : Way.MCP, at);
            if (kind < MISSING) {
                missing(dice, script);
            } else if (kind < FAN_OUT) {
                fanOut(dice, script, dice.pareto(4, 1.4, LARGEST_BURST), dice.chance(0.6) ? 0.12 : 0.6);
            } else if (kind < CHATTER) {
                chatter(dice, script);
            } else if (kind < REFUSED) {
                refused(dice, script);
            } else {
                look(dice, script, dice.between(1, 4));
            }
            script.end();
        }

        /// A few reads.
        private void look(Dice dice, Script script, int count) {
            Service service = dice.pick(services);
            String region = region(dice);
            for (int i = 0; i < count; i++) {
                if (i == 0 && dice.chance(0.6)) {
                    script.call(service.list(), region, "", null);
                } else {
                    ask(dice, script, service, region, dice.pareto(1, 0.6, RESOURCES));
                }
                script.pause(dice.exponential(1.5));
            }
        }

        private void ask(Dice dice, Script script, Service service, String region, int resource) {
            ApiCall api = dice.pick(service.each());
            script.call(api, region, resource(agent, service, resource),
                    api.missing() != null && dice.chance(NOT_FOUND) ? api.missing() : null);
        }

        /// Lists, and asks about each thing in the list: pages of calls within seconds, throttled when there are many.
        private void fanOut(Dice dice, Script script, int count, double gap) {
            Service service = dice.pick(services);
            ApiCall api = dice.pick(service.each());
            String region = region(dice);
            script.call(service.list(), region, "", null);
            int first = dice.between(0, RESOURCES);
            for (int i = 0; i < count; i++) {
                script.pause(dice.exponential(gap));
                String subject = resource(agent, service, first + i);
                if (i > UNTHROTTLED && dice.chance(THROTTLED)) {
                    script.call(api, region, subject,
                            api.source().equals("ec2") ? "Client.RequestLimitExceeded" : "ThrottlingException");
                    script.pause(dice.between(0.3, 2));
                }
                script.call(api, region, subject,
                        api.missing() != null && dice.chance(NOT_FOUND) ? api.missing() : null);
            }
        }

        /// A plan of infrastructure code: it asks for everything that might be there.
        private void missing(Dice dice, Script script) {
            List<Service> asked = services.stream()
                    .filter(service -> service.each().stream().anyMatch(api -> api.missing() != null)).toList();
            String region = regions.getFirst();
            int count = dice.pareto(12, 1.3, 90);
            script.call(calls.whoami(), region, "", null);
            for (int i = 0; i < count; i++) {
                script.pause(dice.exponential(0.15));
                Service service = dice.pick(asked);
                ApiCall api = dice.pick(service.each().stream().filter(each -> each.missing() != null).toList());
                script.call(api, region, resource(agent, service, i), dice.chance(0.7) ? api.missing() : null);
            }
        }

        private void chatter(Dice dice, Script script) {
            script.call(calls.whoami(), regions.getFirst(), "", null);
            if (dice.chance(0.4)) {
                int count = dice.chance(0.2) ? 7 : dice.between(1, 3);
                for (int i = 0; i < count; i++) {
                    script.pause(dice.exponential(0.3));
                    script.call(calls.lookup(), regions.getFirst(), resource(agent, services.getFirst(), i), null);
                }
            }
        }

        /// Something that its policy does not allow, tried once or twice.
        private void refused(Dice dice, Script script) {
            Service service = dice.pick(services);
            ApiCall api = dice.pick(service.each());
            String region = region(dice);
            for (int i = dice.between(1, 2); i > 0; i--) {
                script.call(api, region, resource(agent, service, i),
                        api.source().equals("ec2") ? "Client.UnauthorizedOperation" : "AccessDenied");
                script.pause(dice.between(1.0, 8));
            }
        }

        /// Somebody looks something up outside working hours.
        void alone(int earliest, int latest) {
            Dice dice = dice(Purpose.SESSIONS, -1);
            double minute = dice.between((double) earliest, latest);
            Session session = session(dice, at(minute));
            for (int i = dice.between(1, 8); i > 0; i--) {
                Script script = script(session, Way.MCP, at(minute));
                look(dice, script, dice.between(1, 4));
                script.end();
                minute += dice.exponential(3);
            }
        }

        /// The round-the-clock look at alarms.
        void watch() {
            if (agent.duty() != Duty.WATCH) {
                return;
            }
            Dice dice = dice(Purpose.WATCH, 0);
            Session session = session("watch", at(0));
            double start = at(0);
            String region = regions.getFirst();
            for (int i = 0; i < 12 * 25; i++) {
                Script script = script(session, Way.MCP, start + (i * 300 + dice.between(0.0, 20)) * 1_000);
                script.call(alarms(), region, "", null);
                if (dice.chance(0.5)) {
                    script.pause(dice.exponential(1)).call(calls.lookup(), region, "", null);
                }
                if (dice.chance(0.01)) {
                    fanOut(dice, script, dice.between(5, 25), 0.3);
                }
                script.end();
            }
        }

        private ApiCall alarms() {
            return calls.services().stream().map(Service::list).filter(list -> list.name().equals("DescribeAlarms"))
                    .findFirst().orElseThrow();
        }

        /// The nightly job: an inventory, at its hour whatever day it is.
        void job() {
            Dice dice = dice(Purpose.JOB, 0);
            if (agent.duty() != Duty.NIGHTLY || dice.chance(JOB_MISSED)) {
                return;
            }
            double at = at(agent.jobAt()) + dice.between(0.0, 240) * 1_000;
            Script script = script(session("nightly", at), agent.mcpOnly() ? Way.MCP : Way.SDK, at);
            int left = (int) Math.min(MOST_JOB_CALLS, dice.logNormal(JOB_CALLS * agent.pace() * rate, 0.3));
            script.call(calls.whoami(), regions.getFirst(), "", null);
            while (left > 0) {
                int page = Math.min(left, dice.between(8, 25));
                fanOut(dice, script, page, 1.2);
                left -= page;
            }
            script.end();
        }

        /// Puts up what is planned for today and takes down what is due.
        void infrastructure() {
            Dice dice = dice(Purpose.UNDEPLOY, 0);
            Stack today = stack(agent, date);
            double up = dice.between(agent.starts() + 30.0, agent.ends() - 150);
            if (today != null) {
                deploy(dice, today, at(up));
            }
            IntStream.rangeClosed(0, LONGEST_LIFE + LONGEST_WAIT).mapToObj(age -> stack(agent, date.minusDays(age)))
                    .filter(Objects::nonNull).filter(stack -> date.equals(stack.due())).forEach(stack -> {
                        double down = stack.made().equals(date)
                                ? dice.between(up + 30, agent.ends())
                                : dice.between((double) agent.starts(), agent.ends());
                        remove(dice, stack, at(down));
                    });
        }

        private void deploy(Dice dice, Stack stack, double at) {
            Session session = session(dice, at);
            Script script = script(session, Way.MCP, at);
            String region = regions.getFirst();
            if (stack.template()) {
                script.call(calls.deploy(), region, stack.name(), null);
                script.end();
                hop(dice, session, stack, script.now(), true);
                return;
            }
            for (int i = 0; i < stack.parts().size(); i++) {
                script.call(Objects.requireNonNull(stack.parts().get(i).make()), region, stack.name() + '-' + i, null);
                script.pause(dice.exponential(4));
            }
            script.end();
        }

        private void remove(Dice dice, Stack stack, double at) {
            Session session = session(dice, at);
            Script script = script(session, Way.MCP, at);
            String region = regions.getFirst();
            if (stack.template()) {
                script.call(calls.undeploy(), region, stack.name(), null);
                script.end();
                hop(dice, session, stack, script.now(), false);
                return;
            }
            for (int i = 0; i < stack.parts().size(); i++) {
                script.call(Objects.requireNonNull(stack.parts().get(i).remove()), region, stack.name() + '-' + i,
                        null);
                script.pause(dice.exponential(2));
            }
            script.end();
        }

        /// CloudFormation works for the agent, which asks again and again how far it is.
        private void hop(Dice dice, Session session, Stack stack, double start, boolean up) {
            String region = regions.getFirst();
            double now = start;
            for (int i = 0; i < stack.parts().size(); i++) {
                now += dice.between(1_000.0, 8_000);
                Service part = stack.parts().get(i);
                script(session, Way.MCP, now).byService("cloudformation",
                        Objects.requireNonNull(up ? part.make() : part.remove()), region, stack.name() + '-' + i);
                if (dice.chance(0.5)) {
                    Script poll = script(session, Way.MCP, now + 1_000);
                    poll.call(calls.poll(), region, stack.name(), null);
                    poll.end();
                }
            }
        }
    }
}
