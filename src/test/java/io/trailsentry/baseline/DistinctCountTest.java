package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.trail.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DistinctCountTest {
    private static final long HASH = 698_620_838_584L;

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

    @Test
    void write_comesBack_butForTheTwoThatTheReaderKnows() {
        Random random = Seed.random("DistinctCountTest.write", 6);
        for (int size : List.of(2, 3, 100, 1_000)) {
            List<String> ids = ids(random, size);
            DistinctCount count = new DistinctCount();
            ids.forEach(count::add);
            ByteWriter out = new ByteWriter();
            count.write(out, ids.getFirst(), ids.getLast());
            DistinctCount back = new DistinctCount();
            back.add(ids.getFirst());
            back.add(ids.getLast());
            back.read(new ByteReader(out.bytes()));
            assertThat(back.count()).isEqualTo(count.count());
            assertThat(ids.stream().filter(back::contains)).isEqualTo(ids.stream().filter(count::contains).toList());
            assertThat(out.bytes().length).isLessThanOrEqualTo(2 + 5 * Math.min(DistinctCount.KEPT, size - 2));
        }
    }

    @Test
    void beyond_isWhatIsNotKnownOtherwise() {
        DistinctCount count = new DistinctCount();
        List.of("a", "b", "c").forEach(count::add);
        assertThat(count.beyond(List.of("a", "b", "c", "d"))).isEmpty();
        DistinctCount other = new DistinctCount();
        other.addBeyond(count.beyond(List.of("b")));
        assertThat(List.of("a", "b", "c")).filteredOn(other::contains).containsExactly("a", "c");
        assertThat(other.count()).isEqualTo(2);
        assertThatThrownBy(() -> other.addBeyond("AAAA")).isInstanceOf(IllegalArgumentException.class);
    }

    /// What one that keeps fewer has forgotten must not be taken for nothing.
    @Test
    void merge_ofOneThatKeptFewer_estimatesFromAsMany() {
        List<String> ids = ids(Seed.random("DistinctCountTest.fewer", 7), 200);
        DistinctCount few = new DistinctCount(16);
        ids.forEach(few::add);
        DistinctCount many = new DistinctCount();
        ids.subList(0, 50).forEach(many::add);

        many.merge(few);

        assertThat(many.count()).isEqualTo(few.count()).isGreaterThan(100);
        DistinctCount whole = new DistinctCount();
        DistinctCount notFull = new DistinctCount(16);
        ids.forEach(whole::add);
        ids.subList(0, 15).forEach(notFull::add);
        whole.merge(notFull);
        assertThat(whole.count()).isEqualTo(200);
    }

    @Test
    void hash_isTheSameInEveryVersion() {
        assertThat(DistinctCount.hash("e0000000-0000-4000-8000-000000000001")).isEqualTo(HASH);
        assertThat(DistinctCount.hash("")).isNotNegative().isLessThan(1L << DistinctCount.BITS);
    }

    private static List<String> ids(Random random, int size) {
        List<String> ids = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            ids.add(new UUID(random.nextLong(), random.nextLong()).toString());
        }
        return ids;
    }

    @Test
    void count_isEstimatedFromTheLargestHashThatIsKept() {
        List<String> ids = ids(Seed.random("DistinctCountTest.estimated", 8), 40);
        long[] hashes = ids.stream().mapToLong(DistinctCount::hash).sorted().toArray();
        for (int kept : new int[]{3, 16, 39, 40}) {
            DistinctCount count = new DistinctCount(kept);
            ids.forEach(count::add);
            double share = hashes[kept - 1] / Math.pow(2, 40);
            assertThat(count.count()).isEqualTo((int) Math.max(kept, Math.round((kept - 1) / share)));
        }
    }
}
