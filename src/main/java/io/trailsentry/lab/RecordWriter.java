package io.trailsentry.lab;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.trailsentry.lab.ApiCall.Place;
import io.trailsentry.lab.ApiCall.Text;
import io.trailsentry.lab.PlannedCall.Origin;
import io.trailsentry.lab.PlannedCall.Session;
import io.trailsentry.lab.SimulatedAgent.Credentials;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.Denial;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Writes planned calls as CloudTrail records, in the shapes of real ones. Not thread-safe.
final class RecordWriter {
    private static final String HIDDEN = "[HIDDEN_DUE_TO_SECURITY_REASONS]";

    private final JsonFactory json = new JsonFactory();
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(2_048);

    SimulatedRecord record(PlannedCall call) {
        Instant time = Instant.ofEpochSecond(Math.floorDiv(call.at(), 1_000L));
        buffer.reset();
        try (JsonGenerator out = json.createGenerator(buffer)) {
            write(call, time, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SimulatedAgent agent = call.session().agent();
        return new SimulatedRecord(time, call.eventId(), agent.number(), agent.account(), call.region(), call.attack(),
                buffer.toByteArray());
    }

    private static void write(PlannedCall call, Instant time, JsonGenerator out) throws IOException {
        Origin origin = call.origin();
        out.writeStartObject();
        out.writeStringField("eventVersion", "1.11");
        identity(call, out);
        out.writeStringField("eventTime", time.toString());
        out.writeStringField("eventSource", call.api().source() + ".amazonaws.com");
        out.writeStringField("eventName", call.api().name());
        out.writeStringField("awsRegion", call.region());
        out.writeStringField("sourceIPAddress", origin.address());
        out.writeStringField("userAgent", origin.userAgent());
        String error = call.error();
        if (error != null) {
            out.writeStringField("errorCode", error);
            out.writeStringField("errorMessage", message(call, error));
        }
        if (call.isToolCall()) {
            tool(call, out);
        } else {
            // Nothing of a denied IAM call is told but the error message.
            boolean told = error == null || !Denial.isDenied(error) || !call.api().source().equals("iam");
            filled(out, "requestParameters", told ? call.api().request() : null, call);
            filled(out, "responseElements", error == null ? call.api().response() : null, call);
        }
        out.writeStringField("requestID", call.requestId());
        out.writeStringField("eventID", call.eventId());
        out.writeBooleanField("readOnly", call.api().readOnly());
        out.writeStringField("eventType", call.isToolCall() ? "AwsMcpEvent" : "AwsApiCall");
        out.writeBooleanField("managementEvent", true);
        out.writeStringField("recipientAccountId", call.session().agent().account());
        out.writeStringField("eventCategory", "Management");
        if (origin.invokedBy() == null && !call.isToolCall()) {
            out.writeObjectFieldStart("tlsDetails");
            out.writeStringField("tlsVersion", "TLSv1.3");
            out.writeStringField("cipherSuite", "TLS_AES_128_GCM_SHA256");
            out.writeStringField("clientProvidedHostHeader",
                    call.api().source() + '.' + call.region() + ".amazonaws.com");
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static void identity(PlannedCall call, JsonGenerator out) throws IOException {
        Session session = call.session();
        SimulatedAgent agent = session.agent();
        boolean signedIn = agent.credentials() == Credentials.SIGN_IN
                && (call.isToolCall() || call.origin().equals(Origin.MCP));
        out.writeObjectFieldStart("userIdentity");
        out.writeStringField("type", "AssumedRole");
        out.writeStringField("principalId", agent.roleId() + ':' + session.name());
        out.writeStringField("arn",
                "arn:aws:sts::" + agent.account() + ":assumed-role/" + agent.role() + '/' + session.name());
        out.writeStringField("accountId", agent.account());
        if (!(signedIn && call.isToolCall())) {
            out.writeStringField("accessKeyId", "ASIA"
                    + SimulatedAgent.base32(new Dice(Purpose.KEY, call.key()), 16));
        }
        out.writeObjectFieldStart("sessionContext");
        out.writeObjectFieldStart("sessionIssuer");
        out.writeStringField("type", "Role");
        out.writeStringField("principalId", agent.roleId());
        out.writeStringField("arn", agent.principal());
        out.writeStringField("accountId", agent.account());
        out.writeStringField("userName", agent.role());
        out.writeEndObject();
        out.writeObjectFieldStart("attributes");
        out.writeStringField("creationDate", Instant.ofEpochSecond(session.started()).toString());
        out.writeStringField("mfaAuthenticated", "false");
        out.writeEndObject();
        if (signedIn) {
            out.writeStringField("signInSessionArn", "arn:aws:signin:us-east-1:" + agent.account() + ":session/"
                    + PlannedCall.uuid(session.started(), Purpose.KEY));
        }
        out.writeEndObject();
        if (call.origin().invokedBy() != null) {
            out.writeStringField("invokedBy", call.origin().invokedBy());
        }
        if (agent.credentials() == Credentials.IDENTITY_CENTER) {
            out.writeObjectFieldStart("onBehalfOf");
            out.writeStringField("userId", PlannedCall.uuid(agent.number(), Purpose.AGENT).toString());
            out.writeStringField("identityStoreArn",
                    "arn:aws:identitystore::" + agent.account() + ":identitystore/d-0000000000");
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static String message(PlannedCall call, String error) {
        ApiCall api = call.api();
        if (Denial.isDenied(error)) {
            String action = ApiAction.of(api.source() + ".amazonaws.com", api.name());
            SimulatedAgent agent = call.session().agent();
            return "User: arn:aws:sts::" + agent.account() + ":assumed-role/" + agent.role() + '/'
                    + call.session().name() + " is not authorized to perform: " + action
                    + (api.source().equals("iam") && !call.subject().isEmpty()
                            ? " on resource: role " + call.subject()
                            : "")
                    + " because no identity-based policy allows the " + action + " action";
        }
        return error.equals(api.missing()) ? call.subject() + " does not exist" : "Rate exceeded";
    }

    private static void tool(PlannedCall call, JsonGenerator out) throws IOException {
        long id = 1 + (call.salt() >>> 1) % 1_000;
        out.writeObjectFieldStart("requestParameters");
        out.writeStringField("jsonrpc", "2.0");
        out.writeStringField("method", "tools/call");
        out.writeNumberField("id", id);
        out.writeObjectFieldStart("params");
        out.writeStringField("name", call.made().size() == 1 ? "aws___call_aws" : "aws___run_script");
        out.writeStringField("_meta", HIDDEN);
        out.writeStringField("arguments", HIDDEN);
        out.writeEndObject();
        out.writeEndObject();
        out.writeObjectFieldStart("responseElements");
        out.writeStringField("jsonrpc", "2.0");
        out.writeNumberField("id", id);
        out.writeStringField("result", HIDDEN);
        out.writeEndObject();
        out.writeObjectFieldStart("additionalEventData");
        out.writeArrayFieldStart("downstreamRequests");
        for (PlannedCall made : call.made()) {
            out.writeStartObject();
            out.writeStringField("apiName", ApiAction.of(made.api().source() + ".amazonaws.com", made.api().name()));
            out.writeStringField("requestId", made.requestId());
            out.writeStringField("awsRegion", made.region());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void filled(JsonGenerator out, String field, @Nullable Text text, PlannedCall call)
            throws IOException {
        out.writeFieldName(field);
        if (text == null) {
            out.writeNull();
            return;
        }
        StringBuilder filled = new StringBuilder(text.parts().getFirst());
        for (int i = 0; i < text.places().size(); i++) {
            filled.append(place(text.places().get(i), call)).append(text.parts().get(i + 1));
        }
        out.writeRawValue(filled.toString());
    }

    private static String place(Place place, PlannedCall call) {
        return switch (place) {
            case NAME -> call.subject();
            case ID -> "0" + HexFormat.of().toHexDigits(Dice.hash(call.subject().hashCode()));
            case UUID -> PlannedCall.uuid(call.subject().hashCode(), Purpose.RESOURCE).toString();
            case ACCOUNT -> call.session().agent().account();
            case REGION -> call.region();
        };
    }
}
