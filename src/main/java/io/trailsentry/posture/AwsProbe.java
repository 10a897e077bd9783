package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.agent.Principal;
import io.trailsentry.trail.Arn;
import java.time.Instant;
import java.util.Objects;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.cloudtrail.CloudTrailClient;
import software.amazon.awssdk.services.cloudtrail.model.Event;
import software.amazon.awssdk.services.cloudtrail.model.LookupAttribute;
import software.amazon.awssdk.services.cloudtrail.model.LookupAttributeKey;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.sts.StsClient;

/// The probe over AWS: it calls with the credentials of a profile, and asks with those of who runs it. Not thread-safe.
public final class AwsProbe implements Probe.Ports, AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int PERIOD = 60;
    /// As many events as are looked through; more deletions of tables in a quarter of an hour are not likely.
    private static final int MOST_EVENTS = 500;

    private final ProfileCredentialsProvider credentials;
    private final Regions asAgent;
    private final Regions asSelf;
    private final IamClient iam;
    private final Principal self;
    private final String home;

    /// @param profile of the shared credentials and configuration files
    /// @param asSelf clients of who runs the probe
    /// @param iam as the same
    /// @param self who runs it
    AwsProbe(String profile, SdkHttpClient http, Regions asSelf, IamClient iam, Principal self, String home) {
        this.credentials = ProfileCredentialsProvider.create(profile);
        this.asAgent = Regions.of(credentials, http);
        this.asSelf = asSelf;
        this.iam = iam;
        this.self = self;
        this.home = home;
    }

    @Override
    public Principal caller() throws RefusedException {
        try (StsClient sts = asAgent.client(StsClient.builder(), home)) {
            Arn arn = Arn.parse(Answers.ask(() -> sts.getCallerIdentity().arn()));
            Principal principal = arn == null ? null : Principal.of(arn);
            if (principal == null) {
                throw new RefusedException("AWS does not say whose credentials the profile has");
            }
            return principal.kind() == Principal.Kind.ROLE && principal.account().equals(self.account())
                    ? withPath(principal)
                    : principal;
        }
    }

    /// Events name a role with its path, which the ARN of a session leaves out.
    private Principal withPath(Principal role) throws RefusedException {
        String arn = Answers.find(() -> iam.getRole(request -> request.roleName(role.name())).role().arn(),
                NoSuchEntityException.class::isInstance);
        return arn == null ? role : new Principal(role.kind(), role.account(), arn, role.name());
    }

    @Override
    public Probe.Made deleteTable(String region, String table) throws RefusedException {
        try (DynamoDbClient client = asAgent.client(DynamoDbClient.builder(), region)) {
            String requestId = client.deleteTable(request -> request.tableName(table)).responseMetadata().requestId();
            return new Probe.Made(requestId, "that it deleted a table of that name");
        } catch (AwsServiceException e) {
            if (e.requestId() == null) {
                throw refused(e);
            }
            return new Probe.Made(e.requestId(),
                    e.awsErrorDetails() == null ? "status " + e.statusCode() : e.awsErrorDetails().errorCode());
        } catch (SdkException e) {
            throw refused(e);
        }
    }

    private static RefusedException refused(SdkException cause) {
        RefusedException refused = new RefusedException("DynamoDB was not reached: " + cause.getMessage());
        refused.initCause(cause);
        return refused;
    }

    @Override
    public boolean recorded(String region, Probe.Made made) throws RefusedException {
        try (CloudTrailClient client = asSelf.client(CloudTrailClient.builder(), region)) {
            return Answers.ask(() -> client
                    .lookupEventsPaginator(request -> request.lookupAttributes(LookupAttribute.builder()
                            .attributeKey(LookupAttributeKey.EVENT_NAME).attributeValue("DeleteTable").build()))
                    .events().stream().limit(MOST_EVENTS).anyMatch(event -> is(event, made)));
        }
    }

    private static boolean is(Event event, Probe.Made made) {
        try {
            return made.requestId().equals(
                    JSON.readTree(Objects.requireNonNullElse(event.cloudTrailEvent(), "{}")).path("requestID")
                            .asText());
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    @Override
    public double count(String region, String namespace, String metric, String dimension, String value, Instant since)
            throws RefusedException {
        try (CloudWatchClient client = asSelf.client(CloudWatchClient.builder(), region)) {
            return Answers.ask(() -> client.getMetricDataPaginator(request -> request.startTime(since)
                    .endTime(since.plusSeconds(7_200))
                    .metricDataQueries(MetricDataQuery.builder().id("c").metricStat(stat -> stat.period(PERIOD)
                            .stat("Sum").metric(of -> of.namespace(namespace).metricName(metric)
                                    .dimensions(Dimension.builder().name(dimension).value(value).build())))
                            .build()))
                    .metricDataResults().stream().flatMap(result -> result.values().stream())
                    .mapToDouble(Double::doubleValue).sum());
        }
    }

    @Override
    public void close() {
        credentials.close();
    }
}
