package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Hours;
import io.trailsentry.agent.Principal;
import io.trailsentry.agent.PrincipalPattern;
import io.trailsentry.agent.Roster;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Detectors;
import io.trailsentry.finding.Exceptions;
import io.trailsentry.finding.Finding;
import io.trailsentry.finding.Judge.Excepted;
import io.trailsentry.finding.Observation;
import io.trailsentry.finding.Severity;
import io.trailsentry.finding.Story;
import io.trailsentry.publish.HtmlReport.Input;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

class HtmlReportTest {
    static final Input INPUT = new Input(2, 1_234, 3, 4, 0);
    private static final Instant MONDAY = Instant.parse("2026-11-16T09:00:00Z");
    private static final Catalogue CATALOGUE = Catalogue.load();

    private static Roster roster() {
        Agent coder = new Agent("coder", true, "dev", Set.of("eu-central-1", "us-east-1"),
                new Hours(ZoneId.of("Europe/Berlin"), EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
                        LocalTime.of(8, 0), LocalTime.of(18, 0)),
                true, List.of(), Set.of());
        return new Roster(List.of(new Roster.Entry(coder, List.of(PrincipalPattern.of("mcp-agent-role")))), false,
                Map.of());
    }

    static HtmlReport report() {
        return new HtmlReport(CATALOGUE, Draft.ACCOUNTS, roster());
    }

    private static Survey survey() {
        return new Survey(Exceptions.NONE);
    }

    static Observation call(Principal principal, Instant at, String region, Trait... traits) {
        String id = "e" + at.getEpochSecond();
        return new Observation(principal, id, new Sighting(at.getEpochSecond(), id), "AROA:coder", region,
                List.of(Mark.CALL), List.of(traits), List.of(), null);
    }

    static Principal principal() {
        return Draft.selfModification().finding().principal();
    }

    private static Page page(Survey survey, Finding... findings) {
        return Page.of(report().render(INPUT, List.of(findings), Severity.LOW, survey));
    }

    @ParameterizedTest
    @CsvSource({"97, Act now: coder attached", "80, Look at this first: coder attached",
            "50, Look at this in time: coder attached", "25, Nothing urgent: coder attached"})
    void verdict_saysHowUrgentTheGravestFindingIs(int score, String start) {
        Draft draft = Draft.selfModification();
        draft.score = score;
        Draft less = Draft.offHoursBurst();
        less.score = 21;

        Page page = page(survey(), less.finding(), draft.finding());

        assertThat(page.text("h1")).startsWith(start).endsWith("to itself. It succeeded.");
        assertThat(page.text("title")).startsWith(Severity.of(score).name() + ": coder attached");
    }

    @Test
    void verdict_withoutFindings_isThatAllIsQuiet() {
        Survey survey = survey();
        survey.observed(call(principal(), MONDAY, "eu-central-1"));

        assertThat(page(survey).text("h1")).isEqualTo("All quiet: nothing in 1 call is worth telling.");
        assertThat(page(survey()).text("h1")).isEqualTo("No call of a watched agent is in these files.");
    }

    @Test
    void findings_belowTheLeastSeverity_areCountedOnly() {
        Draft burst = Draft.offHoursBurst();
        burst.score = 45;
        Page page = Page.of(report().render(INPUT,
                List.of(burst.finding(), Draft.selfModification().finding()), Severity.HIGH, survey()));

        assertThat(page.texts("details", "story")).hasSize(1);
        assertThat(page.text("main")).contains("1 finding below high is left out.");
    }

    @Test
    void stories_areInOrderOfGravity_andTheirStepsInOrderOfTime() {
        Draft story = Draft.unusualRegion();
        Draft before = Draft.selfModification();
        before.firstSeen = Draft.AT.minusSeconds(90);
        before.score = 40;
        story.others.add(before.signal());

        Page page = page(survey(), story.finding(), Draft.selfModification().finding());

        assertThat(page.texts("details", "story")).hasSize(2).first().asString().contains("critical");
        assertThat(page.all("li").stream().filter(step -> step.getElementsByTagName("time").getLength() > 0)
                .map(step -> step.getElementsByTagName("b").item(0).getTextContent())).containsExactly(
                        "attached an administrator policy to itself", "launched compute in ap-southeast-3",
                        "read in ap-southeast-3");
        assertThat(page.texts("span", "at")).element(1).asString().isEqualTo("10:14:03+1 min 30 s");
    }

