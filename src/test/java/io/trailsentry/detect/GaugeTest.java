package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GaugeTest {
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Principal PRINCIPAL = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/x", "x");
    /// Working for one minute of a Sunday, so that nearly all is outside.
    private static final Agent AGENT = new Agent("x", true, null, null,
            new Hours(ZoneOffset.UTC, Set.of(DayOfWeek.SUNDAY), LocalTime.of(0, 0), LocalTime.of(0, 1)), false, null,
            Set.of());

    private static Activity activity(Random random) {
        Activity activity = new Activity();
        List<String> actions = List.of("s3:GetObject", "iam:AttachRolePolicy", "ec2:RunInstances", "iam:ListUsers",
                "kms:Decrypt", "sts:AssumeRole");
        int calls = 1 + random.nextInt(120);
        for (int i = 0; i < calls; i++) {
            Sighting at = new Sighting(1_790_000_000L + random.nextInt(1_800), "e" + i);
            activity.add(Mark.CALL, at, null);
            activity.add(new Mark("denied", actions.get(random.nextInt(actions.size()))), at, null);
            activity.add(new Mark("bulk-secrets", ""), at, null);
        }
        return activity;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void gauge_atItsMost_isWhereTheDetectorFallsSilent(long seed) {
        Activity activity = activity(new Random(seed));
        for (String id : List.of("off-hours-burst", "denied-burst", "credential-access")) {
            for (Gauge gauge : gauges(id, Map.of())) {
                int most = gauge.most().applyAsInt(activity);
                boolean speaksAt = most >= 2 && speaks(id, gauge.name(), most, activity);
                assertThat(speaksAt).as("%s %s, seed %d", id, gauge.name(), seed).isEqualTo(most >= 2);
                assertThat(speaks(id, gauge.name(), Math.max(2, most + 1), activity)).isFalse();
            }
        }
    }

    @Test
    void withoutHours_noGauge_ofWhatIsOutsideThem() {
        Detector.OfRates detector = rates("off-hours-burst", Map.of());
        assertThat(detector.gauges(Agent.learned("x"), new Profile(), new Sighting(0, ""))).isEmpty();
    }

    private static List<Gauge> gauges(String id, Map<String, Map<String, Integer>> thresholds) {
        return rates(id, thresholds).gauges(AGENT, new Profile(), new Sighting(1_790_000_000L, ""));
    }

    /// Whether a detector speaks with one threshold, all others out of reach.
    private static boolean speaks(String id, String threshold, int at, Activity activity) {
        Map<String, Integer> all = new HashMap<>();
        gauges(id, Map.of()).forEach(gauge -> all.put(gauge.name(), 1_000));
        all.put(threshold, at);
        return !rates(id, Map.of(id, all)).examine(AGENT, PRINCIPAL, activity, new Profile()).isEmpty();
    }

    private static Detector.OfRates rates(String id, Map<String, Map<String, Integer>> thresholds) {
        return Detectors.of(CATALOGUE, thresholds, Map.of()).ofRates().stream()
                .filter(detector -> detector.id().equals(id)).findFirst().orElseThrow();
    }
}
