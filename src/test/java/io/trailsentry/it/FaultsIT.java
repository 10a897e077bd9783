package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.engine.Remembered;
import io.trailsentry.it.FaultRound.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The function as it is wired, over AWS's protocols, while SNS, DynamoDB, S3 and CloudWatch throttle, fail, reset, stall,
/// answer nonsense or half, or take a request and do not say so; while it is killed or its heap is full at any call; and
/// while its clock is off. `.ci/faults` does all rounds; here some are drawn: `-Dfaults.singles=`, `-Dfaults.pairs=`,
/// `-Dfaults.seed=`.
class FaultsIT {
    private static final int SINGLES = Integer.getInteger("faults.singles", 40);
    private static final int PAIRS = Integer.getInteger("faults.pairs", 15);
    private static final long SEED = Long.getLong("faults.seed", 1);

    private static final Faults FAULTS = new Faults();

    @TempDir
    private Path folder;

    @AfterAll
    static void close() {
        FAULTS.close();
    }

    @Test
    void noFault_findsWhatReplayFinds_tellsNoStepTwice_andOnlyThePoisonIsDead() throws IOException {
        Outcome reference = FAULTS.reference();

        assertThat(reference.remembered().findings())
                .isEqualTo(Remembered.replayed(FAULTS.work().watch(), folder, FAULTS.work().events()))
                .hasSizeGreaterThan(3);
        Told.Known known = new Told.Known();
        assertThat(reference.told()).isNotEmpty().allMatch(known::take);
        assertThat(reference.dead()).containsExactly(FaultWork.POISON);
        assertThat(reference.uncounted()).isZero();
        assertThat(reference.handedBack()).isEqualTo(FaultWork.MOST_RECEIVES);
    }

    @Test
    void faultsAtDrawnCalls_nothingIsLost_andNoStepComesTwiceButAsNamed() {
        System.out.println("FaultsIT: " + SINGLES + " rounds with one fault, " + PAIRS + " with two, seed " + SEED);
        FAULTS.run(SINGLES, PAIRS, SEED);

        System.out.println(FAULTS.table());
        assertThat(FAULTS.faults()).isEmpty();
    }
}
