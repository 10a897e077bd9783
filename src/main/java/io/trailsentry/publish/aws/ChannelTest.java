package io.trailsentry.publish.aws;

import io.trailsentry.agent.Principal;
import io.trailsentry.finding.Finding;
import io.trailsentry.publish.Columns;
import io.trailsentry.publish.Metrics;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.SafeText;
import io.trailsentry.publish.TestFinding;
import io.trailsentry.publish.Topic;
import io.trailsentry.trail.Arn;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.sns.SnsClient;

/// Sends a test through every channel, by the renderers and the publisher of the function, and tells what came back.
/// A page is resolved again, and a finding closed. Not thread-safe.
public final class ChannelTest {
    private static final int LABEL = 10;
    private static final int WIDTH = 80;
    private static final int LONGEST = 400;

    /// What is tested with.
    ///
    /// @param sns by Region
    /// @param cloudWatch in the topics' Region
    /// @param namespace of the metrics
    /// @param renderers the function's
    /// @param clock says when
    /// @param pause waits, between the page and its resolution
    public record Means(Function<String, SnsClient> sns, CloudWatchClient cloudWatch, String namespace,
            Renderers renderers, InstantSource clock, Pause pause) {
    }

    /// Waits.
    @FunctionalInterface
    public interface Pause {
        /// Waits for a time.
        void take(Duration time) throws InterruptedException;
    }

    private final Means means;
    private final Principal caller;
    private final Map<Topic, String> topics;
    private final Columns page = new Columns(LABEL, WIDTH);
    private boolean well = true;

    /// @param caller who runs the test
    /// @param topics ARNs of the topics, at least one
    public ChannelTest(Means means, Principal caller, Map<Topic, String> topics) {
        this.means = means;
        this.caller = caller;
        this.topics = Map.copyOf(topics);
    }

