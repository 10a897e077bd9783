package io.trailsentry.posture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.utils.StringInputStream;

class CanaryTest {
    private final Network network = new Network();
    private final Queue<String> log = new ConcurrentLinkedQueue<>();

    private Canary canary(String... regions) {
        return Canary.of(List.of(regions),
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")), network, log::add);
    }

    @Test
    void call_everyRegion_isCalledAtItsOwnEndpoint() {
        canary("us-east-1", "eu-central-1", "ap-east-1", "cn-north-1").call();
        assertThat(network.called).containsExactlyInAnyOrder("sts.us-east-1.amazonaws.com",
                "sts.eu-central-1.amazonaws.com", "sts.ap-east-1.amazonaws.com",
                "sts.cn-north-1.amazonaws.com.cn");
        assertThat(log).isEmpty();
    }

    @Test
    void call_regionThatFails_isLoggedWithItsReason_andStopsNoOther() {
        network.refusing = "ap-east-1";
        canary("us-east-1", "ap-east-1", "eu-central-1").call();
        assertThat(network.called).hasSize(3);
        assertThat(log).singleElement().asString().startsWith("ap-east-1 cannot be called: ")
                .contains("the token is not valid here");
    }

    @Test
    void call_everyRegionFails_failsTheInvocation() {
        network.refusing = "amazonaws";
        assertThatThrownBy(() -> canary("us-east-1", "eu-central-1").call())
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("the log says why");
        assertThat(log).hasSize(2);
    }

    /// Answers as STS does.
    private static final class Network implements SdkHttpClient {
        final Queue<String> called = new ConcurrentLinkedQueue<>();
        /// Part of the hosts that refuse.
        String refusing = "none";

        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            URI address = request.httpRequest().getUri();
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() throws IOException {
                    called.add(address.getHost());
                    return address.getHost().contains(refusing)
                            ? answer(403, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code>"
                                    + "<Message>the token is not valid here</Message></Error></ErrorResponse>")
                            : answer(200, "<GetCallerIdentityResponse><GetCallerIdentityResult/>"
                                    + "</GetCallerIdentityResponse>");
                }

                @Override
                public void abort() {
                    // Nothing is under way.
                }
            };
        }

        private static HttpExecuteResponse answer(int status, String body) {
            return HttpExecuteResponse.builder().response(SdkHttpResponse.builder().statusCode(status).build())
                    .responseBody(AbortableInputStream.create(new StringInputStream(body))).build();
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
