package io.trailsentry.lab;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.DistinctCount;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.detect.Detector;
import io.trailsentry.detect.Detectors;
import io.trailsentry.detect.Outcome;
import io.trailsentry.detect.Signal;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.UserIdentity;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a history tells of one principal. Adding a call twice changes nothing and order does not matter. Not thread-safe.
final class Habits {
    private static final int QUARTER = 900;

    /// The principal; of its ARNs with and without a path, the one with.
    private Principal principal;
    final Seen all = new Seen();
    final Seen throughMcp = new Seen();
    final Values regions = new Values();
    final Values refusedRegions = new Values();
    final Values services = new Values();
    /// Ways that are a leak where only the MCP server may use the credentials.
    final Values otherChannels = new Values();
    final Values roles = new Values();
    final Values accounts = new Values();
    final Values people = new Values();
    /// Calls by UTC quarter hour since 1970.
    private final TreeMap<Long, DistinctCount> quarters = new TreeMap<>();

    Habits(Principal principal) {
        this.principal = principal;
    }

    Principal principal() {
        return principal;
    }

    SortedMap<Long, DistinctCount> quarters() {
        return quarters;
    }

    /// Whether there is enough to learn anything from: as much as the detectors want before they rely on it.
    boolean suffice() {
        return all.days() >= Profile.LEARNING_DAYS && all.calls() >= Profile.LEARNING_CALLS;
    }

    /// Notes a call of an agent that nothing is expected of, so that the detectors tell what it would have to be expected
    /// of; one without a time teaches nothing.
    void add(Call call, Detectors detectors) {
        Instant time = call.event().eventTime();
        if (time == null) {
            return;
        }
        Sighting at = new Sighting(time.getEpochSecond(), call.event().eventId());
        if (call.principal().arn().length() > principal.arn().length()) {
            principal = call.principal();
        }
        if (call.channel().equals(Channel.MCP)) {
            throughMcp.add(at);
        }
        if (call.event().isMcpToolCall()) {
            return;
        }
        all.add(at);
        quarters.computeIfAbsent(Math.floorDiv(at.second(), QUARTER), key -> new DistinctCount()).add(at.id());
        services.add(ApiAction.service(call.event().eventSource()), at);
        add(accounts, call.event().account(), at);
        UserIdentity identity = call.event().userIdentity();
        add(people, identity.onBehalfOf(), at);
        add(people, identity.sourceIdentity(), at);
        if (call.action().startsWith("sts:AssumeRole") && Outcome.of(call.event()) == Outcome.SUCCEEDED) {
            add(roles, call.event().requestParameters().first("roleArn"), at);
        }
        for (Detector.OfCalls detector : detectors.ofCalls()) {
            switch (detector.id()) {
                case "unusual-region" -> detector.examine(call).forEach(signal -> region(call, signal, at));
                case "credential-leak" -> detector.examine(call).stream()
                        .filter(signal -> call.channel().name().equals(signal.target()))
                        .forEach(signal -> otherChannels.add(call.channel().name(), at));
                default -> {
                }
            }
        }
    }

    private void region(Call call, Signal signal, Sighting at) {
        String region = signal.target();
        // Enabling a Region is no use of it.
        if (region != null && region.equals(call.event().awsRegion())) {
            (signal.outcome() == Outcome.SUCCEEDED ? regions : refusedRegions).add(region, at);
        }
    }

    private static void add(Values values, @Nullable String value, Sighting at) {
        if (value != null && !value.isBlank()) {
            values.add(value, at);
        }
    }
}
