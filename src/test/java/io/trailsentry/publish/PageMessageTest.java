package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.Severity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PageMessageTest {
    private final PageMessage page = new PageMessage(Catalogue.load(), Draft.ACCOUNTS);

    @ParameterizedTest
    @EnumSource
    void subjectAndBody_nameTheSameState(Notice.Kind kind) throws JsonProcessingException {
        Notice notice = Draft.selfModification().notice(kind, "x");
        String state = kind == Notice.Kind.SUPERSEDED ? "OK" : "ALARM";

        assertThat(page.subject(notice)).startsWith(state + ": \"").hasSizeLessThan(100);
        assertThat(read(notice).path("NewStateValue").asText()).isEqualTo(state);
        assertThat(read(notice).path("OldStateValue").asText()).isNotEqualTo(state);
    }

    @Test
    void keys_followFindingAndSeverityAlone() throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        JsonNode first = read(draft.created());
        draft.count = 9;
        draft.headline = "did something else";
        JsonNode again = read(draft.notice(Notice.Kind.UPDATE, "x"));
        draft.liveSeverity = Severity.HIGH;
        JsonNode lower = read(draft.created());

        for (String key : new String[]{"AlarmName", "AlarmArn", "deduplication_key"}) {
            assertThat(first.path(key).asText()).as(key).contains(draft.id).endsWith("critical")
                    .isEqualTo(again.path(key).asText()).isNotEqualTo(lower.path(key).asText());
        }
    }

    @Test
    void subject_quoteInTitle_doesNotEndTheName() {
        Draft draft = Draft.selfModification();
        draft.agent = "co\"der";

        assertThat(page.subject(draft.created())).startsWith("ALARM: \"CRITICAL co'der attached")
                .endsWith("\" in sandbox us-east-1");
    }

    @Test
    void body_hasTheTypesOfACloudWatchAlarm() throws JsonProcessingException {
        JsonNode body = read(Draft.selfModification().created());

        assertThat(body.path("StateChangeTime").asText()).isEqualTo("2026-11-21T10:14:15.000+0000");
        assertThat(body.path("AWSAccountId").asText()).isEqualTo(Draft.ACCOUNT);
        assertThat(body.path("AlarmArn").asText())
                .isEqualTo("arn:aws:cloudwatch:us-east-1:111122223333:alarm:TrailSentry-3f2a9c0d41b7e865-critical");
        assertThat(body.path("AlarmActions").isArray()).isTrue();
        assertThat(body.path("Trigger").path("Dimensions").isArray()).isTrue();
        assertThat(body.path("NewStateReason").asText())
                .startsWith("coder attached an administrator policy to itself.");
    }

    @Test
    void body_lateEvent_saysSo() throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        Notice late = new Notice(Notice.Kind.CREATE, draft.finding(), java.util.List.of(), Draft.AT.plusSeconds(560))
                .arrived(new Notice.Arrival(Draft.AT, true));

        assertThat(read(late).path("description").asText())
                .contains("1 event, seen 9 min after it happened (from the trail's log files)\n");
    }

    private JsonNode read(Notice notice) throws JsonProcessingException {
        return new JsonMapper().readTree(page.body(notice));
    }
}
