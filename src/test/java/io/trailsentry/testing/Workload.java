package io.trailsentry.testing;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// An agent's calls over some weeks, seeded: the same seed gives the same records.
public final class Workload {
    private static final List<String> SERVICES = List.of("s3", "ec2", "lambda", "logs");

    private final List<String> records = new ArrayList<>();
    private final Random random;
    private int number;

    /// @param seed printed where a test fails
    public Workload(long seed) {
        random = new Random(seed);
    }

    /// Five weeks over the end of summer time in Berlin, with a job by night each Monday, and one night's attack in another
    /// Region.
    public static Workload withAttack() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        LocalDate monday = LocalDate.parse("2026-10-05");
        Workload weeks = new Workload(7).working(monday, 35, berlin, 8, 10, 40, "eu-central-1", "us-east-1");
        for (int week = 0; week < 4; week++) {
            weeks.burst(monday.plusWeeks(week).atTime(2, 0).atZone(berlin).toInstant(), 40, 3, "eu-central-1");
        }
        Instant night = Instant.parse("2026-10-28T01:00:00Z");
        return weeks.burst(night, 80, 2, "ap-southeast-3").add(EventBuilder.agent().write("iam", "AttachRolePolicy")
                .parameter("roleName", "mcp-agent-role")
                .parameter("policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"), night.plusSeconds(200));
    }

    /// Reads by the agent on working days, over all the hours.
    ///
    /// @param first a day
    /// @param days number of days on end, weekends included
    /// @param zone of the hours
    /// @param from first hour
    /// @param hours number of hours
    /// @param each reads a day
    /// @param regions where, each as likely
    public Workload working(LocalDate first, int days, ZoneId zone, int from, int hours, int each, String... regions) {
        for (int day = 0; day < days; day++) {
            LocalDate date = first.plusDays(day);
            if (date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0) {
                continue;
            }
            Instant begin = date.atTime(LocalTime.of(from, 0)).atZone(zone).toInstant();
            for (int i = 0; i < each; i++) {
                // The first reads fall into each hour in turn, so that no hour is empty by chance.
                long second = (i % hours) * 3_600L + random.nextInt(3_600);
                add(EventBuilder.agent().call(SERVICES.get(random.nextInt(SERVICES.size())), "ListThings")
                        .in(regions[random.nextInt(regions.length)]), begin.plusSeconds(second));
            }
        }
        return this;
    }

    /// Many calls on end.
    ///
    /// @param seconds from one to the next
    public Workload burst(Instant begin, int calls, int seconds, String region) {
        for (int i = 0; i < calls; i++) {
            add(EventBuilder.agent().call("ec2", "DescribeInstances").in(region),
                    begin.plusSeconds((long) i * seconds));
        }
        return this;
    }

    /// One call.
    public Workload add(EventBuilder event, Instant at) {
        records.add(event.at(at.toString(), id(number++)).json());
        return this;
    }

    /// The id of the call that was added last.
    public String lastId() {
        return id(number - 1);
    }

    private static String id(int number) {
        return String.format("e%07d", number);
    }

    /// The records, one a line.
    public String lines() {
        return String.join("\n", records) + "\n";
    }

    /// The same in disorder, each twice.
    public String shuffledTwice() {
        List<String> doubled = new ArrayList<>(records);
        doubled.addAll(records);
        Collections.shuffle(doubled, random);
        return String.join("\n", doubled) + "\n";
    }
}
