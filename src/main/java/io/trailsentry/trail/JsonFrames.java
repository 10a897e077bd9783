package io.trailsentry.trail;

import io.trailsentry.trail.PlainRecords.Plain;
import io.trailsentry.trail.TrailEntry.Recorded;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cuts a stream of JSON into frames: the elements of the outermost `Records` or `Events` list or array, or else
/// the outermost values themselves. So a log file of any size is read record by record, and a fault in one record
/// leaves the next ones whole.
///
/// Knows brackets, strings and escapes, nothing else; what a frame holds is for [RecordReader] to judge. Behind a
/// fault it goes on where a record is known to begin: with a brace that opens a line, or before a field that records
/// begin with. Memory is bounded by the largest frame that is kept, time by the length of the stream: what was passed
/// over in vain is cut at every such beginning when it is read again. Not thread-safe.
final class JsonFrames {
    /// Largest frame that is kept; EventBridge and CloudTrail stop at 1 MB.
    static final int MAX_FRAME = 16 << 20;

    /// First fields of a record or of what wraps one, as CloudTrail, EventBridge, SQS, `lookup-events` and key-sorting
    /// tools write them.
    private static final List<String> FIRST_FIELDS = List.of("\"eventVersion\"", "\"version\":\"0\"",
            "\"version\": \"0\"", "\"awsRegion\"", "\"additionalEventData\"", "\"apiVersion\"", "\"EventId\"",
            "\"messageId\"");
    /// How far behind its brace a record's first field is looked for.
    private static final int START_WINDOW = 256;

    private final InputStream in;
    private final @Nullable PlainRecords plain;
    private byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long bufferOffset;
    /// Start of the bytes to keep while reading on, or -1.
    private int keep = -1;
    private boolean oversize;
    private boolean ended;
    private @Nullable IOException stopped;
    private Level level = Level.TOP;
    /// Whether the last frame ended where its brackets say.
    private boolean balanced;
    /// Before this offset a frame's beginning has to be searched for.
    private long lostUntil;
    /// Before this offset a frame ends at the latest where another one begins.
    private long suspectUntil;

    private enum Level {
        TOP, ARRAY, CONTAINER, CONTAINER_LIST
    }

    /// One frame; its bytes are valid until the next call.
    ///
    /// @param bytes hold the frame; only its end when it is longer than [#MAX_FRAME]
    /// @param offset position of its first byte in the stream
    /// @param fault null, or why the frame is no whole value
    /// @param recorded the record that it is, where it was read already; null where it is still to be read
    @SuppressWarnings("ArrayRecordComponent") // a view, never compared
    record Frame(byte[] bytes, int start, int length, long offset, @Nullable String fault,
            @Nullable Recorded recorded) {
    }

    JsonFrames(InputStream in) {
        this(in, null);
    }

    /// @param plain reads what it can while it is framed; null: everything is framed only
    JsonFrames(InputStream in, @Nullable PlainRecords plain) {
        this.in = in;
        this.plain = plain;
    }

    /// How far the stream was read, in bytes.
    long offset() {
        return bufferOffset + position;
    }

    /// The next frame, or null at the end of the stream.
    ///
    /// @throws IOException as the stream did, after all that it gave has been given out
    @Nullable
    Frame next() throws IOException {
        while (true) {
            int b = offset() < lostUntil ? skipToRecord() : skipSpace();
            if (b < 0) {
                return end();
            }
            Frame frame = null;
            switch (level) {
                case TOP -> {
                    if (b == '[') {
                        position++;
                        level = Level.ARRAY;
                    } else if (b == ',') {
                        position++;
                    } else {
                        frame = b == ']' || b == '}' ? surplus() : value(b == '{');
                    }
                }
                case ARRAY, CONTAINER_LIST -> {
                    if (b == ',') {
                        position++;
                    } else if (b == ']') {
                        position++;
                        level = level == Level.ARRAY ? Level.TOP : Level.CONTAINER;
                    } else {
                        frame = b == '}' ? surplus() : value(false);
                    }
                }
                case CONTAINER -> frame = skipToList();
            }
            if (frame != null) {
                return frame;
            }
        }
    }

    private @Nullable Frame end() throws IOException {
        boolean open = level != Level.TOP && offset() >= lostUntil;
        level = Level.TOP;
        if (open) {
            return nothing("the input ends inside a list: it is cut off");
        }
        if (stopped != null) {
            throw stopped;
        }
        return null;
    }

    private Frame surplus() {
        Frame frame = nothing("a bracket closes nothing");
        position++;
        return frame;
    }

