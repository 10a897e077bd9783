package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DistinctCountTest {
    @Test
    void count_fewerThanKept_isExactWhateverTheOrder() {
        Random random = Seed.random("DistinctCountTest.exact", 3);
        for (int size = 0; size < DistinctCount.KEPT; size++) {
            List<String> ids = ids(random, size);
            List<String> order = new ArrayList<>(ids);
            order.addAll(ids.subList(0, size / 2));
            Collections.shuffle(order, random);
            DistinctCount count = new DistinctCount();
            order.forEach(count::add);
            assertThat(count.count()).isEqualTo(size);
        }
    }

    @Test
    void count_manyIds_isEstimatedWithinAFewPercent() {
        Random random = Seed.random("DistinctCountTest.estimate", 4);
        double sum = 0;
        int rounds = 0;
        for (int size : List.of(256, 300, 1_000, 5_000, 40_000)) {
            for (int round = 0; round < 10; round++) {
                DistinctCount count = new DistinctCount();
                ids(random, size).forEach(count::add);
                assertThat(count.count()).isGreaterThanOrEqualTo(DistinctCount.KEPT);
                double error = (double) count.count() / size - 1;
                assertThat(error).as("of %d", size).isBetween(-0.3, 0.3);
                sum += error * error;
                rounds++;
            }
        }
        assertThat(Math.sqrt(sum / rounds)).as("standard error").isBetween(0.01, 0.09);
    }

    @Test
    void count_idsThatDifferInOneDigit_areDistinct() {
        DistinctCount count = new DistinctCount();
        for (int i = 0; i < 10_000; i++) {
            count.add("e0000000-0000-4000-8000-" + String.format("%012d", i));
        }
        assertThat(count.count()).isBetween(7_000, 13_000);
    }

    @Test
    void merge_anyPartsInAnyOrderTwice_isTheUnion() {
        Random random = Seed.random("DistinctCountTest.merge", 5);
        for (int round = 0; round < 300; round++) {
            List<String> ids = ids(random, 1 + random.nextInt(800));
            DistinctCount whole = new DistinctCount();
            List<DistinctCount> parts = new ArrayList<>(
                    List.of(new DistinctCount(), new DistinctCount(), new DistinctCount()));
            for (String id : ids) {
                whole.add(id);
                parts.get(random.nextInt(3)).add(id);
                parts.get(random.nextInt(3)).add(id);
            }
            Collections.shuffle(parts, random);
            DistinctCount merged = parts.getFirst().copy();
            parts.forEach(merged::merge);
            assertThat(merged.count()).isEqualTo(whole.count());
            merged.merge(whole);
            merged.merge(merged);
            whole.merge(new DistinctCount());
            assertThat(merged.count()).isEqualTo(whole.count());
        }
    }

    @Test
    void copy_sharesNothing() {
        DistinctCount count = new DistinctCount();
        count.add("a");
        DistinctCount copy = count.copy();
        copy.add("b");
        assertThat(count.count()).isEqualTo(1);
        assertThat(copy.count()).isEqualTo(2);
    }

    private static List<String> ids(Random random, int size) {
        List<String> ids = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            ids.add(new UUID(random.nextLong(), random.nextLong()).toString());
        }
        return ids;
    }
}
