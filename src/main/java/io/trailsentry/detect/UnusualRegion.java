package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.trail.ApiAction;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// `unusual-region`: a call in a Region outside the agent's list. A Region nobody watches is where intruders set up
/// compute (ATT&CK T1535).
///
/// Global services record in one Region whatever the caller's, and the events of an MCP server carry its endpoint's:
/// neither says where the agent works.
final class UnusualRegion implements Detector.OfCalls {
    private static final int READ = 40;
    private static final int WRITE = 60;
    private static final int LAUNCH = 80;
    private static final List<String> ATTACK = List.of("T1535");

    private final Catalogue catalogue;

    UnusualRegion(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    @Override
    public String id() {
        return "unusual-region";
    }

    @Override
    public List<Signal> examine(Call call) {
        Set<String> expected = call.agent().regions();
        String region = call.event().awsRegion();
        boolean optIn = call.action().equals("account:EnableRegion");
        if (optIn) {
            region = call.event().requestParameters().first("regionName");
        }
        if (expected == null || region == null || expected.contains(region) || call.event().isMcpToolCall()
                || (!optIn && isGlobal(call, region))) {
            return List.of();
        }
        Outcome outcome = Outcome.of(call.event());
        if (call.isRead() && Outcome.isNotFound(call.event())) {
            return List.of();
        }
        boolean launch = catalogue.launches(call.action());
        int score = launch || optIn ? LAUNCH : call.isRead() ? READ : WRITE;
        String did = optIn
                ? "enabled Region "
                : launch
                        ? "launched compute in "
                        : call.isRead()
                                ? "read in "
                                : "changed something in ";
        return List.of(Signals.of(this, call, outcome.worth(score, null)).target(region).attack(ATTACK)
                .says(Phrases.told(outcome, did, tried(did)) + region,
                        region + " is not among its expected Regions (" + String.join(", ", new TreeSet<>(expected))
                                + ")")
                .signal());
    }

    private static String tried(String did) {
        return did.replace("enabled", "enable").replace("launched", "launch").replace("changed", "change");
    }

    private boolean isGlobal(Call call, String region) {
        String service = ApiAction.service(call.event().eventSource());
        return catalogue.isGlobal(service) || (service.equals("sts") && region.equals("us-east-1"));
    }
}
