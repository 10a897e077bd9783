package io.trailsentry.trail;

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
/// Knows brackets, strings and escapes, nothing else; what a frame holds is for [RecordReader] to judge. Memory
/// is bounded by the largest frame that is kept. Not thread-safe.
final class JsonFrames {
    /// Largest frame that is kept; EventBridge and CloudTrail stop at 1 MB.
    static final int MAX_FRAME = 16 << 20;

    /// First fields of a record or envelope, as CloudTrail, EventBridge and key-sorting tools write them.
    private static final List<String> RECORD_STARTS = List.of("\"eventVersion\"", "\"version\"", "\"awsRegion\"",
            "\"additionalEventData\"", "\"apiVersion\"");
    /// How far behind its brace a record's first field is looked for.
    private static final int START_WINDOW = 256;

    private final InputStream in;
    private byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long bufferOffset;
    /// Start of the bytes to keep while reading on, or -1.
    private int keep = -1;
    private boolean oversize;
    private Level level = Level.TOP;
    /// Depth inside the object around a list of frames.
    private int objectDepth;
    /// Whether the next frame's beginning has to be searched for.
    private boolean lost;

    private enum Level {
        TOP, ARRAY, CONTAINER, CONTAINER_LIST
    }

    /// One frame; its bytes are valid until the next call.
    ///
    /// @param offset position of its first byte in the stream
    /// @param fault null, or why the frame is no whole value
    @SuppressWarnings("ArrayRecordComponent") // a view, never compared
    record Frame(byte[] bytes, int start, int length, long offset, @Nullable String fault) {
    }

    JsonFrames(InputStream in) {
        this.in = in;
    }

    /// The next frame, or null at the end of the stream.
    ///
    /// @throws IOException as the stream does; the frames before it have been given out
    @Nullable
    Frame next() throws IOException {
        while (true) {
            int b = lost ? skipToRecord() : skipSpace();
            if (b < 0) {
                return end();
            }
            switch (level) {
                case TOP -> {
                    if (b == '[') {
                        position++;
                        level = Level.ARRAY;
                    } else if (b == ',' || b == ']' || b == '}') {
                        position++; // left over behind a broken value
                    } else {
                        Frame frame = value(b == '{');
                        if (frame != null) {
                            return frame;
                        }
                    }
                }
                case ARRAY, CONTAINER_LIST -> {
                    if (b == ',') {
                        position++;
                    } else if (b == ']') {
                        position++;
                        level = level == Level.ARRAY ? Level.TOP : Level.CONTAINER;
                    } else if (b == '}') {
                        position++; // left over behind a broken value
                    } else {
                        return value(false);
                    }
                }
                case CONTAINER -> skipToList();
            }
        }
    }

    private @Nullable Frame end() {
        Level at = level;
        level = Level.TOP;
        return at == Level.TOP
                ? null
                : new Frame(buffer, position, 0, bufferOffset + position,
                        "the input ends inside a list: it is cut off");
    }

    /// After a frame turned out to be broken: goes on at the first line inside it that begins with a brace. Without
    /// one, a frame with a fault of its own lets the search go on behind it; a whole one ends where it ends.
    void resync(Frame frame) {
        for (int i = frame.start + 1; i < frame.start + frame.length; i++) {
            if (frame.bytes[i] == '{' && frame.bytes[i - 1] == '\n') {
                position = i;
                return;
            }
        }
        lost = frame.fault != null;
    }

    private int skipToRecord() throws IOException {
        lost = false;
        while (position < limit || fill()) {
            boolean opensLine = position > 0 && buffer[position - 1] == '\n';
            if (buffer[position] == '{' && (opensLine || startsRecord())) {
                return '{';
            }
            position++;
        }
        return -1;
    }

    /// Whether the brace at hand is followed by a field that records begin with.
    private boolean startsRecord() throws IOException {
        keep = position;
        while (limit - keep < START_WINDOW && fill()) {
            // until the window is full or the input ends
        }
        int i = keep + 1;
        int end = Math.min(limit, keep + START_WINDOW);
        keep = -1;
        while (i < end && isSpace(buffer[i])) {
            i++;
        }
        String ahead = new String(buffer, i, end - i, StandardCharsets.ISO_8859_1);
        return RECORD_STARTS.stream().anyMatch(ahead::startsWith);
    }

    /// Reads one value from the current byte on; null when it turned out to be a container of frames.
    private @Nullable Frame value(boolean mayContain) throws IOException {
        keep = position;
        oversize = false;
        long offset = bufferOffset + position;
        int depth = 0;
        String fault = null;
        int keyStart = -1;
        int keyEnd = -1;
        scan : while (true) {
            if (position == limit && !fill()) {
                fault = "the input ends inside a value: it is cut off";
                break;
            }
            byte b = buffer[position];
            switch (b) {
                case '{', '[' -> {
                    depth++;
                    position++;
                    if (mayContain && b == '[' && depth == 2 && keyStart >= 0 && isContainerKey(keyStart, keyEnd)) {
                        keep = -1;
                        level = Level.CONTAINER_LIST;
                        objectDepth = 1;
                        return null;
                    }
                }
                case '}', ']' -> {
                    if (depth == 0) {
                        break scan; // a bare scalar ends before the bracket
                    }
                    position++;
                    if (--depth == 0) {
                        break scan;
                    }
                }
                case '"' -> {
                    int start = position - keep;
                    if (!string()) {
                        fault = "a string is not closed on its line";
                        break scan;
                    }
                    if (depth == 1 && !oversize) {
                        keyStart = start;
                        keyEnd = position - keep;
                    }
                    if (depth == 0) {
                        break scan;
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
        Frame frame = oversize
                ? new Frame(buffer, 0, 0, offset, "a value of more than " + (MAX_FRAME >> 20) + " MB is not read")
                : new Frame(buffer, keep, position - keep, offset, fault);
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
    private boolean string() throws IOException {
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
            } else if (b == '\n') {
                return false;
            }
            position++;
        }
    }

    /// Behind a list of frames: passes over the rest of its object, up to its end or to the next such list.
    private void skipToList() throws IOException {
        boolean listFollows = false;
        while (position < limit || fill()) {
            switch (buffer[position]) {
                case '"' -> {
                    keep = position;
                    boolean closed = string();
                    listFollows = closed && objectDepth == 1 && isContainerKey(0, position - keep);
                    keep = -1;
                    if (!closed) {
                        level = Level.TOP;
                        return;
                    }
                    continue;
                }
                case '[' -> {
                    if (listFollows && objectDepth == 1) {
                        position++;
                        level = Level.CONTAINER_LIST;
                        return;
                    }
                    objectDepth++;
                }
                case '{' -> objectDepth++;
                case '}', ']' -> {
                    if (--objectDepth == 0) {
                        position++;
                        level = Level.TOP;
                        return;
                    }
                }
                default -> {
                }
            }
            position++;
        }
    }

    private int skipSpace() throws IOException {
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

    /// Reads more bytes behind the limit, keeping those of the frame at hand; false at the end of the stream.
    private boolean fill() throws IOException {
        int from = keep >= 0 ? keep : position;
        if (keep >= 0 && limit - from >= MAX_FRAME) {
            oversize = true;
            from = position;
        }
        System.arraycopy(buffer, from, buffer, 0, limit - from);
        bufferOffset += from;
        position -= from;
        limit -= from;
        if (keep >= 0) {
            keep = 0;
        }
        if (limit == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        int read = in.read(buffer, limit, buffer.length - limit);
        if (read <= 0) {
            return false;
        }
        limit += read;
        return true;
    }
}
