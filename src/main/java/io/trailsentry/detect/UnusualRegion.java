package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.trail.ApiAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// `unusual-region`: a call in a Region outside the agent's list; without a list, in one that it never used before. A
/// Region nobody watches is where intruders set up compute (ATT&CK T1535).
///
/// Global services record in one Region whatever the caller's, and the events of an MCP server carry its endpoint's:
/// neither says where the agent works. Only a call that succeeded makes a Region usual, and each strength for itself: who
/// looks around first and launches a minute later launches in a new Region.
final class UnusualRegion implements Detector.OfCalls {
    private static final List<String> ATTACK = List.of("T1535");
    private static final Pattern REGION = Pattern.compile("[a-z]{2,4}(?:-[a-z]{2,9}){1,3}-\\d{1,2}");
    /// Some regional services answer here whatever the caller's Region.
    private static final String HOME = "us-east-1";
    /// What is left of the score for the first write, or launch, in a Region that it uses for days.
    private static final int FIRST_WRITE = 55;
    private static final int FIRST_LAUNCH = 70;
    private static final int LAUNCH_WHERE_IT_WRITES = 45;

    /// What a call does to a Region, and what that is worth outside the list and where Regions are learned.
    private enum Use {
        READ("region", 40, 25, "was never used", "read in", "read in"),
        //
        WRITE("region-write", 60, 45, "saw no write of it", "changed something in", "change something in"),
        //
        LAUNCH("region-launch", 80, 65, "saw no launch of it", "launched compute in", "launch compute in"),
        //
        OPT_IN("region", 80, 65, "was never used", "enabled Region", "enable Region");

        private final String kind;
        private final int outside;
        private final int learned;
        private final String never;
        private final String did;
        private final String tried;

        Use(String kind, int outside, int learned, String never, String did, String tried) {
            this.kind = kind;
            this.outside = outside;
            this.learned = learned;
            this.never = never;
            this.did = did;
            this.tried = tried;
        }

        Trait in(String region) {
            return new Trait(kind, region);
        }
    }

    private final Catalogue catalogue;

    UnusualRegion(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    @Override
    public String id() {
        return "unusual-region";
    }

    private Use use(Call call) {
        return call.action().equals("account:EnableRegion")
                ? Use.OPT_IN
                : catalogue.launches(call.action()) ? Use.LAUNCH : call.isRead() ? Use.READ : Use.WRITE;
    }

    /// The Region that a call says the agent works in; null when it says nothing of it.
    private @Nullable String region(Call call, Use use) {
        if (use == Use.OPT_IN) {
            return call.event().requestParameters().first("regionName");
        }
        String region = call.event().awsRegion();
        return region == null || call.event().isMcpToolCall() || isGlobal(call, region) ? null : region;
    }

    @Override
    public List<Trait> traits(Call call) {
        Use use = use(call);
        String region = region(call, use);
        if (region == null || use == Use.OPT_IN || call.channel().isService()
                || Outcome.of(call.event()) != Outcome.SUCCEEDED) {
            return List.of();
        }
        List<Trait> traits = new ArrayList<>(3);
        traits.add(Use.READ.in(region));
        if (use == Use.LAUNCH || !call.isRead()) {
            traits.add(Use.WRITE.in(region));
        }
        if (use == Use.LAUNCH) {
            traits.add(Use.LAUNCH.in(region));
        }
        return traits;
    }

    @Override
    public List<Signal> examine(Call call, Predicate<Premise> broken) {
        Set<String> expected = call.agent().regions();
        Use use = use(call);
        String region = region(call, use);
        if (region == null || (expected != null && expected.contains(region))
                || (call.isRead() && Outcome.isNotFound(call.event()))) {
            return List.of();
        }
        boolean home = use == Use.READ && region.equals(HOME);
        Premise premise = new Premise(use.in(region), Novelty.DAYS, true);
        if (expected == null && (call.channel().isService() || home || broken.test(premise)
                || !REGION.matcher(region).matches())) {
            return List.of();
        }
        Outcome outcome = Outcome.of(call.event());
        Signals signals = Signals
                .of(this, call, outcome.worth(expected == null ? use.learned : use.outside, null)).target(region)
                .attack(ATTACK);
        String what = Phrases.told(outcome, use.did, use.tried) + " " + region;
        return List.of(expected == null
                ? signals
                        .says(what,
                                region + " " + use.never + " in the " + Novelty.DAYS + " days before")
                        .premise(premise).signal()
                : signals
                        .says(what,
                                region + " is not among its expected Regions ("
                                        + String.join(", ", new TreeSet<>(expected)) + ")")
                        .signal());
    }

    @Override
    public Signal weighed(Signal signal, Premise premise, Sighting at, Profile profile) {
        Trait unseen = premise.unseen();
        Novelty novelty = Novelty.of(profile, Use.READ.kind, at, "used", "Region", "Regions");
        if (unseen.kind().equals(Use.READ.kind)
                || !profile.seenDaysBefore(Use.READ.in(unseen.value()), at, Novelty.DAYS)) {
            return novelty.weighed(signal, 100, "");
        }
        boolean wrote = profile.seenDaysBefore(Use.WRITE.in(unseen.value()), at, Novelty.DAYS);
        int percent = unseen.kind().equals(Use.WRITE.kind)
                ? FIRST_WRITE
                : wrote ? LAUNCH_WHERE_IT_WRITES : FIRST_LAUNCH;
        return novelty.weighed(signal, percent, ", though it " + (wrote ? "works" : "reads") + " there");
    }

    private boolean isGlobal(Call call, String region) {
        String service = ApiAction.service(call.event().eventSource());
        return catalogue.isGlobal(service) || (service.equals("sts") && region.equals(HOME));
    }
}
