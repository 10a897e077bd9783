package io.trailsentry.config;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Glob;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.config.Configuration.Flood;
import io.trailsentry.config.Node.Scalar;
import io.trailsentry.config.Place.Reading;
import io.trailsentry.config.Place.Section;
import io.trailsentry.detect.Detectors;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Severity;
import io.trailsentry.trail.Arn;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads `trailsentry.yaml`, or the same as JSON. All faults are reported together. Thread-safe.
///
/// Values are taken as they are written, not as YAML 1.1 would type them: `off` is a mode, `012345678901` an account,
/// `08:00` a time, `NO` a text. A key without a value is as good as absent.
public final class ConfigurationReader {
    /// The keys of each part, in the order in which they are told.
    static final List<String> ROOT = List.of("agents", "accounts", "people", "detectors", "exceptions", "alerting");
    static final List<String> AGENT = List.of("name", "principals", "environment", "regions", "hours", "channel",
            "assumable-roles", "attached-policies");
    static final List<String> HOURS = List.of("zone", "days", "from", "to");
    static final List<String> ACCOUNT = List.of("name", "environment");
    static final List<String> DETECTOR = List.of("mode");
    static final List<String> EXCEPTION = List.of("detector", "agent", "action", "target", "until", "reason");
    static final List<String> ALERTING = List.of("page-at", "repeat-after", "flood");
    static final List<String> FLOOD = List.of("alerts", "per");

    private static final Pattern AGENT_NAME = Pattern.compile("[A-Za-z0-9_.@+=-][A-Za-z0-9_.@+= -]{0,63}");
    /// What follows the kind in an IAM ARN: a path or none, and a name. Source: IAM user guide, "IAM identifiers".
    private static final String NAMED = "/([!-~]+/)?[A-Za-z0-9_+=,.@-]+";
    private static final Pattern ROLE_ARN = Pattern
            .compile("arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(role|assumed-role)" + NAMED);
    private static final Pattern PRINCIPAL_ARN = Pattern.compile(
            "arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:((role|assumed-role|user|federated-user)" + NAMED + "|root)");
    private static final Pattern POLICY_ARN = Pattern.compile("arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy" + NAMED);
    private static final Pattern ACCOUNT_ID = Pattern.compile("[0-9]{12}");
    private static final Pattern ACTION = Pattern.compile("\\*|[A-Za-z0-9.*?-]+:[A-Za-z0-9_.*?-]+");
    private static final Pattern TIME = Pattern.compile("([01][0-9]|2[0-3]):[0-5][0-9]");
    private static final Pattern WHOLE_NUMBER = Pattern.compile("0|[1-9][0-9]{0,8}");

    /// A Region's name is an area, a direction and a number. The areas grow in number, the directions do not.
    private static final Pattern REGION = Pattern.compile("([a-z]{2,4}(?:-[a-z]{2,5})?)-([a-z]+)-([0-9]{1,2})[a-z]?");
    private static final List<String> DIRECTIONS = List.of("north", "south", "east", "west", "central", "northeast",
            "northwest", "southeast", "southwest");

    private static final List<String> CHANNELS = List.of("any", "mcp");
    private static final List<String> MODES = List.of("live", "dry-run", "off");
    private static final List<String> SEVERITIES = Stream.of(Severity.values()).map(Severity::label).toList();

    private static final int LONGEST_LABEL = 64;
    private static final int MOST = 1_000_000;
    private static final int MOST_ALERTS = 1_000;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(7);

    /// A short text for people.
    private static final Reading<String> LABEL = (place, text) -> {
        if (text.length() > LONGEST_LABEL) {
            place.fault("has " + text.length() + " characters; at most " + LONGEST_LABEL + " are allowed");
        }
        return text;
    };

    /// A configuration without faults.
    ///
    /// @param warnings what somebody should look at, each with its line; empty when nothing
    public record Read(Configuration configuration, List<String> warnings) {
        /// Copies the list.
        public Read {
            warnings = List.copyOf(warnings);
        }
    }

