package io.trailsentry.posture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.trailsentry.posture.Access.May;
import io.trailsentry.publish.aws.Subscribers;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.EventSourceMappingConfiguration;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.NotFoundException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

/// What the stack is made of, as it stands in the home Region. Immutable; a value that is null is not there.
///
/// @param queues attributes by name of the queue
/// @param away attributes of a forwarder's queue of dead letters, by Region; of none where there is no such queue
/// @param detector the version of the function that `live` stands for
/// @param concurrency reserved for the function; null when nothing is
/// @param mappings what feeds it, by ARN of the queue
/// @param topics who is subscribed, by name of the topic
record Deployment(Map<String, Answer<Map<String, String>>> queues,
        SortedMap<String, Answer<Map<String, String>>> away, Answer<Function> detector,
        Answer<Integer> concurrency, Answer<Map<String, Mapping>> mappings,
        Map<String, Answer<Subscribers>> topics, Table table) {
    static final String EVENTS = "trailsentry-events";
    static final String FILES = "trailsentry-files";
    static final String DEAD_LETTERS = "trailsentry-dead-letters";
    static final String NOT_FORWARDED = "trailsentry-forwarder-dead-letters";
    static final String DETECTOR = "trailsentry-detector";
    static final String MEMORY = "trailsentry-memory";
    private static final String ALERTS = "trailsentry-alerts";
    private static final JsonMapper JSON = new JsonMapper();
    /// As Lambda writes it: `2026-11-21T10:15:00.000+0000`.
    private static final DateTimeFormatter MODIFIED = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSZ",
            Locale.ROOT);
    private static final String ANEW = "Make it again as template.yaml has it, or remove the stack and deploy it anew, as "
            + "docs/deployment.md tells.";

    /// A version of the function.
    ///
    /// @param modified when it was deployed; null when Lambda tells it in another form
    record Function(String state, Map<String, String> environment, @Nullable Instant modified) {
        Function {
            environment = Map.copyOf(environment);
        }
    }

    /// An event source mapping.
    ///
    /// @param partialFailures whether a batch may fail in part
    record Mapping(String id, String state, boolean partialFailures) {
    }

    /// The memory.
    ///
    /// @param status of the table
    /// @param forgets whether what expires is removed
    /// @param recovery whether it can be restored to a point in time
    record Table(Answer<String> status, Answer<Boolean> forgets, Answer<Boolean> recovery) {
    }

    static Deployment read(Regions regions, Coverage.Scope scope) {
        String home = scope.place().region();
        Map<String, Answer<Map<String, String>>> queues = new LinkedHashMap<>();
        try (SqsClient client = regions.client(SqsClient.builder(), home)) {
            for (String name : List.of(EVENTS, FILES, DEAD_LETTERS)) {
                queues.put(name, Answer.find(() -> queue(client, name)));
            }
        }
        Map<String, Answer<Subscribers>> topics = new LinkedHashMap<>();
        try (SnsClient client = regions.client(SnsClient.builder(), home)) {
            for (String name : List.of(ALERTS, "trailsentry-pages", "trailsentry-findings")) {
                topics.put(name, Answer.find(() -> Answers.find(() -> Subscribers.of(client, scope.arn("sns", name)),
                        NotFoundException.class::isInstance)));
            }
        }
        try (LambdaClient client = regions.client(LambdaClient.builder(), home)) {
            return new Deployment(
                    queues, away(regions, scope), detector(client), Answer.find(() -> Answers.find(
                            () -> client.getFunctionConcurrency(request -> request.functionName(DETECTOR))
                                    .reservedConcurrentExecutions(),
                            software.amazon.awssdk.services.lambda.model.ResourceNotFoundException.class::isInstance)),
                    Answer.to(() -> mappings(client)), topics, table(regions, home));
        }
    }

    private static Answer<Function> detector(LambdaClient client) {
        return Answer.find(() -> function(client));
    }

    /// When the function was deployed, asked for by itself; null when that is not known.
    static @Nullable Instant since(Regions regions, Coverage.Scope scope) {
        try (LambdaClient client = regions.client(LambdaClient.builder(), scope.place().region())) {
            return since(detector(client));
        }
    }

    private static @Nullable Instant since(Answer<Function> detector) {
        Function function = detector.value();
        return function == null ? null : function.modified();
    }

    private static SortedMap<String, Answer<Map<String, String>>> away(Regions regions, Coverage.Scope scope) {
        String home = scope.place().region();
        return Everywhere.ask(scope.place().watchedRegions(), home, region -> {
            if (region.equals(home)) {
                return Map.of();
            }
            try (SqsClient client = regions.client(SqsClient.builder(), region)) {
                Map<String, String> attributes = queue(client, NOT_FORWARDED);
                return attributes == null ? Map.of() : attributes;
            }
        });
    }

    private static @Nullable Map<String, String> queue(SqsClient client, String name) throws RefusedException {
        return Answers.find(() -> {
            String url = client.getQueueUrl(request -> request.queueName(name)).queueUrl();
            return client.getQueueAttributes(request -> request.queueUrl(url).attributeNames(QueueAttributeName.ALL))
                    .attributesAsStrings();
        }, QueueDoesNotExistException.class::isInstance);
    }

    private static @Nullable Function function(LambdaClient client) throws RefusedException {
        GetFunctionConfigurationResponse found = Answers.find(
                () -> client.getFunctionConfiguration(request -> request.functionName(DETECTOR).qualifier("live")),
                software.amazon.awssdk.services.lambda.model.ResourceNotFoundException.class::isInstance);
        if (found == null) {
            return null;
        }
        return new Function(String.valueOf(found.stateAsString()),
                found.environment() == null ? Map.of() : found.environment().variables(),
                modified(found.lastModified()));
    }

    static @Nullable Instant modified(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text, MODIFIED).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static Map<String, Mapping> mappings(LambdaClient client) throws RefusedException {
        return Answers.ask(() -> {
            Map<String, Mapping> mappings = new TreeMap<>();
            for (EventSourceMappingConfiguration mapping : client
                    .listEventSourceMappingsPaginator(request -> request.functionName(DETECTOR + ":live"))
                    .eventSourceMappings()) {
                mappings.put(String.valueOf(mapping.eventSourceArn()),
                        new Mapping(String.valueOf(mapping.uuid()), String.valueOf(mapping.state()),
                                mapping.functionResponseTypesAsStrings().contains("ReportBatchItemFailures")));
            }
            return mappings;
        });
    }

    private static Table table(Regions regions, String home) {
        try (DynamoDbClient client = regions.client(DynamoDbClient.builder(), home)) {
            return new Table(
                    Answer.find(() -> Answers.find(
                            () -> client.describeTable(request -> request.tableName(MEMORY)).table()
                                    .tableStatusAsString(),
                            software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException.class::isInstance)),
                    Answer.to(() -> Answers.ask(() -> {
                        var ttl = client.describeTimeToLive(request -> request.tableName(MEMORY))
                                .timeToLiveDescription();
                        return List.of("ENABLED", "ENABLING").contains(String.valueOf(ttl.timeToLiveStatusAsString()))
                                && "expires".equals(ttl.attributeName());
                    })),
                    Answer.to(() -> Answers.ask(() -> {
                        var recovery = client.describeContinuousBackups(request -> request.tableName(MEMORY))
                                .continuousBackupsDescription().pointInTimeRecoveryDescription();
                        return recovery != null
                                && "ENABLED".equals(recovery.pointInTimeRecoveryStatusAsString());
                    })));
        }
    }

    /// When the function was deployed; null when that is not known.
    @Nullable
    Instant since() {
        return since(detector);
    }

    private boolean readsFiles() {
        Function function = detector.value();
        return function != null && function.environment().containsKey("TRAIL_BUCKET");
    }

    /// The checks of every part.
    List<Check> judge(Coverage.Scope scope) {
        List<Check> checks = new ArrayList<>();
        queues.forEach((name, answer) -> {
            if (!name.equals(FILES) || readsFiles()) {
                checks.add(queue(scope, name, answer));
            }
        });
        checks.add(deadLetters(scope));
        if (away.size() > 1) {
            checks.add(notForwarded(scope));
        }
        checks.add(function(scope));
        topics.forEach((name, answer) -> topic(scope, name, answer, checks));
        checks.add(table(scope));
        return List.copyOf(checks);
    }

    private static Check queue(Coverage.Scope scope, String name, Answer<Map<String, String>> answer) {
        String arn = scope.arn("sqs", name);
        Faults faults = new Faults(Rule.QUEUES, scope.subject(), arn);
        Map<String, String> attributes = faults.value(answer, "sqs:GetQueueUrl and sqs:GetQueueAttributes");
        if (attributes == null) {
            if (answer.refusal() == null) {
                faults.failure(80, "has no queue " + name, "What should go through it is lost.", ANEW);
            }
            return faults.check("");
        }
        String url = "$(aws sqs get-queue-url --region " + scope.place().region() + " --queue-name " + name
                + " --query QueueUrl --output text)";
        if (!name.equals(DEAD_LETTERS)
                && !scope.arn("sqs", DEAD_LETTERS).equals(deadLetterTarget(attributes.get("RedrivePolicy")))) {
            faults.failure(50, "has queue " + name + " without its dead-letter queue",
                    "An event that cannot be handled is tried until it is lost.",
                    "Run `aws sqs set-queue-attributes --region " + scope.place().region() + " --queue-url \"" + url
                            + "\" --attributes '{\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\""
                            + scope.arn("sqs", DEAD_LETTERS) + "\\\",\\\"maxReceiveCount\\\":10}\"}'`.");
        }
        senders(scope, name, arn, ResourcePolicy.of(attributes.get("Policy")), faults);
        return faults.check("has queue " + name + " as deployed");
    }

    private static void senders(Coverage.Scope scope, String name, String arn, ResourcePolicy policy, Faults faults) {
        List<String> rules = name.equals(FILES)
                ? List.of("new-files")
                : scope.place().agentNames().isEmpty()
                        ? List.of("everything")
                        : List.of("agent-calls", "perimeter-changes", "monitor-changes");
        May least = May.YES;
        for (String rule : rules) {
            least = ResourcePolicy.and(least, policy.may("events.amazonaws.com", "sqs:SendMessage", arn,
                    Map.of("aws:SourceAccount", scope.place().account(), "aws:SecureTransport", "true", "aws:SourceArn",
                            scope.arn("events", "rule/trailsentry-" + rule))));
        }
        if (name.equals(FILES) && least != May.YES) {
            // A topic may announce files instead, of any name and account.
            least = policy.may("sns.amazonaws.com", "sqs:SendMessage", arn, Map.of("aws:SecureTransport", "true"));
            least = least == May.CANNOT_TELL ? May.YES : least;
        }
        String mend = "Add to the queue's policy: {\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                + "\"events.amazonaws.com\"},\"Action\":\"sqs:SendMessage\",\"Resource\":\"" + arn
                + "\",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"" + scope.arn("events", "rule/trailsentry-*")
                + "\"}}}.";
        if (least == May.NO) {
            faults.failure(80, "has queue " + name + " whose policy refuses what the rules send",
                    "Events that the queue refuses are lost.", mend);
        } else if (least == May.CANNOT_TELL) {
            faults.unknown("has queue " + name + " whose policy may refuse what the rules send",
                    "Conditions of the queue's policy decide.", mend);
        }
    }

    private static String deadLetterTarget(@Nullable String redrive) {
        try {
            JsonNode policy = redrive == null ? JSON.missingNode() : JSON.readTree(redrive);
            return policy.path("deadLetterTargetArn").asText();
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    private Check deadLetters(Coverage.Scope scope) {
        String arn = scope.arn("sqs", DEAD_LETTERS);
        Answer<Map<String, String>> answer = queues.get(DEAD_LETTERS);
        Faults faults = new Faults(Rule.DEAD_LETTERS, scope.subject(), arn);
        Map<String, String> attributes = answer == null
                ? null
                : faults.value(answer, "sqs:GetQueueUrl and sqs:GetQueueAttributes");
        String messages = attributes == null ? "0" : messages(attributes);
        if (!messages.equals("0")) {
            faults.warning(40, "has lost events in " + DEAD_LETTERS + ": about " + messages,
                    "Each of them is an event that was not judged.",
                    "See the functions' logs for why, then run `aws sqs start-message-move-task --region "
                            + scope.place().region() + " --source-arn " + arn + " --destination-arn "
                            + scope.arn("sqs", EVENTS) + "`.");
        }
        return faults.check("has nothing in " + DEAD_LETTERS);
    }

    private Check notForwarded(Coverage.Scope scope) {
        Faults faults = new Faults(Rule.DEAD_LETTERS, scope.subject(), NOT_FORWARDED);
        Map<String, RefusedException> refused = new TreeMap<>();
        List<String> lost = new ArrayList<>();
        away.forEach((region, answer) -> {
            if (answer.refusal() != null) {
                refused.put(region, answer.refusal());
            }
            if (answer.value() != null && !messages(answer.value()).equals("0")) {
                lost.add(region);
            }
        });
        if (!lost.isEmpty()) {
            faults.warning(40, "has lost events in " + NOT_FORWARDED + " in " + Faults.names(lost),
                    "Each of them is an event that was not forwarded, so it was not judged.",
                    "See `trailsentry-forwarder-" + lost.getFirst()
                            + "`, the role, and the policy of the bus; then judge "
                            + "them by hand, as docs/runbooks/trailsentry.md tells.");
        }
        faults.refused(refused, "sqs:GetQueueUrl and sqs:GetQueueAttributes");
        return faults.check("has nothing in " + NOT_FORWARDED + " of any other Region");
    }

    private static String messages(Map<String, String> queue) {
        return queue.getOrDefault("ApproximateNumberOfMessages", "0");
    }

    private Check function(Coverage.Scope scope) {
        Faults faults = new Faults(Rule.FUNCTION, scope.subject(), scope.arn("lambda", "function:" + DETECTOR));
        Function function = faults.value(detector, "lambda:GetFunctionConfiguration");
        if (function == null && detector.refusal() == null) {
            faults.failure(85, "has no function " + DETECTOR + " with the alias live", "Nothing judges events.", ANEW);
            return faults.check("");
        }
        String note = function == null ? "" : function(scope, function, faults);
        Integer reserved = faults.value(concurrency, "lambda:GetFunctionConcurrency");
        if (reserved != null && reserved == 0) {
            faults.failure(85, "has function " + DETECTOR + " stopped by a reserved concurrency of 0",
                    "Nothing judges events, and after four days they are lost.",
                    "Run `aws lambda delete-function-concurrency --region " + scope.place().region()
                            + " --function-name "
                            + DETECTOR + "`.");
        }
        Map<String, Mapping> fed = faults.value(mappings, "lambda:ListEventSourceMappings");
        if (fed != null) {
            mapping(scope, EVENTS, fed, faults);
            if (readsFiles()) {
                mapping(scope, FILES, fed, faults);
            }
        }
        return faults.check("has function " + DETECTOR + " at work" + note);
    }

    private static String function(Coverage.Scope scope, Function function, Faults faults) {
        if (!function.state().equals("Active")) {
            faults.failure(70, "has function " + DETECTOR + " in the state " + function.state(),
                    "Nothing judges events while it is not active.",
                    "Run `aws lambda get-function-configuration --region " + scope.place().region()
                            + " --function-name "
                            + DETECTOR + " --qualifier live`, which tells why.");
        }
        Map<String, String> deployed = new LinkedHashMap<>();
        deployed.put("FINDINGS_TOPIC_ARN", scope.arn("sns", "trailsentry-findings"));
        deployed.put("MEMORY_TABLE", MEMORY);
        boolean dry = !function.environment().containsKey("ALERTS_TOPIC_ARN")
                && !function.environment().containsKey("PAGES_TOPIC_ARN");
        if (!dry) {
            deployed.put("ALERTS_TOPIC_ARN", scope.arn("sns", ALERTS));
            deployed.put("PAGES_TOPIC_ARN", scope.arn("sns", "trailsentry-pages"));
        }
        deployed.entrySet().removeIf(entry -> entry.getValue().equals(function.environment().get(entry.getKey())));
        if (!deployed.isEmpty()) {
            faults.failure(75, "has function " + DETECTOR + " with another environment: "
                    + Faults.names(deployed.keySet()), "It tells or remembers elsewhere than where people look.",
                    "Deploy again from a clean copy: `sam build && sam deploy`, with a parameter changed and changed "
                            + "back if nothing differs.");
        }
        return dry ? ", in dry-run: nobody is told" : "";
    }

    private static void mapping(Coverage.Scope scope, String queue, Map<String, Mapping> fed, Faults faults) {
        Mapping mapping = fed.get(scope.arn("sqs", queue));
        if (mapping == null) {
            faults.failure(85, "has function " + DETECTOR + " that does not read " + queue,
                    "Events stay in the queue until they are lost.",
                    "Run `aws lambda create-event-source-mapping --region " + scope.place().region()
                            + " --function-name "
                            + DETECTOR + ":live --event-source-arn " + scope.arn("sqs", queue)
                            + " --function-response-types ReportBatchItemFailures`.");
            return;
        }
        String update = "Run `aws lambda update-event-source-mapping --region " + scope.place().region() + " --uuid "
                + mapping.id();
        if (!List.of("Enabled", "Enabling", "Updating").contains(mapping.state())) {
            faults.failure(85, "has the event source mapping of " + queue + " in the state " + mapping.state(),
                    "Events stay in the queue until they are lost.", update + " --enabled`.");
        }
        if (!mapping.partialFailures()) {
            faults.failure(50, "has an event source mapping of " + queue + " that fails whole batches",
                    "The function tells which events it could not judge, and without this they count as judged.",
                    update + " --function-response-types ReportBatchItemFailures`.");
        }
    }

    private static void topic(Coverage.Scope scope, String name, Answer<Subscribers> answer,
            List<Check> checks) {
        String arn = scope.arn("sns", name);
        Faults there = new Faults(Rule.TOPICS, scope.subject(), arn);
        Faults told = new Faults(Rule.SUBSCRIPTIONS, scope.subject(), arn);
        Subscribers subscribers = there.value(answer, "sns:ListSubscriptionsByTopic");
        if (subscribers == null) {
            if (answer.refusal() != null) {
                checks.add(Check.refused(Rule.SUBSCRIPTIONS, scope.subject(), arn, answer.refusal(),
                        Faults.mend("sns:ListSubscriptionsByTopic")));
            } else {
                there.failure(80, "has no topic " + name, "What is sent to it is lost, and nobody is told.", ANEW);
            }
            checks.add(there.check(""));
            return;
        }
        checks.add(there.check("has topic " + name));
        if (!subscribers.pending().isEmpty()) {
            told.warning(25, "has unconfirmed subscriptions to " + name + ": " + subscribers.pending().size() + " ("
                    + Faults.names(subscribers.pendingProtocols()) + ")",
                    "Who has not confirmed gets nothing, and after two days has to be subscribed again.",
                    "Open the link in the message of SNS, then run `./trailsentry test-alert`.");
        }
        if (subscribers.count() == 0 && name.equals(ALERTS)) {
            told.failure(70, "has nobody subscribed to " + name, "Findings are made, and nobody is told of them.",
                    "Run `aws sns subscribe --region " + scope.place().region() + " --topic-arn " + arn
                            + " --protocol email --notification-endpoint ADDRESS`.");
        }
        checks.add(told.check(subscribers.count() == 0
                ? "has no subscription to " + name
                : "has confirmed subscriptions to " + name + ": " + subscribers.count()));
    }

    private Check table(Coverage.Scope scope) {
        Faults faults = new Faults(Rule.TABLE, scope.subject(), scope.arn("dynamodb", "table/" + MEMORY));
        String status = faults.value(table.status(), "dynamodb:DescribeTable");
        if (status == null && table.status().refusal() == null) {
            faults.failure(80, "has no table " + MEMORY, "Nothing is remembered, so nothing is normal.", ANEW);
            return faults.check("");
        }
        if (status != null && !List.of("ACTIVE", "UPDATING").contains(status)) {
            faults.failure(80, "has table " + MEMORY + " in the state " + status,
                    "What is normal cannot be read from it.", "Run `aws dynamodb describe-table --region "
                            + scope.place().region() + " --table-name " + MEMORY + "`, which tells why.");
        }
        if (Boolean.FALSE.equals(faults.value(table.forgets(), "dynamodb:DescribeTimeToLive"))) {
            faults.warning(30, "has table " + MEMORY + " that forgets nothing",
                    "What should have expired stays, and is paid for.",
                    "Run `aws dynamodb update-time-to-live --region " + scope.place().region() + " --table-name "
                            + MEMORY
                            + " --time-to-live-specification Enabled=true,AttributeName=expires`.");
        }
        if (Boolean.FALSE.equals(faults.value(table.recovery(), "dynamodb:DescribeContinuousBackups"))) {
            faults.warning(25, "has table " + MEMORY + " that cannot be restored",
                    "What was learned in weeks is lost with the first mistake.",
                    "Run `aws dynamodb update-continuous-backups --region " + scope.place().region() + " --table-name "
                            + MEMORY + " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`.");
        }
        return faults.check("has table " + MEMORY + " as deployed");
    }
}
