package io.trailsentry.posture;

import io.trailsentry.posture.Access.May;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kms.KmsClient;

/// Whether the policy of the given key lets AWS's services use it, as `docs/deployment.md` shows. Pure but for reading.
final class KeyUse {
    private static final List<String> SERVICES = List.of("events", "cloudwatch", "sns", "s3");
    private static final List<String> USE = List.of("kms:Decrypt", "kms:GenerateDataKey");
    private static final List<String> USE_BY_LOGS = List.of("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom",
            "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey");
    private static final String REASON = "EventBridge, CloudWatch and SNS drop what they cannot encrypt, and nobody is "
            + "told.";

    private KeyUse() {
    }

    /// The key's policy and whether it is enabled.
    record Key(Answer<String> policy, Answer<String> state) {
    }

    static Key read(Regions regions, String home, String arn) {
        try (KmsClient client = regions.client(KmsClient.builder(), home)) {
            return new Key(
                    Answer.to(() -> Answers.ask(() -> client.getKeyPolicy(
                            request -> request.keyId(arn).policyName("default")).policy())),
                    Answer.to(() -> Answers.ask(() -> client.describeKey(
                            request -> request.keyId(arn)).keyMetadata().keyStateAsString())));
        }
    }

    static Check judge(Coverage.Scope scope, String arn, Key key) {
        Faults faults = new Faults(Rule.KEY, scope.subject(), arn);
        String state = faults.value(key.state(), "kms:DescribeKey");
        if (state != null && !state.equals("Enabled")) {
            faults.failure(85, "has a key that is not enabled: " + state, REASON,
                    "Run `aws kms enable-key --region " + scope.place().region() + " --key-id " + arn
                            + "`, after `aws kms cancel-key-deletion` if it is to be deleted.");
        }
        String document = faults.value(key.policy(), "kms:GetKeyPolicy");
        if (document != null) {
            policy(faults, scope, arn, ResourcePolicy.of(document));
        }
        return faults.check("has a key that the services may use");
    }

    private static void policy(Faults faults, Coverage.Scope scope, String arn, ResourcePolicy policy) {
        Map<String, String> account = Map.of("aws:SourceAccount", scope.place().account(), "aws:SecureTransport",
                "true");
        List<String> refused = new ArrayList<>();
        List<String> open = new ArrayList<>();
        for (String name : SERVICES) {
            add(may(policy, name + ".amazonaws.com", USE, arn, account), name + ".amazonaws.com", refused, open);
        }
        String logs = "logs." + scope.place().region() + (scope.place().partition().equals("aws-cn")
                ? ".amazonaws.com.cn"
                : ".amazonaws.com");
        May mayLog = May.YES;
        for (String group : List.of("trailsentry-detector", "trailsentry-audit")) {
            mayLog = ResourcePolicy.and(mayLog, may(policy, logs, USE_BY_LOGS, arn,
                    Map.of("aws:SourceAccount", scope.place().account(), "aws:SecureTransport", "true", "aws:SourceArn",
                            scope.arn("logs", "log-group:" + group), "kms:EncryptionContext:aws:logs:arn",
                            scope.arn("logs", "log-group:" + group))));
        }
        if (!refused.isEmpty()) {
            faults.failure(70, "has a key that " + Faults.names(refused) + " may not use", REASON,
                    "Add to the key's policy: " + statement(scope, refused) + ".");
        }
        if (mayLog == May.NO) {
            faults.failure(50, "has a key that " + logs + " may not use",
                    "The functions' logs are not written, which is where faults are told.",
                    "Add to the key's policy: " + logStatement(scope, logs) + ".");
        }
        add(mayLog, logs, new ArrayList<>(), open);
        if (!open.isEmpty()) {
            faults.unknown("has a key that " + Faults.names(open) + " may use or not",
                    "Conditions of the key's policy decide.", "Compare the key's policy with docs/deployment.md.");
        }
    }

    private static void add(May may, String service, List<String> refused, List<String> open) {
        switch (may) {
            case NO -> refused.add(service);
            case CANNOT_TELL -> open.add(service);
            case YES -> {
            }
        }
    }

    private static May may(ResourcePolicy policy, String service, List<String> actions, @Nullable String arn,
            Map<String, String> context) {
        return actions.stream().map(action -> policy.may(service, action, String.valueOf(arn), context))
                .reduce(May.YES, ResourcePolicy::and);
    }

    private static String statement(Coverage.Scope scope, List<String> services) {
        return "{\"Sid\":\"TrailSentry\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\""
                + String.join("\",\"", services) + "\"]},\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey*\"],"
                + "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\""
                + scope.place().account()
                + "\"}}}";
    }

    private static String logStatement(Coverage.Scope scope, String logs) {
        return "{\"Sid\":\"TrailSentryLogs\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"" + logs
                + "\"},\"Action\":[\"kms:Encrypt\",\"kms:Decrypt\",\"kms:ReEncrypt*\",\"kms:GenerateDataKey*\","
                + "\"kms:DescribeKey\"],\"Resource\":\"*\",\"Condition\":{\"ArnLike\":{"
                + "\"kms:EncryptionContext:aws:logs:arn\":\"" + scope.arn("logs", "log-group:trailsentry-*") + "\"}}}";
    }
}
