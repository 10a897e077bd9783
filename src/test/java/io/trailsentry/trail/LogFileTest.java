package io.trailsentry.trail;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogFileTest {
    private static final String NAME = "111122223333_CloudTrail_eu-central-1_20261117T0905Z_Mu0KsOhtH1ar15ZZ.json.gz";
    private static final String FOLDER = "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/17/";

    @ParameterizedTest
    @ValueSource(strings = {"", "some/prefix/", "AWSLogs/999988887777/CloudTrail/", "with space/é/"})
    void of_keyOfALogFile_tellsAccountAndRegion(String prefix) {
        assertThat(LogFile.of("trail", prefix + FOLDER + NAME)).satisfies(file -> {
            assertThat(file.account()).isEqualTo("111122223333");
            assertThat(file.region()).isEqualTo("eu-central-1");
            assertThat(file).hasToString("s3://trail/" + prefix + FOLDER + NAME);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"us-gov-west-1", "us-iso-east-1", "ap-southeast-3", "us-isob-east-1"})
    void of_organizationTrail_inAnyRegion_isOne(String region) {
        assertThat(
                LogFile.of("trail", "AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/" + region + "/2026/11/17/x.json.gz"))
                .extracting(LogFile::account, LogFile::region).containsExactly("111122223333", region);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", FOLDER, FOLDER + "x.json", FOLDER + ".json.gz", FOLDER + "x/y.json.gz",
            FOLDER + "x\n.json.gz", "a\nb/" + FOLDER + NAME,
            "xAWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/17/x.json.gz",
            "AWSLogs/1111222233334/CloudTrail/eu-central-1/2026/11/17/x.json.gz",
            "AWSLogs/111122223333/CloudTrail/../2026/11/17/x.json.gz",
            "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/1/17/x.json.gz",
            "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/11/17/x.json.gz", "config/trailsentry.json.gz"})
    void of_anyOtherKey_isNone(String key) {
        assertThat(LogFile.of("trail", key)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", FOLDER, "config/trailsentry.yaml", "AWSLogs/111122223333/elasticloadbalancing/x.log.gz",
            "p/AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/11/17/x.json.gz",
            "AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Insight/eu-central-1/2026/11/17/x.json.gz",
            "AWSLogs/111122223333/Config/eu-central-1/2026/11/17/ConfigHistory/x.json.gz"})
    void isNeighbour_whatBelongsBesideLogFiles_isOne(String key) {
        assertThat(LogFile.isNeighbour(key)).isTrue();
    }

    @Test
    void isNeighbour_logFile_orPackedJsonElsewhere_isNone() {
        assertThat(LogFile.isNeighbour(FOLDER + NAME)).isFalse();
        assertThat(LogFile.isNeighbour("upload/x.json.gz")).isFalse();
    }
}
