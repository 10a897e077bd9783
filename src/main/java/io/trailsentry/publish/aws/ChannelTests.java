package io.trailsentry.publish.aws;

import io.trailsentry.agent.Principal;
import io.trailsentry.publish.Renderers;
import io.trailsentry.publish.Topic;
import io.trailsentry.trail.Arn;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sts.StsClient;

/// Makes a [ChannelTest] of what the environment says: credentials, Region, topics, namespace. Not thread-safe.
public final class ChannelTests implements AutoCloseable {
    private static final Pattern TOPIC_ARN = Pattern.compile("arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[\\w-]{1,256}");

    private final SdkHttpClient http = UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(3))
            .socketTimeout(Duration.ofSeconds(10)).build();
    private final Map<String, SnsClient> sns = new HashMap<>();
    private final Map<String, String> environment;

    /// @param environment the variables that the function has too: `ALERTS_TOPIC_ARN` and its like, `METRICS_NAMESPACE`
    public ChannelTests(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /// The test of certain topics; of those that the environment names where none is given; and where it names none
    /// either, of those that the template makes, in the account of the credentials and the Region of the environment.
    ///
    /// @param given ARNs
    /// @throws IllegalArgumentException with the reason when there is nothing to test, or nothing to test it with
    public ChannelTest of(Map<Topic, String> given, Renderers renderers, ChannelTest.Pause pause) {
        Map<Topic, String> topics = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
            String arn = given.isEmpty()
                    ? environment.getOrDefault(topic.name() + "_TOPIC_ARN", "").strip()
                    : given.getOrDefault(topic, "").strip();
            if (!arn.isEmpty()) {
                topics.put(topic, checked(topic, arn));
            }
        }
        String first = topics.isEmpty() ? null : topics.values().iterator().next();
        Arn parts = Arn.parse(first);
        String region = parts == null ? region() : parts.region();
        Principal caller = caller(region);
        if (topics.isEmpty()) {
            Arn own = Arn.parse(caller.arn());
            for (Topic topic : Topic.values()) {
                topics.put(topic, "arn:" + (own == null ? "aws" : own.partition()) + ":sns:" + region + ":"
                        + caller.account() + ":trailsentry-" + topic.name().toLowerCase(Locale.ROOT));
            }
        }
        String namespace = environment.getOrDefault("METRICS_NAMESPACE", "");
        return new ChannelTest(new ChannelTest.Means(
                where -> sns.computeIfAbsent(where, name -> build(SnsClient.builder(), name)),
                build(CloudWatchClient.builder(), region), namespace.isBlank() ? "TrailSentry" : namespace, renderers,
                InstantSource.system(), pause), caller, topics);
    }

    private static String checked(Topic topic, String arn) {
        if (!TOPIC_ARN.matcher(arn).matches()) {
            throw new IllegalArgumentException(
                    "the topic of " + topic.name().toLowerCase(Locale.ROOT) + " must be an ARN, but was " + arn);
        }
        return arn;
    }

    private static String region() {
        @Nullable
        Region region = null;
        try {
            region = new DefaultAwsRegionProviderChain().getRegion();
        } catch (SdkClientException e) {
            // Told below.
        }
        if (region == null) {
            throw new IllegalArgumentException("no Region is known: set AWS_REGION to that of the stack, or name the "
                    + "topics by --alerts, --pages and --findings");
        }
        return region.id();
    }

    private Principal caller(String region) {
        try (StsClient sts = build(StsClient.builder(), region)) {
            Arn arn = Arn.parse(sts.getCallerIdentity().arn());
            Principal caller = arn == null ? null : Principal.of(arn);
            if (caller == null) {
                throw new IllegalArgumentException("AWS does not say whose credentials these are: " + arn);
            }
            return caller;
        } catch (SdkException e) {
            throw new IllegalArgumentException("the AWS credentials are missing or not accepted: " + e.getMessage(),
                    e);
        }
    }

    private <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C build(B builder, String region) {
        return builder.region(Region.of(region)).httpClient(http).overrideConfiguration(
                ClientOverrideConfiguration.builder().apiCallTimeout(Duration.ofSeconds(30)).build()).build();
    }

    @Override
    public void close() {
        sns.values().forEach(SnsClient::close);
        http.close();
    }
}
