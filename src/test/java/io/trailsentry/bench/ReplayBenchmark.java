package io.trailsentry.bench;

import io.trailsentry.agent.Principal;
import io.trailsentry.agent.Roster;
import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Replay;
import io.trailsentry.engine.Watch;
import io.trailsentry.finding.History;
import io.trailsentry.finding.Judge;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Position;
import io.trailsentry.trail.RecordReader;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// What a replay does with a record, part by part, when every principal is watched; microseconds a record. And what a
/// judgement takes; microseconds each.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
public class ReplayBenchmark {
    private static final int RECORDS = 20_000;
    private static final int WEEKS = 6;
    private static final int CALLS_A_DAY = 900;
    private static final int QUARTER = 900;

    private final RecordReader reader = new RecordReader();
    private final List<byte[]> records = new ArrayList<>();
    private final List<CloudTrailEvent> events = new ArrayList<>();
    private final Roster roster = Configuration.EMPTY.rosterOf(List.of("*"));
    private final Watch watch = Watch.of(Configuration.EMPTY, roster, Catalogue.load());
    private final Principal principal = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/judged", "judged");
    private final History history = new History();
    private String file = "";

    /// Makes the records, two weeks of them.
    @Setup
    public void records() throws IOException {
        Random random = new Random(1);
        long start = Instant.parse("2026-11-02T00:00:00Z").getEpochSecond();
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < RECORDS; i++) {
            String json = SyntheticTrail.record(random, start + (long) i * 14 * 86_400 / RECORDS, i).json();
            lines.append(json).append('\n');
            records.add(json.getBytes(StandardCharsets.UTF_8));
            if (reader.read(json).getFirst() instanceof Recorded recorded) {
                events.add(recorded.event());
            }
        }
        for (long at = start; at < start + WEEKS * 7 * 86_400; at += 86_400 / CALLS_A_DAY) {
            String json = SyntheticTrail.record(random, at, (int) (at - start)).identity("sessionContext", null)
                    .identity("arn", "arn:aws:sts::111122223333:assumed-role/judged/session").json();
            if (reader.read(json).getFirst() instanceof Recorded recorded) {
                watch.observe(recorded.event()).forEach(history::add);
                history.forgetBefore(history.settledBefore());
            }
        }
        Path path = Files.createTempFile("trailsentry-", ".jsonl");
        path.toFile().deleteOnExit();
        Files.writeString(path, lines);
        file = path.toString();
    }

    /// From bytes to events.
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void parse(Blackhole hole) {
        records.forEach(record -> hole.consume(reader.read(record, 0, record.length)));
    }

    /// Whose call it is.
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void recognise(Blackhole hole) {
        events.forEach(event -> hole.consume(roster.recognise(event)));
    }

    /// Whose call it is, and what every detector says of it, of a past of which nothing is known.
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void detect(Blackhole hole) {
        events.forEach(event -> hole.consume(watch.observe(event)));
    }

    /// All that is known of one agent after six weeks, as it is judged when one of its calls comes.
    @Benchmark
    public Judge.Judgement judge() {
        return watch.judge().judge(roster.agentOf(principal), principal, history, history.newest() - QUARTER);
    }

    /// A whole replay, without unpacking: reading, detecting, ordering and judging.
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public Replay.Result whole() throws IOException {
        return new Replay(watch, new Replay.Listener() {
            @Override
            public void file(String name, int number, int of) {
            }

            @Override
            public void remark(Position position, String what, boolean lost) {
            }
        }).run(new TrailFiles(), List.of(file));
    }
}
