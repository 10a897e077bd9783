package io.trailsentry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trailsentry.agent.Principal;
import io.trailsentry.posture.AwsLastAccessed;
import io.trailsentry.posture.LastAccessed.Use;
import io.trailsentry.posture.RefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iam.IamClient;

/// Service last accessed data over IAM's query protocol, by an endpoint of the test's own: moto has none.
class LastAccessedIT {
    private static final Principal ROLE = new Principal(Principal.Kind.ROLE, "111122223333",
            "arn:aws:iam::111122223333:role/mcp-agent-role", "mcp-agent-role");
    private static final String STARTED = answer("GenerateServiceLastAccessedDetails", "<JobId>job</JobId>");
    private static final String RUNNING = details("IN_PROGRESS", "");

    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    private final Loopback server = Loopback.start(exchange -> {
        requests.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        String answer;
        synchronized (answers) {
            answer = answers.size() > 1 ? answers.pop() : answers.getFirst();
        }
        exchange.getResponseHeaders().set("Content-Type", "text/xml");
        Loopback.send(exchange, answer.startsWith("<ErrorResponse") ? 403 : 200,
                answer.getBytes(StandardCharsets.UTF_8));
    });

    @AfterEach
    void stop() {
        server.close();
    }

    private static String answer(String action, String result) {
        return "<" + action + "Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><" + action + "Result>"
                + result + "</" + action + "Result></" + action + "Response>";
    }

    private static String details(String status, String more) {
        return answer("GetServiceLastAccessedDetails", "<JobStatus>" + status + "</JobStatus>"
                + "<JobCreationDate>2026-11-21T10:00:00Z</JobCreationDate>"
                + "<JobCompletionDate>2026-11-21T10:00:01Z</JobCompletionDate>" + more);
    }

    private static String services(String members) {
        return "<ServicesLastAccessed>" + members + "</ServicesLastAccessed>";
    }

    private static String service(String name, String last) {
        return "<member><ServiceName>" + name + "</ServiceName><ServiceNamespace>" + name + "</ServiceNamespace>"
                + (last.isEmpty() ? "" : "<LastAuthenticated>" + last + "</LastAuthenticated>") + "</member>";
    }

    private List<Use> uses(String... theAnswers) throws RefusedException {
        answers.addAll(List.of(theAnswers));
        try (IamClient iam = IamClient.builder().endpointOverride(server.uri()).region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(UrlConnectionHttpClient.builder()).build()) {
            return new AwsLastAccessed(iam, pauses::add).of(ROLE);
        }
    }

    @Test
    void job_isAskedForUntilItIsDone_andReadToTheLastPage() throws RefusedException {
        List<Use> uses = uses(STARTED, RUNNING, RUNNING,
                details("COMPLETED", services(service("s3", "2026-11-20T10:00:00Z"))
                        + "<IsTruncated>true</IsTruncated><Marker>next</Marker>"),
                details("COMPLETED", services(service("sqs", "")) + "<IsTruncated>false</IsTruncated>"));

        assertThat(uses).containsExactly(new Use("s3", Instant.parse("2026-11-20T10:00:00Z")), new Use("sqs", null));
        assertThat(pauses).containsExactly(Duration.ofMillis(500), Duration.ofSeconds(1));
        assertThat(requests.getFirst()).contains("Arn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fmcp-agent-role");
        assertThat(requests.getLast()).contains("JobId=job").contains("Marker=next");
    }

    @Test
    void jobThatIsNeverDone_isGivenUp() {
        assertThatThrownBy(() -> uses(STARTED, RUNNING)).isInstanceOf(RefusedException.class)
                .hasMessage("IAM was not done in time");
        assertThat(pauses.stream().mapToLong(Duration::toMillis).sum()).isBetween(30_000L, 60_000L);
    }

    @Test
    void jobThatFails_tellsIamsReason() {
        assertThatThrownBy(() -> uses(STARTED,
                details("FAILED", "<Error><Code>ServiceFailure</Code><Message>try later</Message></Error>")))
                .hasMessage("IAM could not tell what was used: ServiceFailure: try later");
    }

    @Test
    void accessDenied_isTold_andThrottlingTriedAgain() throws RefusedException {
        String throttled = "<ErrorResponse><Error><Code>Throttling</Code><Message>slower</Message></Error></ErrorResponse>";
        assertThat(uses(throttled, STARTED, details("COMPLETED", services("")))).isEmpty();
        answers.clear();
        assertThatThrownBy(() -> uses(
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>may not</Message></Error></ErrorResponse>"))
                .hasMessage("AccessDenied: may not");
    }
}
