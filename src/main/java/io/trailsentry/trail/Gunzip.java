package io.trailsentry.trail;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/// Unpacks gzip, member after member (RFC 1952). The platform's own stream takes anything odd behind a member for the
/// end, so that a broken second member of a file would be lost without a word; this one throws. Zero bytes behind the
/// last member, which tapes and block devices add, are passed over. Not thread-safe.
final class Gunzip extends InputStream {
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;

    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] packed = new byte[1 << 16];
    private int position;
    private int limit;
    private boolean inside;

    Gunzip(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (length > 0) {
            if (!inside && !header()) {
                return -1;
            }
            int count = inflate(bytes, offset, length);
            if (count > 0) {
                crc.update(bytes, offset, count);
                return count;
            }
            if (inflater.finished()) {
                position = limit - inflater.getRemaining();
                trailer();
            } else if (inflater.needsDictionary()) {
                throw new ZipException("gzip with a preset dictionary");
            } else if (fill()) {
                inflater.setInput(packed, 0, limit);
            } else {
                throw cutOff();
            }
        }
        return 0;
    }

    private int inflate(byte[] bytes, int offset, int length) throws ZipException {
        try {
            return inflater.inflate(bytes, offset, length);
        } catch (DataFormatException e) {
            throw new ZipException("damaged gzip: " + e.getMessage());
        }
    }

    /// Reads a member's header; false when there is no further member.
    private boolean header() throws IOException {
        int first;
        do {
            if (position == limit && !fill()) {
                return false;
            }
            first = packed[position++];
        } while (first == 0);
        if (first != 0x1f || next() != 0x8b || next() != 8) {
            throw new ZipException("no gzip where a member should begin");
        }
        int flags = next();
        skip(6); // time, flags of the packer, operating system
        if ((flags & EXTRA) != 0) {
            skip(shortNumber());
        }
        if ((flags & NAME) != 0) {
            skipText();
        }
        if ((flags & COMMENT) != 0) {
            skipText();
        }
        if ((flags & HEADER_CRC) != 0) {
            skip(2);
        }
        inflater.reset();
        inflater.setInput(packed, position, limit - position);
        crc.reset();
        inside = true;
        return true;
    }

    private void trailer() throws IOException {
        long sum = shortNumber() | ((long) shortNumber() << 16);
        long length = shortNumber() | ((long) shortNumber() << 16);
        if (sum != crc.getValue() || length != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw new ZipException("damaged gzip: sum or length do not match");
        }
        inside = false;
    }

    private int shortNumber() throws IOException {
        int low = next();
        return low | next() << 8;
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    private void skipText() throws IOException {
        while (next() != 0) {
            // up to the zero that ends it
        }
    }

    private int next() throws IOException {
        if (position == limit && !fill()) {
            throw cutOff();
        }
        return packed[position++] & 0xff;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(packed, 0, packed.length));
        return limit > 0;
    }

    private static EOFException cutOff() {
        return new EOFException("the gzip is cut off");
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
