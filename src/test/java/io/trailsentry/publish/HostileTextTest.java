package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.baseline.Trait;
import io.trailsentry.config.Configuration;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Outcome;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Drives every field that an agent can choose through every form.
class HostileTextTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Catalogue CATALOGUE = Catalogue.load();
    private static final Renderers RENDERERS = Renderers.of(CATALOGUE, Draft.ACCOUNTS, "0.1.0");
    private static final String LONG = Danger.TEXT.repeat(400);

    /// Links that this program makes.
    private static final Pattern OWN_LINK = Pattern
            .compile("https://(?:github\\.com/trailsentry/trailsentry/blob/main/docs/runbooks/[a-z-]+\\.md"
                    + "|[a-z0-9-]+\\.console\\.aws\\.amazon\\.com/cloudtrailv2/home\\?region=[a-z0-9-]+#/events/[0-9a-f-]{36}"
                    + "|attack\\.mitre\\.org/techniques/T\\d{4}(?:/\\d{3})?/)");
    private static final Pattern EMAIL_LINE = Pattern
            .compile("(?:(?:WHAT|WHO|WHERE|WHEN|LATE|FROM|WHY|STEPS|ERROR|ATT&CK|OK IF"
                    + "|Event|Runbook|Finding) .*|DO NOW   with credentials for .*|[1-3]\\. .*| .*|)");

    static final Map<String, BiConsumer<Draft, String>> FIELDS = new LinkedHashMap<>();

    static {
        FIELDS.put("title", (draft, text) -> draft.title = text);
        FIELDS.put("agent", (draft, text) -> draft.agent = text);
        FIELDS.put("principal name", (draft, text) -> draft.principalName = text);
        FIELDS.put("principal arn", (draft, text) -> draft.principalArn = "arn:aws:iam::1:role/" + text);
        FIELDS.put("session", (draft, text) -> draft.session = "AROAEXAMPLEMCPAGENT01:" + text);
        FIELDS.put("channel", (draft, text) -> draft.channel = "service:" + text);
        FIELDS.put("account", (draft, text) -> draft.account = text);
        FIELDS.put("region", (draft, text) -> draft.region = text);
        FIELDS.put("human", (draft, text) -> draft.human = text);
        FIELDS.put("action", (draft, text) -> draft.action = "iam:" + text);
        FIELDS.put("target", (draft, text) -> draft.target = text);
        FIELDS.put("headline", (draft, text) -> draft.headline = text);
        FIELDS.put("reason", (draft, text) -> draft.reason = text);
        FIELDS.put("eventId", (draft, text) -> draft.eventId = text);
        FIELDS.put("eventSource", (draft, text) -> draft.eventSource = text);
        FIELDS.put("eventName", (draft, text) -> draft.eventName = text);
        FIELDS.put("client", (draft, text) -> draft.client = text);
        FIELDS.put("sourceIpAddress", (draft, text) -> draft.sourceIpAddress = text);
        FIELDS.put("userAgent", (draft, text) -> draft.userAgent = text);
        FIELDS.put("errorCode", (draft, text) -> draft.errorCode = text);
        FIELDS.put("errorMessage", (draft, text) -> draft.errorMessage = text);
        FIELDS.put("requestId", (draft, text) -> draft.requestId = text);
        FIELDS.put("tool call", (draft, text) -> draft.toolCall = new ToolCall(text, text, text));
        FIELDS.put("callerArn", (draft, text) -> draft.callerArn = text);
    }

    static List<Arguments> hostile() {
        List<Arguments> arguments = new ArrayList<>();
        for (String text : List.of(Danger.TEXT, Danger.MARKUP, LONG)) {
            String length = ", " + text.length() + " characters";
            FIELDS.forEach((name, field) -> {
                Draft draft = draft(Kind.ROLE);
                field.accept(draft, text);
                arguments.add(Arguments.of(name + length, draft));
            });
            for (Kind kind : Kind.values()) {
                Draft draft = draft(kind);
                FIELDS.values().forEach(field -> field.accept(draft, text));
                for (int i = 0; i < 40; i++) {
                    Draft other = draft(kind);
                    FIELDS.values().forEach(field -> field.accept(other, text));
                    other.eventId = i + text;
                    draft.others.add(other.signal());
                }
                arguments.add(Arguments.of("all fields of a " + kind + length, draft));
            }
        }
        return arguments;
    }

    static Draft draft(Kind kind) {
        Draft draft = Draft.selfModification();
        draft.kind = kind;
        draft.outcome = Outcome.DENIED;
        return draft;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void subject_ofHostileText_isShortPrintableAscii(String what, Draft draft) {
        for (Notice notice : notices(draft)) {
            for (String subject : List.of(RENDERERS.alert().subject(notice), RENDERERS.page().subject(notice))) {
                assertThat(subject).as(what).matches("[ -~]{20,99}").doesNotContain("://")
                        .startsWith(start(notice, subject));
            }
        }
    }

    private static String start(Notice notice, String subject) {
        boolean page = subject.startsWith("ALARM: \"") || subject.startsWith("OK: \"");
        return page ? "" : notice.kind() == Notice.Kind.SUPERSEDED ? "Withdrawn: " : "CRITICAL";
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void email_ofHostileText_keepsItsLinesAndLinks(String what, Draft draft) {
        for (Notice notice : notices(draft)) {
            String body = RENDERERS.alert().body(notice);

            assertThat(body.getBytes(StandardCharsets.UTF_8).length).isLessThan(32 * 1024);
            List<String> lines = body.lines().toList();
            lines.forEach(line -> Danger.assertNoneIn(line, what));
            assertThat(lines.subList(lines.indexOf(""), lines.size())).as(what)
                    .allSatisfy(line -> assertThat(line).matches(EMAIL_LINE));
            // A text that was cut behind www ends in www..., of which nobody makes a link.
            assertThat(OWN_LINK.matcher(body).replaceAll("")).as(what).doesNotContain("://")
                    .doesNotContainPattern("(?i)\\bwww\\.[^.]");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void chat_ofHostileText_keepsItsMarkupAndLinks(String what, Draft draft) {
        for (Notice notice : notices(draft)) {
            JsonNode chat = json(RENDERERS.chat().render(notice));

            assertThat(fields(chat)).isSubsetOf(Set.of("/version", "/source", "/id", "/content/textType",
                    "/content/title", "/content/description", "/content/nextSteps", "/content/keywords",
                    "/metadata/threadId", "/metadata/summary", "/metadata/eventType", "/metadata/relatedResources",
                    "/metadata/additionalContext/severity", "/metadata/additionalContext/detector",
                    "/metadata/additionalContext/findingId", "/metadata/additionalContext/count",
                    "/metadata/additionalContext/account", "/metadata/additionalContext/region",
                    "/metadata/additionalContext/roleName", "/metadata/additionalContext/eventId"));
            assertThat(chat.at("/content/description").asText().length()).isBetween(1, 1_500);
            for (String text : texts(chat)) {
                text.lines().forEach(line -> Danger.assertNoneIn(line, what));
                assertThat(OWN_LINK.matcher(text).replaceAll("")).as(what).doesNotContain("://", "<", ">", "&");
                for (String line : text.lines().toList()) {
                    String outside = line.replaceAll("`[^`]*`", "").replaceFirst("^\\*[A-Z][A-Za-z ]+\\* ", "");
                    assertThat(outside).as("markup outside of code spans, %s: %s", what, line)
                            .doesNotContain("`", "*", "~", "|", "@").doesNotContainPattern("\\]\\(");
                }
            }
            chat.at("/metadata/additionalContext")
                    .forEach(value -> assertThat(value.asText()).as(what).matches("[A-Za-z0-9_+=,.@-]+"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void json_ofHostileText_holdsOnlyWhatCanBeSeen(String what, Draft draft) {
        for (Notice notice : notices(draft)) {
            JsonNode page = json(RENDERERS.page().body(notice));
            JsonNode ocsf = json(RENDERERS.ocsf().render(notice));
            String line = new JsonLines(CATALOGUE).render(notice.finding());

            for (JsonNode document : List.of(page, ocsf, json(line))) {
                texts(document).forEach(text -> text.lines().forEach(part -> Danger.assertNoneIn(part, what)));
            }
            assertThat(page.toString().length()).isLessThan(32 * 1024);
            assertThat(ocsf.toString().getBytes(StandardCharsets.UTF_8).length).isLessThan(250 * 1024);
            assertThat(line).as(what).doesNotContain("\n", "\r");
            assertThat(page.path("NewStateValue").asText() + ": ")
                    .isEqualTo(RENDERERS.page().subject(notice).substring(0,
                            page.path("NewStateValue").asText().length() + 2));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void terminal_ofHostileText_keepsItsLinesAndColours(String what, Draft draft) {
        String plain = new TextReport(CATALOGUE, Draft.ACCOUNTS, false).render(draft.finding());
        String colours = new TextReport(CATALOGUE, Draft.ACCOUNTS, true).render(draft.finding());

        assertThat(colours.replaceAll("\u001B\\[[0-9;]+m", "")).isEqualTo(plain);
        plain.lines().forEach(line -> Danger.assertNoneIn(line, what));
        assertThat(plain.lines().skip(1)).as(what).allSatisfy(line -> assertThat(line).startsWith("  "));
        assertThat(plain.lines().filter(line -> line.matches("  \\S.*")).map(line -> line.substring(2, 9).strip()))
                .as(what).isSubsetOf("what", "why", "who", "where", "when", "from", "error", "steps", "do now", "ok if",
                        "event", "ATT&CK");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void report_ofHostileText_isInert(String what, Draft draft) {
        Finding finding = draft.finding();
        String text = finding.title();
        Survey survey = new Survey(new Exceptions(List.of(new Exceptions.Entry("data-exposure", text, text, text, null,
                text))));
        Instant at = draft.firstSeen == null ? Draft.AT : draft.firstSeen;
        survey.observed(HtmlReportTest.call(finding.principal(), at, String.valueOf(draft.target),
                new Trait("service", text), new Trait(text, text)));
        HtmlReport report = new HtmlReport(CATALOGUE,
                Map.of(finding.account(), new Configuration.Account(text, text)),
                new Roster(List.of(new Roster.Entry(new Agent(text, true, text, Set.of(text), null, true, List.of(text),
                        Set.of(text)), List.of(PrincipalPattern.of("*")))), false, Map.of()));

        String html = report.render(HtmlReportTest.INPUT, List.of(finding), Severity.LOW, survey);

        Page page = Page.of(html);
        page.assertInert(what);
        page.assertReferencesHold();
        assertThat(html.length()).isLessThan(300_000);
    }

    private static List<Notice> notices(Draft draft) {
        List<Notice> notices = new ArrayList<>();
        for (Notice.Kind kind : Notice.Kind.values()) {
            notices.add(kind == Notice.Kind.CREATE ? draft.created() : draft.notice(kind, Danger.TEXT, LONG));
        }
        return notices;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /// Every text of a document, its fields' names too.
    private static List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isTextual()) {
            texts.add(node.asText());
        }
        node.properties().forEach(field -> {
            texts.add(field.getKey());
            texts.addAll(texts(field.getValue()));
        });
        if (node.isArray()) {
            node.forEach(item -> texts.addAll(texts(item)));
        }
        return texts;
    }

    private static Set<String> fields(JsonNode node) {
        Set<String> fields = new TreeSet<>();
        node.properties().forEach(field -> {
            if (field.getValue().isObject()) {
                fields(field.getValue()).forEach(inner -> fields.add("/" + field.getKey() + inner));
            } else {
                fields.add("/" + field.getKey());
            }
        });
        return fields;
    }
}
