package io.trailsentry.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each function's role allows what its code can call, and nothing else. A new call needs its action in the role, and no
/// change here unless IAM calls the operation otherwise.
class PermissionsTest {
    private static final Template TEMPLATE = Template.read();
    private static final JavaClasses PROGRAM = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.trailsentry");

    /// What no code calls: AWS's services do, as the function's role.
    private static final Map<String, String> ON_OUR_BEHALF = Map.of(
            "sqs:ReceiveMessage", "Lambda takes messages from the queue",
            "sqs:DeleteMessage", "and deletes those that were handled",
            "sqs:GetQueueAttributes", "and looks how many there are",
            "logs:CreateLogStream", "Lambda writes what the function prints",
            "logs:PutLogEvents", "line by line",
            "kms:Decrypt", "SQS, SNS, DynamoDB and S3 use the given keys for who calls them",
            "kms:GenerateDataKey", "also to encrypt");

    /// IAM's prefix of a service, where the SDK has another name for it.
    private static final Map<String, String> PREFIXES = Map.of("eventbridge", "events", "cloudwatchlogs", "logs");

    /// The action that an operation needs, where IAM calls it otherwise; empty: everybody may.
    private static final Map<String, String> ACTIONS = Map.of("sts:GetCallerIdentity", "",
            "s3:ListBuckets", "s3:ListAllMyBuckets", "s3:ListObjectsV2", "s3:ListBucket", "s3:HeadBucket",
            "s3:ListBucket", "s3:HeadObject", "s3:GetObject", "s3:GetBucketEncryption", "s3:GetEncryptionConfiguration",
            "s3:GetBucketNotificationConfiguration", "s3:GetBucketNotification");

    /// Parameters that together add every statement.
    private static final List<Map<String, String>> STACKS = List.of(Map.of(),
            Map.of("CreateTrail", "yes", "KmsKeyArn", "arn:aws:kms:us-east-1:111122223333:key/k"),
            Map.of("TrailBucket", "b", "TrailKeyArn", "arn:aws:kms:us-east-1:111122223333:key/t"),
            Map.of("ConfigurationSource", "agents: []"), Map.of("ConfigurationSource", "ssm:a"),
            Map.of("ConfigurationSource", "s3://bucket/a"), Map.of("Watch", "everything"));

    static Stream<String> functions() {
        return TEMPLATE.resources("AWS::Serverless::Function").keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void role_allowsWhatTheCodeCanCall_andNothingElse(String function) {
        JsonNode properties = TEMPLATE.section("Resources").path(function).path("Properties");
        String handler = properties.path("Handler").asText().replaceFirst("::.*", "");
        Set<String> needed = new TreeSet<>();
        AwsCalls.reachableFrom(PROGRAM, handler).forEach(operation -> needed.add(action(operation)));
        needed.remove("");

        Set<String> allowed = allowed(properties.at("/Role/Fn::GetAtt/0").asText());
        allowed.removeIf(action -> ON_OUR_BEHALF.containsKey(action) && !needed.contains(action));

        assertThat(allowed).isEqualTo(needed);
    }

    private static String action(String operation) {
        String[] parts = operation.split(":", 2);
        String named = PREFIXES.getOrDefault(parts[0], parts[0]) + ":" + parts[1];
        return ACTIONS.getOrDefault(named, named);
    }

    private static Set<String> allowed(String role) {
        Set<String> allowed = new TreeSet<>();
        STACKS.forEach(parameters -> TEMPLATE.deploy(parameters).policies(role)
                .forEach(policy -> policy.path("Statement").forEach(statement -> {
                    if (statement.path("Effect").asText().equals("Allow")) {
                        JsonNode actions = statement.path("Action");
                        if (actions.isArray()) {
                            actions.forEach(action -> allowed.add(action.asText()));
                        } else {
                            allowed.add(actions.asText());
                        }
                    }
                })));
        return allowed;
    }
}
