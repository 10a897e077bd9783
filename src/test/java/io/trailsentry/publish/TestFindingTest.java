package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Principal;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.testing.Golden;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A test in every form. `-Dgolden.update=true` writes the golden file anew.
class TestFindingTest {
    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private final Renderers renderers = Renderers.of(Catalogue.load(), Draft.ACCOUNTS, "0.1.0");

    static Notice notice(Notice.Kind kind) {
        Principal responder = new Principal(Principal.Kind.ROLE, Draft.ACCOUNT,
                "arn:aws:iam::111122223333:role/responder", "responder");
        return new Notice(kind, TestFinding.of(responder, Draft.ACCOUNT, "us-east-1", Draft.AT),
                kind == Notice.Kind.CREATE ? List.of() : List.of("the test is over"), Draft.AT);
    }

    @Test
    void everyForm_readsAsReviewed() throws IOException {
        Notice opens = notice(Notice.Kind.CREATE);
        Notice closes = notice(Notice.Kind.SUPERSEDED);
        String text = "Subject: " + renderers.alert().subject(opens) + "\n\n" + renderers.alert().body(opens)
                + "\n---- chat\n\n" + pretty(renderers.chat().render(opens)) + "\n---- page\n\nSubject: "
                + renderers.page().subject(opens) + "\n\n" + pretty(renderers.page().body(opens))
                + "\n---- page, resolved\n\nSubject: " + renderers.page().subject(closes) + "\n\n"
                + pretty(renderers.page().body(closes)) + "\n---- finding\n\n"
                + pretty(renderers.ocsf().render(opens));

        Golden.reads("test-alert.txt", text);
    }

    @Test
    void everyForm_saysFirstThatItIsATest_andAsksForNothing() throws IOException {
        Notice opens = notice(Notice.Kind.CREATE);

        for (String first : List.of(renderers.alert().subject(opens), renderers.alert().body(opens).lines().findFirst()
                .orElseThrow(),
                json(renderers.chat().render(opens)).at("/content/title").asText().replace('\uFF3B', '[')
                        .replace('\uFF3D', ']'),
                renderers.page().subject(opens), json(renderers.page().body(opens)).path("title").asText(),
                json(renderers.ocsf().render(opens)).at("/finding_info/title").asText())) {
            assertThat(first).contains("[TEST] TrailSentry test, nothing happened");
        }
        for (String whole : List.of(renderers.alert().body(opens), renderers.chat().render(opens),
                renderers.page().body(opens), renderers.ocsf().render(opens))) {
            assertThat(whole).doesNotContain("aws iam", "It succeeded", "AI agent", "roleName");
        }
        assertThat(renderers.alert().subject(opens)).hasSizeLessThan(100);
    }

    @Test
    void page_isResolvedUnderTheNameItWasOpenedBy() throws IOException {
        JsonNode opened = json(renderers.page().body(notice(Notice.Kind.CREATE)));
        JsonNode resolved = json(renderers.page().body(notice(Notice.Kind.SUPERSEDED)));

        assertThat(resolved.path("AlarmName")).isEqualTo(opened.path("AlarmName"));
        assertThat(List.of(opened.path("NewStateValue").asText(), resolved.path("NewStateValue").asText()))
                .containsExactly("ALARM", "OK");
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return JSON.readTree(text);
    }

    private static String pretty(String text) throws JsonProcessingException {
        return JSON.writeValueAsString(json(text)) + "\n";
    }
}