    /// Runs the test.
    ///
    /// @param hold how long the page stays open
    /// @param progress takes a line, without its end, before the wait
    /// @return whether everything was accepted and somebody is told of alerts
    public boolean run(Duration hold, Consumer<String> progress) throws InterruptedException {
        Finding finding = finding();
        Map<Topic, @Nullable String> sent = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
            String arn = topics.get(topic);
            if (arn != null) {
                sent.put(topic, send(topic, arn, new Notice(Notice.Kind.CREATE, finding, List.of(),
                        means.clock().instant())));
            }
        }
        metrics(region(first()));
        List<Topic> open = List.of(Topic.PAGES, Topic.FINDINGS).stream().filter(topic -> sent.get(topic) != null)
                .toList();
        if (!open.isEmpty()) {
            // SNS keeps no order; what resolves must not come before what opens.
            progress.accept("The test page stays open for " + hold.toSeconds()
                    + " s and is resolved then. If you stop now, resolve it by hand.");
            means.pause().take(hold);
            Notice closed = new Notice(Notice.Kind.SUPERSEDED, finding, List.of("the test is over"),
                    means.clock().instant());
            open.forEach(topic -> close(topic, String.valueOf(topics.get(topic)), closed));
        }
        return well;
    }

    private Finding finding() {
        String arn = first();
        Arn parts = Arn.parse(arn);
        return TestFinding.of(caller, parts == null ? caller.account() : parts.account(), region(arn),
                means.clock().instant());
    }

    private String first() {
        return Stream.of(Topic.values()).map(topics::get).filter(Objects::nonNull).findFirst().orElse("");
    }

    private static String region(String arn) {
        Arn parts = Arn.parse(arn);
        return parts == null ? "" : parts.region();
    }

    private SnsPublisher publisher(Topic topic, String arn) {
        return new SnsPublisher(means.sns().apply(region(arn)), Map.of(topic, arn), means.renderers());
    }

    /// @return the message's id; null when it was not accepted
    private @Nullable String send(Topic topic, String arn, Notice notice) {
        field(topic.name().toLowerCase(Locale.ROOT), arn);
        String id = null;
        try {
            id = publisher(topic, arn).send(topic, notice);
            field("", "sent, message " + id);
        } catch (SdkException e) {
            failed("NOT SENT: ", e, "sns:Publish", "Is TrailSentry installed in Region " + region(arn)
                    + "? The stack's outputs have the ARNs of its topics.");
        }
        try {
            subscribers(topic, arn);
        } catch (SdkException e) {
            field("", "subscribers not known: " + reason(e));
        }
        return id;
    }

    private void subscribers(Topic topic, String arn) {
        Subscribers subscribers = Subscribers.of(means.sns().apply(region(arn)), arn);
        field("", "subscribers: " + subscribers.text());
        if (!subscribers.pending().isEmpty()) {
            field("", "Who is pending gets nothing before opening the link in the message of SNS (sender "
                    + "no-reply@sns.amazonaws.com); it is good for two days.");
        }
        if (subscribers.count() == 0) {
            well &= topic != Topic.ALERTS;
            field("", "NOBODY GETS THESE MESSAGES. To subscribe: aws sns subscribe --region " + region(arn)
                    + " --topic-arn " + arn + " --protocol "
                    + (topic == Topic.FINDINGS ? "sqs" : topic == Topic.PAGES ? "https" : "email")
                    + " --notification-endpoint ADDRESS");
        }
    }

    private void metrics(String region) {
        field("metrics", "namespace " + means.namespace() + " in " + region);
        Metrics metrics = new Metrics();
        metrics.count("AlertsPublished", 0);
        try {
            new CloudWatchMetrics(means.cloudWatch(), means.namespace(), line -> {
            }, means.clock()).send(metrics.data());
            field("", "accepted");
        } catch (SdkException e) {
            failed("NOT ACCEPTED: ", e, "cloudwatch:PutMetricData", "");
        }
    }

    private void close(Topic topic, String arn, Notice notice) {
        try {
            field(topic.name().toLowerCase(Locale.ROOT), (topic == Topic.PAGES ? "resolved" : "closed") + ", message "
                    + publisher(topic, arn).send(topic, notice));
        } catch (SdkException e) {
            failed(topic + " NOT " + (topic == Topic.PAGES ? "RESOLVED" : "CLOSED") + ", do so by hand: ", e,
                    "sns:Publish", "");
        }
    }

    private void failed(String what, SdkException e, String permission, String missing) {
        well = false;
        field("", what + reason(e));
        field("", switch (code(e)) {
            case "NotFound", "NotFoundException" -> missing;
            case "AuthorizationError", "AccessDenied", "AccessDeniedException" ->
                "These credentials, " + SafeText.PLAIN.text(caller.arn(), 200) + ", need " + permission + ".";
            case "KMSAccessDenied", "KMSAccessDeniedException" -> "These credentials, "
                    + SafeText.PLAIN.text(caller.arn(), 200)
                    + ", need kms:GenerateDataKey and kms:Decrypt on the topic's key.";
            default -> e instanceof AwsServiceException service && service.statusCode() < 500
                    && !service.isThrottlingException() ? "" : "Try again in a minute.";
        });
    }

    private static String code(SdkException e) {
        return e instanceof AwsServiceException service && service.awsErrorDetails() != null
                && service.awsErrorDetails().errorCode() != null ? service.awsErrorDetails().errorCode() : "";
    }

    private static String reason(SdkException e) {
        if (!(e instanceof AwsServiceException service)) {
            return SafeText.PLAIN.text(String.valueOf(e.getMessage()), LONGEST);
        }
        String message = service.awsErrorDetails() == null ? null : service.awsErrorDetails().errorMessage();
        return SafeText.PLAIN.text((code(e).isEmpty() ? "HTTP status " + service.statusCode() : code(e))
                + (message == null ? "" : ": " + message), LONGEST);
    }

    private void field(String label, String text) {
        page.field(label, text);
    }

    /// What came back so far: lines, each with its end.
    @Override
    public String toString() {
        return page.toString();
    }
}
