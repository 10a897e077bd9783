package io.trailsentry.trail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;

class GunzipTest {
    private static final byte[] HELLO = Trail.gzip("hello ");
    private static final byte[] WORLD = Trail.gzip("world");

    @Test
    void read_membersInRandomReads_givesAllOfThem() throws IOException {
        Random random = Seed.random("GunzipTest", 31);
        for (int i = 0; i < 100; i++) {
            byte[] first = bytes(random, random.nextInt(100_000));
            byte[] second = bytes(random, random.nextInt(100));
            byte[] packed = Trail.joined(Trail.gzip(first), Trail.gzip(second), WORLD);
            try (InputStream in = new Gunzip(Trail.trickle(packed, 1 << random.nextInt(18), random))) {
                assertThat(in.readAllBytes()).isEqualTo(Trail.joined(first, second, "world".getBytes(UTF_8)));
            }
        }
    }

    private static byte[] bytes(Random random, int size) {
        byte[] bytes = new byte[size];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        }
        return bytes;
    }

    @Test
    void read_hundredThousandEmptyMembers_passesOverThem() throws IOException {
        byte[] empty = Trail.gzip("");
        byte[] packed = new byte[empty.length * 100_000];
        for (int i = 0; i < packed.length; i++) {
            packed[i] = empty[i % empty.length];
        }
        assertThat(text(Trail.joined(packed, WORLD))).isEqualTo("world");
    }

    @Test
    void read_headerWithEveryOption_isPassedOver() throws IOException {
        byte[] body = Arrays.copyOfRange(WORLD, 10, WORLD.length);
        byte[] header = {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 'x', 'x', 'x', 'n', 'a', 0, 'c',
                0};
        CRC32 crc = new CRC32();
        crc.update(header);
        byte[] sum = {(byte) crc.getValue(), (byte) (crc.getValue() >> 8)};
        assertThat(text(Trail.joined(header, sum, body, HELLO))).isEqualTo("worldhello ");
    }

    @Test
    void read_zerosBehindTheEnd_arePassedOver() throws IOException {
        assertThat(text(Trail.joined(HELLO, new byte[700], WORLD, new byte[100_000]))).isEqualTo("hello world");
    }

    @Test
    void read_garbageBehindAMember_isSaid() {
        assertThatThrownBy(() -> text(Trail.joined(HELLO, new byte[]{1}))).isInstanceOf(ZipException.class);
        byte[] wrongMethod = WORLD.clone();
        wrongMethod[2] = 7;
        assertThatThrownBy(() -> text(Trail.joined(HELLO, wrongMethod))).isInstanceOf(ZipException.class);
    }

    @Test
    void read_cutAnywhere_givesWhatIsThereAndSaysSo() {
        byte[] packed = Trail.joined(HELLO, WORLD);
        for (int cut = 1; cut < packed.length; cut++) {
            byte[] part = Arrays.copyOf(packed, cut);
            if (cut == HELLO.length) {
                continue; // the end of a member is an end
            }
            assertThatThrownBy(() -> text(part)).as("cut at %d", cut).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void read_anyBitFlipped_givesTheSameOrSaysSo() throws IOException {
        int said = 0;
        for (int at = 2; at < WORLD.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = WORLD.clone();
                flipped[at] ^= (byte) (1 << bit);
                try {
                    assertThat(text(flipped)).as("byte %d bit %d", at, bit).isEqualTo("world");
                } catch (EOFException | ZipException expected) {
                    said++;
                }
            }
        }
        assertThat(said).isGreaterThan(100);
    }

    @Test
    void read_oneByteOrNone_keepsToTheContract() throws IOException {
        try (InputStream in = new Gunzip(new ByteArrayInputStream(WORLD))) {
            assertThat(in.read()).isEqualTo('w');
            assertThat(in.read(new byte[0])).isZero();
            assertThat(in.readAllBytes()).isEqualTo("orld".getBytes(UTF_8));
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    private static String text(byte[] packed) throws IOException {
        try (InputStream in = new Gunzip(new ByteArrayInputStream(packed))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
