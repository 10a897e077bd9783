package io.trailsentry.publish;

import io.trailsentry.detect.Evidence;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where a reader finds more. Built only from parts that have a known form, never from what an agent can choose.
final class Links {
    /// Where the runbooks are read; each is named after its detector.
    static final String RUNBOOKS = "https://github.com/trailsentry/trailsentry/blob/main/docs/runbooks/";

    private static final Pattern REGION = Pattern.compile("[a-z]{2,4}(?:-[a-z]{2,10}){1,3}-\\d{1,2}");
    private static final Pattern EVENT_ID = Pattern.compile("\\p{XDigit}{8}(?:-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    private Links() {
    }

    /// The runbook of a detector.
    static String runbook(String detector) {
        return RUNBOOKS + detector + ".md";
    }

    /// The event in CloudTrail's console, which belongs to the Region's own partition; null when the event has no id
    /// or Region of CloudTrail's form, or the partition's console is not public.
    static @Nullable String event(Evidence evidence) {
        String region = region(evidence.awsRegion());
        String host = region == null ? null : console(region);
        return host == null || !isEventId(evidence.eventId())
                ? null
                : "https://" + region + "." + host + "/cloudtrailv2/home?region=" + region + "#/events/"
                        + evidence.eventId();
    }

    /// A Region's name, or null for a text that cannot be one.
    static @Nullable String region(@Nullable String text) {
        return text != null && REGION.matcher(text).matches() ? text : null;
    }

    /// Whether an id is CloudTrail's own, by which an event can be looked up.
    static boolean isEventId(String text) {
        return EVENT_ID.matcher(text).matches();
    }

    /// The partition of a Region's name; null for one whose console and endpoints are not public.
    static @Nullable String partition(String region) {
        if (region.startsWith("cn-")) {
            return "aws-cn";
        }
        if (region.startsWith("us-gov-")) {
            return "aws-us-gov";
        }
        return region.startsWith("eusc-") || region.contains("-iso") ? null : "aws";
    }

    private static @Nullable String console(String region) {
        String partition = partition(region);
        return partition == null
                ? null
                : switch (partition) {
                    case "aws-cn" -> "console.amazonaws.cn";
                    case "aws-us-gov" -> "console.amazonaws-us-gov.com";
                    default -> "console.aws.amazon.com";
                };
    }
}
