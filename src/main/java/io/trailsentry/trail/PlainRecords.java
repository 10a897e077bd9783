package io.trailsentry.trail;

import io.trailsentry.trail.TrailEntry.Recorded;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads bare records that are written as AWS writes them, each byte once and eight at a time: texts and identities that
/// come again are not made again, and parameters are kept as bytes until somebody asks for them.
///
/// It accepts valid JSON only, and of that only what needs no second thought: ASCII, no escapes in the fields that are
/// kept, every field in its type and once, nothing wrapped. Everything else is left to [RecordReader]'s parser, which
/// gives the same event for what is read here. Thread-safe: what is remembered consists of immutable values, so that a
/// lost race costs the making of one again.
final class PlainRecords {
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;
    /// Places for texts and for identities that are remembered; a power of two.
    private static final int PLACES = 1 << 12;
    /// Longest text, and longest identity in bytes, that is remembered.
    private static final int LONGEST = 256;
    private static final int LONGEST_IDENTITY = 2_048;
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_NUMBER = 100;
    private static final int DEEPEST = 64;
    private static final int MOST_RESOURCES = 100;

    private final Flattener flattener;
    private final @Nullable Seen<String>[] texts = places();
    private final @Nullable Seen<UserIdentity>[] identities = places();

    /// Reads the parameters of a record.
    interface Flattener {
        /// The parameters that one of its fields holds.
        ///
        /// @param json an object or a list, valid
        /// @param field the record's field that it is
        Parameters flatten(byte[] json, String field);
    }

    PlainRecords(Flattener flattener) {
        this.flattener = flattener;
    }