    /// A frame without bytes: a fault between frames, behind which it is known where to go on.
    private Frame nothing(String fault) {
        balanced = true;
        return new Frame(buffer, position, 0, offset(), fault, null);
    }

    /// After a frame turned out to be broken: goes on where another record begins inside it, else behind it if a list of
    /// records could go on there, else where the next record begins.
    ///
    /// @param frame the last one
    /// @param from how many of its bytes have been read with success
    void resync(Frame frame, int from) {
        if (balanced && frame.fault != null) {
            return; // too long, but it is known where it ends
        }
        keep = frame.start;
        position = frame.start + frame.length;
        lookAhead();
        int begin = recordStart(keep + Math.max(1, from), position);
        keep = -1;
        suspectUntil = Math.max(suspectUntil, offset());
        if (begin >= 0) {
            position = begin;
        }
        if (begin >= 0 || !balanced || !goesOn()) {
            lostUntil = Long.MAX_VALUE;
        }
    }

    /// Whether the bytes at hand are such as stand behind a frame in a list of records.
    private boolean goesOn() {
        int at = position;
        while (at < limit && (isSpace(buffer[at]) || buffer[at] == ',')) {
            at++;
        }
        return at == limit || buffer[at] == '{' || buffer[at] == ']' || (buffer[at] == '[' && level == Level.TOP);
    }

    /// After a frame turned out to be a record: where it was searched for, the search has hit.
    void found() {
        lostUntil = Math.min(lostUntil, suspectUntil);
    }

    private int skipToRecord() {
        while (offset() < lostUntil && (position < limit || fill())) {
            if (buffer[position] == '{' && (opensLine() || startsRecord())) {
                return '{';
            }
            position++;
        }
        return skipSpace();
    }

    private boolean opensLine() {
        return position == 0 ? bufferOffset == 0 : buffer[position - 1] == '\n';
    }

    /// Whether the brace at hand is followed by a field that records begin with.
    private boolean startsRecord() {
        boolean keeping = keep >= 0;
        if (!keeping) {
            keep = position;
        }
        lookAhead();
        if (!keeping) {
            keep = -1;
        }
        return firstFieldFollows(position);
    }

    private void lookAhead() {
        while (limit - position < START_WINDOW && fill()) {
            // until the window is full or the input ends
        }
    }

    private boolean firstFieldFollows(int brace) {
        int last = Math.min(limit, brace + START_WINDOW);
        int from = brace + 1;
        while (from < last && isSpace(buffer[from])) {
            from++;
        }
        for (String field : FIRST_FIELDS) {
            if (last - from >= field.length() && matches(from, field)) {
                return true;
            }
        }
        return false;
    }