    @Test
    void heatMap_isOfTheAgentsOwnHours() {
        Survey survey = survey();
        survey.observed(call(principal(), Instant.parse("2026-10-23T07:30:00Z"), "eu-central-1"));
        survey.observed(call(principal(), Instant.parse("2026-10-26T08:30:00Z"), "eu-central-1"));
        survey.observed(call(principal(), Instant.parse("2026-10-26T01:30:00Z").plusSeconds(86_400), "eu-central-1"));

        Page page = page(survey);

        Element heat = page.all("table").stream().filter(table -> table.getAttribute("class").equals("heat"))
                .findFirst().orElseThrow();
        assertThat(heat.getTextContent()).contains("Europe/Berlin");
        // Summer time ended between the two: both are 09:30 on the agent's clock.
        assertThat(cell(heat, DayOfWeek.FRIDAY, 9).getAttribute("class")).isEqualTo("i5");
        assertThat(cell(heat, DayOfWeek.MONDAY, 9).getAttribute("class")).isEqualTo("i5");
        assertThat(cell(heat, DayOfWeek.TUESDAY, 2).getAttribute("class")).isEqualTo("o5");
        assertThat(cell(heat, DayOfWeek.TUESDAY, 9).getAttribute("class")).isEqualTo("i");
        assertThat(cell(heat, DayOfWeek.SUNDAY, 9).getAttribute("class")).isEmpty();
        assertThat(page.part("agents")).contains("1 call of 3 (33%) lies outside them");
    }

    private static Element cell(Element heat, DayOfWeek day, int hour) {
        Element row = (Element) heat.getElementsByTagName("tr").item(day.getValue());
        return (Element) row.getElementsByTagName("td").item(hour);
    }

    @Test
    void places_haveTheirFirstAndLastSighting() {
        Survey survey = survey();
        survey.observed(call(principal(), MONDAY, "eu-central-1", new Trait("service", "s3")));
        survey.observed(call(principal(), MONDAY.plusSeconds(3_600), "eu-central-1", new Trait("service", "s3")));
        survey.observed(call(principal(), MONDAY.plusSeconds(7_200), "sa-east-1", new Trait("service", "ec2")));

        assertThat(page(survey).texts("table", "places")).satisfiesExactly(
                regions -> assertThat(regions.replaceAll("\\s+", " "))
                        .contains("eu-central-116 Nov 2026 10:0016 Nov 2026 11:002")
                        .contains("sa-east-1 not listed16 Nov 2026 12:0016 Nov 2026 12:001"),
                services -> assertThat(services.replaceAll("\\s+", " "))
                        .contains("s316 Nov 2026 10:0016 Nov 2026 11:002"));
    }

    @Test
    void places_thatAnAgentInvents_areBoundedInNumber() {
        Survey survey = survey();
        for (int i = 0; i < 5_000; i++) {
            survey.observed(call(principal(), MONDAY.plusSeconds(i), "region-" + i));
        }
        Page page = page(survey);
        assertThat(page.part("agents")).contains("the 30 most used of 1,000");
        assertThat(page.texts("table", "places").getFirst().lines().count()).isLessThan(60);
    }

    @Test
    void baseline_saysWhetherItIsLearned() {
        Survey survey = survey();
        for (int day = 0; day < 10; day++) {
            for (int i = 0; i < 30; i++) {
                survey.observed(call(principal(), MONDAY.plusSeconds(86_400L * day + 60L * i), "eu-central-1"));
            }
            String normal = page(survey).part("agents");
            if (day < 7) {
                assertThat(normal).contains("still learning, from " + (day + 1) + " day");
            }
        }
        assertThat(page(survey).part("agents")).contains("learned, from 10 days with calls, 300 calls")
                .contains("30 in the middle one of its 10 hours with calls").contains("at most 5 in 5 min");
    }

