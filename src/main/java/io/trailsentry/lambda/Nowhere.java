package io.trailsentry.lambda;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;

/// Sends nothing anywhere, and answers that it was done, with nothing in the answer: so the SDK's code can run where AWS
/// must not be called. Thread-safe.
final class Nowhere implements SdkHttpClient {
    private static final String SMITHY = "Smithy-Protocol";
    private static final byte[] CBOR = {(byte) 0xbf, (byte) 0xff};
    private static final byte[] JSON = "{}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] XML = "<R><Result><MessageId>nowhere</MessageId></Result></R>"
            .getBytes(StandardCharsets.UTF_8);

    private final AtomicInteger requests = new AtomicInteger();

    /// How many requests there were.
    int requests() {
        return requests.get();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        requests.incrementAndGet();
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() {
                return answer(request.httpRequest());
            }

            @Override
            public void abort() {
                // Nothing is under way.
            }
        };
    }

    /// In the protocol of the request: DynamoDB's, CloudWatch's or that of all others.
    private static HttpExecuteResponse answer(SdkHttpRequest request) {
        SdkHttpResponse.Builder answer = SdkHttpResponse.builder().statusCode(200);
        String protocol = request.firstMatchingHeader(SMITHY).orElse("");
        if (!protocol.isEmpty()) {
            answer.putHeader(SMITHY, protocol);
        }
        byte[] body = !protocol.isEmpty()
                ? CBOR
                : request.firstMatchingHeader("X-Amz-Target").isPresent() ? JSON : XML;
        return HttpExecuteResponse.builder().response(answer.build())
                .responseBody(AbortableInputStream.create(new ByteArrayInputStream(body))).build();
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
