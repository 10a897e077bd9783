package io.trailsentry.posture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudtrail.CloudTrailClient;
import software.amazon.awssdk.services.cloudtrail.model.AdvancedFieldSelector;
import software.amazon.awssdk.services.cloudtrail.model.EventSelector;
import software.amazon.awssdk.services.cloudtrail.model.GetEventSelectorsResponse;
import software.amazon.awssdk.services.cloudtrail.model.GetTrailStatusResponse;

/// The trails of an account. Immutable.
///
/// @param trails once each, those of the organization and of other Regions among them
/// @param refused why the trails of a Region are not known, by Region
record Trails(List<Trail> trails, SortedMap<String, RefusedException> refused) {
    Trails {
        trails = List.copyOf(trails);
    }

    /// One trail.
    ///
    /// @param region where it was made
    /// @param multiRegion whether it records all Regions
    /// @param globalServices whether it records services without a Region, as IAM
    /// @param state of its recording
    /// @param selectors what it records
    record Trail(String arn, String region, boolean multiRegion, boolean globalServices, Answer<State> state,
            Answer<Selectors> selectors) {
        /// Whether it logs; no as well when that is not known.
        boolean logs() {
            return state.value() != null && state.value().logging();
        }

        boolean covers(String theRegion) {
            return multiRegion || region.equals(theRegion);
        }
    }

    /// What a trail does.
    ///
    /// @param deliveryError why the last log files could not be delivered; null when they were
    record State(boolean logging, @Nullable String deliveryError) {
    }

    /// Those that log.
    List<Trail> logging() {
        return trails.stream().filter(Trail::logs).toList();
    }

    /// Asks for the trails: of all Regions in the home Region, and in each other one for those that were made for it
    /// alone.
    static Trails read(Regions regions, String home, Collection<String> others) {
        SortedMap<String, Answer<List<software.amazon.awssdk.services.cloudtrail.model.Trail>>> found = Everywhere
                .ask(others, home, region -> describe(regions, region, region.equals(home)));
        Map<String, software.amazon.awssdk.services.cloudtrail.model.Trail> byArn = new LinkedHashMap<>();
        SortedMap<String, RefusedException> refused = new TreeMap<>();
        found.forEach((region, answer) -> {
            if (answer.refusal() != null) {
                refused.put(region, answer.refusal());
            }
            if (answer.value() != null) {
                answer.value().forEach(trail -> byArn.putIfAbsent(trail.trailARN(), trail));
            }
        });
        List<Trail> trails = new ArrayList<>();
        byArn.values().forEach(trail -> trails.add(trail(regions, home, trail)));
        return new Trails(trails, refused);
    }

    private static List<software.amazon.awssdk.services.cloudtrail.model.Trail> describe(Regions regions, String region,
            boolean shadows) throws RefusedException {
        try (CloudTrailClient client = regions.client(CloudTrailClient.builder(), region)) {
            return Answers.ask(() -> client.describeTrails(request -> request.includeShadowTrails(shadows)))
                    .trailList();
        }
    }

    private static Trail trail(Regions regions, String home,
            software.amazon.awssdk.services.cloudtrail.model.Trail trail) {
        String region = trail.homeRegion() == null ? home : trail.homeRegion();
        String arn = trail.trailARN();
        // By its ARN and where it was made: by name, or elsewhere, the trail of an organization is not found.
        try (CloudTrailClient client = regions.client(CloudTrailClient.builder(), region)) {
            return new Trail(arn, region, is(trail.isMultiRegionTrail()), is(trail.includeGlobalServiceEvents()),
                    Answer.to(() -> state(Answers.ask(() -> client.getTrailStatus(request -> request.name(arn))))),
                    Answer.to(() -> selectors(
                            Answers.ask(() -> client.getEventSelectors(request -> request.trailName(arn))))));
        }
    }

    private static State state(GetTrailStatusResponse status) {
        String error = status.latestDeliveryError();
        return new State(is(status.isLogging()), error == null || error.isBlank() ? null : error);
    }

    private static Selectors selectors(GetEventSelectorsResponse response) {
        return new Selectors(response.eventSelectors().stream().map(Trails::basic).toList(),
                response.advancedEventSelectors().stream().map(selector -> new Selectors.Advanced(
                        selector.fieldSelectors().stream().map(Trails::field).toList())).toList());
    }

    private static Selectors.Basic basic(EventSelector selector) {
        // CloudTrail API reference: management events are taken, and all of them, unless it is said.
        return new Selectors.Basic(
                selector.readWriteTypeAsString() == null ? "All" : selector.readWriteTypeAsString(),
                !Boolean.FALSE.equals(selector.includeManagementEvents()),
                Set.copyOf(selector.excludeManagementEventSources()),
                selector.dataResources().stream().map(data -> new Selectors.DataResource(
                        String.valueOf(data.type()), data.values())).toList());
    }

    private static Selectors.Field field(AdvancedFieldSelector field) {
        return new Selectors.Field(String.valueOf(field.field()), field.equalsValue(), field.startsWith(),
                field.endsWith(), field.notEquals(), field.notStartsWith(), field.notEndsWith());
    }

    private static boolean is(@Nullable Boolean value) {
        return Boolean.TRUE.equals(value);
    }
}
