package io.trailsentry.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.trailsentry.agent.Channel;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailEntry;
import io.trailsentry.trail.TrailEntry.Recorded;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {
    private static final LocalDate MONDAY = LocalDate.of(2026, 9, 28);
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final long SEED = 11;

    private final RecordReader reader = new RecordReader();

    private static Simulation simulation(long seed, int agents, int weeks, String... attacks) {
        return new Simulation(seed, agents, MONDAY, weeks, 1, Stream.of(attacks).map(SimulatedAttack::parse).toList());
    }

    private static List<SimulatedRecord> all(Iterator<SimulatedRecord> records) {
        List<SimulatedRecord> all = new ArrayList<>();
        records.forEachRemaining(all::add);
        return all;
    }

    private static List<String> texts(Iterator<SimulatedRecord> records) {
        return all(records).stream().map(item -> new String(item.json(), java.nio.charset.StandardCharsets.UTF_8))
                .toList();
    }

    private List<CloudTrailEvent> events(Iterator<SimulatedRecord> records) {
        return all(records).stream().map(item -> item.event(reader)).toList();
    }

    /// The events of an attack, all but the records of MCP tool calls.
    private List<CloudTrailEvent> attack(Simulation simulation) {
        return all(simulation.records(simulation.labels().getFirst().agent())).stream()
                .filter(item -> item.attack() == 0).map(item -> item.event(reader))
                .filter(event -> !event.isMcpToolCall()).toList();
    }

    private static Instant at(CloudTrailEvent event) {
        return Objects.requireNonNull(event.eventTime());
    }

    private static Duration span(List<CloudTrailEvent> events) {
        return Duration.between(at(events.getFirst()), at(events.getLast()));
    }

    @Test
    void records_sameSeed_areTheSameBytes_anotherSeedOthers() {
        List<String> once = texts(simulation(SEED, 8, 1, "night-burst", "silence:days=2").records());
        assertThat(texts(simulation(SEED, 8, 1, "night-burst", "silence:days=2").records())).isEqualTo(once);
        assertThat(texts(simulation(SEED + 1, 8, 1).records())).isNotEqualTo(once);
    }

    @Test
    void records_ofOneAgent_areTheSame_whateverElseIsSimulated() {
        List<String> alone = texts(simulation(SEED, 3, 1).records(2));
        assertThat(texts(simulation(SEED, 9, 1, "day-burst:agent=5").records(2))).isEqualTo(alone);
        assertThat(texts(simulation(SEED, 3, 2).records(2)).subList(0, alone.size())).isEqualTo(alone);
        Simulation three = simulation(SEED, 3, 1);
        assertThat(all(three.records()).stream().filter(item -> item.agent() == 2).map(SimulatedRecord::eventId))
                .containsExactlyElementsOf(all(three.records(2)).stream().map(SimulatedRecord::eventId).toList());
    }

    @Test
    void records_areReadWithoutRemark_inOrder_eachOnce() {
        List<SimulatedRecord> all = all(simulation(SEED, 8, 1, "night-burst", "day-burst", "slow-enumeration",
                "region-hop", "self-modification", "credential-leak").records());
        assertThat(all).allMatch(item -> {
            List<TrailEntry> entries = reader.read(item.json(), 0, item.json().length);
            return entries.size() == 1 && entries.getFirst() instanceof Recorded recorded
                    && recorded.remarks().isEmpty() && recorded.event().eventId().equals(item.eventId())
                    && item.eventTime().equals(recorded.event().eventTime())
                    && item.account().equals(recorded.event().account())
                    && item.region().equals(recorded.event().awsRegion());
        });
        assertThat(all).isSortedAccordingTo(Comparator.comparing(SimulatedRecord::eventTime));
        assertThat(all.stream().map(SimulatedRecord::eventId).collect(Collectors.toSet())).hasSameSizeAs(all);
    }

    @Test
    void work_keepsToWorkingHoursAndDays() {
        List<ZonedDateTime> times = events(simulation(SEED, 1, 6).records()).stream()
                .map(event -> at(event).atZone(BERLIN))
                .toList();
        double weekend = times.stream().filter(time -> time.getDayOfWeek().compareTo(DayOfWeek.FRIDAY) > 0).count();
        double working = times.stream().filter(time -> time.getHour() >= 7 && time.getHour() < 19).count();
        long lunch = times.stream().filter(time -> time.getHour() == 12).count();
        long before = times.stream().filter(time -> time.getHour() == 10).count();
        assertThat(times).hasSizeGreaterThan(5_000);
        assertThat(weekend / times.size()).isLessThan(0.03);
        assertThat(working / times.size()).isGreaterThan(0.97);
        assertThat(lunch).isLessThan(before);
        assertThat(times).noneMatch(time -> time.toLocalDate().equals(LocalDate.of(2026, 10, 3)));
    }

    /// The clock of New York, where agent 3 works, was put back on 1 November.
    @Test
    void nightlyJob_runsAtItsHour_everyDay_onBothSidesOfTheClockChange() {
        List<ZonedDateTime> jobs = events(simulation(SEED, 4, 6).records(3)).stream()
                .filter(event -> Objects.requireNonNull(event.userIdentity().principalId()).endsWith(":nightly"))
                .map(event -> at(event).atZone(ZoneId.of("America/New_York")))
                .filter(time -> !time.toLocalDate().equals(LocalDate.of(2026, 11, 1))).toList();
        Set<LocalDate> days = jobs.stream().map(ZonedDateTime::toLocalDate).collect(Collectors.toSet());
        List<Integer> minutes = jobs.stream().map(time -> time.getHour() * 60 + time.getMinute()).sorted().toList();
        assertThat(days).hasSizeBetween(36, 41).contains(LocalDate.of(2026, 10, 31), LocalDate.of(2026, 11, 2));
        assertThat(minutes.getFirst()).isGreaterThanOrEqualTo(90);
        assertThat(minutes.getLast() - minutes.getFirst()).isLessThan(30);
    }

    @Test
    void watch_goesOnDayAndNight() {
        Map<Integer, Long> hours = events(simulation(SEED, 6, 1).records(5)).stream()
                .collect(Collectors.groupingBy(event -> at(event).atZone(ZoneId.of("UTC")).getHour(),
                        Collectors.counting()));
        assertThat(hours).hasSize(24);
        assertThat(hours.values()).allMatch(calls -> calls > 7 * 12);
    }

    @Test
    void calls_haveTheMarksOfTheirChannel() {
        List<CloudTrailEvent> events = events(simulation(SEED, 8, 1).records());
        Map<String, List<CloudTrailEvent>> byChannel = events.stream()
                .collect(Collectors.groupingBy(event -> Channel.of(event).name()));
        assertThat(byChannel.keySet()).contains("mcp", "cli", "sdk", "service:cloudformation");
        assertThat(byChannel.get("mcp")).filteredOn(event -> !event.isMcpToolCall()).isNotEmpty()
                .allMatch(event -> Stream.of(event.sourceIpAddress(), event.userAgent(),
                        event.userIdentity().invokedBy()).allMatch("aws-mcp.amazonaws.com"::equals));
        assertThat(events).allMatch(event -> Objects.requireNonNull(event.userIdentity().principalId())
                .matches("AROA\\w{17}:.+"));
    }

    @Test
    void toolCalls_nameTheCallsThatTheyMade() {
        List<CloudTrailEvent> events = events(simulation(SEED, 2, 1).records());
        Set<String> requests = events.stream().filter(event -> !event.isMcpToolCall())
                .map(event -> Objects.requireNonNull(event.requestId())).collect(Collectors.toSet());
        List<String> named = events.stream().filter(CloudTrailEvent::isMcpToolCall)
                .flatMap(event -> event.additionalEventData().all("requestId").stream()).toList();
        assertThat(named).hasSizeGreaterThan(500).doesNotHaveDuplicates();
        assertThat(requests).containsAll(named);
    }

    @Test
    void keys_changeWithinASession() {
        Map<String, Set<String>> keys = events(simulation(SEED, 5, 1).records(4)).stream()
                .filter(event -> event.userIdentity().accessKeyId() != null)
                .collect(Collectors.groupingBy(event -> Objects.requireNonNull(event.userIdentity().principalId()),
                        Collectors.mapping(event -> Objects.requireNonNull(event.userIdentity().accessKeyId()),
                                Collectors.toSet())));
        assertThat(keys.values()).anyMatch(changed -> changed.size() > 20);
    }

    @Test
    void errors_areMostlyOfThingsThatAreNotThere() {
        Map<String, Long> errors = events(simulation(SEED, 8, 1).records()).stream()
                .filter(event -> event.errorCode() != null)
                .collect(Collectors.groupingBy(event -> Objects.requireNonNull(event.errorCode()),
                        Collectors.counting()));
        assertThat(errors).containsKeys("AccessDenied", "ThrottlingException", "ResourceNotFoundException");
        assertThat(errors.get("AccessDenied")).isLessThan(errors.get("ResourceNotFoundException"));
    }

    @Test
    void infrastructure_isTakenDownByTheNamesItWasPutUpWith() {
        List<CloudTrailEvent> events = events(simulation(SEED, 8, 3).records());
        List<String> made = events.stream().filter(event -> event.eventName().equals("CreateQueue"))
                .map(event -> Objects.requireNonNull(event.requestParameters().first("queueName"))).toList();
        List<String> removed = events.stream().filter(event -> event.eventName().equals("DeleteQueue"))
                .map(event -> Objects.requireNonNull(event.requestParameters().first("queueUrl")))
                .map(url -> url.substring(url.lastIndexOf('/') + 1)).toList();
        assertThat(removed).isNotEmpty();
        assertThat(made).containsAll(removed);
    }

    @Test
    void labels_nameEventsThatAreThere() {
        Simulation simulation = simulation(SEED, 8, 2, "night-burst", "day-burst", "slow-enumeration", "region-hop",
                "self-modification", "credential-leak", "silence");
        List<AttackLabel> labels = simulation.labels();
        assertThat(labels).extracting(AttackLabel::kind).containsExactly("night-burst", "day-burst",
                "slow-enumeration", "region-hop", "self-modification", "credential-leak", "silence");
        Map<Integer, List<SimulatedRecord>> found = all(simulation.records()).stream()
                .filter(item -> item.attack() >= 0).collect(Collectors.groupingBy(SimulatedRecord::attack));
        for (int i = 0; i < labels.size() - 1; i++) {
            AttackLabel label = labels.get(i);
            List<SimulatedRecord> records = Objects.requireNonNull(found.get(i));
            assertThat(records).extracting(SimulatedRecord::eventId).isEqualTo(label.eventIds());
            assertThat(records).extracting(item -> item.event(reader).userIdentity().issuerArn())
                    .containsOnly(label.principal());
            assertThat(records.getFirst().eventTime()).isEqualTo(label.firstSeen());
            assertThat(records.getLast().eventTime()).isEqualTo(label.lastSeen());
            assertThat(io.trailsentry.detect.Detectors.IDS).containsAll(label.detectors());
        }
        assertThat(labels.getLast().eventIds()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"60, 5", "15, 5", "200, 30"})
    void nightBurst_isSoManyCallsBetweenOneAndFive(int calls, int minutes) {
        List<CloudTrailEvent> burst = attack(
                simulation(SEED, 8, 1, "night-burst:agent=0,calls=" + calls + ",minutes=" + minutes));
        assertThat(burst).hasSize(calls);
        assertThat(span(burst)).isBetween(Duration.ofMinutes(minutes / 2), Duration.ofMinutes(minutes));
        assertThat(at(burst.getFirst()).atZone(BERLIN).getHour()).isBetween(1, 5);
        assertThat(burst).extracting(CloudTrailEvent::awsRegion).containsAnyOf("eu-central-1");
    }

    @Test
    void attack_atATime_beginsThenOnTheAgentsClock() {
        List<CloudTrailEvent> burst = attack(
                simulation(SEED, 2, 2, "night-burst:agent=1,calls=500,minutes=5@2026-10-06T02:41"));
        assertThat(Duration.between(LocalDateTime.parse("2026-10-06T02:41").atZone(ZoneId.of("Australia/Sydney"))
                .toInstant(), at(burst.getFirst()))).isBetween(Duration.ZERO, Duration.ofSeconds(10));
    }

    @Test
    void dayBurst_isSoManyTimesTheHoursUsual() {
        Simulation simulation = simulation(SEED, 1, 4, "day-burst:times=8@2026-10-22T10:00");
        List<CloudTrailEvent> burst = attack(simulation);
        List<ZonedDateTime> hours = all(simulation.records()).stream().filter(item -> item.attack() < 0)
                .map(item -> item.event(reader)).filter(event -> !event.isMcpToolCall())
                .map(event -> at(event).atZone(BERLIN))
                .filter(time -> time.getHour() == 10 && time.toLocalDate().isBefore(LocalDate.of(2026, 10, 22)))
                .toList();
        long days = MONDAY.datesUntil(LocalDate.of(2026, 10, 22))
                .filter(day -> hours.stream().anyMatch(time -> time.toLocalDate().equals(day))).count();
        assertThat(span(burst)).isBetween(Duration.ofMinutes(50), Duration.ofMinutes(60));
        assertThat((double) burst.size()).isCloseTo(8.0 * hours.size() / days, within(burst.size() * 0.25));
    }

    @Test
    void slowEnumeration_looksAtManyServices_oneAtATime() {
        List<CloudTrailEvent> looks = attack(simulation(SEED, 8, 2, "slow-enumeration"));
        assertThat(looks).hasSize(60).allMatch(event -> Boolean.TRUE.equals(event.readOnly()));
        assertThat(looks.stream().map(CloudTrailEvent::eventSource).distinct()).hasSizeGreaterThan(15);
        assertThat(span(looks)).isGreaterThan(Duration.ofHours(20));
    }

    @Test
    void regionHop_goesWhereTheAgentNeverWas_andLaunches() {
        Simulation simulation = simulation(SEED, 8, 2, "region-hop:regions=3");
        Set<String> hopped = attack(simulation).stream().map(event -> Objects.requireNonNull(event.awsRegion()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(hopped).hasSize(3);
        assertThat(attack(simulation)).hasSize(24)
                .filteredOn(event -> event.eventName().equals("RunInstances")).hasSize(3);
        assertThat(all(simulation.records()).stream().filter(item -> item.attack() < 0).map(SimulatedRecord::region))
                .doesNotContainAnyElementsOf(hopped);
    }

    @Test
    void selfModification_isOfTheAgentsOwnRole() {
        Simulation simulation = simulation(SEED, 8, 1, "self-modification");
        List<CloudTrailEvent> changes = attack(simulation);
        assertThat(changes).extracting(CloudTrailEvent::eventName).containsExactly("PutRolePolicy", "AttachRolePolicy",
                "DeleteRolePermissionsBoundary");
        assertThat(changes).extracting(CloudTrailEvent::errorCode).containsExactly("AccessDenied", null, null);
        assertThat(simulation.labels().getFirst().principal())
                .endsWith("/" + changes.getLast().requestParameters().first("roleName"));
    }

    @Test
    void credentialLeak_comesFromAnotherNetwork_outsideTheMcpServer() {
        Simulation simulation = simulation(SEED, 8, 1, "credential-leak");
        List<CloudTrailEvent> leak = attack(simulation);
        String address = leak.getFirst().sourceIpAddress();
        assertThat(leak).hasSize(20).allSatisfy(event -> {
            assertThat(Channel.of(event)).isEqualTo(Channel.SDK);
            assertThat(event.sourceIpAddress()).isEqualTo(address);
        });
        assertThat(all(simulation.records()).stream().filter(item -> item.attack() < 0)
                .map(item -> item.event(reader).sourceIpAddress())).doesNotContain(address);
    }

    @Test
    void silence_leavesNothingOfTheAgent_andAllOfTheOthers() {
        Simulation silent = simulation(SEED, 8, 2, "silence:agent=5,days=3");
        AttackLabel label = silent.labels().getFirst();
        assertThat(Duration.between(label.firstSeen(), label.lastSeen())).isCloseTo(Duration.ofDays(3),
                Duration.ofHours(1));
        assertThat(all(silent.records(5))).noneMatch(item -> !item.eventTime().isBefore(label.firstSeen())
                && item.eventTime().isBefore(label.lastSeen()));
        assertThat(texts(silent.records(4))).isEqualTo(texts(simulation(SEED, 8, 2).records(4)));
        assertThat(texts(simulation(SEED, 8, 2).records(5))).containsAll(texts(silent.records(5)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"burst", "night-burst:hours=3", "night-burst:calls", "night-burst:calls=0", "silence@soon",
            "night-burst:calls=x", ""})
    void parse_ofAnythingElse_isRefusedInWords(String text) {
        assertThatThrownBy(() -> SimulatedAttack.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContainingAny("Exception", "null");
    }

    @Test
    void simulation_ofImpossibleThings_isRefused() {
        assertThatThrownBy(() -> simulation(SEED, 0, 1)).hasMessageContaining("agents");
        assertThatThrownBy(() -> simulation(SEED, 1, 0)).hasMessageContaining("weeks");
        assertThatThrownBy(() -> simulation(SEED, 2, 1, "silence:agent=2")).hasMessageContaining("no agent 2");
        assertThatThrownBy(() -> new Simulation(SEED, 1, MONDAY, 1, 0, List.of())).hasMessageContaining("rate");
    }
}
