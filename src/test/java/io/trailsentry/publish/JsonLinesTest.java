package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.detect.Catalogue;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
    private final JsonLines lines = new JsonLines(Catalogue.load());

    @Test
    void render_fields_standInTheOrderOfTheContract() throws JsonProcessingException {
        JsonNode line = read(Draft.unusualRegion());

        assertThat(names(line)).containsExactly("id", "fingerprint", "severity", "score", "title", "agent",
                "principal", "session", "channel", "account", "region", "firstSeen", "lastSeen", "count", "detectors",
                "signals", "eventIds", "attack");
        assertThat(names(line.path("signals").path(0))).containsExactly("detector", "score", "outcome", "action",
                "target", "reason", "eventId");
        assertThat(names(line.path("attack").path(0))).containsExactly("id", "name");
    }

    @Test
    void render_absent_isNull() throws JsonProcessingException {
        Draft draft = Draft.offHoursBurst();
        draft.region = null;
        draft.firstSeen = null;
        draft.lastSeen = null;
        draft.attack = List.of();
        JsonNode line = read(draft);

        for (String field : new String[]{"session", "channel", "region", "firstSeen", "lastSeen"}) {
            assertThat(line.get(field).isNull()).as(field).isTrue();
        }
        assertThat(line.at("/signals/0").get("action").isNull()).isTrue();
        assertThat(line.at("/signals/0").get("target").isNull()).isTrue();
        assertThat(line.path("attack").isArray()).isTrue();
        assertThat(line.path("attack")).isEmpty();
    }

    @Test
    void render_times_areWholeSecondsInUtc() throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        draft.firstSeen = Instant.parse("2026-11-21T10:00:00Z");
        draft.lastSeen = Instant.parse("2026-11-21T10:14:03.999Z");
        JsonNode line = read(draft);

        assertThat(line.path("firstSeen").asText()).isEqualTo("2026-11-21T10:00:00Z");
        assertThat(line.path("lastSeen").asText()).isEqualTo("2026-11-21T10:14:03Z");
    }

    @Test
    void render_values_areLowerCaseWhereTheContractSaysSo() throws JsonProcessingException {
        JsonNode line = read(Draft.selfModificationBlocked());

        assertThat(line.path("severity").asText()).isEqualTo("medium");
        assertThat(line.at("/signals/0/outcome").asText()).isEqualTo("denied");
        assertThat(line.at("/attack/0/name").asText()).isEqualTo("Additional Cloud Roles");
    }

    @Test
    void render_isOneLine() {
        assertThat(lines.render(Draft.selfModificationBlocked().finding())).doesNotContain("\n");
    }

    private JsonNode read(Draft draft) throws JsonProcessingException {
        return new JsonMapper().readTree(lines.render(draft.finding()));
    }

    private static List<String> names(JsonNode node) {
        return node.properties().stream().map(Map.Entry::getKey).toList();
    }
}
