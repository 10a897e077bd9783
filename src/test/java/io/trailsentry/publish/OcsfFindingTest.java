package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.agent.ToolCall;
import io.trailsentry.detect.Catalogue;
import io.trailsentry.detect.Outcome;
import io.trailsentry.finding.Severity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OcsfFindingTest {
    private static final Path SCHEMAS = Path.of("../shared/reference/oncall-siem");
    private final OcsfFinding ocsf = new OcsfFinding(Catalogue.load(), Draft.ACCOUNTS, "0.1.0");

    @ParameterizedTest
    @ValueSource(strings = {"1.6.0", "1.8.0"})
    void everyCase_isValidByTheSchema(String version) throws IOException {
        Path file = SCHEMAS.resolve("ocsf-" + version + "-detection_finding-cloud.schema.json");
        assumeTrue(Files.exists(file), "the compiled schemas are not part of the project");
        JsonSchema schema = JsonSchemaFactory.getInstance(VersionFlag.V7).getSchema(Files.readString(file));

        for (Draft draft : drafts()) {
            for (Notice.Kind kind : Notice.Kind.values()) {
                JsonNode finding = read(draft.notice(kind, "something else"));
                assertThat(schema.validate(finding)).as(finding.toString()).isEmpty();
            }
        }
        for (Notice.Kind kind : Notice.Kind.values()) {
            assertThat(schema.validate(read(TestFindingTest.notice(kind)))).isEmpty();
        }
        assertThat(schema.validate(new JsonMapper().readTree("{\"class_uid\":2004}"))).isNotEmpty();
    }

    @Test
    void techniqueThatWasRenamed_standsUnderBothIdsWithTheirVersions() throws IOException {
        Draft draft = Draft.selfModification();
        draft.attack = List.of("T1685.002", "T1562.008");

        JsonNode attacks = read(draft.created()).at("/finding_info/attacks");

        assertThat(attacks.at("/0/sub_technique/uid").asText() + " " + attacks.at("/0/version").asText())
                .isEqualTo("T1685.002 19.1");
        assertThat(attacks.at("/1/sub_technique/uid").asText() + " " + attacks.at("/1/version").asText())
                .isEqualTo("T1562.008 18.1");
    }

    private static List<Draft> drafts() {
        List<Draft> drafts = new ArrayList<>(List.of(Draft.selfModification(), Draft.selfModificationBlocked(),
                Draft.offHoursBurst(), Draft.unusualRegion(), Draft.unlistedAdministrator(), Draft.perimeterChange(),
                behindAToolCall()));
        for (Kind kind : Kind.values()) {
            Draft draft = Draft.unusualRegion();
            draft.kind = kind;
            drafts.add(draft);
            Draft bare = Draft.selfModification();
            bare.kind = kind;
            bare.outcome = Outcome.FAILED;
            bare.region = null;
            bare.session = null;
            bare.human = null;
            bare.channel = null;
            bare.target = null;
            bare.firstSeen = null;
            bare.lastSeen = null;
            bare.attack = List.of();
            bare.sourceIpAddress = null;
            bare.userAgent = null;
            bare.requestId = null;
            bare.callerArn = null;
            drafts.add(bare);
            Draft hostile = Draft.unlistedAdministrator();
            hostile.kind = kind;
            hostile.agent = Danger.TEXT;
            hostile.sourceIpAddress = Danger.TEXT;
            hostile.userAgent = Danger.TEXT;
            hostile.target = Danger.TEXT;
            hostile.eventId = Danger.TEXT;
            drafts.add(hostile);
        }
        return drafts;
    }

    @ParameterizedTest
    @CsvSource({"CREATE,1,Create,1,New,true", "UPDATE,2,Update,1,New,true", "CLOSE,2,Update,1,New,true",
            "SUPERSEDED,3,Close,4,Resolved,false"})
    void activity_ofEveryStep_fitsItsTypeAndCaptions(Notice.Kind kind, int activity, String name, int status,
            String statusName, boolean alert) throws JsonProcessingException {
        JsonNode finding = read(Draft.selfModification().notice(kind, "x"));

        assertThat(finding.path("activity_id").asInt()).isEqualTo(activity);
        assertThat(finding.path("activity_name").asText()).isEqualTo(name);
        assertThat(finding.path("type_uid").asInt()).isEqualTo(200_400 + activity);
        assertThat(finding.path("type_name").asText()).isEqualTo("Detection Finding: " + name);
        assertThat(finding.path("status_id").asInt()).isEqualTo(status);
        assertThat(finding.path("status").asText()).isEqualTo(statusName);
        assertThat(finding.path("is_alert").asBoolean()).isEqualTo(alert);
    }

    @ParameterizedTest
    @CsvSource({"5,INFORMATIONAL,1,Informational,0,Info", "20,LOW,2,Low,1,Low", "40,MEDIUM,3,Medium,2,Medium",
            "70,HIGH,4,High,3,High", "90,CRITICAL,5,Critical,4,Critical"})
    void severity_hasItsIdCaptionAndRisk(int score, Severity severity, int id, String caption, int risk,
            String riskCaption) throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        draft.score = score;
        JsonNode finding = read(draft.created());

        assertThat(draft.finding().severity()).isEqualTo(severity);
        assertThat(finding.path("severity_id").asInt()).isEqualTo(id);
        assertThat(finding.path("severity").asText()).isEqualTo(caption);
        assertThat(finding.path("risk_level_id").asInt()).isEqualTo(risk);
        assertThat(finding.path("risk_level").asText()).isEqualTo(riskCaption);
        assertThat(finding.path("risk_score").asInt()).isEqualTo(score);
    }

    @Test
    void times_areMilliseconds() throws JsonProcessingException {
        JsonNode finding = read(Draft.unusualRegion().created());

        assertThat(finding.path("time").asLong()).isEqualTo(Draft.AT.plusSeconds(152).toEpochMilli());
        assertThat(finding.path("start_time").asLong()).isEqualTo(Draft.AT.toEpochMilli());
        assertThat(finding.path("end_time").asLong()).isEqualTo(Draft.AT.plusSeconds(140).toEpochMilli());
        assertThat(finding.at("/finding_info/first_seen_time").asLong()).isEqualTo(Draft.AT.toEpochMilli());
        assertThat(finding.at("/finding_info/related_events/0/first_seen_time").asLong())
                .isEqualTo(Draft.AT.toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.51.100.23", "2001:db8::1", "::1", "2001:db8:0:0:0:0:0:1", "::ffff:198.51.100.23"})
    void address_isAnIp(String address) throws JsonProcessingException {
        assertThat(endpoint(address).path("ip").asText()).isEqualTo(address);
        assertThat(endpoint(address).has("svc_name")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"aws-mcp.amazonaws.com", "AWS Internal", "256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.4.",
            "01.2.3.4", ":::", "1::2::3", "12345::", "[::1]", "fe80::1%eth0", "cafe"})
    void address_thatIsNoIp_isAServicesName(String address) throws JsonProcessingException {
        assertThat(endpoint(address).path("svc_name").asText()).isEqualTo(address);
        assertThat(endpoint(address).has("ip")).isFalse();
    }

    private JsonNode endpoint(String address) throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        draft.sourceIpAddress = address;
        return read(draft.created()).at("/evidences/0/src_endpoint");
    }

    @Test
    void callBehindWhichAToolCallIsKnown_hasItsAddressClientAndTool() throws JsonProcessingException {
        JsonNode finding = read(behindAToolCall().created());

        assertThat(finding.at("/evidences/0/src_endpoint")).isEqualTo(new JsonMapper()
                .readTree("{\"svc_name\":\"aws-mcp.amazonaws.com\",\"ip\":\"203.0.113.24\"}"));
        assertThat(finding.at("/evidences/0/actor/app_name").asText()).isEqualTo("claude-code/2.1.280");
        assertThat(finding.at("/evidences/0/data/mcp_tool").asText()).isEqualTo("aws___run_script");
        assertThat(finding.path("observables").findValuesAsText("value")).contains("203.0.113.24");
    }

    private static Draft behindAToolCall() {
        Draft draft = Draft.selfModification();
        draft.toolCall = new ToolCall("aws___run_script", "claude-code/2.1.280", "203.0.113.24");
        return draft;
    }

    @ParameterizedTest
    @EnumSource
    void uids_findingIsTheSameAndEachStepItsOwn(Notice.Kind kind) throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        JsonNode first = read(draft.created());
        draft.count = 2;
        JsonNode later = read(draft.notice(kind, "x"));

        assertThat(later.at("/finding_info/uid")).isEqualTo(first.at("/finding_info/uid"));
        assertThat(later.at("/metadata/uid")).isNotEqualTo(first.at("/metadata/uid"));
        assertThat(read(draft.notice(kind, "x")).at("/metadata/uid")).as("sent again")
                .isEqualTo(later.at("/metadata/uid"));
    }

    @Test
    void observables_nameWhatTheyPointAt() throws JsonProcessingException {
        JsonNode finding = read(Draft.unusualRegion().created());

        finding.path("observables").forEach(observable -> {
            String pointer = "/" + observable.path("name").asText().replace("[", "/").replace("]", "").replace('.',
                    '/');
            assertThat(finding.at(pointer).asText()).as(pointer).isNotEmpty()
                    .isEqualTo(observable.path("value").asText());
        });
    }

    @Test
    void changeByAnother_hasThatOneForItsActor() throws JsonProcessingException {
        JsonNode finding = read(Draft.perimeterChange().created());

        assertThat(finding.at("/evidences/0/actor/user/name").asText()).isEqualTo("pipeline");
        assertThat(finding.at("/resources/0/name").asText()).isEqualTo("pipeline");
        assertThat(finding.at("/resources/1/name").asText()).isEqualTo("mcp-agent-role");
        assertThat(finding.at("/resources/1/role").asText()).isEqualTo("Affected");
    }

    @Test
    void firstSeenAndRates_areAnomalies() throws JsonProcessingException {
        assertThat(read(Draft.offHoursBurst().created()).at("/anomaly_analyses/0/anomalies/0/observations/0/value")
                .asText()).isEqualTo("85");
        assertThat(read(Draft.unlistedAdministrator().created())
                .at("/anomaly_analyses/0/anomalies/0/observations/0/value").asText()).isEqualTo("s3:ListBuckets");
        assertThat(read(Draft.selfModification().created()).has("anomaly_analyses")).isFalse();
    }

    @Test
    void enormousFinding_isCutAndSaysSo() throws JsonProcessingException {
        Draft draft = Draft.selfModification();
        String wide = "\u6F22".repeat(5_000);
        for (int i = 0; i < 400; i++) {
            Draft other = Draft.unlistedAdministrator();
            other.eventId = "event-" + i;
            other.action = "service-" + i + ":" + wide;
            other.target = i + wide;
            other.userAgent = wide;
            other.errorCode = wide;
            other.errorMessage = wide;
            other.callerArn = wide;
            other.reason = wide;
            other.client = wide;
            draft.others.add(other.signal());
        }
        String document = ocsf.render(draft.created());

        assertThat(document.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(OcsfFinding.MOST_BYTES);
        JsonNode finding = new JsonMapper().readTree(document);
        assertThat(finding.at("/metadata/is_truncated").asBoolean()).isTrue();
        assertThat(finding.at("/evidences/0/uid").asText()).isEqualTo(draft.eventId);
        assertThat(read(Draft.selfModification().created()).at("/metadata").has("is_truncated")).isFalse();
    }

    @Test
    void account_isNamed() throws JsonProcessingException {
        JsonNode account = read(Draft.selfModification().created()).at("/cloud/account");

        assertThat(account.path("name").asText()).isEqualTo("sandbox");
        assertThat(account.path("labels").path(0).asText()).isEqualTo("dev");
        assertThat(new JsonMapper()
                .readTree(new OcsfFinding(Catalogue.load(), Map.of(), "1").render(Draft.selfModification().created()))
                .at("/cloud/account").has("name")).isFalse();
    }

    private JsonNode read(Notice notice) throws JsonProcessingException {
        return new JsonMapper().readTree(ocsf.render(notice));
    }
}
