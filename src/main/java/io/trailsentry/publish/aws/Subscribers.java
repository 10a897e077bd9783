package io.trailsentry.publish.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.ListSubscriptionsByTopicResponse;
import software.amazon.awssdk.services.sns.model.Subscription;

/// Who is subscribed to a topic.
///
/// @param confirmed how many get its messages, by protocol
/// @param pending those who have yet to confirm, by protocol, with no more of their addresses than tells one from another
/// @param more whether there are more than were looked at
public record Subscribers(Map<String, Integer> confirmed, List<String> pending, boolean more) {
    /// SNS gives a hundred at a time.
    private static final int MOST_PAGES = 10;
    private static final Pattern EMAIL = Pattern.compile("(.).*@(.).*(\\.[^.@]+)");
    private static final Pattern URL = Pattern.compile("(https?://)(?:[^/?#]*@)?([^/?#@]+).*");

    /// Copies the collections.
    public Subscribers {
        confirmed = Map.copyOf(confirmed);
        pending = List.copyOf(pending);
    }

    /// Asks SNS, for a thousand at most.
    ///
    /// @throws software.amazon.awssdk.core.exception.SdkException when it does not answer
    public static Subscribers of(SnsClient sns, String topicArn) {
        Map<String, Integer> confirmed = new TreeMap<>();
        List<String> pending = new ArrayList<>();
        String next = null;
        for (int page = 0; page < MOST_PAGES && (page == 0 || next != null); page++) {
            @Nullable
            String token = next;
            ListSubscriptionsByTopicResponse found = sns
                    .listSubscriptionsByTopic(request -> request.topicArn(topicArn).nextToken(token));
            for (Subscription subscription : found.subscriptions()) {
                // "PendingConfirmation" stands where the ARN will, "Deleted" where it was.
                if (subscription.subscriptionArn().startsWith("arn:")) {
                    confirmed.merge(subscription.protocol(), 1, Integer::sum);
                } else if (subscription.subscriptionArn().startsWith("Pending")) {
                    pending.add(subscription.protocol() + " " + masked(subscription.endpoint()));
                }
            }
            next = found.nextToken();
        }
        return new Subscribers(confirmed, pending, next != null);
    }

    /// `d***@e***.com`, `https://events.example.com/***`, `+***89`.
    static String masked(@Nullable String endpoint) {
        String address = endpoint == null ? "" : endpoint;
        Matcher email = EMAIL.matcher(address);
        Matcher url = URL.matcher(address);
        if (url.matches()) {
            return url.group(1) + url.group(2) + "/***";
        }
        if (email.matches()) {
            return email.group(1) + "***@" + email.group(2) + "***" + email.group(3);
        }
        return address.startsWith("arn:")
                ? address.substring(0, address.lastIndexOf(':') + 1) + "***"
                : "***" + address.substring(Math.max(0, address.length() - 2));
    }

    /// How many get the topic's messages.
    public int count() {
        return confirmed.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// The protocols of those who have yet to confirm.
    public List<String> pendingProtocols() {
        return pending.stream().map(subscriber -> subscriber.substring(0, subscriber.indexOf(' '))).toList();
    }

    /// As in `2 confirmed (email 1, https 1), 1 pending (email d***@e***.com)`.
    String text() {
        String by = new TreeMap<>(confirmed).entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue()).collect(Collectors.joining(", ", " (", ")"));
        return (more ? "at least " : "") + count() + " confirmed" + (confirmed.isEmpty() ? "" : by)
                + (pending.isEmpty() ? "" : ", " + pending.size() + " pending (" + String.join(", ", pending) + ")");
    }
}
