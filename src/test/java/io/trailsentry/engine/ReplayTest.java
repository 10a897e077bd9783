package io.trailsentry.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.agent.Roster.Entry;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.memory.InMemory;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {
    private static final Agent CODER = new Agent("coder", true, "dev", Set.of("eu-central-1", "us-east-1"),
            new Hours(ZoneOffset.UTC, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), LocalTime.of(8, 0),
                    LocalTime.of(18, 0)),
            false, null, Set.of());
    private static final Watch WATCH = Watch.of(Configuration.EMPTY,
            new Roster(List.of(new Entry(CODER, List.of(PrincipalPattern.of("mcp-agent-role")))), true, Map.of()),
            Catalogue.load());

    @TempDir
    private Path folder = Path.of("");

    private final List<String> remarks = new ArrayList<>();
    private final List<Observation> observed = new ArrayList<>();

    private Replay.Result replay(int run) throws IOException {
        Replay.Listener listener = new Replay.Listener() {
            @Override
            public void file(String file, int number, int of) {
                // progress is not judged here
            }

            @Override
            public void remark(Position position, String what, boolean lost) {
                remarks.add(position + ": " + what);
            }

            @Override
            public void observed(Observation observation) {
                observed.add(observation);
            }
        };
        TrailFiles reader = new TrailFiles();
        return new Replay(WATCH, listener, run).run(reader, reader.files(List.of(folder.toString())));
    }

    /// Some days of work by several sessions with attacks and bursts, in order, each event with an id of its own.
    private static List<EventBuilder> workload(long seed) {
        Random random = new Random(seed);
        List<EventBuilder> events = new ArrayList<>();
        long start = Instant.parse("2026-11-16T00:00:00Z").getEpochSecond();
        for (int i = 0; i < 700; i++) {
            String time = Instant.ofEpochSecond(start + random.nextInt(5 * 86_400)).toString();
            EventBuilder event = switch (random.nextInt(6)) {
                case 0 -> EventBuilder.user("dana").mcp();
                case 1 -> EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-3");
                case 2 -> EventBuilder.agent().write("iam", "PutRolePolicy").parameter("roleName", "mcp-agent-role");
                case 3 -> EventBuilder.agent().write("iam", "PutRolePolicy").denied("iam:PutRolePolicy",
                        "role mcp-agent-role");
                default -> EventBuilder.role("mcp-agent-role", "coder-" + random.nextInt(3)).mcp();
            };
            events.add(event.at(time, "event-" + i));
        }
        for (int burst = 0; burst < 6; burst++) {
            long at = start + random.nextInt(5 * 86_400);
            int length = 60 + random.nextInt(1200);
            for (int i = 0; i < 20 + random.nextInt(120); i++) {
                events.add(EventBuilder.agent().at(Instant.ofEpochSecond(at + random.nextInt(length)).toString(),
                        "burst-" + burst + "-" + i));
            }
        }
        return events;
    }

    private void write(List<String> records, int files) throws IOException {
        for (int i = 0; i < files; i++) {
            List<String> part = new ArrayList<>();
            for (int j = i; j < records.size(); j += files) {
                part.add(records.get(j));
            }
            Files.write(folder.resolve("part-" + i + ".jsonl"), part);
        }
    }

    private void clear() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void listener_hearsOfEachThingOnce_inTheOrderOfEvents() throws IOException {
        List<String> records = new ArrayList<>(workload(14).stream().map(EventBuilder::json).toList());
        records.addAll(records.subList(0, 200));
        Collections.shuffle(records, new Random(14));
        write(records, 3);

        Replay.Result result = replay(100);

        assertThat(observed.stream().filter(Observation::isCounted)).hasSize((int) result.calls());
        assertThat(observed).doesNotHaveDuplicates()
                .isSortedAccordingTo(Comparator.comparing(observation -> Objects.requireNonNull(observation.at())));
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void shuffledDoubledAndSplitInput_givesTheSameFindings(long seed) throws IOException {
        List<String> records = workload(seed).stream().map(EventBuilder::json).toList();
        write(records, 1);
        Replay.Result expected = replay(1_000_000);
        assertThat(expected.findings()).as("seed " + seed).hasSizeGreaterThan(20);
        clear();
        List<String> shuffled = new ArrayList<>(records);
        shuffled.addAll(records.subList(100, 300));
        Collections.shuffle(shuffled, new Random(seed));
        write(shuffled, 5);
        Replay.Result result = replay(97);
        assertThat(result.findings()).as("seed " + seed).isEqualTo(expected.findings());
        assertThat(result.duplicates()).isEqualTo(200);
        assertThat(result.records()).isEqualTo(records.size());
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void function_onceAllEventsArrived_agreesWithReplay(long seed) throws IOException {
        List<EventBuilder> events = workload(seed);
        write(events.stream().map(EventBuilder::json).toList(), 1);
        Map<String, Finding> expected = new TreeMap<>();
        replay(1_000_000).findings().forEach(finding -> expected.put(finding.id(), finding));

        FakePublisher publisher = new FakePublisher();
        InMemory memory = new InMemory();
        Instant[] now = {Instant.parse("2026-11-16T00:00:00Z")};
        Engine engine = new Engine(WATCH, memory, publisher, metrics -> metrics.data(), () -> now[0], line -> {
        });
        List<String> sorted = new ArrayList<>();
        events.stream().sorted((a, b) -> String.valueOf(a.event().eventTime())
                .compareTo(String.valueOf(b.event().eventTime()))).forEach(event -> sorted.add(event.envelope()));
        // Neighbours swap places by some hours at most, and every tenth comes twice.
        Random random = new Random(seed);
        List<Delivery> deliveries = new ArrayList<>();
        for (int i = 0; i < sorted.size(); i += 40) {
            List<String> window = new ArrayList<>(sorted.subList(i, Math.min(sorted.size(), i + 40)));
            Collections.shuffle(window, random);
            for (String body : window) {
                deliveries.add(new Delivery("m" + deliveries.size(), body));
                if (random.nextInt(10) == 0) {
                    deliveries.add(new Delivery("m" + deliveries.size(), body));
                }
            }
        }
        Map<String, Finding> last = new TreeMap<>();
        for (int i = 0; i < deliveries.size();) {
            int to = Math.min(deliveries.size(), i + 1 + random.nextInt(10));
            assertThat(engine.handle(deliveries.subList(i, to))).isEmpty();
            i = to;
        }
        now[0] = Instant.parse("2026-12-01T00:00:00Z");
        engine.handle(List.of(new Delivery("heartbeat",
                "{\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\",\"detail\":{}}")));
        for (FakePublisher.Sent sent : publisher.sent) {
            if (sent.topic() == Topic.FINDINGS) {
                Finding finding = sent.notice().finding();
                if (sent.notice().kind() == Kind.SUPERSEDED) {
                    last.remove(finding.id());
                } else {
                    last.put(finding.id(), finding);
                }
            }
        }
        assertThat(last.keySet()).as("seed " + seed).isEqualTo(expected.keySet());
        Map<String, Severity> severities = new TreeMap<>();
        last.forEach((id, finding) -> severities.put(id, finding.severity()));
        assertThat(severities).as("seed " + seed).allSatisfy((id, severity) -> assertThat(expected.get(id)).isNotNull()
                .returns(severity, Finding::severity));
    }

    @Test
    void assumedRole_thatNobodyWatches_isTheAgentsDoing_whateverTheOrder() throws IOException {
        Map<String, Object> one = Map.of("credentials", Map.of("accessKeyId", "ASIAONE"));
        Map<String, Object> two = Map.of("credentials", Map.of("accessKeyId", "ASIATWO"));
        List<String> records = List.of(
                EventBuilder.role("second", "s").identity("accessKeyId", "ASIATWO").write("iam", "CreateAccessKey")
                        .parameter("userName", "dana").at("2026-11-17T09:53:00Z", "e4").json(),
                EventBuilder.role("other", "s").write("iam", "CreateAccessKey").parameter("userName", "dana")
                        .at("2026-11-17T09:53:00Z", "e5").json(),
                EventBuilder.role("admin", "s").identity("accessKeyId", "ASIAONE").write("sts", "AssumeRole")
                        .with("responseElements", two).at("2026-11-17T09:52:00Z", "e3").json(),
                EventBuilder.agent().write("sts", "AssumeRole").with("responseElements", one)
                        .at("2026-11-17T09:51:00Z", "e2").json());
        write(records, 2);
        Replay.Result result = replay(10);
        assertThat(result.findings()).singleElement()
                .returns("coder created an access key for another user as role second",
                        Finding::title)
                .returns("AROAEXAMPLE:coder-1", Finding::session);
        assertThat(result).returns(4L, Replay.Result::records).returns(3L, Replay.Result::calls);
    }

    @Test
    void whoStopsATrail_isToldOf_andAnAgentBehindTheRoleInItsPlace() throws IOException {
        write(List.of(
                EventBuilder.role("admin", "s").identity("accessKeyId", "ASIAONE").write("cloudtrail", "StopLogging")
                        .parameter("name", "main").at("2026-11-17T09:52:00Z", "e2").json(),
                EventBuilder.user("dana").write("cloudtrail", "StopLogging").parameter("name", "main")
                        .at("2026-11-17T09:53:00Z", "e3").json(),
                EventBuilder.agent().write("sts", "AssumeRole").with("responseElements",
                        Map.of("credentials", Map.of("accessKeyId", "ASIAONE"))).at("2026-11-17T09:51:00Z", "e1")
                        .json()),
                1);
        Replay.Result result = replay(10);
        assertThat(result.findings()).extracting(Finding::title).containsExactlyInAnyOrder(
                "coder stopped CloudTrail logging as role admin", "dana stopped CloudTrail logging");
        assertThat(result.calls()).isEqualTo(2);
    }

    @Test
    void agentThatChangesItselfAsAnotherRole_isFoundOut() throws IOException {
        write(List.of(
                EventBuilder.agent().write("sts", "AssumeRole").with("responseElements",
                        Map.of("credentials", Map.of("accessKeyId", "ASIAONE"))).at("2026-11-17T09:51:00Z", "e1")
                        .json(),
                EventBuilder.role("admin", "s").identity("accessKeyId", "ASIAONE").write("iam", "PutRolePolicy")
                        .parameter("roleName", "mcp-agent-role").at("2026-11-17T09:52:00Z", "e2").json()),
                1);
        assertThat(replay(10).findings()).extracting(finding -> finding.leading().detector())
                .containsExactlyInAnyOrder("iam-self-modification", "perimeter-change");
    }

    @Test
    void summary_accountsForEveryValue() throws IOException {
        Files.writeString(folder.resolve("a.json"), "{\"Records\":[" + EventBuilder.agent().json() + ","
                + EventBuilder.agent().json() + ",{\"some\":\"thing\"},{\"eventName\":1}," + "{\"broken\": tru}]}");
        Replay.Result result = replay(10);
        assertThat(result).returns(1L, Replay.Result::records).returns(1L, Replay.Result::duplicates)
                .returns(2L, Replay.Result::skipped).returns(1L, Replay.Result::unreadable);
        assertThat(remarks).anySatisfy(remark -> assertThat(remark).contains("a.json, record 5"));
    }
}