    /// A configuration that cannot be used. Immutable and thread-safe.
    ///
    /// The message names the source and counts on its first line; then come all faults and all warnings, one a line, each
    /// with the line it stands in, what is wrong, and how to mend it; of each at most 100.
    public static final class ConfigurationException extends Exception {
        private static final long serialVersionUID = 1L;
        private static final int MOST_SHOWN = 100;

        private final transient List<String> faults;
        private final transient List<String> warnings;

        ConfigurationException(String source, List<String> faults, List<String> warnings) {
            super(message(source, faults, warnings));
            this.faults = List.copyOf(faults);
            this.warnings = List.copyOf(warnings);
        }

        /// All faults in the order of the lines; at least one.
        public List<String> faults() {
            return faults;
        }

        /// What would have been a warning had there been no faults, in the order of the lines.
        public List<String> warnings() {
            return warnings;
        }

        private static String message(String source, List<String> faults, List<String> warnings) {
            String head = source + ": " + count(faults, "fault")
                    + (warnings.isEmpty() ? "" : ", " + count(warnings, "warning"));
            return Stream.of(Stream.of(head), shown(faults), shown(warnings)).flatMap(lines -> lines)
                    .collect(Collectors.joining("\n"));
        }

        private static String count(List<String> lines, String noun) {
            return lines.size() + " " + noun + (lines.size() == 1 ? "" : "s");
        }

        private static Stream<String> shown(List<String> lines) {
            int more = lines.size() - MOST_SHOWN;
            Stream<String> rest = more > 0 ? Stream.of("... and " + more + " more") : Stream.empty();
            return Stream.concat(lines.stream().limit(MOST_SHOWN), rest);
        }
    }

    private final LocalDate today;
    private final Problems problems = new Problems();
    private final Map<String, Place> agentNames = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, Place> principals = new HashMap<>();

    private ConfigurationReader(LocalDate today) {
        this.today = today;
    }

    /// The configuration that a text means.
    ///
    /// @param source where the text is from, for the message: a file's name, a parameter's
    /// @param text YAML or JSON of at most 1,048,576 characters; blank, or only comments: the empty configuration
    /// @param today in UTC, by the wall clock; decides which exceptions are warned of because they have run out
    /// @throws ConfigurationException with every fault
    public static Read read(String source, String text, LocalDate today) throws ConfigurationException {
        ConfigurationReader reader = new ConfigurationReader(today);
        Node root = NodeReader.read(text);
        Configuration configuration = reader.configuration(new Place("", root.line(), root, reader.problems));
        List<String> faults = reader.problems.faults();
        List<String> warnings = reader.problems.warnings();
        if (!faults.isEmpty()) {
            throw new ConfigurationException(source, faults, warnings);
        }
        return new Read(configuration, warnings);
    }

    private Configuration configuration(Place root) {
        Section section = root.section(ROOT);
        List<Roster.Entry> agents = section.at("agents").items().stream().map(this::agent).toList();
        Map<String, Account> accounts = accounts(section.at("accounts"));
        Map<String, String> people = people(section.at("people"));
        Map<String, Mode> modes = new HashMap<>();
        Map<String, Map<String, Integer>> thresholds = new HashMap<>();
        section.at("detectors").entries().forEach((id, place) -> detector(id, place, modes, thresholds));
        List<Exceptions.Entry> exceptions = exceptions(section.at("exceptions"));
        return new Configuration(agents, accounts, people, modes, thresholds, new Exceptions(exceptions),
                alerting(section.at("alerting")));
    }

    private Roster.Entry agent(Place place) {
        Section section = place.section(AGENT);
        String name = section.at("name").read(this::agentName);
        List<PrincipalPattern> who = principals(section.required("principals", "[mcp-agent-role]"));
        Agent agent = new Agent(Objects.requireNonNullElse(name, ""), true, section.at("environment").read(LABEL),
                regions(section.at("regions")), hours(section.at("hours")),
                "mcp".equals(section.at("channel").read(oneOf("channel", CHANNELS))),
                assumableRoles(section.at("assumable-roles")),
                Set.copyOf(section.at("attached-policies").list(ConfigurationReader::policy)));
        return new Roster.Entry(agent, who);
    }

