package io.trailsentry.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.detect.Catalogue;
import org.junit.jupiter.api.Test;

class PrimingTest {
    @Test
    void run_goesAllTheWay_withoutAWS_eachTimeAlike() {
        Priming priming = new Priming(Catalogue.load(), "test");
        int requests = priming.run();
        assertThat(requests).isGreaterThanOrEqualTo(6);
        assertThat(priming.run()).isEqualTo(requests);
    }
}