    /// What was made of some bytes.
    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole, and never changed
    private record Seen<T>(long hash, byte[] bytes, T made) {
        boolean is(long otherHash, byte[] other, int from, int to) {
            return hash == otherHash && Arrays.equals(bytes, 0, bytes.length, other, from, to);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <T> @Nullable Seen<T>[] places() {
        return new Seen[PLACES];
    }

    private static int place(long hash) {
        return (int) (hash >>> 40) & (PLACES - 1);
    }

    /// A record.
    ///
    /// @param end place behind its last byte
    record Plain(Recorded recorded, int end) {
    }

    /// The record that begins at a place, or null when it is not one that is written plainly, or does not end before
    /// another place.
    @Nullable
    Plain read(byte[] bytes, int from, int to) {
        if (from >= to || bytes[from] != '{') {
            return null;
        }
        try {
            return new Scan(bytes, from, to).record();
        } catch (Odd e) {
            return null;
        }
    }

    /// The record that bytes hold, or null when they hold anything else, or more.
    @Nullable
    Recorded readAll(byte[] bytes, int offset, int length) {
        Plain plain = read(bytes, offset, offset + length);
        if (plain == null) {
            return null;
        }
        for (int i = plain.end(); i < offset + length; i++) {
            if (!isSpace(bytes[i])) {
                return null;
            }
        }
        return plain.recorded();
    }

    /// Says that somebody else must read it.
    private static final class Odd extends Exception {
        private static final long serialVersionUID = 1;

        Odd() {
            super(null, null, false, false);
        }
    }

    /// One pass over a record. Confined to one call of [#read].
    private final class Scan {
        private final byte[] bytes;
        private final int end;
        private int at;
        /// The string that was passed over last: its bytes, their hash, and whether it has escapes.
        private int from;
        private int to;
        private long hash;
        private boolean escaped;
        /// The fields that were seen, a bit for each.
        private int seen;

        private @Nullable String eventId;
        private @Nullable Instant eventTime;
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

        Scan(byte[] bytes, int offset, int end) {
            this.bytes = bytes;
            this.end = end;
            this.at = offset;
        }

        Plain record() throws Odd {
            if (opens('}')) {
                do {
                    field(name());
                } while (goesOn('}'));
            }
            if (eventId == null || eventTime == null || eventSource == null || eventName == null
                    || userIdentity == null) {
                throw new Odd();
            }
            return new Plain(new Recorded(new CloudTrailEvent(eventId, eventTime, eventSource, eventName, awsRegion,
                    sourceIpAddress, userAgent, errorCode, errorMessage, requestId, eventType, readOnly,
                    consoleCredentials, recipientAccountId, sharedEventId, userIdentity, requestParameters,
                    responseElements, additionalEventData, resources), null, List.of()), at);
        }

        private void field(String field) throws Odd {
            switch (field) {
                case "eventID" -> eventId = text(0);
                case "eventTime" -> eventTime = time(1);
                case "eventSource" -> eventSource = text(2);
                case "eventName" -> eventName = text(3);
                case "awsRegion" -> awsRegion = text(4);
                case "sourceIPAddress" -> sourceIpAddress = text(5);
                case "userAgent" -> userAgent = text(6);
                case "errorCode" -> errorCode = text(7);
                case "errorMessage" -> errorMessage = text(8);
                case "requestID" -> requestId = text(9);
                case "eventType" -> eventType = text(10);
                case "readOnly" -> readOnly = RecordReader.flag(text(11));
                case "sessionCredentialFromConsole" ->
                    consoleCredentials = Boolean.TRUE.equals(RecordReader.flag(text(12)));
                case "recipientAccountId" -> recipientAccountId = text(13);
                case "sharedEventID" -> sharedEventId = text(14);
                case "userIdentity" -> userIdentity = identity(15);
                case "requestParameters" -> requestParameters = parameters(16, field);
                case "responseElements" -> responseElements = parameters(17, field);
                case "additionalEventData" -> additionalEventData = parameters(18, field);
                case "resources" -> resources = arns(19);
                case "source", "detail-type", "account", "time", "detail", "Sns", "Records", "Events", "body",
                        "CloudTrailEvent", "Message", "s3Bucket", "s3ObjectKey", "s3", "bucket", "object", "Event" ->
                    throw new Odd();
                default -> pass(1);
            }
        }

        private void once(int index) throws Odd {
            if ((seen & 1 << index) != 0) {
                throw new Odd();
            }
            seen |= 1 << index;
        }

        /// The text of a field that stands once; null for `null`.
        private @Nullable String text(int index) throws Odd {
            once(index);
            return scalar();
        }

        private @Nullable String scalar() throws Odd {
            return switch (peek()) {
                case '"' -> {
                    string();
                    yield text();
                }
                case 't' -> {
                    literal("true");
                    yield "true";
                }
                case 'f' -> {
                    literal("false");
                    yield "false";
                }
                case 'n' -> {
                    literal("null");
                    yield null;
                }
                default -> throw new Odd();
            };
        }

        /// The string that was passed over last. Ids come once, so they are not remembered.
        private String text() throws Odd {
            if (escaped) {
                throw new Odd();
            }
            int length = to - from;
            if (length > LONGEST || (length == 36 && bytes[from + 8] == '-')) {
                return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
            }
            Seen<String> known = texts[place(hash)];
            if (known == null || !known.is(hash, bytes, from, to)) {
                known = new Seen<>(hash, Arrays.copyOfRange(bytes, from, to),
                        new String(bytes, from, length, StandardCharsets.ISO_8859_1));
                texts[place(hash)] = known;
            }
            return known.made();
        }

        /// A time as CloudTrail writes it, `2026-11-02T00:00:00Z`.
        private @Nullable Instant time(int index) throws Odd {
            once(index);
            if (peek() != '"') {
                throw new Odd();
            }
            string();
            if (escaped || to - from != 20 || bytes[from + 4] != '-' || bytes[from + 7] != '-'
                    || bytes[from + 10] != 'T' || bytes[from + 13] != ':' || bytes[from + 16] != ':'
                    || bytes[from + 19] != 'Z') {
                throw new Odd();
            }
            int year = digits(from, 4);
            int month = digits(from + 5, 2);
            int day = digits(from + 8, 2);
            int hour = digits(from + 11, 2);
            int minute = digits(from + 14, 2);
            int second = digits(from + 17, 2);
            int last = month == 2 ? 28 : 30 + (month + (month >> 3) & 1);
            if (year < 1970 || month < 1 || month > 12 || day < 1 || day > last || hour > 23 || minute > 59
                    || second > 59) {
                // A leap day, or no time at all.
                return instant();
            }
            // Days since 0000-03-01, when the leap day is a year's last.
            int years = month > 2 ? year : year - 1;
            int days = years * 365 + years / 4 - years / 100 + years / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day
                    - 1;
            return Instant.ofEpochSecond((days - 719_468) * 86_400L + hour * 3_600L + minute * 60L + second);
        }

        private Instant instant() throws Odd {
            Instant time = RecordReader.instant(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
            if (time == null) {
                throw new Odd();
            }
            return time;
        }

        private int digits(int first, int count) throws Odd {
            int number = 0;
            for (int i = first; i < first + count; i++) {
                if (bytes[i] < '0' || bytes[i] > '9') {
                    throw new Odd();
                }
                number = number * 10 + bytes[i] - '0';
            }
            return number;
        }

        private UserIdentity identity(int index) throws Odd {
            once(index);
            if (peek() != '{') {
                throw new Odd();
            }
            int start = at;
            pass(1);
            int stop = at;
            long sum = hash(start, stop);
            Seen<UserIdentity> known = identities[place(sum)];
            if (known == null || !known.is(sum, bytes, start, stop)) {
                @Nullable
                String[] part = new String[RecordReader.IDENTITY_FIELDS.size()];
                at = start;
                parts("", part);
                UserIdentity made = RecordReader.identity(part);
                if (stop - start > LONGEST_IDENTITY) {
                    return made;
                }
                known = new Seen<>(sum, Arrays.copyOfRange(bytes, start, stop), made);
                identities[place(sum)] = known;
            }
            return known.made();
        }

        private void parts(String prefix, @Nullable String[] part) throws Odd {
            if (!opens('}')) {
                return;
            }
            do {
                String name = name();
                if (peek() == '{') {
                    switch (name) {
                        case "sessionContext", "attributes" -> parts(prefix, part);
                        case "sessionIssuer", "onBehalfOf" -> parts(name + '.', part);
                        default -> pass(1);
                    }
                    continue;
                }
                int index = RecordReader.IDENTITY_FIELDS.indexOf(prefix.isEmpty() ? name : prefix + name);
                if (index < 0) {
                    pass(1);
                } else if (part[index] != null) {
                    throw new Odd();
                } else {
                    part[index] = scalar();
                }
            } while (goesOn('}'));
        }

        private Parameters parameters(int index, String field) throws Odd {
            once(index);
            return switch (peek()) {
                case 'n' -> {
                    literal("null");
                    yield Parameters.EMPTY;
                }
                case '{', '[' -> {
                    int start = at;
                    pass(1);
                    byte[] json = Arrays.copyOfRange(bytes, start, at);
                    yield json.length == 2 ? Parameters.EMPTY : Parameters.unread(() -> flattener.flatten(json, field));
                }
                default -> throw new Odd();
            };
        }

        private List<String> arns(int index) throws Odd {
            once(index);
            if (peek() != '[') {
                throw new Odd();
            }
            if (!opens(']')) {
                return List.of();
            }
            List<String> arns = new ArrayList<>(2);
            do {
                switch (peek()) {
                    case '"' -> {
                        string();
                        arns.add(text());
                    }
                    case '{' -> {
                        if (opens('}')) {
                            do {
                                boolean arn = name().equals("ARN");
                                boolean text = peek() == '"';
                                pass(1);
                                if (arn && text) {
                                    arns.add(text());
                                }
                            } while (goesOn('}'));
                        }
                    }
                    default -> throw new Odd();
                }
            } while (goesOn(']'));
            if (arns.size() > MOST_RESOURCES) {
                throw new Odd();
            }
            return arns;
        }

        /// The name of a field, up to its value.
        private String name() throws Odd {
            passName();
            return text();
        }

        private void passName() throws Odd {
            if (peek() != '"') {
                throw new Odd();
            }
            string();
            if (escaped || to - from > LONGEST_NAME || peek() != ':') {
                throw new Odd();
            }
            at++;
        }

        /// Passes over a value.
        private void pass(int depth) throws Odd {
            switch (peek()) {
                case '"' -> string();
                case '{' -> {
                    if (depth > DEEPEST) {
                        throw new Odd();
                    }
                    if (opens('}')) {
                        do {
                            passName();
                            pass(depth + 1);
                        } while (goesOn('}'));
                    }
                }
                case '[' -> {
                    if (depth > DEEPEST) {
                        throw new Odd();
                    }
                    if (opens(']')) {
                        do {
                            pass(depth + 1);
                        } while (goesOn(']'));
                    }
                }
                case 't' -> literal("true");
                case 'f' -> literal("false");
                case 'n' -> literal("null");
                default -> number();
            }
        }

        /// Passes over the opening bracket; whether something stands behind it, not the closing one.
        private boolean opens(char close) throws Odd {
            at++;
            if (peek() != close) {
                return true;
            }
            at++;
            return false;
        }

        /// Passes over a comma or the closing bracket; whether it was a comma.
        private boolean goesOn(char close) throws Odd {
            byte b = peek();
            at++;
            if (b == ',') {
                return true;
            }
            if (b != close) {
                throw new Odd();
            }
            return false;
        }

        private byte peek() throws Odd {
            while (at < end) {
                byte b = bytes[at];
                if (!isSpace(b)) {
                    return b;
                }
                at++;
            }
            throw new Odd();
        }

        private void literal(String text) throws Odd {
            if (end - at < text.length()) {
                throw new Odd();
            }
            for (int i = 0; i < text.length(); i++) {
                if (bytes[at++] != text.charAt(i)) {
                    throw new Odd();
                }
            }
        }

        private void number() throws Odd {
            int start = at;
            if (bytes[at] == '-') {
                at++;
            }
            if (at < end && bytes[at] == '0') {
                at++;
            } else {
                passDigits();
            }
            if (at < end && bytes[at] == '.') {
                at++;
                passDigits();
            }
            if (at < end && (bytes[at] == 'e' || bytes[at] == 'E')) {
                at++;
                if (at < end && (bytes[at] == '+' || bytes[at] == '-')) {
                    at++;
                }
                passDigits();
            }
            if (at - start > LONGEST_NUMBER) {
                throw new Odd();
            }
        }

        private void passDigits() throws Odd {
            int start = at;
            while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
                at++;
            }
            if (at == start) {
                throw new Odd();
            }
        }

        /// Passes over a string from its opening quote on.
        private void string() throws Odd {
            int i = at + 1;
            from = i;
            escaped = false;
            long sum = 0;
            while (true) {
                long word = word(i);
                long stops = stops(word);
                if (stops == 0) {
                    sum = mix(sum, word);
                    i += Long.BYTES;
                    continue;
                }
                int before = Long.numberOfTrailingZeros(stops) >>> 3;
                sum = mix(sum, word & (1L << (8 * before)) - 1);
                i += before;
                if (i >= end) {
                    throw new Odd();
                }
                if (bytes[i] == '"') {
                    to = i;
                    at = i + 1;
                    hash = mix(sum, to - from);
                    return;
                }
                i = escape(i);
            }
        }

        /// The place behind an escape.
        private int escape(int i) throws Odd {
            if (bytes[i] != '\\' || end - i < 2) {
                throw new Odd();
            }
            escaped = true;
            return switch (bytes[i + 1]) {
                case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> i + 2;
                case 'u' -> {
                    if (end - i < 6) {
                        throw new Odd();
                    }
                    for (int digit = i + 2; digit < i + 6; digit++) {
                        if (Character.digit(bytes[digit], 16) < 0) {
                            throw new Odd();
                        }
                    }
                    yield i + 6;
                }
                default -> throw new Odd();
            };
        }

        /// Eight bytes from a place on, the first one lowest; zeros behind the end.
        private long word(int i) {
            if (i <= bytes.length - Long.BYTES) {
                return (long) WORD.get(bytes, i);
            }
            long word = 0;
            for (int j = bytes.length - 1; j >= i; j--) {
                word = (word << 8) | (bytes[j] & 0xff);
            }
            return word;
        }

        private long hash(int start, int stop) {
            long sum = 0;
            int i = start;
            for (; i <= stop - Long.BYTES; i += Long.BYTES) {
                sum = mix(sum, (long) WORD.get(bytes, i));
            }
            for (; i < stop; i++) {
                sum = mix(sum, bytes[i]);
            }
            return sum;
        }
    }

    /// The high bit of each byte at which a string may end or needs another look: a quote, a backslash, a control character
    /// or one that is not ASCII. Bits above the lowest one may be wrong.
    private static long stops(long word) {
        long quote = word ^ ONES * '"';
        long backslash = word ^ ONES * '\\';
        return (word | (quote - ONES & ~quote) | (backslash - ONES & ~backslash) | (word - ONES * ' ' & ~word)) & HIGH;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private static long mix(long sum, long word) {
        long mixed = (sum ^ word) * 0x9E3779B97F4A7C15L;
        return mixed ^ mixed >>> 32;
    }
}