    private boolean matches(int from, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (buffer[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// Place of the first beginning of a record among buffered bytes, or -1.
    private int recordStart(int from, int to) {
        for (int i = from; i < to; i++) {
            if (buffer[i] == '{' && (buffer[i - 1] == '\n' || firstFieldFollows(i))) {
                return i;
            }
        }
        return -1;
    }

    /// Reads one value from the current byte on; null when it turned out to be a container of frames.
    private @Nullable Frame value(boolean mayContain) {
        long offset = offset();
        boolean suspect = offset < suspectUntil;
        Plain record = suspect || plain == null ? null : plain.read(buffer, position, limit);
        if (record != null) {
            int start = position;
            position = record.end();
            balanced = true;
            return new Frame(buffer, start, position - start, offset, null, record.recorded());
        }
        boolean ownLine = opensLine();
        keep = position;
        oversize = false;
        balanced = true;
        int depth = 0;
        String fault = null;
        int keyStart = -1;
        int keyEnd = -1;
        scan : while (true) {
            if (position == limit && !fill()) {
                if (depth > 0) {
                    balanced = false;
                    fault = ended
                            ? "the input ends inside a value: it is cut off"
                            : "it is not closed within " + (MAX_FRAME >> 20) + " MB";
                }
                break;
            }
            byte b = buffer[position];
            switch (b) {
                case '{', '[' -> {
                    if (depth == 0 && offset() > offset) {
                        break scan; // a bare scalar ends before the bracket
                    }
                    if (depth > 0 && b == '{' && (suspect || oversize)
                            && (opensLine() || (!ownLine && startsRecord()))) {
                        balanced = false;
                        fault = "it is not closed before another record begins";
                        break scan;
                    }
                    depth++;
                    position++;
                    if (mayContain && b == '[' && depth == 2 && keyStart >= 0 && isContainerKey(keyStart, keyEnd)) {
                        keep = -1;
                        level = Level.CONTAINER_LIST;
                        return null;
                    }
                }
                case '}', ']' -> {
                    if (depth == 0) {
                        break scan;
                    }
                    position++;
                    if (--depth == 0) {
                        break scan;
                    }
                }
                case '"' -> {
                    if (depth == 0 && offset() > offset) {
                        break scan;
                    }
                    int start = position - keep;
                    if (!string()) {
                        balanced = false;
                        fault = "a string is not closed on its line";
                        break scan;
                    }
                    if (depth == 0) {
                        break scan;
                    }
                    if (depth == 1 && !oversize) {
                        keyStart = start;
                        keyEnd = position - keep;
                    }
                }
                case ',' -> {
                    if (depth == 0) {
                        break scan;
                    }
                    position++;
                }
                default -> {
                    if (depth == 0 && isSpace(b)) {
                        break scan;
                    }
                    position++;
                }
            }
        }
        if (oversize) {
            fault = "a value of more than " + (MAX_FRAME >> 20) + " MB is not read";
        }
        Frame frame = new Frame(buffer, keep, position - keep, offset, fault, null);
        keep = -1;
        return frame;
    }

    /// Whether the string that was kept at these places is the name of a list of frames.
    private boolean isContainerKey(int start, int end) {
        int length = end - start - 2;
        if (oversize || length < 6 || length > 7) {
            return false;
        }
        String key = new String(buffer, keep + start + 1, length, StandardCharsets.ISO_8859_1);
        return key.equals("Records") || key.equals("Events");
    }

    /// Passes over a string from its opening quote on; false when it ends without its closing one.
    private boolean string() {
        position++;
        while (true) {
            if (position == limit && !fill()) {
                return true; // the caller meets the end of the input
            }
            byte b = buffer[position];
            if (b == '"') {
                position++;
                return true;
            }
            if (b == '\\') {
                position++;
                if (position == limit && !fill()) {
                    return true;
                }
                if (buffer[position] == '\n') {
                    return false;
                }
            } else if (b == '\n') {
                return false;
            }
            position++;
        }
    }

    /// Behind a list of frames: passes over the rest of its object, up to its end or to the next such list.
    ///
    /// @return null, or a frame without bytes that says why the rest is no rest of an object
    private @Nullable Frame skipToList() {
        int depth = 1;
        boolean listFollows = false;
        byte before = ']';
        while (position < limit || fill()) {
            byte b = buffer[position];
            switch (b) {
                case '"' -> {
                    keep = position;
                    oversize = false;
                    boolean closed = string();
                    listFollows = closed && depth == 1 && isContainerKey(0, position - keep);
                    keep = -1;
                    if (!closed) {
                        level = Level.TOP;
                        return nothing("a string is not closed on its line");
                    }
                    before = b;
                    continue;
                }
                case '[', '{' -> {
                    if (before != ':' && (depth == 1 || (before != ',' && before != '['))) {
                        level = Level.TOP;
                        return nothing("brackets do not match behind a list");
                    }
                    if (b == '[' && listFollows && depth == 1) {
                        position++;
                        level = Level.CONTAINER_LIST;
                        return null;
                    }
                    depth++;
                }
                case '}', ']' -> {
                    if (--depth == 0) {
                        position++;
                        level = Level.TOP;
                        return null;
                    }
                }
                default -> {
                }
            }
            if (!isSpace(b)) {
                before = b;
            }
            position++;
        }
        return null;
    }

    private int skipSpace() {
        while (position < limit || fill()) {
            if (!isSpace(buffer[position])) {
                return buffer[position] & 0xff;
            }
            position++;
        }
        return -1;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == (byte) 0xEF || b == (byte) 0xBB
                || b == (byte) 0xBF; // a byte order mark
    }

    /// Reads more bytes behind the limit, keeping those of the frame at hand and one before them. False at the end of
    /// the stream, and when a frame that is too long holds the beginning of another record.
    private boolean fill() {
        if (ended) {
            return false;
        }
        if (keep >= 0 && limit - keep >= MAX_FRAME - 1) {
            if (recordStart(keep + 1, limit) >= 0) {
                return false;
            }
            oversize = true;
            keep = position;
        }
        int from = Math.max(0, (keep >= 0 ? keep : position) - 1);
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, limit - from);
            bufferOffset += from;
            position -= from;
            limit -= from;
            keep = Math.max(-1, keep - from);
        }
        if (limit == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        int read;
        try {
            read = in.read(buffer, limit, buffer.length - limit);
        } catch (IOException e) {
            stopped = e;
            read = -1;
        }
        if (read <= 0) {
            ended = true;
            return false;
        }
        limit += read;
        return true;
    }
}
