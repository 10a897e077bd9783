package io.trailsentry.trail;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.trailsentry.trail.TrailEntry.Announced;
import io.trailsentry.trail.TrailEntry.Envelope;
import io.trailsentry.trail.TrailEntry.Recorded;
import io.trailsentry.trail.TrailEntry.Skipped;
import io.trailsentry.trail.TrailEntry.Unreadable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads one JSON value, from parser tokens straight into events, in whichever wrapping they come: a bare record,
/// an EventBridge envelope (`detail`), a queue's or a log file's batch (`Records`), `lookup-events` output
/// (`Events`), an SNS notification (`Message`), an array of any of these. Notices of new objects come in the same
/// wrappings.
///
/// Never throws for bad input: each value becomes [Recorded], [Announced], [Skipped] or [Unreadable]. A fault inside a
/// value costs that value alone. What a fault is called quotes a few characters of the input at most. Immutable and thread-safe.
public final class RecordReader {
    /// How many wrappings deep a record may lie.
    private static final int MAX_WRAPPINGS = 6;
    /// Most values that one value may wrap; 16 MB of records are fewer.
    private static final int MAX_VALUES = 100_000;
    /// Longest path of a parameter; AWS's own have less than 300 characters.
    private static final int MAX_PATH = 1_000;
    /// Most remarks on one record.
    private static final int MAX_REMARKS = 20;
    /// Longest field name that is remembered from record to record.
    private static final int MAX_NAME = 256;
    /// Most requests of one MCP tool call, and most resources of one record, that are kept.
    private static final int MAX_LIST = 100;
    /// Endings of an answer's fields that are worth keeping: what was made, by name. Everything else, credentials above
    /// all, is passed over.
    private static final List<String> RESPONSE_FIELDS = List.of("Id", "id", "arn", "Arn", "RN", "Name", "ConsoleLogin");
    /// All fields, and no policy document among them: what was read once is not read again.
    private static final List<String> EVERY_FIELD = List.of("");
    /// Additions that are worth keeping.
    private static final List<String> ADDITIONAL_FIELDS = List.of("MFAUsed", "apiName", "requestId",
            "signInSessionArn");

    /// Digits that a number may have: reading them as a number takes the square of their count.
    private static final int MAX_DIGITS = 10_000;
    private static final Pattern NOT_PLAIN = Pattern.compile("[^ -~]");

    private final JsonFactory json;
    /// Reads what is odd but valid, as names without end, at more cost; null: this one does.
    private final @Nullable RecordReader patient;
    /// Reads most records, faster; null: none.
    private final @Nullable PlainRecords plain;

    /// A reader.
    public RecordReader() {
        this(true);
    }

    /// @param quick whether records that are written plainly are read without a parser
    RecordReader(boolean quick) {
        json = factory(MAX_NAME, true);
        patient = new RecordReader(factory(Integer.MAX_VALUE, false));
        plain = quick ? new PlainRecords(this::parameters) : null;
    }

    private RecordReader(JsonFactory json) {
        this.json = json;
        this.patient = null;
        this.plain = null;
    }

