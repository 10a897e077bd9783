package io.trailsentry.posture;

import io.trailsentry.posture.Selectors.Extent;
import io.trailsentry.posture.Selectors.Management;
import io.trailsentry.posture.Trails.Trail;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Judges the trails of an account, all that log together: EventBridge delivers an event that any of them records. Pure.
final class TrailCoverage {
    private static final String NO_TRAIL = "Without a trail that logs, EventBridge delivers no event, so nothing is seen.";
    private static final String ACTIONS = "cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus and "
            + "cloudtrail:GetEventSelectors";

    private final Subject account;
    private final Set<String> regions;
    private final Trails trails;
    private final List<Trail> logging;

    private TrailCoverage(Subject account, Collection<String> regions, Trails trails) {
        this.account = account;
        this.regions = new TreeSet<>(regions);
        this.trails = trails;
        this.logging = trails.logging();
    }

    /// One check for each rule of trails, and one more for each that cannot deliver its files.
    static List<Check> judge(Subject account, Collection<String> regions, Trails trails) {
        TrailCoverage coverage = new TrailCoverage(account, regions, trails);
        List<Check> checks = new ArrayList<>();
        checks.add(coverage.logs());
        if (coverage.logging.isEmpty()) {
            for (Rule rule : List.of(Rule.TRAIL_MULTI_REGION, Rule.TRAIL_MANAGEMENT_EVENTS,
                    Rule.TRAIL_GLOBAL_SERVICES)) {
                checks.add(Check.unknown(rule, account, null, "cannot be checked: " + rule.title(),
                        "No trail is known to log, which is to be mended first.", ""));
            }
        } else {
            checks.add(coverage.regions());
            checks.add(coverage.management());
            checks.add(coverage.global());
            coverage.delivery(checks);
        }
        return List.copyOf(checks);
    }

    private Check logs() {
        if (!logging.isEmpty()) {
            return Check.ok(Rule.TRAIL_LOGS, account, null,
                    "has " + logging.size() + (logging.size() == 1 ? " trail that logs" : " trails that log"));
        }
        RefusedException refusal = refusal(trails.trails());
        if (refusal != null) {
            return Check.refused(Rule.TRAIL_LOGS, account, null, refusal, Faults.mend(ACTIONS));
        }
        String mend = trails.trails().stream()
                .min((a, b) -> Boolean.compare(b.multiRegion(), a.multiRegion()))
                .map(trail -> "Run `aws cloudtrail start-logging --region " + trail.region() + " --name " + trail.arn()
                        + "`.")
                .orElse("Deploy with CreateTrail=yes: `sam deploy --guided`.");
        return Check.failure(Rule.TRAIL_LOGS, account, 85, null, "has no trail that logs", NO_TRAIL, mend);
    }

    /// The first refusal that could hide what would be enough; null when there is none.
    private @Nullable RefusedException refusal(Collection<Trail> asked) {
        return Stream.concat(trails.refused().values().stream(),
                asked.stream().flatMap(trail -> Stream.of(trail.state().refusal(),
                        trail.selectors().refusal())).filter(refused -> refused != null))
                .findFirst().orElse(null);
    }

    private Check regions() {
        Set<String> dark = new TreeSet<>(regions);
        dark.removeIf(region -> logging.stream().anyMatch(trail -> trail.covers(region)));
        if (dark.isEmpty()) {
            return Check.ok(Rule.TRAIL_MULTI_REGION, account, null, "has a trail that logs for every watched Region");
        }
        RefusedException refusal = refusal(trails.trails());
        return refusal != null
                ? Check.refused(Rule.TRAIL_MULTI_REGION, account, null, refusal, Faults.mend(ACTIONS))
                : Check.failure(Rule.TRAIL_MULTI_REGION, account, 80, null,
                        "has no trail that logs for " + Faults.names(dark),
                        "EventBridge delivers calls of a Region only where a trail of that Region logs.",
                        "Run `aws cloudtrail update-trail --region " + logging.getFirst().region() + " --name "
                                + logging.getFirst().arn() + " --is-multi-region-trail`.");
    }

