package io.trailsentry.lab;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// One agent of a simulation: a role of its own, and how it works. Immutable.
///
/// @param number from 0
/// @param name what people call it
/// @param account the account it works in
/// @param role name of its role
/// @param path path of its role, with both slashes
/// @param roleId the role's stable id, `AROA...`
/// @param duty what it does by itself
/// @param mcpOnly whether it uses AWS through the AWS MCP server alone
/// @param credentials how it gets its credentials
/// @param zone where its people work
/// @param starts minute of the local day at which work begins
/// @param ends minute of the local day at which work ends
/// @param jobAt minute of the local day of its nightly job
/// @param pace how busy it is; 1 is usual
/// @param regions Regions it uses, the first its home, with the day from which on
/// @param services services it works with, by their numbers, likewise
record SimulatedAgent(int number, String name, String account, String role, String path, String roleId, Duty duty,
        boolean mcpOnly, Credentials credentials, ZoneId zone, int starts, int ends, int jobAt, double pace,
        List<Adopted<String>> regions, List<Adopted<Integer>> services) {
    static final List<String> ACCOUNTS = List.of("111122223333", "222233334444", "444455556666");
    private static final List<String> NAMES = List.of("coder", "builder", "reviewer", "janitor", "helper", "watcher",
            "planner", "reporter");
    /// Days until an agent takes up a service, or a Region, that is new to it, on average.
    private static final double NEW_SERVICE_DAYS = 21;
    private static final double NEW_REGION_DAYS = 84;
    private static final int LAST_DAY = 3_700;
    private static final int KINDS = 8;

    /// What an agent does by itself, beside what people ask of it.
    enum Duty {
        /// Nothing.
        NONE,
        /// A job in each night.
        NIGHTLY,
        /// It looks at alarms every five minutes, day and night.
        WATCH
    }

    /// How an agent gets its credentials, which decides when its access key changes.
    enum Credentials {
        /// A proxy on a laptop signs with the keys of a profile: a key an hour.
        PROFILE,
        /// Identity Center: a key for each tool call.
        IDENTITY_CENTER,
        /// Signed in with OAuth at the MCP server: a key for each call.
        SIGN_IN
    }

    /// Something that an agent uses.
    ///
    /// @param since number of the day of the simulation from which on, from 0
    record Adopted<T>(T value, int since) {
    }

    /// Where people work, when the day begins and what is near.
    private record Office(String zone, List<String> regions) {
    }

    private static final List<Office> OFFICES = List.of(
            new Office("Europe/Berlin", List.of("eu-central-1", "eu-west-1", "us-east-1", "eu-north-1", "eu-west-3")),
            new Office("America/New_York",
                    List.of("us-east-1", "us-west-2", "us-east-2", "ca-central-1", "eu-west-1")),
            new Office("Europe/London", List.of("eu-west-2", "eu-west-1", "us-east-1", "eu-central-1", "eu-north-1")),
            new Office("Australia/Sydney",
                    List.of("ap-southeast-2", "us-west-2", "us-east-1", "ap-southeast-4", "ap-southeast-1")));

    /// Copies the lists.
    SimulatedAgent {
        regions = List.copyOf(regions);
        services = List.copyOf(services);
    }

    /// The agent of a number, whatever others there are. Of eight in a row each is of another kind.
    static SimulatedAgent of(long seed, int number, int services) {
        Dice dice = new Dice(Purpose.AGENT, seed, number);
        int kind = number % KINDS;
        Office office = OFFICES.get((number * 3 + number / KINDS) % OFFICES.size());
        boolean identityCenter = kind == 2 || kind == 6;
        String name = NAMES.get(kind) + '-' + (number + 1);
        String role = identityCenter
                ? "AWSReservedSSO_Agent" + (number + 1) + '_' + hex(dice.bits())
                : "agent-" + name;
        return new SimulatedAgent(number, name, ACCOUNTS.get(number % ACCOUNTS.size()), role,
                identityCenter ? "/aws-reserved/sso.amazonaws.com/" + office.regions().getFirst() + '/' : "/",
                "AROA" + base32(dice, 17),
                kind == 3 || kind == 7 ? Duty.NIGHTLY : kind == 5 ? Duty.WATCH : Duty.NONE,
                kind != 1 && kind != 6 && kind != 7,
                identityCenter
                        ? Credentials.IDENTITY_CENTER
                        : kind == 4 ? Credentials.SIGN_IN : Credentials.PROFILE,
                ZoneId.of(office.zone()), dice.between(8 * 60, 9 * 60 + 30), dice.between(17 * 60, 18 * 60),
                dice.between(90, 240), dice.logNormal(1, 0.5),
                adopted(office.regions(), 2, NEW_REGION_DAYS, new Dice(Purpose.REGIONS, seed, number)),
                adopted(shuffled(services, dice), 7, NEW_SERVICE_DAYS,
                        new Dice(Purpose.SERVICES, seed, number)));
    }

    private static List<Integer> shuffled(int count, Dice dice) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
        for (int i = count - 1; i > 0; i--) {
            Collections.swap(order, i, dice.between(0, i));
        }
        return order;
    }

    private static <T> List<Adopted<T>> adopted(List<T> values, int atFirst, double days, Dice dice) {
        List<Adopted<T>> adopted = new ArrayList<>();
        double day = 0;
        for (int i = 0; i < values.size() && day < LAST_DAY; i++) {
            day += i < atFirst ? 0 : dice.exponential(days);
            adopted.add(new Adopted<>(values.get(i), (int) day));
        }
        return adopted;
    }

    private static String hex(long bits) {
        return String.format("%016x", bits);
    }

    /// Letters and digits as in the ids of IAM.
    static String base32(Dice dice, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(dice.between(0, 31)));
        }
        return text.toString();
    }

    /// ARN of its role: the principal in findings.
    String principal() {
        return "arn:aws:iam::" + account + ":role" + path + role;
    }

    /// What it uses on a day.
    static <T> List<T> on(int day, List<Adopted<T>> values) {
        return values.stream().filter(value -> value.since() <= day).map(Adopted::value).toList();
    }

    /// All Regions that it uses in so many days.
    Set<String> regionsWithin(int days) {
        return new TreeSet<>(on(days - 1, regions));
    }

    /// Regions that it never uses.
    static List<String> otherRegions(Set<String> used) {
        Set<String> others = new LinkedHashSet<>(List.of("ap-southeast-3", "sa-east-1", "af-south-1", "me-south-1",
                "ap-east-1", "eu-south-2", "ap-northeast-3", "il-central-1"));
        others.removeAll(used);
        return List.copyOf(others);
    }

    /// Whether a day is one on which nobody works: a weekend or a public holiday of its zone.
    boolean isOff(LocalDate date) {
        return Holidays.isOff(zone, date);
    }
}