    private String agentName(Place place, String name) {
        if (!AGENT_NAME.matcher(name).matches()) {
            place.unlike(name, "name of an agent", "write 1 to 64 of A-Z a-z 0-9 _ . @ + = - and spaces", null);
        }
        Place first = agentNames.putIfAbsent(name, place);
        if (first != null) {
            place.fault(Place.quote(name) + " is the name of the agent in line " + first.line()
                    + " already; give each agent a name of its own");
        }
        return name;
    }

    private List<PrincipalPattern> principals(Place place) {
        if (place.isEmptyList()) {
            place.fault("must not be empty; name at least one role or user");
        }
        return place.list(this::principal);
    }

    private @Nullable PrincipalPattern principal(Place place, String text) {
        if (!names(place, text, PRINCIPAL_ARN, "role or user")) {
            return null;
        }
        claim(place, text);
        try {
            return PrincipalPattern.of(text);
        } catch (IllegalArgumentException e) {
            place.fault(String.valueOf(e.getMessage()));
            return null;
        }
    }

    /// Whether a text can name what it should: a name, an ARN, a glob of either. One that could never match is reported.
    private static boolean names(Place place, String text, Pattern arn, String kind) {
        boolean wrong = text.startsWith("arn:") ? !arn.matcher(text).matches() : text.indexOf('/') >= 0;
        if (isGlob(text) || !wrong) {
            return true;
        }
        place.unlike(text, kind,
                "write it like arn:aws:iam::111122223333:role/mcp-agent-role, or its name without path",
                null);
        return false;
    }

    private static boolean isGlob(String text) {
        return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
    }

    /// Reports a principal that stands in the roster already: only its first place would ever count.
    private void claim(Place place, String text) {
        Arn arn = isGlob(text) ? null : Arn.parse(text);
        String who = arn == null
                ? text
                : String.join(":", arn.partition(), arn.account(), arn.kind().replace("assumed-", ""), arn.name());
        Place first = principals.putIfAbsent(who.toLowerCase(Locale.ROOT), place);
        if (first != null) {
            place.fault(Place.quote(text) + " is claimed by " + first.path() + " in line " + first.line()
                    + " already; keep one of them");
        }
    }

    private static @Nullable Set<String> regions(Place place) {
        if (place.isEmptyList()) {
            place.fault("must not be empty; name a Region, or leave the key out to have the Regions learned");
        }
        return place.isAbsent() ? null : Set.copyOf(place.list(ConfigurationReader::region));
    }

    private static String region(Place place, String text) {
        Matcher parts = REGION.matcher(text.toLowerCase(Locale.ROOT).replace('_', '-'));
        String direction = parts.matches() ? Nearest.to(parts.group(2), DIRECTIONS) : null;
        String meant = direction == null ? null : parts.group(1) + '-' + direction + '-' + parts.group(3);
        if (!text.equals(meant)) {
            place.unlike(text, "Region name", "write it like eu-central-1", meant);
        }
        return text;
    }

    private static @Nullable Hours hours(Place place) {
        if (place.isAbsent()) {
            return null;
        }
        Section section = place.section(HOURS);
        ZoneId zone = section.required("zone", "Europe/Berlin").read(ConfigurationReader::zone);
        Set<DayOfWeek> days = days(section.at("days"));
        LocalTime from = section.required("from", "\"08:00\"").read(ConfigurationReader::time);
        LocalTime to = section.required("to", "\"18:00\"").read(ConfigurationReader::time);
        return zone == null || days.isEmpty() || from == null || to == null ? null : new Hours(zone, days, from, to);
    }

