package io.trailsentry.publish.aws;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.FloodNotice;
import io.trailsentry.publish.FloodText;
import io.trailsentry.publish.Notice;
import io.trailsentry.publish.Publisher;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.SafeText;
import io.trailsentry.publish.Topic;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.MessageAttributeValue;
import software.amazon.awssdk.services.sns.model.PublishRequest;

/// Publishes to SNS topics, one form for each. Immutable and thread-safe.
///
/// SNS delivers one payload to all subscribers of a protocol, so a topic has one kind of reader. A message stays under
/// 256 KiB: the renderers see to it.
public final class SnsPublisher implements Publisher {
    private final SnsClient sns;
    private final Map<Topic, String> arns;
    private final Renderers renderers;

    /// @param sns with the time limits of calls set
    /// @param arns of the topics that are configured; a blank one counts as none
    public SnsPublisher(SnsClient sns, Map<Topic, String> arns, Renderers renderers) {
        this.sns = sns;
        this.arns = Map.copyOf(arns);
        this.renderers = renderers;
    }

    @Override
    public boolean reaches(Topic topic) {
        return !arns.getOrDefault(topic, "").isBlank();
    }

    @Override
    public void publish(Topic topic, Notice notice) throws PublishException {
        if (!reaches(topic)) {
            return;
        }
        try {
            send(topic, notice);
        } catch (RuntimeException e) {
            // Not the SDK's faults alone: whatever keeps one step from being told must not keep back the others.
            throw new PublishException("finding " + notice.finding().id() + " was not published to " + topic, e);
        }
    }

    @Override
    public void publish(Topic topic, FloodNotice notice) throws PublishException {
        if (!reaches(topic)) {
            return;
        }
        FloodText flood = renderers.flood();
        try {
            PublishRequest request = switch (topic) {
                case ALERTS -> alert(flood.subject(notice), flood.body(notice), flood.chat(notice));
                case PAGES -> PublishRequest.builder().subject(flood.pageSubject(notice)).message(flood.page(notice))
                        .messageAttributes(attributes(notice)).build();
                // It holds all that was held back, and a sum is no finding.
                case FINDINGS -> throw new IllegalArgumentException("the feed is told everything");
            };
            send(topic, request);
        } catch (RuntimeException e) {
            throw new PublishException("a summary was not published to " + topic, e);
        }
    }

    /// Publishes to a topic that is configured.
    ///
    /// @return SNS's id of the message
    /// @throws SdkException when SNS did not accept it, or it is not known whether it did
    String send(Topic topic, Notice notice) {
        PublishRequest request = switch (topic) {
            case ALERTS -> alert(notice);
            case PAGES -> page(notice);
            case FINDINGS -> finding(notice);
        };
        return send(topic, request);
    }

    /// The SDK takes any XML that comes with status 200 for SNS's word, as a page of something in between.
    private String send(Topic topic, PublishRequest request) {
        String id = sns.publish(request.toBuilder().topicArn(arns.get(topic)).build()).messageId();
        if (id == null) {
            throw SdkClientException.create("SNS did not say that it took the message");
        }
        return id;
    }

    private PublishRequest alert(Notice notice) {
        return alert(renderers.alert().subject(notice), renderers.alert().body(notice),
                renderers.chat().render(notice));
    }

    private static PublishRequest alert(String subject, String text, String chat) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("default", text);
        message.put("email", text);
        message.put("https", chat);
        return PublishRequest.builder().subject(subject).messageStructure("json").message(message.toString()).build();
    }

    private PublishRequest page(Notice notice) {
        return PublishRequest.builder().subject(renderers.page().subject(notice))
                .message(renderers.page().body(notice))
                .messageAttributes(attributes(notice.finding(), notice.finding().liveSeverity())).build();
    }

    private PublishRequest finding(Notice notice) {
        return PublishRequest.builder().message(renderers.ocsf().render(notice))
                .messageAttributes(attributes(notice.finding(), notice.finding().severity())).build();
    }

    /// SNS refuses an empty value, so what is not known is left out.
    private static Map<String, MessageAttributeValue> attributes(Finding finding, Severity severity) {
        Map<String, MessageAttributeValue> attributes = new LinkedHashMap<>();
        add(attributes, "severity", severity.label());
        add(attributes, "detector", finding.leading().detector());
        add(attributes, "agent", finding.agent());
        add(attributes, "account", finding.account());
        add(attributes, "region", finding.region());
        return attributes;
    }

    private static Map<String, MessageAttributeValue> attributes(FloodNotice notice) {
        Map<String, MessageAttributeValue> attributes = new LinkedHashMap<>();
        add(attributes, "severity", notice.held().worst().label());
        add(attributes, "detector", FloodText.most(notice.held().detectors()));
        add(attributes, "agent", FloodText.most(notice.held().agents()));
        add(attributes, "account", FloodText.most(notice.held().accounts()));
        return attributes;
    }

    private static void add(Map<String, MessageAttributeValue> attributes, String name, @Nullable String value) {
        if (value != null && !value.isBlank()) {
            attributes.put(name, MessageAttributeValue.builder().dataType("String")
                    .stringValue(SafeText.ASCII.text(value, 128)).build());
        }
    }
}
