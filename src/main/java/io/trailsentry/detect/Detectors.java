package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.trail.Memo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/// All detectors, in the order that decides between equal scores.
public final class Detectors {
    /// Every detector id, in that order. Part of the contract.
    public static final List<String> IDS = List.of("unusual-region", "off-hours-burst", "call-burst", "denied-burst",
            "iam-self-modification", "privilege-escalation", "destructive-action", "audit-tampering",
            "credential-access", "data-exposure", "remote-execution", "new-service", "unlisted-agent",
            "credential-leak", "perimeter-change", "agent-silent", "coverage-gap", "perimeter-drift",
            "unbounded-role");

    /// The detectors whose findings are about a state, which an audit looks at, not about calls.
    private static final Set<String> OF_STATE = Set.of("agent-silent", "coverage-gap", "perimeter-drift",
            "unbounded-role");

    /// The detector of what is merely new.
    public static final String NEW_SERVICE = NewService.ID;

    /// Thresholds that can be configured, with their defaults, by detector.
    public static final Map<String, Map<String, Integer>> THRESHOLDS = Map.of("off-hours-burst",
            Map.of("calls", OffHoursBurst.CALLS, "minutes", 5), "call-burst", Map.of("calls", 30),
            "denied-burst", Map.of("actions", 4, "attempts", 10, "minutes", 10, "iam-reads", 8, "regions", 5),
            "data-exposure",
            Map.of("objects", 200, "minutes", 5), "credential-access", Map.of("secrets", 20, "minutes", 5));

    /// Detectors whose knowledge is all in the catalogue.
    private static final List<String> BY_CATALOGUE = List.of("iam-self-modification", "privilege-escalation",
            "destructive-action", "audit-tampering", "credential-access", "data-exposure", "remote-execution");
    private static final Set<String> OBJECT_READS = Set.of("s3:getobject");
    private static final Set<String> SECRET_READS = Set.of("secretsmanager:getsecretvalue",
            "secretsmanager:batchgetsecretvalue", "ssm:getparameter", "ssm:getparameters", "ssm:getparametersbypath");

    private final List<Detector.OfCalls> ofCalls;
    private final List<Detector.OfRates> ofRates;
    private final PerimeterChange perimeterChange;
    private final MonitorChange monitorChange;
    private final Catalogue catalogue;
    private final Memo<Glance.Kind, Optional<Glance>> glances = new Memo<>(kind -> Glance.at(kind.call(), this));

    private Detectors(Catalogue catalogue, List<Detector.OfCalls> ofCalls, List<Detector.OfRates> ofRates) {
        this.catalogue = catalogue;
        this.ofCalls = List.copyOf(ofCalls);
        this.ofRates = List.copyOf(ofRates);
        this.perimeterChange = new PerimeterChange(catalogue);
        this.monitorChange = new MonitorChange(catalogue);
    }

