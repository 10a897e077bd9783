package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Severity;
import io.trailsentry.testing.Golden;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What readers see, word for word, in files that people review. `-Dgolden.update=true` writes them anew.
class GoldenTest {
    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private static final Map<String, Supplier<Draft>> CASES = new LinkedHashMap<>(Map.of("self-modification",
            Draft::selfModification, "self-modification-blocked", Draft::selfModificationBlocked, "off-hours-burst",
            Draft::offHoursBurst, "unusual-region", Draft::unusualRegion, "five-step-story", Draft::fiveSteps));

    private static Map<String, Function<Notice, String>> forms() {
        Catalogue catalogue = Catalogue.load();
        Renderers renderers = Renderers.of(catalogue, Draft.ACCOUNTS, "0.1.0");
        TextReport text = new TextReport(catalogue, Draft.ACCOUNTS, false);
        JsonLines lines = new JsonLines(catalogue);
        Map<String, Function<Notice, String>> forms = new LinkedHashMap<>();
        forms.put("email.txt", notice -> "Subject: " + renderers.alert().subject(notice) + "\n\n"
                + renderers.alert().body(notice));
        forms.put("chat.json", notice -> pretty(renderers.chat().render(notice)));
        forms.put("page.json", notice -> "Subject: " + renderers.page().subject(notice) + "\n\n"
                + pretty(renderers.page().body(notice)));
        forms.put("ocsf.json", notice -> pretty(renderers.ocsf().render(notice)));
        forms.put("text.txt", notice -> text.render(notice.finding()));
        forms.put("report.html", notice -> report(notice.finding()));
        forms.put("line.jsonl", notice -> lines.render(notice.finding()) + "\n");
        return forms;
    }

    static List<Arguments> everyForm_ofEveryCase_readsAsReviewed() {
        List<Arguments> arguments = new ArrayList<>();
        CASES.forEach((name, draft) -> forms()
                .forEach((form, render) -> arguments.add(Arguments.of(name + "." + form, draft.get(), render))));
        return arguments;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void everyForm_ofEveryCase_readsAsReviewed(String file, Draft draft, Function<Notice, String> render)
            throws IOException {
        String rendered = render.apply(draft.created());

        Golden.reads(file, rendered);
        assertThat(render.apply(draft.created())).as("rendered again").isEqualTo(rendered);
    }

    @Test
    void subjects_ofEveryCaseAndStep_areShortPrintableAscii() {
        Renderers renderers = Renderers.of(Catalogue.load(), Draft.ACCOUNTS, "0.1.0");
        for (Supplier<Draft> draft : CASES.values()) {
            for (Notice.Kind kind : Notice.Kind.values()) {
                Notice notice = draft.get().notice(kind, "x");
                assertThat(List.of(renderers.alert().subject(notice), renderers.page().subject(notice)))
                        .allSatisfy(subject -> assertThat(subject).matches("[ -~]{1,99}"));
            }
        }
    }

    /// Without the style sheet, which is a file of its own.
    private static String report(Finding finding) {
        Survey survey = new Survey(Exceptions.NONE);
        for (int hour = -30; hour < 0; hour++) {
            survey.observed(HtmlReportTest.call(HtmlReportTest.principal(), Draft.AT.plusSeconds(3_600L * hour),
                    hour % 5 == 0 ? "us-east-1" : "eu-central-1", new Trait("service", hour % 3 == 0 ? "s3" : "ec2")));
        }
        return HtmlReportTest.report().render(HtmlReportTest.INPUT, List.of(finding), Severity.LOW, survey)
                .replaceFirst("(?s)<style>.*</style>", "<style></style>").replaceFirst("sha256-[^&]+", "sha256-");
    }

    private static String pretty(String json) {
        try {
            return JSON.writeValueAsString(JSON.readTree(json)) + "\n";
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }
}
