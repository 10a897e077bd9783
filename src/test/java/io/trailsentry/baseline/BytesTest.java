package io.trailsentry.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a table holds is read by later versions too: these bytes are a contract.
class BytesTest {
    private static final String UUID = "0f0e0d0c-0b0a-4908-8706-050403020100";

    private static byte[] written(Consumer<ByteWriter> what) {
        ByteWriter out = new ByteWriter();
        what.accept(out);
        return out.bytes();
    }

    private static ByteReader reader(int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            all[i] = (byte) bytes[i];
        }
        return new ByteReader(all);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "-1, 1", "63, 1", "-64, 1", "64, 2", "-65, 2", "8191, 2", "8192, 3",
            "9223372036854775807, 10", "-9223372036854775808, 10"})
    void number_comesBack_inFewBytes(long number, int bytes) {
        byte[] written = written(out -> out.number(number));
        assertThat(written).hasSize(bytes);
        assertThat(new ByteReader(written).number()).isEqualTo(number);
    }

    @Test
    void number_isWrittenAsEver() {
        assertThat(written(out -> {
            out.number(-1);
            out.number(300);
        })).containsExactly(1, 0xD8, 4);
    }

    @Test
    void number_thatDoesNotEnd_isRefused() {
        assertThatThrownBy(reader(0x80, 0x80)::number).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("it ends too early");
        assertThatThrownBy(reader(128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0)::number)
                .isInstanceOf(IllegalArgumentException.class).hasMessage("a number is too long");
    }

    @Test
    void count_ofMoreThanFollows_isRefused() {
        assertThat(reader(4, 0, 0).count()).isEqualTo(2);
        assertThat(reader(0).count()).isZero();
        assertThatThrownBy(reader(6, 0, 0)::count).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("3 of something cannot follow in 2 bytes");
        assertThatThrownBy(reader(1, 0, 0)::count).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void fixed_isItsLowestBytes_highestFirst() {
        byte[] written = written(out -> out.fixed(0x1_0203_04F5L, 4));
        assertThat(written).containsExactly(2, 3, 4, 0xF5);
        assertThat(new ByteReader(written).fixed(4)).isEqualTo(0x0203_04F5L);
    }

    @Test
    void name_thatComesAgain_isWrittenOnce() {
        List<String> names = Arrays.asList("eu-central-1", null, "ü", "eu-central-1", "ü", "");
        byte[] written = written(out -> names.forEach(out::name));
        assertThat(written).hasSize(2 + 12 + 1 + 2 + 2 + 1 + 1 + 2);
        ByteReader in = new ByteReader(written);
        assertThat(names).allSatisfy(name -> assertThat(in.name()).isEqualTo(name));
    }

    @Test
    void name_thatWasNotWritten_isRefused() {
        ByteReader in = reader(0, 2, 'a', 2, 4);
        assertThat(in.name()).isEqualTo("a");
        assertThat(in.known()).isEqualTo("a");
        assertThatThrownBy(in::name).isInstanceOf(IllegalArgumentException.class).hasMessage("no name 2");
        assertThatThrownBy(reader(1)::known).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a name is missing");
    }

    @Test
    void id_thatIsAUuidOfCloudTrails_takes17Bytes() {
        byte[] written = written(out -> out.id(UUID));
        assertThat(written).startsWith(1, 0x0F, 0x0E).endsWith(2, 1, 0).hasSize(17);
        assertThat(new ByteReader(written).id()).isEqualTo(UUID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "e1", "0F0E0D0C-0B0A-4908-8706-050403020100", "0f0e0d0c-0b0a-4908-8706-05040302010",
            "0f0e0d0c_0b0a_4908_8706_050403020100", "1-1-1-1-000000000000000000000000000001"})
    void id_ofAnyOtherForm_comesBackAsItWas(String id) {
        byte[] written = written(out -> out.id(id));
        assertThat(written).hasSize(id.length() + 1);
        assertThat(new ByteReader(written).id()).isEqualTo(id);
    }

    @Test
    void id_thatIsLongerThanWhatFollows_isRefused() {
        assertThat(reader(2, 'a').id()).isEqualTo("a");
        assertThatThrownBy(reader(4, 'a')::id).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("it ends too early");
        assertThatThrownBy(reader(1, 0)::id).isInstanceOf(IllegalArgumentException.class);
    }
}
