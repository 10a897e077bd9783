package io.trailsentry.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.memory.Memory;
import io.trailsentry.memory.StoredMemory;
import io.trailsentry.memory.Stores;
import io.trailsentry.memory.dynamodb.FakeDynamoDb;
import io.trailsentry.memory.dynamodb.Forms;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever way events take through two functions, from EventBridge, from the trail's log files or from both, doubled,
/// shuffled, split, late by up to a day, with functions killed between any two effects: what is counted and found in the end is what `replay` finds, and nobody is told a step twice but
/// where a function was killed between telling and noting it.
class SchedulesTest {
    /// First seed, and how many: `-Dschedules.seed=`, `-Dschedules.count=`.
    private static final long FIRST = Long.getLong("schedules.seed", 1);
    private static final int COUNT = Integer.getInteger("schedules.count", 400);

    @TempDir
    private Path folder;

    @Test
    void inMemory_everySchedule_endsAsReplay() throws Exception {
        run(COUNT, steps -> new StoredMemory(new SteppingStore(Stores.heap(), steps)));
    }

    @Test
    void dynamoDb_everySchedule_endsAsReplay() throws Exception {
        run(COUNT, steps -> Forms.dynamoDb(new FakeDynamoDb(), store -> new SteppingStore(store, steps)));
    }

    private void run(int count, Function<Schedule.Steps, Memory> memory) throws Exception {
        System.out.println("SchedulesTest: seeds " + FIRST + " to " + (FIRST + count - 1));
        Summary all = new Summary();
        for (long seed : LongStream.range(FIRST, FIRST + count).toArray()) {
            Schedule schedule = new Schedule(new Random(seed), folder, seed % 2 == 0);
            schedule.run(memory);
            assertThat(schedule.faults()).as("seed %d", seed).isEmpty();
            all.add(schedule);
        }
        assertThat(all.findings).isGreaterThan(count);
        assertThat(all.kills).isGreaterThan(count / 4);
        assertThat(all.summaries).isGreaterThan(count / 4);
        System.out.println("SchedulesTest: " + all);
    }

    private static final class Summary {
        private int findings;
        private int kills;
        private int summaries;
        private int steps;
        private int overtaken;

        void add(Schedule schedule) {
            findings += schedule.findings();
            kills += schedule.kills();
            summaries += schedule.summaries();
            steps += schedule.steps();
            overtaken += schedule.overtaken();
        }

        @Override
        public String toString() {
            return findings + " findings, " + steps + " effects, " + overtaken + " overtaken commits, "
                    + summaries + " summaries, " + kills + " kills";
        }
    }
}