    /// The detectors.
    ///
    /// @param thresholds configured ones by detector; the rest are the defaults
    /// @param environments environment of each account, by id
    public static Detectors of(Catalogue catalogue, Map<String, Map<String, Integer>> thresholds,
            Map<String, String> environments) {
        ToIntBiFunction<String, String> threshold = (detector, name) -> threshold(thresholds, detector, name);
        List<Detector.OfCalls> ofCalls = new ArrayList<>();
        ofCalls.add(new UnusualRegion(catalogue));
        BY_CATALOGUE.forEach(id -> ofCalls.add(new CatalogueDetector(id, catalogue)));
        ofCalls.add(new AssumedRole());
        ofCalls.add(new NewService());
        ofCalls.add(new UnlistedAgent());
        ofCalls.add(new CredentialLeak(environments));
        ofCalls.add(new NewPlace(environments));
        List<Detector.OfRates> ofRates = List.of(
                new OffHoursBurst(threshold.applyAsInt("off-hours-burst", "calls"),
                        threshold.applyAsInt("off-hours-burst", "minutes")),
                new CallBurst(threshold.applyAsInt("call-burst", "calls")),
                new DeniedBurst(catalogue, threshold.applyAsInt("denied-burst", "actions"),
                        threshold.applyAsInt("denied-burst", "attempts"),
                        threshold.applyAsInt("denied-burst", "minutes"),
                        threshold.applyAsInt("denied-burst", "iam-reads"),
                        threshold.applyAsInt("denied-burst", "regions")),
                new BulkReads("data-exposure", OBJECT_READS, "objects",
                        threshold.applyAsInt("data-exposure", "objects"),
                        threshold.applyAsInt("data-exposure", "minutes"), List.of("T1530")),
                new BulkReads("credential-access", SECRET_READS, "secrets",
                        threshold.applyAsInt("credential-access", "secrets"),
                        threshold.applyAsInt("credential-access", "minutes"), List.of("T1555.006")));
        return new Detectors(catalogue, ofCalls, ofRates);
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

    /// Whether a detector's findings are about a state that an audit found, not about calls.
    public static boolean isOfState(String id) {
        return OF_STATE.contains(id);
    }

    /// Those that judge calls one by one.
    public List<Detector.OfCalls> ofCalls() {
        return ofCalls;
    }

    /// Those that judge how many calls there are.
    public List<Detector.OfRates> ofRates() {
        return ofRates;
    }

    /// The one that judges what others do to an agent.
    public PerimeterChange perimeterChange() {
        return perimeterChange;
    }

    /// The one that judges what anybody does to the audit trail and to TrailSentry.
    public MonitorChange monitorChange() {
        return monitorChange;
    }

    /// What a call counts as: an MCP tool call as nothing, the calls it made do.
    public List<Mark> marks(Call call) {
        if (call.event().isMcpToolCall()) {
            return List.of();
        }
        List<Mark> marks = new ArrayList<>(3);
        marks.add(Mark.CALL);
        for (Detector.OfRates detector : ofRates) {
            for (Mark mark : detector.marks(call)) {
                if (!marks.contains(mark)) {
                    marks.add(mark);
                }
            }
        }
        return marks;
    }

    /// What an ordinary call shows, without looking at it again, once another one like it was looked at; null for any other
    /// call.
    public @Nullable Glance glance(Call call) {
        Glance.Kind kind = Glance.kind(call, catalogue);
        return kind == null ? null : glances.of(kind, kind.length()).orElse(null);
    }

    /// What is remembered of a call, so that a later signal can say that something is new.
    public List<Trait> traits(Call call) {
        List<Trait> traits = new ArrayList<>(Traits.of(call));
        for (Detector.OfCalls detector : ofCalls) {
            traits.addAll(detector.traits(call));
        }
        return traits;
    }

    /// A signal that holds for something new, as it is worth given what its agent did before; any other as it is.
    ///
    /// While too little was learned, a signal that only what was learned supports is worth [Signal#LEARNING] at most.
    public Signal weighed(Signal signal, Profile profile) {
        Premise premise = signal.premise();
        Sighting at = signal.at();
        if (premise == null || at == null) {
            return signal;
        }
        Profile.Experience experience = profile.experience(at);
        if (premise.learned() && !experience.isEnough()) {
            return signal.with(Math.min(signal.score(), Signal.LEARNING), "; still learning ("
                    + Math.min(experience.days(), Profile.LEARNING_DAYS) + " of " + Profile.LEARNING_DAYS + " days, "
                    + Math.min(experience.calls(), Profile.LEARNING_CALLS) + " of " + Profile.LEARNING_CALLS
                    + " calls)");
        }
        Signal weighed = signal;
        for (Detector.OfCalls detector : ofCalls) {
            if (detector.id().equals(signal.detector())) {
                weighed = detector.weighed(weighed, premise, at, profile);
            }
        }
        return weighed;
    }

    /// What they know about API actions.
    public Catalogue catalogue() {
        return catalogue;
    }
}