    /// @param remembering whether names are kept for the next value, which is faster
    private static JsonFactory factory(int longest, boolean remembering) {
        return JsonFactory.builder().configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, remembering)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .errorReportConfiguration(ErrorReportConfiguration.builder().maxErrorTokenLength(0).build())
                .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(500).maxNameLength(longest)
                        .maxNumberLength(MAX_DIGITS).build())
                .build();
    }

    /// Reads most records, faster; null: none.
    @Nullable
    PlainRecords plain() {
        return plain;
    }

    /// Reads a value, or several one behind the other, from bytes.
    ///
    /// @return what it held, in order; at least one entry
    public List<TrailEntry> read(byte[] bytes, int offset, int length) {
        List<TrailEntry> entries = new ArrayList<>(1);
        read(bytes, offset, length, entries);
        return entries;
    }

    /// As [#read(byte[],int,int)], into an empty list.
    ///
    /// @return whether the bytes are JSON to their end; if not, the last entry is [Unreadable] and says where they stop
    boolean read(byte[] bytes, int offset, int length, List<TrailEntry> entries) {
        Recorded recorded = plain == null ? null : plain.readAll(bytes, offset, length);
        if (recorded != null) {
            entries.add(recorded);
            return true;
        }
        try (JsonParser parser = json.createParser(bytes, offset, length)) {
            values(parser, null, 0, entries);
            if (entries.isEmpty()) {
                entries.add(new Skipped(null, "an empty list"));
            }
            return true;
        } catch (StreamConstraintsException e) {
            if (patient != null) {
                entries.clear();
                return patient.read(bytes, offset, length, entries);
            }
            entries.add(unreadable(e));
        } catch (IOException e) {
            entries.add(unreadable(e));
        }
        return false;
    }

    /// The parameters that are valid JSON in one of a record's fields.
    private Parameters parameters(byte[] bytes, String field) {
        try (JsonParser parser = json.createParser(bytes)) {
            parser.nextToken();
            return new ObjectReader(null, 0, new ArrayList<>(0)).parameters(parser, field);
        } catch (IOException e) {
            throw new UncheckedIOException("what was valid JSON is no longer", e);
        }
    }

    /// Reads a value from text; see [#read(byte[],int,int)].
    public List<TrailEntry> read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return read(bytes, 0, bytes.length);
    }

    private static Unreadable unreadable(IOException fault) {
        JsonLocation location = fault instanceof JsonProcessingException e ? e.getLocation() : null;
        // What is said of broken UTF-32, for which zeros may be taken, depends on where in a buffer it lies.
        String rule = fault instanceof JsonProcessingException e ? e.getOriginalMessage() : "not UTF-8";
        return new Unreadable(location == null ? 0 : Math.max(0, location.getByteOffset()),
                rule == null
                        ? "not JSON"
                        : NOT_PLAIN.matcher(rule.lines().findFirst().orElse("not JSON")).replaceAll("?"));
    }

    private void values(JsonParser parser, @Nullable Envelope envelope, int depth, List<TrailEntry> entries)
            throws IOException {
        boolean any = false;
        while (parser.nextToken() != null) {
            value(parser, envelope, depth, entries);
            any = true;
        }
        if (!any) {
            entries.add(new Skipped(envelope, "empty"));
        }
    }

    private void value(JsonParser parser, @Nullable Envelope envelope, int depth, List<TrailEntry> entries)
            throws IOException {
        if (entries.size() >= MAX_VALUES) {
            throw new JsonParseException(parser, "more than " + MAX_VALUES + " values in one");
        }
        if (depth > MAX_WRAPPINGS) {
            parser.skipChildren();
            entries.add(new Skipped(envelope, "wrapped more than " + MAX_WRAPPINGS + " times"));
            return;
        }
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            new ObjectReader(envelope, depth, entries).read(parser);
        } else if (token == JsonToken.START_ARRAY) {
            while (next(parser) != JsonToken.END_ARRAY) {
                value(parser, envelope, depth + 1, entries);
            }
        } else {
            entries.add(new Skipped(envelope, "a bare " + describe(token)));
        }
    }

    /// A wrapped value that is itself JSON in a string.
    private void embedded(String text, @Nullable Envelope envelope, int depth, List<TrailEntry> entries)
            throws IOException {
        try (JsonParser parser = json.createParser(text)) {
            values(parser, envelope, depth, entries);
        } catch (StreamConstraintsException e) {
            if (patient != null) {
                throw e;
            }
            entries.add(unreadable(e));
        } catch (JsonProcessingException e) {
            entries.add(unreadable(e));
        }
    }

    /// The next token, where a value or the end of the enclosing structure must come.
    private static JsonToken next(JsonParser parser) throws IOException {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw new com.fasterxml.jackson.core.io.JsonEOFException(parser, null, "Unexpected end of input");
        }
        return token;
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "object";
            case START_ARRAY -> "list";
            case VALUE_STRING -> "string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "number";
            case VALUE_TRUE, VALUE_FALSE -> "boolean";
            case VALUE_NULL -> "null";
            default -> "value";
        };
    }

    /// One pass over an object's fields. Confined to one call of [#read].
    private final class ObjectReader {
        private final @Nullable Envelope outer;
        private final int depth;
        private final List<TrailEntry> entries;
        private final List<String> remarks = new ArrayList<>(0);
        private final BitSet seen = new BitSet();

        private @Nullable String eventId;
        private @Nullable String eventTime;
        private @Nullable String eventSource;
        private @Nullable String eventName;
        private @Nullable String awsRegion;
        private @Nullable String sourceIpAddress;
        private @Nullable String userAgent;
        private @Nullable String errorCode;
        private @Nullable String errorMessage;
        private @Nullable String requestId;
        private @Nullable String eventType;
        private @Nullable Boolean readOnly;
        private boolean consoleCredentials;
        private @Nullable String recipientAccountId;
        private @Nullable String sharedEventId;
        private @Nullable UserIdentity userIdentity;
        private Parameters requestParameters = Parameters.EMPTY;
        private Parameters responseElements = Parameters.EMPTY;
        private Parameters additionalEventData = Parameters.EMPTY;
        private List<String> resources = List.of();

        private @Nullable String source;
        private @Nullable String detailType;
        private @Nullable String account;
        private @Nullable String time;
        private @Nullable String duplicated;
        private boolean wrapper;

        private @Nullable String bucket;
        private List<String> keys = List.of();
        private boolean s3Notice;
        private boolean trial;

        ObjectReader(@Nullable Envelope outer, int depth, List<TrailEntry> entries) {
            this.outer = outer;
            this.depth = depth;
            this.entries = entries;
        }

        void read(JsonParser parser) throws IOException {
            List<TrailEntry> wrapped = new ArrayList<>(0);
            while (next(parser) == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                next(parser);
                field(field, parser, wrapped);
            }
            if (duplicated != null) {
                entries.add(new Unreadable(parser.currentTokenLocation().getByteOffset(),
                        "field " + duplicated + " stands twice in one record"));
            } else if (wrapper) {
                Envelope envelope = envelope();
                for (TrailEntry entry : wrapped) {
                    entries.add(inEnvelope(entry, envelope));
                }
            } else {
                entries.add(entry());
            }
        }

        private void field(String field, JsonParser parser, List<TrailEntry> wrapped) throws IOException {
            switch (field) {
                case "eventID" -> eventId = text(0, field, parser);
                case "eventTime" -> eventTime = text(1, field, parser);
                case "eventSource" -> eventSource = text(2, field, parser);
                case "eventName" -> eventName = text(3, field, parser);
                case "awsRegion" -> awsRegion = text(4, field, parser);
                case "sourceIPAddress" -> sourceIpAddress = text(5, field, parser);
                case "userAgent" -> userAgent = text(6, field, parser);
                case "errorCode" -> errorCode = text(7, field, parser);
                case "errorMessage" -> errorMessage = text(8, field, parser);
                case "requestID" -> requestId = text(9, field, parser);
                case "eventType" -> eventType = text(10, field, parser);
                case "readOnly" -> readOnly = flag(text(11, field, parser));
                case "sessionCredentialFromConsole" ->
                    consoleCredentials = Boolean.TRUE.equals(flag(text(12, field, parser)));
                case "recipientAccountId" -> recipientAccountId = text(13, field, parser);
                case "sharedEventID" -> sharedEventId = text(14, field, parser);
                case "userIdentity" -> {
                    once(15, field);
                    userIdentity = identity(parser);
                }
                case "requestParameters" -> {
                    once(16, field);
                    requestParameters = parameters(parser, field);
                }
                case "responseElements" -> {
                    once(17, field);
                    responseElements = parameters(parser, field);
                }
                case "additionalEventData" -> {
                    once(18, field);
                    additionalEventData = parameters(parser, field);
                }
                case "resources" -> {
                    once(19, field);
                    resources = arns(parser);
                }
                case "source" -> source = text(20, field, parser);
                case "detail-type" -> detailType = text(21, field, parser);
                case "account" -> account = text(22, field, parser);
                case "time" -> time = text(23, field, parser);
                case "detail" -> {
                    once(24, field);
                    wrapped(parser.currentToken() == JsonToken.START_OBJECT, parser, wrapped);
                }
                case "Sns" -> wrapped(parser.currentToken() == JsonToken.START_OBJECT, parser, wrapped);
                case "Records", "Events" ->
                    wrapped(parser.currentToken() == JsonToken.START_ARRAY, parser, wrapped);
                case "body", "CloudTrailEvent", "Message" -> {
                    if (parser.currentToken() == JsonToken.VALUE_STRING && looksLikeJson(parser.getText())) {
                        wrapper = true;
                        embedded(parser.getText(), null, depth + 1, wrapped);
                    } else {
                        trial |= parser.currentToken() == JsonToken.VALUE_STRING
                                && parser.getText().startsWith(Announced.VALIDATION);
                        parser.skipChildren();
                    }
                }
                case "s3Bucket" -> bucket = text(25, field, parser);
                case "s3ObjectKey" -> {
                    once(26, field);
                    keys = texts(parser);
                }
                case "s3" -> {
                    once(27, field);
                    s3Notice = true;
                    object(parser);
                }
                case "bucket", "object" -> {
                    once(field.equals("bucket") ? 28 : 29, field);
                    part(field, parser);
                }
                case "Event" -> trial |= "s3:TestEvent".equals(scalar(field, parser));
                default -> parser.skipChildren();
            }
        }

        /// The object that a notice of S3 is about.
        private void object(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                return;
            }
            while (next(parser) == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                next(parser);
                part(field, parser);
            }
        }

        private void part(String field, JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT
                    || !(field.equals("bucket") || field.equals("object"))) {
                parser.skipChildren();
                return;
            }
            while (next(parser) == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                boolean text = next(parser) == JsonToken.VALUE_STRING;
                if (text && field.equals("bucket") && name.equals("name")) {
                    bucket = parser.getText();
                } else if (text && field.equals("object") && name.equals("key")) {
                    keys = List.of(parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
        }

        private static List<String> texts(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                parser.skipChildren();
                return List.of();
            }
            List<String> texts = new ArrayList<>(1);
            for (JsonToken token = next(parser); token != JsonToken.END_ARRAY; token = next(parser)) {
                if (token == JsonToken.VALUE_STRING) {
                    texts.add(parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
            return texts;
        }

        private void wrapped(boolean rightShape, JsonParser parser, List<TrailEntry> wrapped) throws IOException {
            if (rightShape) {
                wrapper = true;
                value(parser, null, depth + 1, wrapped);
            } else {
                parser.skipChildren();
            }
        }

        private static boolean looksLikeJson(String text) {
            String start = text.stripLeading();
            return start.startsWith("{") || start.startsWith("[");
        }

        private @Nullable Envelope envelope() {
            return detailType == null && source == null
                    ? outer
                    : new Envelope(source, detailType, account, time, resources);
        }

        /// The nearest envelope counts: the one around the record itself.
        private TrailEntry inEnvelope(TrailEntry entry, @Nullable Envelope envelope) {
            return switch (entry) {
                case Recorded(CloudTrailEvent event, Envelope own, List<String> odd) when own == null
                        && envelope != null ->
                    new Recorded(event.eventTime() == null ? timed(event, envelope.time()) : event, envelope, odd);
                case Skipped(Envelope own, String reason) when own == null -> new Skipped(envelope, reason);
                case Announced(Envelope own, String bucket, List<String> keys) when own == null ->
                    new Announced(envelope, bucket, keys);
                case Announced a -> a;
                case Recorded r -> r;
                case Skipped s -> s;
                case Unreadable u -> u;
            };
        }

        private TrailEntry entry() {
            if (trial) {
                return new Announced(envelope(), "", List.of());
            }
            if (s3Notice && "aws:s3".equals(eventSource)) {
                return notice();
            }
            if (eventSource == null && bucket != null && !keys.isEmpty()) {
                return new Announced(envelope(), bucket, keys);
            }
            if (eventSource == null || eventName == null || userIdentity == null) {
                return new Skipped(envelope(), "no CloudTrail record: lacks "
                        + (eventSource == null ? "eventSource" : eventName == null ? "eventName" : "userIdentity"));
            }
            Instant at = instant(eventTime);
            if (at == null && eventTime != null) {
                remark("eventTime is no time: taken as absent");
            }
            CloudTrailEvent event = new CloudTrailEvent(eventId == null ? "" : eventId, at, eventSource, eventName,
                    awsRegion, sourceIpAddress, userAgent, errorCode, errorMessage, requestId, eventType, readOnly,
                    consoleCredentials, recipientAccountId, sharedEventId, userIdentity, requestParameters,
                    responseElements, additionalEventData, resources);
            return new Recorded(eventId == null ? identified(event) : event, null, remarks);
        }

        /// S3's own notice, which writes keys as URLs are written.
        private TrailEntry notice() {
            if (bucket == null || keys.isEmpty() || eventName == null || !eventName.startsWith("ObjectCreated:")) {
                return new Skipped(envelope(), "a notice of S3, but of no new object");
            }
            try {
                return new Announced(envelope(), bucket,
                        List.of(URLDecoder.decode(keys.getFirst(), StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException e) {
                return new Skipped(envelope(), "a notice of S3 whose key is not written as in a URL");
            }
        }

        /// Notes a field that detectors lean on and that stands twice: which one counts would be a guess.
        private void once(int index, String field) {
            if (seen.get(index)) {
                duplicated = field;
            }
            seen.set(index);
        }

        private @Nullable String text(int index, String field, JsonParser parser) throws IOException {
            once(index, field);
            return scalar(field, parser);
        }

        private @Nullable String scalar(String field, JsonParser parser) throws IOException {
            return switch (parser.currentToken()) {
                case VALUE_STRING -> parser.getText();
                case VALUE_TRUE, VALUE_FALSE -> parser.getText();
                case VALUE_NULL -> null;
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                    remark(field + " is a number where a string belongs: taken as text");
                    yield parser.getText();
                }
                default -> {
                    remark(field + " is " + article(parser.currentToken())
                            + " where a string belongs: taken as absent");
                    parser.skipChildren();
                    yield null;
                }
            };
        }

        private void remark(String remark) {
            if (remarks.size() < MAX_REMARKS) {
                remarks.add(remark);
            }
        }

        private static String article(JsonToken token) {
            String noun = describe(token);
            return (noun.startsWith("o") ? "an " : "a ") + noun;
        }

        private UserIdentity identity(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                if (parser.currentToken() != JsonToken.VALUE_NULL) {
                    remark("userIdentity is " + article(parser.currentToken())
                            + " where an object belongs: taken as unknown");
                }
                parser.skipChildren();
                return UserIdentity.UNKNOWN;
            }
            String[] part = new String[IDENTITY_FIELDS.size()];
            identity(parser, "", part);
            return RecordReader.identity(part);
        }

        private void identity(JsonParser parser, String prefix, @Nullable String[] part) throws IOException {
            while (next(parser) == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                next(parser);
                if (parser.currentToken() == JsonToken.START_OBJECT) {
                    switch (name) {
                        case "sessionContext", "attributes" -> identity(parser, prefix, part);
                        case "sessionIssuer" -> identity(parser, "sessionIssuer.", part);
                        case "onBehalfOf" -> identity(parser, "onBehalfOf.", part);
                        default -> parser.skipChildren();
                    }
                    continue;
                }
                int index = IDENTITY_FIELDS.indexOf(prefix.isEmpty() ? name : prefix + name);
                if (index < 0) {
                    parser.skipChildren();
                } else {
                    if (part[index] != null) {
                        duplicated = "userIdentity." + prefix + name;
                    }
                    part[index] = scalar("userIdentity." + name, parser);
                }
            }
        }

        private Parameters parameters(JsonParser parser, String field) throws IOException {
            List<String> wanted = switch (field) {
                case "responseElements" -> RESPONSE_FIELDS;
                case "additionalEventData" -> ADDITIONAL_FIELDS;
                default -> null;
            };
            JsonToken token = parser.currentToken();
            if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
                Parameters.Builder builder = new Parameters.Builder();
                flatten(parser, "", "", wanted, builder);
                return builder.build();
            }
            if (token == JsonToken.VALUE_STRING) {
                // A string in an object's place is CloudTrail's "HIDDEN_DUE_TO_SECURITY_REASONS".
                return new Parameters.Builder().truncated().build();
            }
            if (token != JsonToken.VALUE_NULL) {
                remark(field + " is " + article(token) + " where an object belongs: taken as absent");
            }
            return Parameters.EMPTY;
        }

        private void flatten(JsonParser parser, String path, String name, @Nullable List<String> wanted,
                Parameters.Builder builder) throws IOException {
            JsonToken end = parser.currentToken() == JsonToken.START_OBJECT
                    ? JsonToken.END_OBJECT
                    : JsonToken.END_ARRAY;
            for (JsonToken token = next(parser); token != end; token = next(parser)) {
                String here = path;
                String leaf = name;
                if (token == JsonToken.FIELD_NAME) {
                    leaf = parser.currentName();
                    token = next(parser);
                    if (path.length() + leaf.length() >= MAX_PATH) {
                        builder.truncated();
                        parser.skipChildren();
                        continue;
                    }
                    here = path.isEmpty() ? leaf : path + '.' + leaf;
                }
                switch (token) {
                    case START_OBJECT, START_ARRAY -> {
                        if (token == JsonToken.START_OBJECT && wanted == null && isPolicy(leaf)) {
                            policy(parser, here, leaf, builder);
                        } else {
                            flatten(parser, here, leaf, wanted, builder);
                        }
                    }
                    case VALUE_NULL -> {
                    }
                    default -> {
                        if (leaf.equals("omitted") && parser.currentToken() == JsonToken.VALUE_TRUE) {
                            builder.truncated();
                        } else if (wanted == null || wanted.stream().anyMatch(leaf::endsWith)) {
                            builder.add(here, parser.getText());
                        }
                    }
                }
            }
        }

        /// A policy document as one value. What only is called a policy, as a retention policy is, is read like any object.
        private void policy(JsonParser parser, String path, String name, Parameters.Builder builder)
                throws IOException {
            String text = compact(parser);
            if (text.contains("\"Statement\"")) {
                builder.add(path, text);
                return;
            }
            try (JsonParser again = json.createParser(text)) {
                next(again);
                flatten(again, path, name, EVERY_FIELD, builder);
            }
        }

        /// The object at hand as compact JSON, without a tree in between.
        private String compact(JsonParser parser) throws IOException {
            StringWriter text = new StringWriter();
            try (JsonGenerator out = json.createGenerator(text)) {
                out.copyCurrentStructure(parser);
            }
            return text.toString();
        }

        /// Whether a field holds a policy document. Most services write it as a text, some as an object: only whole can it
        /// be told which statement has a condition.
        private static boolean isPolicy(String field) {
            return field.endsWith("olicy") || field.endsWith("olicyDocument");
        }

        /// The ARNs of `resources`: objects with an `ARN` in a record, plain strings in an envelope.
        private List<String> arns(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                parser.skipChildren();
                return List.of();
            }
            List<String> arns = new ArrayList<>();
            for (JsonToken token = next(parser); token != JsonToken.END_ARRAY; token = next(parser)) {
                if (token == JsonToken.VALUE_STRING && arns.size() < MAX_LIST) {
                    arns.add(parser.getText());
                } else if (token == JsonToken.START_OBJECT) {
                    while (next(parser) == JsonToken.FIELD_NAME) {
                        boolean arn = parser.currentName().equals("ARN");
                        if (next(parser) == JsonToken.VALUE_STRING && arn && arns.size() < MAX_LIST) {
                            arns.add(parser.getText());
                        }
                        parser.skipChildren();
                    }
                } else {
                    parser.skipChildren();
                }
            }
            return arns;
        }
    }

    /// In the order of [UserIdentity]'s parts.
    static final List<String> IDENTITY_FIELDS = List.of("type", "principalId", "arn", "accountId",
            "accessKeyId", "userName", "invokedBy", "sessionIssuer.type", "sessionIssuer.arn",
            "sessionIssuer.accountId", "sessionIssuer.userName", "sourceIdentity", "signInSessionArn",
            "onBehalfOf.userId", "mfaAuthenticated");

    /// The identity of which [#IDENTITY_FIELDS] are known.
    static UserIdentity identity(@Nullable String[] part) {
        return new UserIdentity(part[0], part[1], part[2], part[3], part[4], part[5], part[6], part[7], part[8],
                part[9], part[10], part[11], part[12], part[13], flag(part[14]));
    }

    static @Nullable Boolean flag(@Nullable String text) {
        return "true".equalsIgnoreCase(text) ? Boolean.TRUE : "false".equalsIgnoreCase(text) ? Boolean.FALSE : null;
    }

    private static CloudTrailEvent timed(CloudTrailEvent e, @Nullable String time) {
        return with(e, e.eventId(), instant(time));
    }

    /// A record without an id gets the hash of what it says, so that its copies are known as copies.
    private static CloudTrailEvent identified(CloudTrailEvent e) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(e.toString().getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < e.requestParameters().size(); i++) {
                digest.update(e.requestParameters().value(i).getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            return with(e, "sha256-" + HexFormat.of().formatHex(digest.digest(), 0, 16), e.eventTime());
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    private static CloudTrailEvent with(CloudTrailEvent e, String eventId, @Nullable Instant time) {
        return new CloudTrailEvent(eventId, time, e.eventSource(), e.eventName(), e.awsRegion(), e.sourceIpAddress(),
                e.userAgent(), e.errorCode(), e.errorMessage(), e.requestId(), e.eventType(), e.readOnly(),
                e.consoleCredentials(), e.recipientAccountId(), e.sharedEventId(), e.userIdentity(),
                e.requestParameters(), e.responseElements(), e.additionalEventData(), e.resources());
    }

    /// A time as CloudTrail writes it, or null: RFC 3339 with `Z` or an offset, cut to whole seconds.
    static @Nullable Instant instant(@Nullable String text) {
        if (text == null || text.length() < 20) {
            return null;
        }
        try {
            Instant at = text.endsWith("Z") ? Instant.parse(text) : OffsetDateTime.parse(text).toInstant();
            long second = at.getEpochSecond();
            return second < 0 || second > MAX_SECOND ? null : Instant.ofEpochSecond(second);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /// The last second of the year 9999: a later one cannot be written as RFC 3339.
    private static final long MAX_SECOND = 253_402_300_799L;
}
