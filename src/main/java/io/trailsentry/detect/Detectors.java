package io.trailsentry.detect;

import java.util.List;
import java.util.Map;

/// All detectors, in the order that decides between equal scores.
public final class Detectors {
    /// Every detector id, in that order. Part of the contract.
    public static final List<String> IDS = List.of("unusual-region", "off-hours-burst", "call-burst", "denied-burst",
            "iam-self-modification", "privilege-escalation", "destructive-action", "audit-tampering",
            "credential-access", "data-exposure", "remote-execution", "new-service", "unlisted-agent",
            "credential-leak", "perimeter-change", "agent-silent", "coverage-gap", "perimeter-drift",
            "unbounded-role");

    /// Thresholds that can be configured, with their defaults, by detector.
    public static final Map<String, Map<String, Integer>> THRESHOLDS = Map.of("off-hours-burst",
            Map.of("calls", 30, "minutes", 5));

    private final List<Detector.OfCalls> ofCalls;
    private final List<Detector.OfRates> ofRates;
    private final Catalogue catalogue;

    private Detectors(Catalogue catalogue, List<Detector.OfCalls> ofCalls, List<Detector.OfRates> ofRates) {
        this.catalogue = catalogue;
        this.ofCalls = List.copyOf(ofCalls);
        this.ofRates = List.copyOf(ofRates);
    }

    /// The detectors.
    ///
    /// @param thresholds configured ones by detector; the rest are the defaults
    public static Detectors of(Catalogue catalogue, Map<String, Map<String, Integer>> thresholds) {
        return new Detectors(catalogue,
                List.of(new UnusualRegion(catalogue), new CatalogueDetector("iam-self-modification", catalogue),
                        new UnlistedAgent()),
                List.of(new OffHoursBurst(threshold(thresholds, "off-hours-burst", "calls"),
                        threshold(thresholds, "off-hours-burst", "minutes"))));
    }

    private static int threshold(Map<String, Map<String, Integer>> configured, String detector, String name) {
        Map<String, Integer> defaults = THRESHOLDS.getOrDefault(detector, Map.of());
        Integer value = configured.getOrDefault(detector, Map.of()).getOrDefault(name, defaults.get(name));
        if (value == null) {
            throw new IllegalArgumentException(detector + " has no threshold " + name);
        }
        return value;
    }

    /// A detector's place in the order that decides between equal scores.
    public static int order(String id) {
        int order = IDS.indexOf(id);
        return order < 0 ? IDS.size() : order;
    }

    /// Those that judge calls one by one.
    public List<Detector.OfCalls> ofCalls() {
        return ofCalls;
    }

    /// Those that judge how many calls there are.
    public List<Detector.OfRates> ofRates() {
        return ofRates;
    }

    /// What they know about API actions.
    public Catalogue catalogue() {
        return catalogue;
    }
}
