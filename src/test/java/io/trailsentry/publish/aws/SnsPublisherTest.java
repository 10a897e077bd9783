package io.trailsentry.publish.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.Severity;
import io.trailsentry.publish.Draft;
import io.trailsentry.publish.Publisher.PublishException;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.PublishRequest;
import software.amazon.awssdk.services.sns.model.PublishResponse;

class SnsPublisherTest {
    private static final Map<Topic, String> ARNS = Map.of(Topic.ALERTS, "arn:alerts", Topic.PAGES, "arn:pages",
            Topic.FINDINGS, "arn:findings");
    private final List<PublishRequest> published = new ArrayList<>();
    private final SnsPublisher publisher = publisher(null, ARNS);

    private SnsPublisher publisher(@Nullable RuntimeException fault, Map<Topic, String> arns) {
        return publisher(fault, arns, PublishResponse.builder().messageId("1").build());
    }

    private SnsPublisher publisher(@Nullable RuntimeException fault, Map<Topic, String> arns, PublishResponse answer) {
        return new SnsPublisher(new SnsClient() {
            @Override
            public PublishResponse publish(PublishRequest request) {
                if (fault != null) {
                    throw fault;
                }
                published.add(request);
                return answer;
            }

            @Override
            public String serviceName() {
                return "sns";
            }

            @Override
            public void close() {
            }
        }, arns, Renderers.of(Catalogue.load(), Draft.ACCOUNTS, "0.1.0"));
    }

    @Test
    void answerWithoutAMessageId_asThatOfAProxy_isNoSuccess() {
        assertThatThrownBy(() -> publisher(null, ARNS, PublishResponse.builder().build()).publish(Topic.ALERTS,
                Draft.selfModification().created())).isInstanceOf(PublishException.class);
    }

    @Test
    void alerts_holdOneStringForEachProtocolAndNoAttributes() throws Exception {
        publisher.publish(Topic.ALERTS, Draft.selfModification().created());

        PublishRequest request = published.getFirst();
        assertThat(request.topicArn()).isEqualTo("arn:alerts");
        assertThat(request.messageStructure()).isEqualTo("json");
        assertThat(request.subject()).isEqualTo(
                "CRITICAL: coder attached an administrator policy to itself (sandbox us-east-1)");
        assertThat(request.hasMessageAttributes()).isFalse();
        JsonNode message = read(request);
        assertThat(message.properties()).extracting(Map.Entry::getKey).containsExactly("default", "email", "https");
        assertThat(message).allSatisfy(form -> assertThat(form.isTextual()).isTrue());
        assertThat(message.path("default").asText()).startsWith("CRITICAL: coder").isEqualTo(
                message.path("email").asText());
        assertThat(new JsonMapper().readTree(message.path("https").asText()).path("source").asText())
                .isEqualTo("custom");
    }

    @Test
    void pages_arePlainWithAttributesOfWhatPeopleAreTold() throws Exception {
        Draft draft = Draft.selfModification();
        draft.liveSeverity = Severity.HIGH;
        publisher.publish(Topic.PAGES, draft.created());

        PublishRequest request = published.getFirst();
        assertThat(request.topicArn()).isEqualTo("arn:pages");
        assertThat(request.messageStructure()).isNull();
        assertThat(request.subject()).startsWith("ALARM: \"HIGH ");
        assertThat(read(request).path("NewStateValue").asText()).isEqualTo("ALARM");
        assertThat(attributes(request)).isEqualTo(Map.of("severity", "high", "detector", "iam-self-modification",
                "agent", "coder", "account", Draft.ACCOUNT, "region", "us-east-1"));
    }

    @Test
    void findings_areOcsfWithAttributesAndNoSubject() throws Exception {
        publisher.publish(Topic.FINDINGS, Draft.selfModification().created());

        PublishRequest request = published.getFirst();
        assertThat(request.topicArn()).isEqualTo("arn:findings");
        assertThat(request.subject()).isNull();
        assertThat(request.messageStructure()).isNull();
        assertThat(read(request).path("class_uid").asInt()).isEqualTo(2004);
        assertThat(attributes(request)).containsEntry("severity", "critical").hasSize(5);
    }

    @Test
    void attributes_unknownOrEmpty_areLeftOut() throws Exception {
        Draft draft = Draft.selfModification();
        draft.region = null;
        draft.agent = " ";
        publisher.publish(Topic.FINDINGS, draft.created());

        assertThat(attributes(published.getFirst())).containsOnlyKeys("severity", "detector", "account");
    }

    @Test
    void attributes_ofHostileText_areShortAscii() throws Exception {
        Draft draft = Draft.selfModification();
        draft.agent = "\uD83D\uDE80\u202E\n\u0000".repeat(5_000);
        publisher.publish(Topic.FINDINGS, draft.created());

        assertThat(attributes(published.getFirst()).get("agent")).matches("[ -~]{1,128}");
    }

    @Test
    void enormousFinding_staysUnderTheLimitOnEveryTopic() throws Exception {
        Draft draft = Draft.selfModification();
        String wide = "\u6F22\"\\".repeat(5_000);
        for (int i = 0; i < 400; i++) {
            Draft other = Draft.unusualRegion();
            other.eventId = "event-" + i;
            other.target = i + wide;
            other.userAgent = wide;
            other.errorMessage = wide;
            other.reason = wide;
            other.headline = wide;
            draft.others.add(other.signal());
        }
        for (Topic topic : Topic.values()) {
            publisher.publish(topic, draft.created());
        }

        assertThat(published).hasSize(3).allSatisfy(
                request -> assertThat(request.message().getBytes(StandardCharsets.UTF_8).length)
                        .isLessThan(255 * 1024));
    }

    @Test
    void fault_isToldWithoutTheMessage() {
        SdkClientException fault = SdkClientException.create("connection reset");
        SnsPublisher failing = publisher(fault, ARNS);

        assertThatThrownBy(() -> failing.publish(Topic.PAGES, Draft.selfModification().created()))
                .isInstanceOf(PublishException.class).hasCause(fault).hasMessageContaining("3f2a9c0d41b7e865")
                .hasMessageNotContaining("coder");
    }

    @Test
    void topicThatIsNotConfigured_isPassedOver() throws Exception {
        SnsPublisher one = publisher(null, Map.of(Topic.ALERTS, "arn:alerts", Topic.PAGES, " "));

        assertThat(one.reaches(Topic.ALERTS)).isTrue();
        assertThat(one.reaches(Topic.PAGES)).isFalse();
        assertThat(one.reaches(Topic.FINDINGS)).isFalse();
        one.publish(Topic.PAGES, Draft.selfModification().created());
        one.publish(Topic.FINDINGS, Draft.selfModification().created());
        assertThat(published).isEmpty();
    }

    private static Map<String, String> attributes(PublishRequest request) {
        return request.messageAttributes().entrySet().stream().collect(java.util.stream.Collectors
                .toMap(Map.Entry::getKey, attribute -> attribute.getValue().stringValue()));
    }

    private static JsonNode read(PublishRequest request) throws JsonProcessingException {
        return new JsonMapper().readTree(request.message());
    }
}
