package io.trailsentry.bench;

import io.trailsentry.config.Configuration;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.engine.Delivery;
import io.trailsentry.engine.Engine;
import io.trailsentry.engine.Watch;
import io.trailsentry.memory.InMemory;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Topic;
import io.trailsentry.testing.EventBuilder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the function does with a batch of events without a finding, AWS calls aside: from the messages' text to the
/// committed memory.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HandleBenchmark {
    /// Messages in a batch.
    @Param({"1", "10", "100", "1000"})
    public int batch = 1;

    private final Watch watch = Watch.of(Configuration.EMPTY, Configuration.EMPTY.roster(), Catalogue.load());
    private final Engine engine = new Engine(watch, new InMemory(), new Silent(), metrics -> metrics.data(),
            InstantSource.system(), line -> {
            });
    private List<List<Delivery>> batches = List.of();
    private int next;

    /// Prepares a day of events in batches.
    @Setup
    public void prepare() {
        long start = Instant.parse("2026-11-17T00:00:00Z").getEpochSecond();
        List<List<Delivery>> prepared = new ArrayList<>();
        for (int i = 0; i < Math.min(1_000, 100_000 / batch); i++) {
            List<Delivery> deliveries = new ArrayList<>();
            for (int j = 0; j < batch; j++) {
                String id = "event-" + i + "-" + j;
                deliveries.add(new Delivery(id, EventBuilder.agent().call("ec2", "DescribeInstances")
                        .at(Instant.ofEpochSecond(start + i * 86L).toString(), id).envelope()));
            }
            prepared.add(deliveries);
        }
        batches = prepared;
    }

    /// Handles one batch.
    @Benchmark
    public List<String> handle() {
        next = (next + 1) % batches.size();
        return engine.handle(batches.get(next));
    }

    private static final class Silent implements Publisher {
        @Override
        public boolean reaches(Topic topic) {
            return true;
        }

        @Override
        public void publish(Topic topic, Notice notice) {
            throw new AssertionError("an event without a finding was told");
        }

        @Override
        public void publish(Topic topic, FloodNotice notice) {
            throw new AssertionError("an event without a finding was told");
        }
    }
}