    private Check management() {
        Faults faults = new Faults(Rule.TRAIL_MANAGEMENT_EVENTS, account, null);
        Set<String> noReads = new TreeSet<>();
        Set<String> noWrites = new TreeSet<>();
        Set<String> partly = new TreeSet<>();
        Set<String> excluded = new TreeSet<>();
        for (String region : regions) {
            if (logging.stream().noneMatch(trail -> trail.covers(region))) {
                continue; // That it has no trail is told by the rule above.
            }
            for (boolean reads : new boolean[]{true, false}) {
                Management recorded = recorded(region, reads);
                switch (recorded.extent()) {
                    case NONE -> (reads ? noReads : noWrites).add(region);
                    case PARTLY -> partly.add(region);
                    case ALL -> excluded.addAll(recorded.excluded());
                }
            }
        }
        RefusedException refusal = refusal(logging);
        Set<String> blind = new TreeSet<>(excluded);
        blind.removeAll(Selectors.NOISY);
        if (refusal != null && !(noReads.isEmpty() && noWrites.isEmpty() && partly.isEmpty() && blind.isEmpty())) {
            faults.refused(refusal, ACTIONS);
            return faults.check("");
        }
        String mend = "Run `aws cloudtrail put-event-selectors --region " + logging.getFirst().region()
                + " --trail-name " + logging.getFirst().arn() + " --advanced-event-selectors "
                + "'[{\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]}]}]'`, with those of "
                + "its data events added, because it replaces what `aws cloudtrail get-event-selectors` shows.";
        if (!noReads.isEmpty()) {
            faults.failure(60, "does not record read-only calls in " + Faults.names(noReads),
                    "Looking around before an attack is made of read-only calls, and none of them comes.", mend);
        }
        if (!noWrites.isEmpty()) {
            faults.failure(85, "does not record calls that change something in " + Faults.names(noWrites),
                    "What an agent changes there is not seen.", mend);
        }
        if (!blind.isEmpty()) {
            faults.failure(60, "leaves out the management events of " + Faults.names(blind),
                    "Calls of these services are not seen.", mend);
        }
        if (!partly.isEmpty()) {
            faults.unknown("records a part of the management events in " + Faults.names(partly),
                    "What the selectors leave out depends on more than the kind of event.",
                    "Look at `aws cloudtrail get-event-selectors --region " + logging.getFirst().region()
                            + " --trail-name " + logging.getFirst().arn() + "`.");
        }
        return faults.check("records management events, reads and writes"
                + (excluded.isEmpty() ? "" : ", but for those of " + Faults.names(excluded)));
    }

    private Management recorded(String region, boolean reads) {
        Management recorded = new Management(Extent.NONE, Set.of());
        for (Trail trail : logging) {
            Selectors selectors = trail.selectors().value();
            if (selectors != null && trail.covers(region)) {
                recorded = recorded.or(selectors.management(reads));
            }
        }
        return recorded;
    }

    private Check global() {
        if (logging.stream().anyMatch(Trail::globalServices)) {
            return Check.ok(Rule.TRAIL_GLOBAL_SERVICES, account, null, "records global services such as IAM");
        }
        RefusedException refusal = refusal(trails.trails());
        return refusal != null
                ? Check.refused(Rule.TRAIL_GLOBAL_SERVICES, account, null, refusal, Faults.mend(ACTIONS))
                : Check.failure(Rule.TRAIL_GLOBAL_SERVICES, account, 80, null, "does not record global services",
                        "Changes in IAM are events of a global service, and they are not seen.",
                        "Run `aws cloudtrail update-trail --region " + logging.getFirst().region() + " --name "
                                + logging.getFirst().arn() + " --include-global-service-events`.");
    }

    private void delivery(List<Check> checks) {
        for (Trail trail : logging) {
            Trails.State state = trail.state().value();
            String error = state == null ? null : state.deliveryError();
            if (error != null) {
                checks.add(Check.warning(Rule.TRAIL_LOGS, account, 35, trail.arn(),
                        "has a trail that cannot deliver its log files: " + Faults.names(List.of(error)),
                        "The log files are the evidence, and bring what EventBridge did not.",
                        "Let the trail write into its bucket: `aws cloudtrail get-trail --region " + trail.region()
                                + " --name " + trail.arn() + "` names it and its key."));
            }
        }
    }
}
