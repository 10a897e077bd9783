package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordReaderTest {
    @Test
    void read_wholeRecord_hasEveryField() {
        ObjectNode record = Sample.node("id-1");
        record.put("errorCode", "AccessDenied").put("errorMessage", "no").put("sharedEventID", "shared")
                .put("sessionCredentialFromConsole", "true");
        record.putArray("resources").addObject().put("accountId", "1").put("ARN", "arn:aws:s3:::b");
        record.putObject("additionalEventData").put("MFAUsed", "No").put("bytes", 3);
        CloudTrailEvent event = Sample.event(record.toString());
        assertThat(event).isEqualTo(new CloudTrailEvent("id-1", Instant.parse("2026-05-04T09:30:15Z"),
                "ec2.amazonaws.com", "RunInstances", "eu-central-1", "aws-mcp.amazonaws.com", "aws-mcp.amazonaws.com",
                "AccessDenied", "no", "req-id-1", "AwsApiCall", false, true, "111122223333", "shared",
                new UserIdentity("AssumedRole", "AROAEXAMPLE0000000001:run-17",
                        "arn:aws:sts::111122223333:assumed-role/mcp-agent-role/run-17", "111122223333",
                        "ASIAEXAMPLE0000000001", null, "aws-mcp.amazonaws.com", "Role",
                        "arn:aws:iam::111122223333:role/agents/mcp-agent-role", "111122223333", "mcp-agent-role", null,
                        null, null, false),
                new Parameters.Builder().add("instancesSet.items.imageId", "ami-0a")
                        .add("instancesSet.items.minCount", "1").add("instancesSet.items.imageId", "ami-0b")
                        .add("userData", "brackets ] } and \"quotes\"\n").add("monitoring.enabled", "false").build(),
                Parameters.EMPTY, new Parameters.Builder().add("MFAUsed", "No").build(), List.of("arn:aws:s3:::b")));
        assertThat(event.account()).isEqualTo("111122223333");
    }

    @Test
    void read_identityOfAnIdentityCenterSession_hasThePersonAndTheSession() {
        UserIdentity identity = identity("""
                {"type":"AssumedRole","sessionContext":{"signInSessionArn":"arn:aws:signin:x","sourceIdentity":"dana",
                 "webIdFederationData":{"arn":"no"},"attributes":{"mfaAuthenticated":"true"},
                 "sessionIssuer":{"arn":"arn:aws:iam::1:role/p/r"}},
                 "onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::1:x"}}""");
        assertThat(identity).isEqualTo(new UserIdentity("AssumedRole", null, null, null, null, null, null, null,
                "arn:aws:iam::1:role/p/r", null, null, "dana", "arn:aws:signin:x", "u-1", true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"HIDDEN_DUE_TO_SECURITY_REASONS\"", "7", "[]", "true"})
    void read_identityThatIsNoObject_isUnknown(String identity) {
        assertThat(identity(identity)).isEqualTo(UserIdentity.UNKNOWN);
    }

    @Test
    void read_partsOfIdentityThatAreNoObjects_areAbsent() {
        UserIdentity identity = identity("""
                {"type":null,"arn":{},"principalId":["x"],"sessionContext":"HIDDEN_DUE_TO_SECURITY_REASONS",
                 "onBehalfOf":null,"sessionIssuer":[],"invokedBy":7}""");
        assertThat(identity.invokedBy()).isEqualTo("7");
        assertThat(identity).isEqualTo(new UserIdentity(null, null, null, null, null, null, "7", null, null, null, null,
                null, null, null, null));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', value = {"null|false|0", "{}|false|0", "[]|false|0",
            "{\"a\":null,\"b\":{},\"c\":[]}|false|0", "\"HIDDEN_DUE_TO_SECURITY_REASONS\"|true|0",
            "{\"omitted\":true,\"originalSize\":9}|true|1", "{\"a\":{\"omitted\":true},\"b\":1}|true|1",
            "{\"omitted\":false}|false|1", "7|false|0", "true|false|0", "[{\"a\":1},2]|false|2"})
    void read_parametersOfAnyShape_areTaken(String json, boolean truncated, int size) {
        ObjectNode record = Sample.node("id-1");
        record.remove("requestParameters");
        Parameters parameters = Sample.event("{\"requestParameters\":" + json + "," + record.toString().substring(1))
                .requestParameters();
        assertThat(parameters.truncated()).isEqualTo(truncated);
        assertThat(parameters.size()).isEqualTo(size);
    }

    @Test
    void read_policyThatIsAnObject_isKeptWhole() {
        ObjectNode record = Sample.node("id-1");
        record.set("requestParameters", Sample.object("""
                {"bucketName":"b","bucketPolicy":{"Statement":[{"Effect":"Allow","Sid":"s"},{"Sid":"t"}]},
                 "policyDocument":"{}"}"""));
        assertThat(Sample.event(record.toString()).requestParameters())
                .isEqualTo(new Parameters.Builder().add("bucketName", "b")
                        .add("bucketPolicy", "{\"Statement\":[{\"Effect\":\"Allow\",\"Sid\":\"s\"},{\"Sid\":\"t\"}]}")
                        .add("policyDocument", "{}").build());
        String numbers = record.toString().replace("\"s\"", "1".repeat(9_000));
        assertThat(Sample.event(numbers).requestParameters().all("bucketPolicy")).singleElement().asString()
                .hasSizeGreaterThan(9_000);
        assertThat(Trail.read(record.toString().replace("\"s\"", "1".repeat(2_000_000))).entries()).hasSize(1);
    }

    @Test
    void read_objectThatIsOnlyCalledAPolicy_isReadLikeAnyOther() {
        ObjectNode record = Sample.node("id-1");
        record.set("requestParameters", Sample.object("""
                {"retentionPolicy":{"homeEfsFileSystem":"Delete","innerPolicy":{"days":[1,2]}},"backupPolicy":{}}"""));
        assertThat(Sample.event(record.toString()).requestParameters())
                .isEqualTo(new Parameters.Builder().add("retentionPolicy.homeEfsFileSystem", "Delete")
                        .add("retentionPolicy.innerPolicy.days", "1").add("retentionPolicy.innerPolicy.days", "2")
                        .build());
    }

    @Test
    void read_credentialsInAnAnswer_areNotKept() {
        ObjectNode record = Sample.node("id-1");
        record.set("responseElements", Sample.object("""
                {"credentials":{"accessKeyId":"ASIAX","secretAccessKey":"s3cr3t","sessionToken":"t0ken"},
                 "assumedRoleUser":{"arn":"arn:aws:sts::1:assumed-role/r/s"},
                 "accessKey":{"accessKeyId":"AKIAX","secretAccessKey":"s3cr3t"},"password":"s3cr3t"}"""));
        Parameters answer = Sample.event(record.toString()).responseElements();
        for (int i = 0; i < answer.size(); i++) {
            assertThat(answer.value(i)).doesNotContain("s3cr3t", "t0ken");
        }
        assertThat(answer.all("accessKeyId")).containsExactly("ASIAX", "AKIAX");
    }

    @Test
    void read_numbersWhereStringsBelong_areTakenAndSaid() {
        ObjectNode record = Sample.node("id-1");
        record.put("eventID", 17).put("recipientAccountId", 111122223333L).put("awsRegion", 1.5);
        List<TrailEntry> entries = new RecordReader().read(record.toString());
        assertThat(entries).singleElement().isInstanceOfSatisfying(Recorded.class, recorded -> {
            assertThat(recorded.event().eventId()).isEqualTo("17");
            assertThat(recorded.event().recipientAccountId()).isEqualTo("111122223333");
            assertThat(recorded.event().awsRegion()).isEqualTo("1.5");
            assertThat(recorded.remarks()).hasSize(3).allSatisfy(r -> assertThat(r).contains("number"));
        });
    }

    @Test
    void read_objectsWhereStringsBelong_areAbsentAndSaid() {
        ObjectNode record = Sample.node("id-1");
        record.putObject("awsRegion").put("a", 1);
        record.putArray("userAgent").add("x");
        assertThat(new RecordReader().read(record.toString())).singleElement().isInstanceOfSatisfying(Recorded.class,
                recorded -> {
                    assertThat(recorded.event().awsRegion()).isNull();
                    assertThat(recorded.event().userAgent()).isNull();
                    assertThat(recorded.event().eventId()).isEqualTo("id-1");
                    assertThat(recorded.remarks()).hasSize(2);
                });
    }

    @ParameterizedTest
    @CsvSource({"true, true", "false, false", "'\"true\"', true", "'\"False\"', false", "null,", "1,", "'\"\"',",
            "'\"maybe\"',", "{},"})
    void read_readOnly_isTrueFalseOrNotTold(String json, @Nullable Boolean readOnly) {
        String record = Sample.record("id-1").replace("\"readOnly\":false", "\"readOnly\":" + json);
        assertThat(Sample.event(record).readOnly()).isEqualTo(readOnly);
    }

    @ParameterizedTest
    @CsvSource({"2026-05-04T09:30:15Z, 2026-05-04T09:30:15Z", "2026-05-04T09:30:15.999Z, 2026-05-04T09:30:15Z",
            "2026-05-04T11:30:15+02:00, 2026-05-04T09:30:15Z", "1970-01-01T00:00:00Z, 1970-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z, 9999-12-31T23:59:59Z"})
    void read_eventTime_isWholeSecondsUtc(String text, Instant expected) {
        assertThat(RecordReader.instant(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "now", "2026-05-04", "2026-05-04 09:30:15.000", "2026-13-04T09:30:15Z",
            "1969-12-31T23:59:59Z", "+10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "1777887015"})
    void read_eventTimeThatIsNone_isUndatedAndSaid(String text) {
        String record = Sample.node("id-1").put("eventTime", text).toString();
        assertThat(new RecordReader().read(record)).singleElement().isInstanceOfSatisfying(Recorded.class, recorded -> {
            assertThat(recorded.event().eventTime()).isNull();
            assertThat(recorded.remarks()).singleElement().asString().startsWith("eventTime");
        });
    }

    @Test
    void read_recordWithoutTime_hasTheEnvelopes() {
        ObjectNode envelope = Sample.object(Sample.envelope("id-1"));
        envelope.put("time", "2026-05-04T10:00:00Z");
        ((ObjectNode) envelope.path("detail")).remove("eventTime");
        assertThat(Sample.event(envelope.toString()).eventTime()).isEqualTo(Instant.parse("2026-05-04T10:00:00Z"));
        envelope.put("time", "today");
        assertThat(Sample.event(envelope.toString()).eventTime()).isNull();
        ((ObjectNode) envelope.path("detail")).put("eventTime", "2026-05-04T09:00:00Z");
        assertThat(Sample.event(envelope.toString()).eventTime()).isEqualTo(Instant.parse("2026-05-04T09:00:00Z"));
    }

    @Test
    void read_recordWithoutId_hasOneOfItsOwn() {
        ObjectNode record = Sample.node("id-1");
        record.remove("eventID");
        String id = Sample.event(record.toString()).eventId();
        assertThat(id).matches("sha256-[0-9a-f]{32}").isEqualTo(Sample.event(record.toPrettyString()).eventId());
        record.withObject("/requestParameters").put("userData", "other");
        assertThat(Sample.event(record.toString()).eventId()).isNotEqualTo(id);
        record.remove("userIdentity");
        record.putNull("userIdentity");
        assertThat(Sample.event(record.toString()).userIdentity()).isEqualTo(UserIdentity.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AwsServiceEvent", "AwsConsoleSignIn", "AwsVpceEvent", "AwsMcpEvent", "SomethingNew", "",
            "AwsCloudTrailInsight"})
    void read_anyEventTypeAndVersion_isARecord(String type) {
        ObjectNode record = Sample.node("id-1");
        record.put("eventType", type).put("eventVersion", "99.0").put("addendum", "x");
        record.putObject("insightDetails").putArray("attributions").addObject().put("eventName", "inner");
        CloudTrailEvent event = Sample.event(record.toString());
        assertThat(event.eventType()).isEqualTo(type);
        assertThat(event.eventName()).isEqualTo("RunInstances");
        assertThat(event.isMcpToolCall()).isEqualTo(type.equals("AwsMcpEvent"));
    }

    @ParameterizedTest
    @CsvSource({"aws-mcp.amazonaws.com, true", "aws-mcp.us-east-1.api.aws, true", "eks-mcp.amazonaws.com, true",
            "aws-api-mcp.amazonaws.com, true", "mcp.amazonaws.com, false", "s3.amazonaws.com, false"})
    void isMcpToolCall_sourceOfAServer_isOne(String eventSource, boolean expected) {
        assertThat(Sample.event(Sample.node("id-1").put("eventSource", eventSource).toString()).isMcpToolCall())
                .isEqualTo(expected);
    }

    @Test
    void read_downstreamRequestsOfAToolCall_areKept() {
        ObjectNode record = Sample.node("id-1");
        record.withObject("/additionalEventData").withArray("downstreamRequests").addObject()
                .put("apiName", "sts:GetCallerIdentity").put("requestId", "r-1").put("awsRegion", "us-east-1");
        Parameters added = Sample.event(record.toString()).additionalEventData();
        assertThat(added.all("apiName")).containsExactly("sts:GetCallerIdentity");
        assertThat(added.all("requestId")).containsExactly("r-1");
    }

    @Test
    void read_resources_areBounded() {
        ObjectNode record = Sample.node("id-1");
        for (int i = 0; i < 200; i++) {
            record.withArray("resources").addObject().put("type", "t").put("ARN", "arn:" + i).putArray("x").add("ARN");
        }
        assertThat(Sample.event(record.toString()).resources()).hasSize(100).startsWith("arn:0", "arn:1");
        assertThat(Sample.event(Sample.node("id-1").put("resources", "x").toString()).resources()).isEmpty();
        record.putArray("resources").add("arn:x").add(1).addNull().addArray().add("arn:y");
        assertThat(Sample.event(record.toString()).resources()).containsExactly("arn:x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[]", "{\"Records\":[]}", "{\"Records\":[{\"Records\":[]}]}", "{\"body\":\"[]\"}"})
    void read_nothing_isOneEntry(String text) {
        assertThat(new RecordReader().read(text)).singleElement().isInstanceOf(TrailEntry.Skipped.class);
    }

    @Test
    void read_brokenTextInsideAMessage_costsThatMessageAlone() {
        List<TrailEntry> entries = new RecordReader()
                .read(Sample.batch(Sample.envelope("id-1"), "{\"detail\":{", Sample.envelope("id-2")));
        assertThat(entries).hasSize(3);
        assertThat(entries.get(1)).isInstanceOf(Unreadable.class);
        assertThat(((Recorded) entries.get(2)).event().eventId()).isEqualTo("id-2");
    }

    @Test
    void read_brokenUtf32_saysTheSameWhereverItLies() {
        byte[] bytes = "{\0\0\0\u0001\u0002\u0003\u0004".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] within = new byte[bytes.length + 3];
        System.arraycopy(bytes, 0, within, 3, bytes.length);

        assertThat(new RecordReader().read(within, 3, bytes.length))
                .isEqualTo(new RecordReader().read(bytes, 0, bytes.length))
                .containsExactly(new TrailEntry.Unreadable(0, "not UTF-8"));
    }

    @Test
    void read_partOfAnArray_isReadInPlace() {
        byte[] bytes = ("xx" + Sample.record("id-1") + "yy").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(new RecordReader().read(bytes, 2, bytes.length - 4)).singleElement().isInstanceOf(Recorded.class);
        byte[] broken = "xx{\"a\":?}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(new RecordReader().read(broken, 2, broken.length - 2)).singleElement()
                .isInstanceOfSatisfying(Unreadable.class, fault -> assertThat(fault.offset()).isBetween(5L, 6L));
    }

    private static UserIdentity identity(String json) {
        return Sample.event("{\"eventSource\":\"s\",\"eventName\":\"n\",\"userIdentity\":" + json + "}").userIdentity();
    }
}
