package io.trailsentry.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Signal;
import io.trailsentry.finding.Finding;
import io.trailsentry.memory.InMemory;
import io.trailsentry.publish.Notice.Kind;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.Seed;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was learned is the same however the events came: to the function, or to `replay`, which leaves out early what it
/// knows not to be new.
class LearnedReplayTest {
    private static final long START = Instant.parse("2026-10-26T00:00:00Z").getEpochSecond();
    private static final int DAYS = 20;
    private static final Watch WATCH = Watch.of(Configuration.EMPTY,
            Configuration.EMPTY.rosterOf(List.of("mcp-agent-role")), Catalogue.load());

    @TempDir
    private Path folder = Path.of("");

    /// Daily work, and from the eleventh day on something new now and then, in order of time.
    private static List<EventBuilder> workload(Random random) {
        List<EventBuilder> events = new ArrayList<>();
        long second = START;
        for (int i = 0; i < 700; i++) {
            second += 1 + random.nextInt(2 * DAYS * 86_400 / 700);
            EventBuilder event = switch (i < 400 ? 20 + random.nextInt(20) : random.nextInt(40)) {
                case 0 -> EventBuilder.agent().write("ec2", "RunInstances").in("ap-southeast-" + random.nextInt(5));
                case 1 -> EventBuilder.agent().write("ec2", "CreateThing" + random.nextInt(30)).in("eu-central-1");
                case 2 -> EventBuilder.agent().call("secretsmanager", "GetSecretValue").parameter("secretId",
                        "s" + random.nextInt(12)).in("eu-central-1");
                case 3 -> EventBuilder.agent().call("sts", "AssumeRole").in("eu-central-1").parameter("roleArn",
                        "arn:aws:iam::111122223333:role/r" + random.nextInt(9));
                case 4 -> EventBuilder.role("mcp-agent-role", "coder-1").write("ec2", "CreateTags").in("eu-central-1")
                        .with("sourceIPAddress", "198." + random.nextInt(9) + ".100.7");
                case 5 -> EventBuilder.agent().call("service" + random.nextInt(20), "ListThings").in("eu-central-1")
                        .error("AccessDenied", "no");
                case 20, 21, 22, 23 -> EventBuilder.role("mcp-agent-role", "coder-1").write("ec2", "CreateTags")
                        .in("eu-central-1");
                default -> EventBuilder.agent().call("ec2", "DescribeInstances").in("eu-central-1");
            };
            events.add(event.at(Instant.ofEpochSecond(second).toString(), "event-%04d".formatted(i)));
        }
        return events;
    }

    private List<Finding> replay(List<String> records, int files, int run) throws IOException {
        for (int i = 0; i < files; i++) {
            List<String> part = new ArrayList<>();
            for (int j = i; j < records.size(); j += files) {
                part.add(records.get(j));
            }
            Files.write(folder.resolve("part-" + i + ".jsonl"), part);
        }
        TrailFiles reader = new TrailFiles();
        return new Replay(WATCH, new Replay.Listener() {
            @Override
            public void file(String file, int number, int of) {
                // progress is not judged here
            }

            @Override
            public void remark(Position position, String what, boolean lost) {
                throw new AssertionError(position + ": " + what);
            }
        }, run).run(reader, reader.files(List.of(folder.toString()))).findings();
    }

    @ParameterizedTest
    @ValueSource(longs = {81, 82, 83})
    void shuffledDoubledAndSplitInput_givesTheSameFindings(long fallback) throws IOException {
        Random random = Seed.random("LearnedReplayTest", fallback);
        List<String> records = workload(random).stream().map(EventBuilder::json).toList();
        List<Finding> expected = replay(records, 1, 1_000_000);
        assertThat(expected).flatExtracting(Finding::signals).filteredOn(Signal::isLearned).hasSizeGreaterThan(5);
        List<String> shuffled = new ArrayList<>(records);
        shuffled.addAll(records.subList(100, 400));
        Collections.shuffle(shuffled, random);
        assertThat(replay(shuffled, 5, 97)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {91, 92, 93})
    void function_onceAllEventsArrived_agreesWithReplay(long fallback) throws IOException {
        Random random = Seed.random("LearnedReplayTest", fallback);
        List<EventBuilder> events = workload(random);
        Map<String, Finding> expected = new TreeMap<>();
        replay(events.stream().map(EventBuilder::json).toList(), 1, 1_000_000)
                .forEach(finding -> expected.put(finding.id(), finding));
        FakePublisher publisher = new FakePublisher();
        Instant[] now = {Instant.ofEpochSecond(START)};
        Engine engine = new Engine(WATCH, new InMemory(), publisher, metrics -> metrics.data(), () -> now[0], line -> {
        });
        // Neighbours swap places by some hours at most, and every tenth comes twice.
        List<Delivery> deliveries = new ArrayList<>();
        for (int i = 0; i < events.size(); i += 6) {
            List<EventBuilder> window = new ArrayList<>(events.subList(i, Math.min(events.size(), i + 6)));
            Collections.shuffle(window, random);
            for (EventBuilder event : window) {
                for (int copies = random.nextInt(10) == 0 ? 2 : 1; copies > 0; copies--) {
                    deliveries.add(new Delivery("m" + deliveries.size(), event.envelope()));
                }
            }
        }
        for (int i = 0; i < deliveries.size();) {
            int to = Math.min(deliveries.size(), i + 1 + random.nextInt(10));
            assertThat(engine.handle(deliveries.subList(i, to))).isEmpty();
            i = to;
        }
        now[0] = Instant.ofEpochSecond(START + 3L * DAYS * 86_400);
        engine.handle(List.of(new Delivery("heartbeat",
                "{\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\",\"detail\":{}}")));
        Map<String, Finding> last = new TreeMap<>();
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
        assertThat(last.keySet()).isEqualTo(expected.keySet());
        assertThat(last).allSatisfy((id, finding) -> assertThat(expected.get(id)).isNotNull()
                .returns(finding.severity(), Finding::severity));
    }
}
