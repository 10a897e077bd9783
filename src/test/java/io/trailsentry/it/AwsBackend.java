package io.trailsentry.it;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.localstack.LocalStackContainer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.sts.StsClient;

/// The AWS of the integration tests: one endpoint for every service, and the tests' own clients of it.
///
/// It is shared by all tests of a run; each test keeps to names of its own. Safe for use by several threads.
final class AwsBackend implements AutoCloseable {
    /// The system property that names a running endpoint, for example `http://127.0.0.1:4566`.
    static final String ENDPOINT_PROPERTY = "trailsentry.it.endpoint";

    static final String REGION = "us-east-1";
    static final String ACCESS_KEY = "test";
    static final String SECRET_KEY = "test";

    /// The last image that starts without an account's token.
    private static final String LOCALSTACK_IMAGE = "localstack/localstack:4.14.0";
    /// Name of moto's server.
    static final String MOTO = "moto_server";
    private static final Pattern MOTO_ANNOUNCEMENT = Pattern.compile("Running on (http://127\\.0\\.0\\.1:\\d+)");

    /// What could be had.
    sealed interface Choice extends AutoCloseable {
        @Override
        void close();

        /// A backend that answers.
        record Found(AwsBackend backend) implements Choice {
            @Override
            public void close() {
                backend.close();
            }
        }

        /// None, with the reason for each form that was tried.
        record Missing(List<String> reasons) implements Choice {
            @Override
            public void close() {
            }
        }
    }

    /// Why one form of backend is not to be had here.
    private static final class UnavailableException extends Exception {
        private static final long serialVersionUID = 1;

        UnavailableException(String reason) {
            super(reason);
        }
    }

    @FunctionalInterface
    private interface Launcher {
        AwsBackend launch() throws UnavailableException;
    }

    private final String name;
    private final URI endpoint;
    private final Runnable stop;
    private final SnsClient sns;
    private final SqsClient sqs;
    private final SsmClient ssm;
    private final S3Client s3;
    private final DynamoDbClient dynamoDb;
    private final IamClient iam;
    private final StsClient sts;

    private AwsBackend(String name, URI endpoint, Runnable stop) {
        this.name = name;
        this.endpoint = endpoint;
        this.stop = stop;
        this.sns = client(SnsClient.builder());
        this.sqs = client(SqsClient.builder());
        this.ssm = client(SsmClient.builder());
        this.s3 = client(S3Client.builder().forcePathStyle(true));
        this.dynamoDb = client(DynamoDbClient.builder());
        this.iam = client(IamClient.builder());
        this.sts = client(StsClient.builder());
    }

    /// The endpoint of the system property; else LocalStack where Docker runs; else moto's server where it is
    /// installed; else none.
    ///
    /// @throws AssertionError when the endpoint of the property does not answer: who names one wants that one
    static Choice choose() {
        String given = System.getProperty(ENDPOINT_PROPERTY, "");
        if (!given.isBlank()) {
            URI endpoint = URI.create(given);
            awaitHttp(endpoint, () -> ENDPOINT_PROPERTY + "=" + given + " did not answer");
            return new Choice.Found(new AwsBackend("the endpoint of " + ENDPOINT_PROPERTY, endpoint, () -> {
            }));
        }
        var reasons = new ArrayList<String>();
        for (Launcher launcher : List.<Launcher>of(AwsBackend::localStack, AwsBackend::moto)) {
            try {
                return new Choice.Found(launcher.launch());
            } catch (UnavailableException e) {
                reasons.add(String.valueOf(e.getMessage()));
            }
        }
        return new Choice.Missing(List.copyOf(reasons));
    }

    private static AwsBackend localStack() throws UnavailableException {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            throw new UnavailableException("Docker does not answer, so no " + LOCALSTACK_IMAGE);
        }
        var container = new LocalStackContainer(LOCALSTACK_IMAGE).withServices("cloudformation", "cloudwatch",
                "dynamodb", "events", "iam", "lambda", "logs", "s3", "sns", "sqs", "ssm", "sts");
        try {
            container.start();
            return new AwsBackend(LOCALSTACK_IMAGE, container.getEndpoint(), container::stop);
        } catch (RuntimeException e) {
            container.stop();
            throw new UnavailableException(LOCALSTACK_IMAGE + " did not start: " + e);
        }
    }

    private static AwsBackend moto() throws UnavailableException {
        Path program = onPath("moto_server").orElseThrow(
                () -> new UnavailableException("no moto_server on the PATH (pip install 'moto[server]')"));
        // Port 0: the server binds a free one and says which, so nobody can take it in between.
        var command = new ProcessBuilder(program.toString(), "-H", "127.0.0.1", "-p", "0");
        command.environment().put("PYTHONUNBUFFERED", "1");
        Child server = Child.start(command);
        try {
            URI endpoint = Await.until(Await.DEADLINE, () -> "moto_server announced no port: " + server.output(),
                    () -> announced(server));
            awaitHttp(endpoint, () -> "moto_server did not answer: " + server.output());
            return new AwsBackend(MOTO, endpoint, server::close);
        } catch (AssertionError e) {
            server.close();
            throw new UnavailableException(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<URI> announced(Child server) {
        String output = server.output();
        Matcher announcement = MOTO_ANNOUNCEMENT.matcher(output);
        if (announcement.find()) {
            return Optional.of(URI.create(announcement.group(1)));
        }
        if (!server.isAlive()) {
            throw new AssertionError("moto_server ended: " + output);
        }
        return Optional.empty();
    }

    private static Optional<Path> onPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isBlank()).map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable).findFirst();
    }

    private static void awaitHttp(URI endpoint, Supplier<String> failure) {
        try (var http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build()) {
            HttpRequest request = HttpRequest.newBuilder(endpoint).timeout(Duration.ofSeconds(2)).build();
            Await.until(Await.DEADLINE, failure, () -> status(http, request));
        }
    }

    private static Optional<Integer> status(HttpClient http, HttpRequest request) {
        try {
            return Optional.of(http.send(request, BodyHandlers.discarding()).statusCode());
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + request.uri(), e);
        }
    }

    private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder) {
        return client(builder, REGION);
    }

    /// A client for another service or Region; who asked for it closes it.
    <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder, String region) {
        return builder.endpointOverride(endpoint).region(Region.of(region))
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .httpClientBuilder(UrlConnectionHttpClient.builder()).build();
    }

    /// What this backend is, for messages.
    String name() {
        return name;
    }

    URI endpoint() {
        return endpoint;
    }

    SnsClient sns() {
        return sns;
    }

    SqsClient sqs() {
        return sqs;
    }

    SsmClient ssm() {
        return ssm;
    }

    S3Client s3() {
        return s3;
    }

    DynamoDbClient dynamoDb() {
        return dynamoDb;
    }

    IamClient iam() {
        return iam;
    }

    StsClient sts() {
        return sts;
    }

    @Override
    public void close() {
        iam.close();
        sts.close();
        dynamoDb.close();
        sns.close();
        sqs.close();
        ssm.close();
        s3.close();
        stop.run();
    }
}
