package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Activity;
import io.trailsentry.baseline.Activity.Variety;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Minutes.Burst;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Signal.Window;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.Denial;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// `denied-burst`: an agent that knocks on doors, or looks into every room. Refusals on several actions, or many on one
/// that the catalogue lists; and, worth less, many IAM reads or many Regions in a minute. A thing that is not there and a
/// call that is throttled do not count, nor does what a service tries for the agent.
final class DeniedBurst implements Detector.OfRates {
    private static final String DENIED = "denied";
    private static final String IAM_READS = "iam-reads";
    private static final String REGIONS = "regions";
    private static final int KNOCK = 50;
    private static final int SWEEP = 30;
    private static final int SWEEP_SECONDS = 60;
    private static final int SHOWN = 5;
    private static final List<String> KNOCKING = List.of("T1580", "T1526");
    private static final List<String> SWEEPING = List.of("T1087.004", "T1580");

    private final Catalogue catalogue;
    private final int actions;
    private final int attempts;
    private final int minutes;
    private final int iamReads;
    private final int regions;

    /// @param actions distinct refused actions that are a burst
    /// @param attempts refusals of one listed action that are a burst
    /// @param minutes length of the window for both
    /// @param iamReads distinct IAM reads in a minute that are a sweep
    /// @param regions Regions in a minute that are a sweep
    DeniedBurst(Catalogue catalogue, int actions, int attempts, int minutes, int iamReads, int regions) {
        this.catalogue = catalogue;
        this.actions = actions;
        this.attempts = attempts;
        this.minutes = minutes;
        this.iamReads = iamReads;
        this.regions = regions;
    }

    @Override
    public String id() {
        return "denied-burst";
    }

    @Override
    public int minutes() {
        return Math.max(minutes, SWEEP_SECONDS / 60);
    }

    @Override
    public List<Mark> marks(Call call) {
        if (call.channel().isService()) {
            return List.of();
        }
        List<Mark> marks = new ArrayList<>(2);
        String service = ApiAction.service(call.event().eventSource());
        if (Denial.isDenied(call.event().errorCode())) {
            marks.add(new Mark(DENIED, call.action()));
        }
        if (service.equals("iam") && call.isRead()) {
            marks.add(new Mark(IAM_READS, call.action()));
        }
        String region = call.event().awsRegion();
        if (region != null && !catalogue.isGlobal(service) && !service.equals("sts")) {
            marks.add(new Mark(REGIONS, region));
        }
        return marks;
    }

    @Override
    public List<Signal> examine(Agent agent, Principal principal, Activity activity, Profile profile) {
        List<Signal> signals = new ArrayList<>();
        for (Variety knock : activity.varieties(DENIED, minutes * 60, actions)) {
            signals.add(signal(principal, knock, Signals.grown(KNOCK, knock.values().size(), actions), Outcome.DENIED,
                    "was refused " + knock.values().size() + " different actions",
                    knock.values().size() + " actions were refused within " + minutes + " min, where " + actions
                            + " are a burst: " + shown(knock.values()),
                    KNOCKING));
        }
        activity.of(DENIED).forEach((action, denied) -> {
            if (catalogue.find(action) != null) {
                for (Burst burst : denied.bursts(minutes, attempts, minute -> true)) {
                    signals.add(Signals.ofWindow(this, Signals.grown(KNOCK, burst.peak(), attempts), Outcome.DENIED,
                            principal, "was refused " + action + " " + burst.count() + " times",
                            burst.peak() + " refusals of " + action + " within " + minutes + " min, where " + attempts
                                    + " are a burst",
                            KNOCKING, burst.crossing(), burst.region(),
                            new Window(burst.first(), burst.last(), burst.count())));
                }
            }
        });
        for (Variety sweep : activity.varieties(IAM_READS, SWEEP_SECONDS, iamReads)) {
            signals.add(signal(principal, sweep, SWEEP, Outcome.SUCCEEDED, "looked through IAM",
                    sweep.values().size() + " different IAM reads within " + SWEEP_SECONDS + " s, where " + iamReads
                            + " are a sweep: " + shown(sweep.values()),
                    SWEEPING));
        }
        for (Variety sweep : activity.varieties(REGIONS, SWEEP_SECONDS, regions)) {
            signals.add(signal(principal, sweep, SWEEP, Outcome.SUCCEEDED,
                    "went through " + sweep.values().size() + " Regions",
                    sweep.values().size() + " Regions within " + SWEEP_SECONDS + " s, where " + regions
                            + " are a sweep: " + shown(sweep.values()),
                    SWEEPING));
        }
        return signals;
    }

    @Override
    public List<Gauge> gauges(Agent agent, Profile profile, Sighting at) {
        return List.of(gauge("actions", actions, minutes, activity -> Gauge.variety(activity, DENIED, minutes * 60)),
                gauge("attempts", attempts, minutes, activity -> activity.of(DENIED).entrySet().stream()
                        .filter(denied -> catalogue.find(denied.getKey()) != null)
                        .mapToInt(denied -> Gauge.peak(denied.getValue(), minutes, minute -> true)).max().orElse(0)),
                gauge("iam-reads", iamReads, 1, activity -> Gauge.variety(activity, IAM_READS, SWEEP_SECONDS)),
                gauge("regions", regions, 1, activity -> Gauge.variety(activity, REGIONS, SWEEP_SECONDS)));
    }

    private static Gauge gauge(String name, int threshold, int minutes, ToIntFunction<Activity> most) {
        return new Gauge(name, threshold, minutes, minute -> true, most);
    }

    private Signal signal(Principal principal, Variety variety, int score, Outcome outcome, String what, String why,
            List<String> attack) {
        return Signals.ofWindow(this, score, outcome, principal, what, why, attack, variety.crossing(),
                variety.region(), new Window(variety.first(), variety.last(), variety.count()));
    }

    private static String shown(List<String> values) {
        return values.stream().limit(SHOWN).collect(Collectors.joining(", "))
                + (values.size() > SHOWN ? " and " + (values.size() - SHOWN) + " more" : "");
    }
}
