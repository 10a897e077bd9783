package io.trailsentry.detect;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The addresses and user agents that CloudTrail writes.
class OriginTest {
    @ParameterizedTest
    @CsvSource({"203.0.113.24, 203.0.0.0/16", "198.51.100.7, 198.51.0.0/16", "10.1.2.3, private", "172.31.0.9, private",
            "172.32.0.9, 172.32.0.0/16", "192.168.1.1, private", "100.64.0.1, private", "100.128.0.1, 100.128.0.0/16",
            "169.254.169.254, private", "127.0.0.1, private", "2001:db8:1234:5678::1, 2001:db8:1234::/48",
            "2001:DB8::1, 2001:db8:0::/48", "2a05:d018:0:1::5, 2a05:d018:0::/48", "fd00:ec2::254, private",
            "fe80::1, private", "::1, private"})
    void network_ofAnAddress_isWhatOneSiteHas(String address, String network) {
        assertThat(Origin.network(address)).isEqualTo(network);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lambda.amazonaws.com", "aws-mcp.amazonaws.com", "AWS Internal", "", "1.2.3", "1.2.3.4.5",
            "10.1.2.3/8", "::::::::::", "2001:db8:xyz::1", "999999999999.1.1.1", "cloudformation.amazonaws.com:443"})
    void network_ofAnythingElse_isNotTold(String address) {
        assertThat(Origin.network(address)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"aws-cli/2.35.24 md/awscrt#0.27 os/linux#6.8 lang/python#3.14.6, aws-cli on linux",
            "aws-cli/2.36.0 os/linux#6.9 exec-env/CloudShell, aws-cli on linux",
            "aws-cli/1.18.69 Python/3.8.10 Darwin/22.1.0 botocore/1.16.19, aws-cli on macos",
            "Boto3/1.40.0 md/Botocore#1.40.0 os/macos#23.1.0, boto on macos",
            "aws-sdk-java/2.41.28 md/io#sync os/Linux#5.10, aws-sdk-java on linux",
            "APN/1.0 HashiCorp/1.0 Terraform/1.13.0 aws-sdk-go-v2/1.30 os/linux, terraform on linux",
            "Mozilla/5.0 (Windows NT 10.0), mozilla on windows", "curl/8.9.0, other on other"})
    void client_isOneOfAFewSorts_whateverItsVersion(String userAgent, String client) {
        assertThat(Origin.client(userAgent)).isEqualTo(client);
    }
}
