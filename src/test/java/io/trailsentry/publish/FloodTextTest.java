package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.config.Configuration.Flood;
import io.trailsentry.finding.HeldBack;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.Golden;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The summary, word for word, in files that people review. `-Dgolden.update=true` writes them anew.
class FloodTextTest {
    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final Flood CAP = new Flood(20, Duration.ofMinutes(10));

    private final FloodText flood = new FloodText(Draft.ACCOUNTS);

    private static FloodNotice first() {
        return new FloodNotice(new HeldBack(Draft.AT, Draft.AT.plusSeconds(41),
                Map.of(Severity.MEDIUM, 48, Severity.HIGH, 12), Map.of("ALERTS", 60, "PAGES", 12),
                Map.of("coder", 51, "planner", 9), Map.of("destructive-action", 40, "privilege-escalation", 12,
                        "denied-burst", 5, "unusual-region", 3),
                Map.of(Draft.ACCOUNT, 51, "444455556666", 9), Map.of()), false, CAP, Draft.AT.plusSeconds(45));
    }

    private static FloodNotice last() {
        return new FloodNotice(new HeldBack(Draft.AT, Draft.AT.plusSeconds(400),
                Map.of(Severity.MEDIUM, 1_900, Severity.HIGH, 80), Map.of("ALERTS", 1_980, "PAGES", 80),
                Map.of("coder", 1_980), Map.of("destructive-action", 1_980), Map.of(Draft.ACCOUNT, 1_980),
                Map.of("ALERTS", 60, "PAGES", 60)), true, CAP, Draft.AT.plusSeconds(700));
    }

    private static String pretty(String json) throws JsonProcessingException {
        return JSON.writeValueAsString(JSON.readTree(json)) + "\n";
    }

    @Test
    void everyForm_readsAsReviewed() throws IOException {
        Golden.reads("flood.email.txt", "Subject: " + flood.subject(first()) + "\n\n" + flood.body(first()));
        Golden.reads("flood-final.email.txt", "Subject: " + flood.subject(last()) + "\n\n" + flood.body(last()));
        Golden.reads("flood.chat.json", pretty(flood.chat(first())));
        Golden.reads("flood-final.chat.json", pretty(flood.chat(last())));
        Golden.reads("flood.page.json",
                "Subject: " + flood.pageSubject(first()) + "\n\n" + pretty(flood.page(first())));
    }

    @Test
    void chat_firstAndLast_shareAThread() throws IOException {
        JsonNode first = JSON.readTree(flood.chat(first()));
        JsonNode last = JSON.readTree(flood.chat(last()));
        assertThat(first.at("/metadata/threadId")).isEqualTo(last.at("/metadata/threadId"));
        assertThat(first.path("id")).isNotEqualTo(last.path("id"));
    }

    @ParameterizedTest
    @ValueSource(strings = {Danger.TEXT, Danger.MARKUP, ""})
    void namesOfAnyKind_areSafeInEveryForm(String name) throws IOException {
        for (boolean over : new boolean[]{false, true}) {
            FloodNotice notice = new FloodNotice(new HeldBack(Draft.AT, Draft.AT, Map.of(Severity.CRITICAL, 1),
                    Map.of("ALERTS", 1, "PAGES", 1), Map.of(name, 1), Map.of("denied-burst", 1), Map.of(name, 1),
                    Map.of()), over, CAP, Draft.AT);
            assertThat(flood.subject(notice)).matches("[ -~]{20,99}").doesNotContain("://");
            assertThat(flood.pageSubject(notice)).matches("[ -~]{20,99}").startsWith("ALARM: \"CRITICAL 1 alert ")
                    .doesNotContain("://");
            assertThat(flood.body(notice).replace(Links.runbook("flood"), "")).doesNotContain("://");
            flood.body(notice).lines().forEach(line -> Danger.assertNoneIn(line, "email"));
            JsonNode chat = JSON.readTree(flood.chat(notice));
            chat.at("/content/description").asText().lines().forEach(line -> Danger.assertNoneIn(line, "chat"));
            assertThat(chat.at("/content/title").asText() + chat.at("/content/description").asText())
                    .doesNotContain("<", ">", "@", "://");
            JsonNode page = JSON.readTree(flood.page(notice));
            assertThat(page.path("NewStateValue").asText()).isEqualTo("ALARM");
            page.path("description").asText().lines().forEach(line -> Danger.assertNoneIn(line, "page"));
        }
    }
}
