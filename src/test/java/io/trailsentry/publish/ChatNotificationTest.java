package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.detect.Catalogue;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ChatNotificationTest {
    private final ChatNotification chat = new ChatNotification(Catalogue.load(), Draft.ACCOUNTS);

    @Test
    void render_isWhatAmazonQTakes() throws JsonProcessingException {
        JsonNode message = read(Draft.selfModification().created());

        assertThat(message.path("version").asText()).isEqualTo("1.0");
        assertThat(message.path("source").asText()).isEqualTo("custom");
        assertThat(message.at("/content/textType").asText()).isEqualTo("client-markdown");
        assertThat(message.at("/content/description").asText()).isNotEmpty().hasSizeLessThan(1_500);
        assertThat(message.at("/content/title").asText()).hasSizeLessThan(250);
        message.at("/metadata/additionalContext").forEach(value -> assertThat(value.isTextual()).isTrue());
    }

    @Test
    void render_everyStep_hasItsOwnIdInOneThread() throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        JsonNode first = read(draft.created());
        JsonNode last = read(draft.notice(Notice.Kind.CLOSE, "events grew from 1 to 7"));

        assertThat(first.path("id")).isNotEqualTo(last.path("id"));
        assertThat(Arrays.asList(first, last)).extracting(message -> message.at("/metadata/threadId").asText())
                .containsOnly(draft.id);
        assertThat(last.at("/content/description").asText()).startsWith("*Changed* events grew from 1 to 7\n");
        assertThat(last.at("/content/nextSteps")).isEmpty();
    }

    @Test
    void render_sameStepAgain_isTheSame() {
        assertThat(chat.render(Draft.unusualRegion().created()))
                .isEqualTo(chat.render(Draft.unusualRegion().created()));
    }

    @Test
    void render_lateEvent_saysSo() throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        Notice late = new Notice(Notice.Kind.CREATE, draft.finding(), java.util.List.of(), Draft.AT.plusSeconds(560))
                .arrived(new Notice.Arrival(Draft.AT, true));

        assertThat(read(late).at("/content/description").asText())
                .contains("1 event\n*Late* seen 9 min after it happened (from the trail's log files)\n*Why*");
    }

    private JsonNode read(Notice notice) throws JsonProcessingException {
        return new JsonMapper().readTree(chat.render(notice));
    }
}
