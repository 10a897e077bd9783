package io.trailsentry.it;

import java.io.IOException;
import java.net.URI;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;

/// What the function's clients call through: every request goes to one endpoint, and something may happen to the function
/// before it goes and after its answer came. Thread-safe if the steps are.
///
/// @param client sends the requests; closed by who made it
/// @param before is run before each request; what it throws is the function's end
/// @param after is run after each answer, before the function sees it
record Wire(SdkHttpClient client, URI endpoint, Runnable before, Runnable after) implements SdkHttpClient {
    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest sent = client.prepareRequest(HttpExecuteRequest.builder()
                .request(rerouted(request.httpRequest())).contentStreamProvider(request.contentStreamProvider()
                        .orElse(null))
                .build());
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                before.run();
                HttpExecuteResponse response = sent.call();
                after.run();
                return response;
            }

            @Override
            public void abort() {
                sent.abort();
            }
        };
    }

    /// S3 names the bucket in the host's name, which an address has no room for.
    private SdkHttpRequest rerouted(SdkHttpRequest request) {
        int s3 = request.host().indexOf(".s3.");
        String path = s3 > 0 ? "/" + request.host().substring(0, s3) + request.encodedPath() : request.encodedPath();
        return request.toBuilder().protocol(endpoint.getScheme()).host(endpoint.getHost()).port(endpoint.getPort())
                .encodedPath(path).build();
    }

    @Override
    public void close() {
        // Shared by functions.
    }
}
