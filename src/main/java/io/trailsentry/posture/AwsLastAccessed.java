package io.trailsentry.posture;

import io.trailsentry.agent.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.GetServiceLastAccessedDetailsResponse;
import software.amazon.awssdk.services.iam.model.JobStatusType;

/// Service last accessed data by IAM: a job is started and asked for until it is done. Thread-safe.
///
/// Source: IAM API reference, `GenerateServiceLastAccessedDetails`.
public final class AwsLastAccessed implements LastAccessed {
    private static final int QUESTIONS = 15;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);

    /// What waits between two questions.
    @FunctionalInterface
    public interface Pause {
        /// Waits.
        void of(Duration time) throws InterruptedException;
    }

    private final IamClient iam;
    private final Pause pause;

    /// @param iam with the time limits of calls set
    /// @param pause waits for as long as it is told: in all at most a minute for each principal
    public AwsLastAccessed(IamClient iam, Pause pause) {
        this.iam = iam;
        this.pause = pause;
    }

    @Override
    public List<Use> of(Principal principal) throws RefusedException {
        String job = Answers.ask(() -> iam.generateServiceLastAccessedDetails(request -> request.arn(principal.arn()))
                .jobId());
        GetServiceLastAccessedDetailsResponse page = finished(job);
        List<Use> uses = new ArrayList<>();
        add(page, uses);
        while (Boolean.TRUE.equals(page.isTruncated()) && page.marker() != null) {
            page = page(job, page.marker());
            add(page, uses);
        }
        return List.copyOf(uses);
    }

    private GetServiceLastAccessedDetailsResponse finished(String job) throws RefusedException {
        Duration time = Duration.ofMillis(500);
        for (int question = 0; question < QUESTIONS; question++) {
            GetServiceLastAccessedDetailsResponse answer = page(job, null);
            if (answer.jobStatus() == JobStatusType.COMPLETED) {
                return answer;
            }
            if (answer.jobStatus() == JobStatusType.FAILED) {
                throw new RefusedException("IAM could not tell what was used: " + (answer.error() == null
                        ? "it gives no reason"
                        : answer.error().code() + ": " + answer.error().message()));
            }
            try {
                pause.of(time);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RefusedException("it was interrupted");
            }
            time = time.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? time.multipliedBy(2) : LONGEST_PAUSE;
        }
        throw new RefusedException("IAM was not done in time");
    }

    private GetServiceLastAccessedDetailsResponse page(String job, @Nullable String marker) throws RefusedException {
        return Answers.ask(() -> iam.getServiceLastAccessedDetails(request -> request.jobId(job).marker(marker)));
    }

    private static void add(GetServiceLastAccessedDetailsResponse page, List<Use> uses) {
        page.servicesLastAccessed()
                .forEach(service -> uses.add(new Use(service.serviceNamespace(), service.lastAuthenticated())));
    }
}