    private static @Nullable ZoneId zone(Place place, String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            List<String> known = ZoneId.getAvailableZoneIds().stream().sorted().toList();
            place.unlike(text, "time zone", "write it like Europe/Berlin or UTC", Nearest.to(text, known));
            return null;
        }
    }

    /// The days; every day when absent; none, and reported, when there is none to use.
    private static Set<DayOfWeek> days(Place place) {
        if (place.isAbsent()) {
            return EnumSet.allOf(DayOfWeek.class);
        }
        if (place.isEmptyList()) {
            place.fault("must not be empty; name a day, or leave the key out for every day");
        }
        if (place.node() instanceof Scalar) {
            Set<DayOfWeek> days = place.read(ConfigurationReader::daysOf);
            return days == null ? Set.of() : days;
        }
        return place.list(ConfigurationReader::daysOf).stream().flatMap(Set::stream).collect(Collectors.toSet());
    }

    private static @Nullable Set<DayOfWeek> daysOf(Place place, String text) {
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (String part : text.split(",", -1)) {
            String[] ends = part.split("-", -1);
            DayOfWeek first = day(ends[0]);
            DayOfWeek last = day(ends[ends.length - 1]);
            if (first == null || last == null || ends.length > 2) {
                place.unlike(text, "set of days", "write it like MON-FRI or MON,WED,FRI", null);
                return null;
            }
            for (DayOfWeek day = first; !day.equals(last); day = day.plus(1)) {
                days.add(day);
            }
            days.add(last);
        }
        return days;
    }

    private static @Nullable DayOfWeek day(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT);
        for (DayOfWeek day : DayOfWeek.values()) {
            if (day.name().equals(name) || day.name().substring(0, 3).equals(name)) {
                return day;
            }
        }
        return null;
    }

    private static @Nullable LocalTime time(Place place, String text) {
        if (TIME.matcher(text).matches()) {
            return LocalTime.parse(text);
        }
        String meant = text.equals("24:00") ? "00:00" : "0" + text;
        place.unlike(text, "time of day", "write it like \"08:00\"", TIME.matcher(meant).matches() ? meant : null);
        return null;
    }

    private static @Nullable List<String> assumableRoles(Place place) {
        return place.isAbsent()
                ? null
                : place.list((item, text) -> names(item, text, ROLE_ARN, "role") ? text : null);
    }

    private static String policy(Place place, String text) {
        if (!POLICY_ARN.matcher(text).matches()) {
            place.unlike(text, "ARN of a policy", "write it like arn:aws:iam::111122223333:policy/mcp-agent-policy",
                    null);
        }
        return text;
    }

    private static Map<String, Account> accounts(Place place) {
        Map<String, Account> accounts = new HashMap<>();
        place.entries().forEach((id, entry) -> {
            if (!ACCOUNT_ID.matcher(id).matches()) {
                String digits = id.replaceAll("[ -]", "");
                entry.unlike(id, "account id", "write its 12 digits in quotes",
                        ACCOUNT_ID.matcher(digits).matches() ? digits : null);
            }
            Section section = entry.section(ACCOUNT);
            accounts.put(id, new Account(section.at("name").read(LABEL), section.at("environment").read(LABEL)));
        });
        return accounts;
    }

    private static Map<String, String> people(Place place) {
        Map<String, String> people = new HashMap<>();
        place.entries().forEach((id, entry) -> {
            String name = entry.read(LABEL);
            if (name != null) {
                people.put(id, name);
            }
        });
        return people;
    }

    private static void detector(String id, Place place, Map<String, Mode> modes,
            Map<String, Map<String, Integer>> thresholds) {
        if (!Detectors.IDS.contains(id)) {
            place.unknown("detector", id, Detectors.IDS);
            return;
        }
        List<String> names = Detectors.THRESHOLDS.getOrDefault(id, Map.of()).keySet().stream().sorted().toList();
        Section section = place.section(Stream.concat(DETECTOR.stream(), names.stream()).toList());
        String mode = section.at("mode").read(oneOf("mode", MODES));
        if (mode != null && !mode.equals("live")) {
            modes.put(id, mode.equals("off") ? Mode.OFF : Mode.DRY_RUN);
        }
        Map<String, Integer> values = new HashMap<>();
        for (String name : names) {
            Integer value = section.at(name).read(threshold(name));
            if (value != null) {
                values.put(name, value);
            }
        }
        if (!values.isEmpty()) {
            thresholds.put(id, Map.copyOf(values));
        }
    }

    private static Reading<Integer> threshold(String name) {
        return switch (name) {
            case "minutes" -> wholeNumber(1, 60);
            // No more different values than a minute is sure to keep.
            case "iam-reads", "regions" -> wholeNumber(2, 30);
            default -> wholeNumber(2, MOST);
        };
    }

    private List<Exceptions.Entry> exceptions(Place place) {
        List<Exceptions.Entry> entries = new ArrayList<>();
        for (Place item : place.items()) {
            Section section = item.section(EXCEPTION);
            String detector = section.required("detector", "destructive-action")
                    .read(ConfigurationReader::detectorId);
            String agent = section.at("agent").read(this::exceptedAgent);
            String action = section.at("action").read(ConfigurationReader::action);
            String target = section.at("target").read((at, text) -> text);
            LocalDate until = section.at("until").read(this::until);
            String reason = section.required("reason", "nightly clean-up").read((at, text) -> text);
            if (detector != null && reason != null) {
                entries.add(new Exceptions.Entry(detector, agent, action, target, until, reason));
            }
        }
        return entries;
    }

    private static @Nullable String detectorId(Place place, String id) {
        if (Detectors.IDS.contains(id)) {
            return id;
        }
        place.unknown("detector", id, Detectors.IDS);
        return null;
    }

    /// An agent that is not listed may well have exceptions, under its principal's name: a warning, no fault.
    private String exceptedAgent(Place place, String agent) {
        Glob glob = new Glob(agent);
        if (!agentNames.isEmpty() && agentNames.keySet().stream().noneMatch(name -> glob.matches(name))) {
            String meant = Nearest.to(agent, agentNames.keySet());
            place.warn(Place.quote(agent) + " is the name of no agent in this configuration; check its spelling"
                    + (meant == null ? "" : " (did you mean " + meant + "?)"));
        }
        return agent;
    }

    private static String action(Place place, String action) {
        if (!ACTION.matcher(action).matches()) {
            place.unlike(action, "action", "write it like ec2:TerminateInstances or s3:Delete*", null);
        }
        return action;
    }

    private @Nullable LocalDate until(Place place, String text) {
        LocalDate until;
        try {
            until = LocalDate.parse(text);
        } catch (DateTimeException e) {
            place.unlike(text, "date", "write it like 2027-06-30", null);
            return null;
        }
        if (until.isBefore(today)) {
            place.warn("the exception ran out on " + until + "; delete it, or give it a later date");
        }
        return until;
    }

    private static Alerting alerting(Place place) {
        Alerting standard = Alerting.DEFAULT;
        Section section = place.section(ALERTING);
        Section flood = section.at("flood").section(FLOOD);
        String pageAt = section.at("page-at").read(oneOf("severity", SEVERITIES));
        Severity severity = pageAt == null ? null : Severity.parse(pageAt);
        Duration repeatAfter = section.at("repeat-after").read(ConfigurationReader::duration);
        Integer alerts = flood.at("alerts").read(wholeNumber(1, MOST_ALERTS));
        Duration per = flood.at("per").read(ConfigurationReader::duration);
        return new Alerting(Objects.requireNonNullElse(severity, standard.pageAt()),
                Objects.requireNonNullElse(repeatAfter, standard.repeatAfter()),
                new Flood(Objects.requireNonNullElse(alerts, standard.flood().alerts()),
                        Objects.requireNonNullElse(per, standard.flood().per())));
    }

    private static @Nullable Duration duration(Place place, String text) {
        Duration duration = iso(text);
        if (duration == null) {
            String meant = "PT" + text.replace(" ", "").toUpperCase(Locale.ROOT);
            place.unlike(text, "duration", "write it like PT1H or PT10M", iso(meant) == null ? null : meant);
        } else if (duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0) {
            place.fault(Place.quote(text) + " is out of bounds; write a duration from PT1S to P7D");
        }
        return duration;
    }

    private static @Nullable Duration iso(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static Reading<Integer> wholeNumber(int least, int most) {
        return (place, text) -> {
            int value = WHOLE_NUMBER.matcher(text).matches() ? Integer.parseInt(text) : -1;
            if (value < least || value > most) {
                place.fault(Place.quote(text) + " does not fit; write a whole number from " + least + " to " + most);
                return null;
            }
            return value;
        };
    }

    /// Reads one of a few words, in any case, as that word in lower case.
    private static Reading<String> oneOf(String noun, List<String> words) {
        return (place, text) -> {
            String word = text.toLowerCase(Locale.ROOT);
            if (words.contains(word)) {
                return word;
            }
            String list = String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
            place.unlike(text, noun, "write " + list, Nearest.to(text, words));
            return null;
        };
    }
}
