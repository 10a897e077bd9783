package io.trailsentry.config;

import static io.trailsentry.config.Samples.TODAY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration.Account;
import io.trailsentry.config.Configuration.Alerting;
import io.trailsentry.config.Configuration.Flood;
import io.trailsentry.config.ConfigurationReader.ConfigurationException;
import io.trailsentry.config.ConfigurationReader.Read;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Mode;
import io.trailsentry.finding.Severity;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationReaderTest {
    private static final String AGENT = "agents:\n  - name: coder\n    principals: [mcp-agent-role]\n";

    private static Configuration read(String text) throws ConfigurationException {
        Read read = ConfigurationReader.read("trailsentry.yaml", text, TODAY);
        assertThat(read.warnings()).isEmpty();
        return read.configuration();
    }

    private static ConfigurationException refused(String text) {
        return Objects.requireNonNull(catchThrowableOfType(ConfigurationException.class,
                () -> ConfigurationReader.read("trailsentry.yaml", text, TODAY)), "it was accepted");
    }

    private static Agent agent(String keys) throws ConfigurationException {
        return Objects.requireNonNull(read(AGENT + keys.indent(4)).agents().getFirst().agent());
    }

    /// The configuration as a text, for comparison: patterns have no equality of their own.
    private static String text(Configuration configuration) {
        return configuration.agents() + " " + configuration.accounts() + configuration.people()
                + configuration.modes() + configuration.thresholds() + configuration.exceptions()
                + configuration.alerting();
    }

    @Test
    void read_sampleWithEveryKey_isTheWholeConfiguration() throws ConfigurationException {
        Configuration configuration = read(Samples.YAML);

        assertThat(configuration.agents()).singleElement().satisfies(entry -> {
            assertThat(entry.principals()).extracting(PrincipalPattern::toString)
                    .containsExactly("arn:aws:iam::111122223333:role/mcp-agent-role");
            assertThat(entry.agent()).isEqualTo(new Agent("coder", true, "dev", Set.of("eu-central-1", "us-east-1"),
                    new Hours(ZoneId.of("Europe/Berlin"), EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
                            LocalTime.of(8, 0), LocalTime.of(18, 0)),
                    true, List.of(), Set.of("arn:aws:iam::111122223333:policy/mcp-agent-policy")));
        });
        assertThat(configuration.accounts()).isEqualTo(Map.of("111122223333", new Account("sandbox", "dev")));
        assertThat(configuration.people()).isEqualTo(Map.of("AIDAEXAMPLEUSER00001", "Dana"));
        assertThat(configuration.modes()).isEqualTo(Map.of("destructive-action", Mode.DRY_RUN));
        assertThat(configuration.thresholds())
                .isEqualTo(Map.of("off-hours-burst", Map.of("calls", 40, "minutes", 10)));
        assertThat(configuration.exceptions().entries()).containsExactly(
                new Exceptions.Entry("destructive-action", "coder", "ec2:TerminateInstances", "*",
                        LocalDate.of(2027, 6, 30), "nightly clean-up"));
        assertThat(configuration.alerting()).isEqualTo(
                new Alerting(Severity.HIGH, Duration.ofHours(1), new Flood(20, Duration.ofMinutes(10))));
    }

    @Test
    void read_json_isTheSameAsYaml() throws ConfigurationException {
        assertThat(text(read(Samples.JSON))).isEqualTo(text(read(Samples.YAML)));
    }

    @Test
    void read_jsonWithAFault_namesItsLine() {
        assertThat(refused(Samples.JSON.replace("us-east-1", "us-esat-1")).faults()).containsExactly(
                "line 6: agents[0].regions[1]: \"us-esat-1\" is no Region name; write it like eu-central-1"
                        + " (did you mean us-east-1?)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n\t\n", "# nothing yet\n", "---\n", "---\n# nothing\n...\n", "{}", " { } ", "null",
            "~", "\uFEFF", "agents:\naccounts:\npeople:\ndetectors:\nexceptions:\nalerting:\n",
            "agents: []\naccounts: {}\npeople: {}\ndetectors: {}\nexceptions: []\nalerting: { flood: {} }\n"})
    void read_nothingConfigured_isTheEmptyConfiguration(String text) throws ConfigurationException {
        assertThat(read(text)).isEqualTo(Configuration.EMPTY);
    }

    @Test
    void read_agentWithOnlyWhatItNeeds_isLearned() throws ConfigurationException {
        assertThat(agent("")).isEqualTo(Agent.learned("coder"));
    }

    @Test
    void read_byteOrderMarkAndWindowsLineEnds_areReadOver() throws ConfigurationException {
        assertThat(text(read('\uFEFF' + Samples.YAML.replace("\n", "\r\n")))).isEqualTo(text(read(Samples.YAML)));
    }

    @Test
    void read_unquotedAccountId_keepsItsLeadingZero() throws ConfigurationException {
        assertThat(read("accounts:\n  012345678901: { name: old }\n").accounts())
                .isEqualTo(Map.of("012345678901", new Account("old", null)));
    }

    @ParameterizedTest
    @MethodSource
    void read_modeUnquoted_isNoBoolean(String written, Map<String, Mode> modes) throws ConfigurationException {
        assertThat(read("detectors:\n  call-burst:\n    mode: " + written + "\n").modes()).isEqualTo(modes);
    }

    static Stream<Arguments> read_modeUnquoted_isNoBoolean() {
        return Stream.of(arguments("off", Map.of("call-burst", Mode.OFF)),
                arguments("Off", Map.of("call-burst", Mode.OFF)), arguments("\"off\"", Map.of("call-burst", Mode.OFF)),
                arguments("dry-run", Map.of("call-burst", Mode.DRY_RUN)), arguments("live", Map.of()),
                arguments("", Map.of()));
    }

    @Test
    void read_timesUnquoted_areNoNumbersToTheBaseOf60() throws ConfigurationException {
        Hours hours = agent("hours: { zone: UTC, from: 08:30, to: 22:15 }").hours();

        assertThat(hours).isEqualTo(new Hours(ZoneId.of("UTC"), EnumSet.allOf(DayOfWeek.class), LocalTime.of(8, 30),
                LocalTime.of(22, 15)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NO", "yes", "12", "0o7", "1e3", "2027-01-01", "null-zone"})
    void read_wordsThatYamlWouldType_stayTexts(String word) throws ConfigurationException {
        assertThat(agent("environment: " + word).environment()).isEqualTo(word);
    }

    @ParameterizedTest
    @MethodSource
    void read_days_areThoseMeant(String written, Set<DayOfWeek> days) throws ConfigurationException {
        Hours hours = Objects.requireNonNull(
                agent("hours: { zone: UTC, days: " + written + ", from: 22:00, to: 06:00 }").hours());

        assertThat(hours.days()).isEqualTo(days);
    }

    static Stream<Arguments> read_days_areThoseMeant() {
        Set<DayOfWeek> weekend = EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY, DayOfWeek.MONDAY);
        Set<DayOfWeek> three = EnumSet.of(DayOfWeek.MONDAY, DayOfWeek.WEDNESDAY, DayOfWeek.FRIDAY);
        return Stream.of(arguments("SAT-MON", weekend), arguments("saturday-Monday", weekend),
                arguments("\"MON,WED,FRI\"", three), arguments("[mon, Wednesday, FRI]", three),
                arguments("[MON, \"WED, FRI\"]", three), arguments("[SAT-SUN, MON]", weekend),
                arguments("tue", EnumSet.of(DayOfWeek.TUESDAY)), arguments("MON-SUN", EnumSet.allOf(DayOfWeek.class)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"eu-central-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1",
            "eusc-de-east-1", "ap-southeast-7", "cn-northwest-1", "me-central-1", "mx-central-1", "il-central-1"})
    void read_region_isAcceptedWhateverThePartition(String region) throws ConfigurationException {
        assertThat(agent("regions: [" + region + "]").regions()).isEqualTo(Set.of(region));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mcp-agent-role", "mcp-*", "arn:aws:iam::111122223333:role/team/mcp-agent-role",
            "arn:aws-us-gov:iam::111122223333:user/dana", "arn:aws:iam::*:role/mcp-*", "arn:aws:iam::111122223333:root",
            "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/session", "autoscaling.amazonaws.com"})
    void read_principal_isAcceptedInEveryForm(String principal) throws ConfigurationException {
        Configuration configuration = read("agents: [{ name: a, principals: ['" + principal + "'] }]");

        assertThat(configuration.agents().getFirst().principals()).extracting(PrincipalPattern::toString)
                .containsExactly(principal);
    }

    @Test
    void read_assumableRoles_mayBeNamesArnsAndGlobs() throws ConfigurationException {
        assertThat(agent("assumable-roles: [reader, deploy-*, 'arn:aws:iam::111122223333:role/x/y']").assumableRoles())
                .containsExactly("reader", "deploy-*", "arn:aws:iam::111122223333:role/x/y");
    }

    @Test
    void read_partOfAlertingAndThresholds_leavesTheRestAtItsDefault() throws ConfigurationException {
        Configuration configuration = read("""
                detectors: { off-hours-burst: { minutes: 60, mode: live } }
                alerting:
                  page-at: Critical
                  flood: { alerts: 5 }
                """);

        assertThat(configuration.alerting()).isEqualTo(
                new Alerting(Severity.CRITICAL, Duration.ofHours(1), new Flood(5, Duration.ofMinutes(10))));
        assertThat(configuration.thresholds()).isEqualTo(Map.of("off-hours-burst", Map.of("minutes", 60)));
        assertThat(configuration.modes()).isEmpty();
    }

    @Test
    void read_foldedReason_isOneLine() throws ConfigurationException {
        Exceptions exceptions = read("""
                exceptions:
                  - detector: call-burst
                    reason: >
                      load test
                      every Monday
                """).exceptions();

        assertThat(exceptions.entries())
                .containsExactly(new Exceptions.Entry("call-burst", null, null, null, null, "load test every Monday"));
    }

    @Test
    void read_exceptionOnItsLastDay_isNoWarning() throws ConfigurationException {
        assertThat(ConfigurationReader.read("x", exception("until: 2026-11-22"), TODAY).warnings()).isEmpty();
    }

    @Test
    void read_exceptionThatRanOut_isKeptAndWarnedOf() throws ConfigurationException {
        Read read = ConfigurationReader.read("x", exception("until: 2026-11-21"), TODAY);

        assertThat(read.warnings()).containsExactly(
                "line 3: exceptions[0].until: the exception ran out on 2026-11-21; delete it, or give it a later date");
        assertThat(read.configuration().exceptions().entries()).hasSize(1);
    }

    @Test
    void read_exceptionForAnAgentThatIsNotConfigured_isWarnedOf() throws ConfigurationException {
        String text = AGENT + exception("agent: codr") + exception("agent: CODE*").lines().skip(1).collect(
                Collectors.joining("\n"));

        assertThat(ConfigurationReader.read("x", text, TODAY).warnings()).containsExactly(
                "line 6: exceptions[0].agent: \"codr\" is the name of no agent in this configuration; check its"
                        + " spelling (did you mean coder?)");
    }

    @Test
    void read_exceptionForALearnedAgent_isNoWarning() throws ConfigurationException {
        assertThat(ConfigurationReader.read("x", exception("agent: dana"), TODAY).warnings()).isEmpty();
    }

    private static String exception(String key) {
        return "exceptions:\n  - detector: call-burst\n    " + key + "\n    reason: known\n";
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource({"faultsOfForm", "faultsOfAgents", "faultsOfTheRest"})
    void read_fault_isNamedWithItsLineAndItsMending(String text, String fault) {
        assertThat(refused(text).faults()).containsExactly(fault);
    }

    static Stream<Arguments> faultsOfForm() {
        return Stream.of(fault("detector: {}", "line 1: unknown key \"detector\"; did you mean \"detectors\"?"),
                fault("\n\nx: 1",
                        "line 3: unknown key \"x\"; known: agents, accounts, people, detectors, exceptions, alerting"),
                fault("[]", "line 1: must be a mapping; write it as key: value"),
                fault("hello", "line 1: must be a mapping; write it as key: value"),
                fault("people: {}\nagents: []\npeople: {}\n",
                        "line 3: people: this key stands in line 1 already; keep one of them"),
                fault("{\"people\": {\"a\": \"b\",\n\"a\": \"c\"}}",
                        "line 2: people.a: this key stands in line 1 already; keep one of them"),
                fault("people: [a]", "line 1: people: must be a mapping; write it as key: value"),
                fault("exceptions: call-burst",
                        "line 1: exceptions: must be a list; write it in brackets, as in [first, second]"),
                fault("people: { a: [b] }", "line 1: people.a: must be a text"),
                fault("people: { a: ' ' }", "line 1: people.a: must not be blank"),
                fault("people: { a: \"b\\nc\" }",
                        "line 1: people.a: \"b\\u000Ac\" must be one line without control characters"),
                fault("people: { \"a\\e b\": \"c\\e\" }",
                        "line 1: people.\"a\\u001B b\": \"c\\u001B\" must be one line without control characters"),
                fault("people: { a: " + "b".repeat(65) + " }",
                        "line 1: people.a: has 65 characters; at most 64 are allowed"),
                fault("people: { a: " + "b".repeat(1025) + " }",
                        "line 1: people.a: has 1025 characters; at most 1024 are allowed"),
                fault("people:\n  a: &x Dana\n  b: *x\n",
                        "line 3: people.b: YAML takes a text that begins with * for an alias, which is not read here;"
                                + " quote the text, or write the value out"),
                fault("a: " + "[".repeat(30) + "]".repeat(30),
                        "line 1: unknown key \"a\"; known: agents, accounts, people, detectors, exceptions, alerting"),
                fault("{\"people\": " + "[".repeat(99_999),
                        "line 1: this is nested far too deeply; check the brackets"),
                fault("people: { a: b }\n---\npeople: { c: d }\n",
                        "line 3: a second document begins here; keep to one"),
                fault("people: {}\n\u0007", "line 2: the character U+0007 is not allowed here; delete it"),
                fault("people: {}\r\n\ud800", "line 2: the character U+D800 is not allowed here; delete it"),
                fault("#".repeat(1_048_577), "line 1: the text has 1048577 characters; at most 1048576 are read"),
                fault("people:\n\ta: b\n", "line 2: a tab stands where YAML wants spaces; write spaces"),
                fault("people:\n  a: b: c\n",
                        "line 2: a colon stands where none can; check the indentation, and quote a text that holds a"
                                + " colon and a space"),
                fault("people:\n  a: b\n c: d\n",
                        "line 3: this does not fit the lines above; check the indentation and the quotes"),
                fault("people: {}\nagents\nexceptions: []\n", "line 3: a key lacks its colon; write key: value"),
                fault("people: { a: ]", "line 1: a value is missing here, or a bracket too many or too few"),
                fault("people: { a: b\n", "line 2: a comma or a closing bracket is missing here or above"),
                fault("people: { a: \"b }\n", "line 2: a quote is not closed"),
                fault("people: { a: @b }",
                        "line 1: a text that begins with a special character must be quoted, as in \"*\" or \"@ops\""),
                fault("exceptions:\n  - { detector: call-burst, target: *, reason: x }\n",
                        "line 2: a text that begins with a special character must be quoted, as in \"*\" or \"@ops\""),
                fault("people: { a: \"C:\\Dana\" }",
                        "line 1: a backslash in double quotes begins an escape; write \\\\ for one"),
                fault("people: - a", "line 1: a list entry stands where none can; begin it on a line of its own below"
                        + " its key"),
                fault("people: { [a]: b }", "line 1: a key must be a plain text"),
                fault("people: { a: !!int \"-\" }",
                        "line 1: people.a: this value does not fit its tag; leave the tag out"),
                fault("%YAML 3.0\n---\n",
                        "line 1: this is no YAML; check the brackets, the quotes and the indentation"));
    }

    static Stream<Arguments> faultsOfAgents() {
        return Stream.of(
                fault("agents:\n  - name: a\n",
                        "line 2: agents[0]: principals is missing; write it like principals: [mcp-agent-role]"),
                fault("agents: [coder]", "line 1: agents[0]: must be a mapping; write it as key: value"),
                fault("agents: [{ name: a, principals: [] }]",
                        "line 1: agents[0].principals: must not be empty; name at least one role or user"),
                fault("agents: [{ name: a, principals: mcp-agent-role }]",
                        "line 1: agents[0].principals: must be a list; write it in brackets, as in [first, second]"),
                fault("agents: [{ name: 'a/b', principals: [a] }]",
                        "line 1: agents[0].name: \"a/b\" is no name of an agent; write 1 to 64 of A-Z a-z 0-9 _ . @ +"
                                + " = - and spaces"),
                fault("agents:\n  - { name: a b, principals: [a] }\n  - { name: A B, principals: [b] }\n",
                        "line 3: agents[1].name: \"A B\" is the name of the agent in line 2 already; give each agent a"
                                + " name of its own"),
                fault("agents: [{ name: a, principals: [~] }]",
                        "line 1: agents[0].principals[0]: must not be blank"),
                fault("agents: [{ name: a, principals: ['arn:aws:iam::1111:role/a'] }]",
                        "line 1: agents[0].principals[0]: \"arn:aws:iam::1111:role/a\" is no role or user; write it like"
                                + " arn:aws:iam::111122223333:role/mcp-agent-role, or its name without path"),
                fault("agents: [{ name: a, principals: [role/a] }]",
                        "line 1: agents[0].principals[0]: \"role/a\" is no role or user; write it like"
                                + " arn:aws:iam::111122223333:role/mcp-agent-role, or its name without path"),
                fault("agents: [{ name: a, principals: ['arn:aws:s3:::bucket'] }]",
                        "line 1: agents[0].principals[0]: \"arn:aws:s3:::bucket\" is no role or user; write it like"
                                + " arn:aws:iam::111122223333:role/mcp-agent-role, or its name without path"),
                fault("""
                        agents:
                          - name: a
                            principals: [b, "arn:aws:iam::111122223333:role/x/Coder"]
                          - name: c
                            principals:
                              - arn:aws:iam::111122223333:role/coder
                        """,
                        "line 6: agents[1].principals[0]: \"arn:aws:iam::111122223333:role/coder\" is claimed by"
                                + " agents[0].principals[1] in line 3 already; keep one of them"),
                fault("agents: [{ name: a, principals: [x*] },\n { name: b, principals: [X*] }]",
                        "line 2: agents[1].principals[0]: \"X*\" is claimed by agents[0].principals[0] in line 1"
                                + " already; keep one of them"),
                fault(AGENT + "    region: []\n",
                        "line 4: agents[0]: unknown key \"region\"; did you mean \"regions\"?"),
                fault(AGENT + "    regions: []\n",
                        "line 4: agents[0].regions: must not be empty; name a Region, or leave the key out to have the"
                                + " Regions learned"),
                fault(AGENT + "    regions:\n      - us-east-1\n      - eu-cental-1\n",
                        "line 6: agents[0].regions[1]: \"eu-cental-1\" is no Region name; write it like eu-central-1"
                                + " (did you mean eu-central-1?)"),
                fault(AGENT + "    regions: [EU_West_1]\n",
                        "line 4: agents[0].regions[0]: \"EU_West_1\" is no Region name; write it like eu-central-1"
                                + " (did you mean eu-west-1?)"),
                fault(AGENT + "    regions: [us-east-1a]\n",
                        "line 4: agents[0].regions[0]: \"us-east-1a\" is no Region name; write it like eu-central-1"
                                + " (did you mean us-east-1?)"),
                fault(AGENT + "    regions: [Frankfurt]\n",
                        "line 4: agents[0].regions[0]: \"Frankfurt\" is no Region name; write it like eu-central-1"),
                fault(AGENT + "    hours: { from: 08:00, to: 18:00 }\n",
                        "line 4: agents[0].hours: zone is missing; write it like zone: Europe/Berlin"),
                fault(AGENT + "    hours: { zone: UTC, to: 18:00 }\n",
                        "line 4: agents[0].hours: from is missing; write it like from: \"08:00\""),
                fault(AGENT + "    hours: { zone: UTC, from: 18:00 }\n",
                        "line 4: agents[0].hours: to is missing; write it like to: \"18:00\""),
                fault(AGENT + "    hours: always\n",
                        "line 4: agents[0].hours: must be a mapping; write it as key: value"),
                fault(AGENT + "    hours: { zone: Europe/Berln, from: 08:00, to: 18:00 }\n",
                        "line 4: agents[0].hours.zone: \"Europe/Berln\" is no time zone; write it like Europe/Berlin or"
                                + " UTC (did you mean Europe/Berlin?)"),
                fault(AGENT + "    hours: { zone: UTC, days: MON-FRY, from: 08:00, to: 18:00 }\n",
                        "line 4: agents[0].hours.days: \"MON-FRY\" is no set of days; write it like MON-FRI or"
                                + " MON,WED,FRI"),
                fault(AGENT + "    hours: { zone: UTC, days: [MON, 2], from: 08:00, to: 18:00 }\n",
                        "line 4: agents[0].hours.days[1]: \"2\" is no set of days; write it like MON-FRI or MON,WED,FRI"),
                fault(AGENT + "    hours: { zone: UTC, days: [], from: 08:00, to: 18:00 }\n",
                        "line 4: agents[0].hours.days: must not be empty; name a day, or leave the key out for every"
                                + " day"),
                fault(AGENT + "    hours: { zone: UTC, from: 8:00, to: 18:00 }\n",
                        "line 4: agents[0].hours.from: \"8:00\" is no time of day; write it like \"08:00\" (did you"
                                + " mean 08:00?)"),
                fault(AGENT + "    hours: { zone: UTC, from: 08:00, to: 24:00 }\n",
                        "line 4: agents[0].hours.to: \"24:00\" is no time of day; write it like \"08:00\" (did you mean"
                                + " 00:00?)"),
                fault(AGENT + "    channel: mpc\n",
                        "line 4: agents[0].channel: \"mpc\" is no channel; write any or mcp (did you mean mcp?)"),
                fault(AGENT + "    assumable-roles: ['arn:aws:iam::111122223333:user/x']\n",
                        "line 4: agents[0].assumable-roles[0]: \"arn:aws:iam::111122223333:user/x\" is no role; write it"
                                + " like arn:aws:iam::111122223333:role/mcp-agent-role, or its name without path"),
                fault(AGENT + "    attached-policies: [ReadOnlyAccess]\n",
                        "line 4: agents[0].attached-policies[0]: \"ReadOnlyAccess\" is no ARN of a policy; write it like"
                                + " arn:aws:iam::111122223333:policy/mcp-agent-policy"));
    }

    static Stream<Arguments> faultsOfTheRest() {
        return Stream.of(
                fault("accounts: { 1111-2222-3333: { name: a } }",
                        "line 1: accounts.1111-2222-3333: \"1111-2222-3333\" is no account id; write its 12 digits in"
                                + " quotes (did you mean 111122223333?)"),
                fault("accounts: { 12345678901: { name: a } }",
                        "line 1: accounts.12345678901: \"12345678901\" is no account id; write its 12 digits in quotes"),
                fault("accounts: { 111122223333: { nam: a } }",
                        "line 1: accounts.111122223333: unknown key \"nam\"; did you mean \"name\"?"),
                fault("detectors: { off-hour-burst: { mode: off } }",
                        "line 1: detectors.off-hour-burst: unknown detector \"off-hour-burst\"; did you mean"
                                + " \"off-hours-burst\"?"),
                fault("detectors: { call-burst: { mode: lve } }",
                        "line 1: detectors.call-burst.mode: \"lve\" is no mode; write live, dry-run or off (did you mean"
                                + " live?)"),
                fault("detectors: { call-burst: { mode: false } }",
                        "line 1: detectors.call-burst.mode: \"false\" is no mode; write live, dry-run or off"),
                fault("detectors: { call-burst: off }",
                        "line 1: detectors.call-burst: must be a mapping; write it as key: value"),
                fault("detectors: { call-burst: { minutes: 5 } }",
                        "line 1: detectors.call-burst: unknown key \"minutes\"; known: mode, calls"),
                fault("detectors: { off-hours-burst: { window: 5 } }",
                        "line 1: detectors.off-hours-burst: unknown key \"window\"; known: mode, calls, minutes"),
                fault("detectors: { off-hours-burst: { calls: 1 } }",
                        "line 1: detectors.off-hours-burst.calls: \"1\" does not fit; write a whole number from 2 to"
                                + " 1000000"),
                fault("detectors: { off-hours-burst: { minutes: 61 } }",
                        "line 1: detectors.off-hours-burst.minutes: \"61\" does not fit; write a whole number from 1 to"
                                + " 60"),
                fault("detectors: { off-hours-burst: { minutes: 010 } }",
                        "line 1: detectors.off-hours-burst.minutes: \"010\" does not fit; write a whole number from 1"
                                + " to 60"),
                fault("exceptions: [{ reason: x }]",
                        "line 1: exceptions[0]: detector is missing; write it like detector: destructive-action"),
                fault("exceptions: [{ detector: call-burst }]",
                        "line 1: exceptions[0]: reason is missing; write it like reason: nightly clean-up"),
                fault("exceptions: [{ detector: call-burst, reason: '' }]",
                        "line 1: exceptions[0].reason: must not be blank"),
                fault("exceptions: [{ detector: burst, reason: x }]",
                        "line 1: exceptions[0].detector: unknown detector \"burst\"; known: unusual-region,"
                                + " off-hours-burst, call-burst, denied-burst, iam-self-modification,"
                                + " privilege-escalation, destructive-action, audit-tampering, credential-access,"
                                + " data-exposure, remote-execution, new-service, unlisted-agent, credential-leak,"
                                + " perimeter-change, agent-silent, coverage-gap, perimeter-drift, unbounded-role"),
                fault(exception("action: TerminateInstances"),
                        "line 3: exceptions[0].action: \"TerminateInstances\" is no action; write it like"
                                + " ec2:TerminateInstances or s3:Delete*"),
                fault(exception("until: 30.6.2027"),
                        "line 3: exceptions[0].until: \"30.6.2027\" is no date; write it like 2027-06-30"),
                fault(exception("until: 2027-02-30"),
                        "line 3: exceptions[0].until: \"2027-02-30\" is no date; write it like 2027-06-30"),
                fault(exception("unti: 2027-06-30"),
                        "line 3: exceptions[0]: unknown key \"unti\"; did you mean \"until\"?"),
                fault("alerting: { page-at: urgent }",
                        "line 1: alerting.page-at: \"urgent\" is no severity; write informational, low, medium, high or"
                                + " critical"),
                fault("alerting: { repeat-after: 1h }",
                        "line 1: alerting.repeat-after: \"1h\" is no duration; write it like PT1H or PT10M (did you mean"
                                + " PT1H?)"),
                fault("alerting: { repeat-after: P8D }",
                        "line 1: alerting.repeat-after: \"P8D\" is out of bounds; write a duration from PT1S to P7D"),
                fault("alerting: { repeat-after: PT0S }",
                        "line 1: alerting.repeat-after: \"PT0S\" is out of bounds; write a duration from PT1S to P7D"),
                fault("alerting: { flood: { alerts: 0 } }",
                        "line 1: alerting.flood.alerts: \"0\" does not fit; write a whole number from 1 to 1000"),
                fault("alerting: { flood: { alerts: 2.5 } }",
                        "line 1: alerting.flood.alerts: \"2.5\" does not fit; write a whole number from 1 to 1000"),
                fault("alerting: { flood: { per: -PT1M } }",
                        "line 1: alerting.flood.per: \"-PT1M\" is out of bounds; write a duration from PT1S to P7D"),
                fault("alerting: { flood: { every: PT1M } }",
                        "line 1: alerting.flood: unknown key \"every\"; known: alerts, per"));
    }

    private static Arguments fault(String text, String fault) {
        return arguments(text, fault);
    }

    @Test
    void read_manyFaults_areReportedTogetherInOrderWithTheWarnings() {
        ConfigurationException refused = refused("""
                agents:
                  - name: coder
                    principals: []
                    regions: [eu-cental-1]
                    hours: { zone: Berlin }
                exceptions:
                  - { detector: call-burst, agent: tester, until: 2026-01-31, reason: old }
                  - { detector: cal-burst }
                detector: {}
                """);

        assertThat(refused).hasMessage(
                """
                        trailsentry.yaml: 8 faults, 2 warnings
                        line 3: agents[0].principals: must not be empty; name at least one role or user
                        line 4: agents[0].regions[0]: "eu-cental-1" is no Region name; write it like eu-central-1 (did you \
                        mean eu-central-1?)
                        line 5: agents[0].hours.zone: "Berlin" is no time zone; write it like Europe/Berlin or UTC
                        line 5: agents[0].hours: from is missing; write it like from: "08:00"
                        line 5: agents[0].hours: to is missing; write it like to: "18:00"
                        line 8: exceptions[1].detector: unknown detector "cal-burst"; did you mean "call-burst"?
                        line 8: exceptions[1]: reason is missing; write it like reason: nightly clean-up
                        line 9: unknown key "detector"; did you mean "detectors"?
                        line 7: exceptions[0].agent: "tester" is the name of no agent in this configuration; check its spelling
                        line 7: exceptions[0].until: the exception ran out on 2026-01-31; delete it, or give it a later date""");
        assertThat(refused.faults()).hasSize(8);
        assertThat(refused.warnings()).hasSize(2);
    }

    @Test
    void read_moreFaultsThanAnybodyReads_showsAHundredAndKeepsAll() {
        ConfigurationException refused = refused(IntStream.range(0, 250).mapToObj(i -> "x" + i + ": 1")
                .collect(Collectors.joining("\n")));

        assertThat(refused.faults()).hasSize(250);
        assertThat(String.valueOf(refused.getMessage()).lines()).hasSize(102).endsWith("... and 150 more");
    }

    @Test
    void read_hugeTextsAndDeepNesting_endInFaults() {
        for (String text : List.of("- ".repeat(50_000), "[".repeat(500_000), "{\"a\":".repeat(100_000),
                "? ".repeat(50_000), "a: &a [" + "*a,".repeat(100_000) + "]", "\"" + "\\x41".repeat(100_000),
                "1".repeat(1_000_000), "'".repeat(1_000_001), "!".repeat(1_000_000), "{".repeat(500_000))) {
            assertThat(refused(text).faults()).isNotEmpty();
        }
    }

    @Test
    void read_mutatedSamples_neverFailsInAnotherWay() {
        long seed = new Random().nextLong();
        System.out.println("seed of the mutated configurations: " + seed);
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 4_000; i++) {
            String text = mutate(i % 4 == 0 ? Samples.JSON : Samples.YAML, random);
            String fault = faultOf(text);
            if (fault != null) {
                refused++;
                assertThat(fault).as("seed %d, text:%n%s", seed, text).startsWith("trailsentry.yaml: ")
                        .contains("\nline ").doesNotContainPattern("[\\p{Cntrl}&&[^\n]]");
            }
        }
        assertThat(refused).isBetween(1_000, 3_999);
    }

    private static @Nullable String faultOf(String text) {
        try {
            ConfigurationReader.read("trailsentry.yaml", text, TODAY);
            return null;
        } catch (ConfigurationException e) {
            return e.getMessage();
        } catch (RuntimeException e) {
            throw new AssertionError("text:\n" + text, e);
        }
    }

    private static String mutate(String sample, Random random) {
        StringBuilder text = new StringBuilder(sample);
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(5)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, strange(random));
                case 2 -> text.replace(at, end, strange(random));
                case 3 -> text.insert(random.nextInt(text.length()), text.substring(at, end));
                default -> swapLines(text, random);
            }
        }
        return text.toString();
    }

    private static String strange(Random random) {
        List<String> strange = List.of("\t", "\n", "\n  ", "- ", ": ", ":", "*", "&a ", "*a", "!!int ", "!!binary ",
                "{",
                "}", "[", "]", "\"", "'", "#", "%", "@", "|\n", ">\n", "? ", "---\n", "...\n", "~", "\\", "\\ud800",
                "\ud83d\ude00", "\u202e", "\u0000", "\u0085", "\ud800", "0x", "9".repeat(400), "x".repeat(1_100),
                "<<: ",
                "off", "null", ",");
        return strange.get(random.nextInt(strange.size()));
    }

    private static void swapLines(StringBuilder text, Random random) {
        List<String> lines = new ArrayList<>(text.toString().lines().toList());
        if (!lines.isEmpty()) {
            lines.add(random.nextInt(lines.size()), lines.remove(random.nextInt(lines.size())));
        }
        text.setLength(0);
        text.append(String.join("\n", lines)).append('\n');
    }

    @Test
    void read_rosterEntries_keepTheOrderOfTheFile() throws ConfigurationException {
        List<Roster.Entry> agents = read("""
                agents:
                  - { name: zeta, principals: [z] }
                  - { name: alpha, principals: ["*"] }
                """).agents();

        assertThat(agents).extracting(entry -> Objects.requireNonNull(entry.agent()).name()).containsExactly("zeta",
                "alpha");
    }
}