    @Test
    void exceptions_areShownWithWhatTheyHid() {
        Exceptions exceptions = new Exceptions(List.of(
                new Exceptions.Entry("iam-self-modification", "coder", null, null, LocalDate.of(2027, 1, 31), "agreed"),
                new Exceptions.Entry("iam-self-modification", null, null, null, LocalDate.of(2027, 1, 31), "second"),
                new Exceptions.Entry("data-exposure", null, "s3:PutBucketPolicy", "site-*", null, "website")));
        Survey survey = new Survey(exceptions);
        for (int i = 0; i < 3; i++) {
            survey.excepted("coder", new Excepted(new Story.Key("s", i), List.of(Draft.selfModification().signal())));
        }
        String hidden = page(survey).part("exceptions").replaceAll("\\s+", " ");
        assertThat(hidden).contains("iam-self-modification of coderagreed2027-01-313critical21 Nov 2026 10:14")
                .contains("iam-self-modificationsecond2027-01-310")
                .contains("data-exposure for s3:PutBucketPolicy on site-*websiteno end0");
        assertThat(page(survey()).part("exceptions")).contains("none is configured");
    }

    @Test
    void policy_allowsTheStyleSheetAndNothingElse() throws Exception {
        String html = report().render(INPUT, List.of(), Severity.LOW, survey());
        Matcher policy = Pattern.compile("default-src &#39;none&#39;; style-src &#39;sha256-([^&]+)&#39;; "
                + "base-uri &#39;none&#39;; form-action &#39;none&#39;").matcher(html);
        assertThat(policy.find()).isTrue();
        String style = html.substring(html.indexOf("<style>") + 7, html.indexOf("</style>"));
        assertThat(policy.group(1)).isEqualTo(Base64.getEncoder().encodeToString(
                MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8))));
        assertThat(style).doesNotContain("url(", "@import", "<", "&");
    }

    @Test
    void page_doesNotDependOnTheOrderOfFindings() {
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Draft draft = Draft.selfModification();
            draft.id = "id-" + i;
            draft.score = 20 + i % 7;
            findings.add(draft.finding());
        }
        String first = report().render(INPUT, findings, Severity.LOW, survey());
        Collections.shuffle(findings, new Random(1));
        assertThat(report().render(INPUT, findings, Severity.LOW, survey())).isEqualTo(first);
        Page.of(first).assertReferencesHold();
    }

    @Test
    void page_ofTheWorst_staysBounded() {
        List<Finding> findings = new ArrayList<>();
        Survey survey = new Survey(new Exceptions(Collections.nCopies(5_000, new Exceptions.Entry("data-exposure",
                Danger.MARKUP.repeat(9), Danger.MARKUP.repeat(9), Danger.MARKUP.repeat(9), null,
                Danger.MARKUP.repeat(9)))));
        for (int i = 0; i < 5_000; i++) {
            Draft draft = Draft.selfModification();
            draft.id = "id-" + i;
            draft.principalName = i % 1_000 + "\"".repeat(400);
            draft.reason = "\"".repeat(400);
            draft.title = "\"".repeat(400);
            for (int step = 0; step < 40; step++) {
                Draft other = Draft.selfModification();
                other.eventId = "e" + step;
                other.target = step + "\"".repeat(400);
                other.headline = "\"".repeat(400);
                draft.others.add(other.signal());
            }
            findings.add(draft.finding());
        }
        for (int i = 0; i < 200_000; i++) {
            survey.observed(call(findings.get(i / 200).principal(), MONDAY.plusSeconds(i * 100L),
                    i % 200 + "\"".repeat(200)));
        }

        String html = report().render(INPUT, findings, Severity.LOW, survey);

        assertThat(html.length()).isBetween(2_000_000, HtmlReport.LONGEST);
        Page.of(html).assertReferencesHold();
        assertThat(html).contains("more. --format jsonl prints all.");
    }

    @Test
    void charts_areOfEachAgentsOwnTime() {
        Survey survey = survey();
        Principal other = new Principal(Principal.Kind.ROLE, Draft.ACCOUNT, "arn:aws:iam::111122223333:role/other",
                "other");
        survey.observed(call(other, MONDAY.minusSeconds(400L * 86_400), "eu-central-1"));
        survey.observed(call(principal(), MONDAY, "eu-central-1"));
        survey.observed(call(principal(), MONDAY.plusSeconds(7_200), "eu-central-1"));

        Page page = page(survey);

        assertThat(page.text("header")).contains("12 Oct 2025 09:00 to 16 Nov 2026 11:00 UTC");
        assertThat(page.texts("text", "tick")).contains("10:00", "11:00", "12:00");
    }

    @Test
    void chart_doesNotGrowWithTheNumberOfCalls() {
        Survey few = survey();
        Survey many = survey();
        for (int i = 0; i < 100_000; i++) {
            many.observed(call(principal(), MONDAY.plusSeconds(i * 60L), "eu-central-1"));
            if (i % 1_000 == 0) {
                few.observed(call(principal(), MONDAY.plusSeconds(i * 60L), "eu-central-1"));
            }
        }
        int base = report().render(INPUT, List.of(), Severity.LOW, few).length();
        assertThat(report().render(INPUT, List.of(), Severity.LOW, many).length()).isLessThan(base + 20_000);
    }

    @ParameterizedTest
    @CsvSource({"1, 2 s", "59, 3 min", "3600, 1 h", "86400, 20 min", "86400, 3 days", "86400, 20 days",
            "86400, 400 days",
            "604800, 3000 days", "31536000, 30000 days"})
    void chart_ofAnySpan_holdsEveryCallOnce(long step, String span) {
        long second = switch (span.replaceAll("\\d+ ", "")) {
            case "s" -> 1;
            case "min" -> 60;
            case "h" -> 3_600;
            default -> 86_400;
        } * Long.parseLong(span.split(" ", -1)[0]);
        Survey survey = survey();
        int calls = 0;
        for (long at = 0; at <= second; at += step) {
            survey.observed(call(principal(), MONDAY.plusSeconds(at), "eu-central-1"));
            calls++;
        }
        Page page = page(survey);
        Element table = page.all("details").stream().filter(part -> part.getAttribute("class").equals("data"))
                .findFirst().orElseThrow();
        int sum = 0;
        for (int row = 1; row < table.getElementsByTagName("tr").getLength(); row++) {
            Element cells = (Element) table.getElementsByTagName("tr").item(row);
            sum += Integer.parseInt(cells.getElementsByTagName("td").item(0).getTextContent().replace(",", ""));
        }
        assertThat(table.getElementsByTagName("tr").getLength()).isLessThan(65);
        if (!table.getTextContent().contains("the last ")) {
            assertThat(sum).isEqualTo(calls);
        }
        assertThat(page.texts("text", "tick").size()).isLessThanOrEqualTo(10);
    }

    @Test
    void undatedCalls_haveNoPlaceInTime() {
        Survey survey = survey();
        survey.observed(new Observation(principal(), "e", null, "s", "eu-central-1", List.of(Mark.CALL), List.of(),
                List.of(), null));
        Draft draft = Draft.selfModification();
        draft.firstSeen = null;
        draft.lastSeen = null;

        Page page = page(survey, draft.finding());

        assertThat(page.part("agents")).contains("None of its calls has a time.").contains("1 call");
        assertThat(page.part("findings")).contains("time not recorded");
    }

    @Test
    void detectors_haveRunbooksToLinkTo() {
        assertThat(Detectors.IDS).allSatisfy(id -> assertThat(Links.runbook(id)).endsWith("/" + id + ".md"));
    }
}
