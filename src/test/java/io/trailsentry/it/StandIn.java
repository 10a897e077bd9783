package io.trailsentry.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.trailsentry.it.AwsRouter.Answered;
import io.trailsentry.it.AwsRouter.Call;
import io.trailsentry.memory.dynamodb.FakeDynamoDb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/// What the function needs of AWS, in this process and over AWS's own protocols: one table of DynamoDB, topics of SNS,
/// objects of S3. It answers in microseconds, where an emulator takes milliseconds. CloudWatch is the router's. Safe for
/// use by several threads.
final class StandIn implements AwsRouter.Backend {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PUBLISHED = """
            <PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>\
            <MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult><ResponseMetadata>\
            <RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata></PublishResponse>""";
    private static final String NO_SUCH_KEY = "<Error><Code>NoSuchKey</Code>"
            + "<Message>The specified key does not exist.</Message></Error>";

    private final FakeDynamoDb table = new FakeDynamoDb();
    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    private final Consumer<Map<String, String>> published;

    /// @param published takes the fields of each message that a topic accepted
    StandIn(Consumer<Map<String, String>> published) {
        this.published = published;
    }

    /// The table, without the protocol.
    DynamoDbClient dynamoDb() {
        return table;
    }

    /// Puts an object into every bucket.
    void put(String key, byte[] bytes) {
        objects.put(key, bytes);
    }

    @Override
    public Answered answer(Call call, HttpExchange exchange, byte[] body) throws IOException {
        return switch (call.service()) {
            case "dynamodb" -> dynamoDb(call.action(), JSON.readTree(body));
            case "sns" -> {
                published.accept(call.parameters());
                yield Answered.of(200, "text/xml", PUBLISHED.getBytes(StandardCharsets.UTF_8));
            }
            case "s3" -> object(call.path());
            default -> Answered.of(501, "text/plain", call.service().getBytes(StandardCharsets.UTF_8));
        };
    }

    /// The path begins with the bucket.
    private Answered object(String path) {
        byte[] object = objects.get(path.substring(path.indexOf('/', 1) + 1));
        return object == null
                ? Answered.of(404, "application/xml", NO_SUCH_KEY.getBytes(StandardCharsets.UTF_8))
                : Answered.of(200, "application/x-gzip", object);
    }

    private Answered dynamoDb(String action, JsonNode request) throws IOException {
        try {
            return json(200, switch (action) {
                case "GetItem" -> got(request);
                case "BatchGetItem" -> batch(request);
                case "PutItem" -> put(request);
                case "UpdateItem" -> updated(request);
                case "Query" -> queried(request);
                default -> throw new IOException("no action " + action);
            });
        } catch (DynamoDbException e) {
            return json(400, JSON.createObjectNode()
                    .put("__type", "com.amazonaws.dynamodb.v20120810#" + e.getClass().getSimpleName())
                    .put("message", e.getMessage()));
        }
    }

    private ObjectNode got(JsonNode request) {
        Map<String, AttributeValue> item = table.getItem(GetItemRequest.builder().key(item(request.path("Key")))
                .consistentRead(request.path("ConsistentRead").asBoolean()).build()).item();
        ObjectNode answer = JSON.createObjectNode();
        if (!item.isEmpty()) {
            answer.set("Item", json(item));
        }
        return answer;
    }

    private ObjectNode batch(JsonNode request) {
        Map.Entry<String, JsonNode> asked = request.path("RequestItems").properties().iterator().next();
        List<Map<String, AttributeValue>> keys = new ArrayList<>();
        asked.getValue().path("Keys").forEach(key -> keys.add(item(key)));
        BatchGetItemResponse found = table.batchGetItem(BatchGetItemRequest.builder()
                .requestItems(Map.of(asked.getKey(), KeysAndAttributes.builder().keys(keys)
                        .consistentRead(asked.getValue().path("ConsistentRead").asBoolean()).build()))
                .build());
        ObjectNode answer = JSON.createObjectNode();
        answer.putObject("Responses").set(asked.getKey(),
                array(found.responses().getOrDefault(asked.getKey(), List.of())));
        answer.putObject("UnprocessedKeys");
        return answer;
    }

    private ObjectNode put(JsonNode request) {
        table.putItem(PutItemRequest.builder().item(item(request.path("Item"))).build());
        return JSON.createObjectNode();
    }

    private ObjectNode updated(JsonNode request) {
        Map<String, String> names = new HashMap<>();
        request.path("ExpressionAttributeNames").forEachEntry((key, name) -> names.put(key, name.asText()));
        table.updateItem(UpdateItemRequest.builder().key(item(request.path("Key")))
                .updateExpression(request.path("UpdateExpression").asText())
                .conditionExpression(request.path("ConditionExpression").asText()).expressionAttributeNames(names)
                .expressionAttributeValues(item(request.path("ExpressionAttributeValues"))).build());
        return JSON.createObjectNode();
    }

    private ObjectNode queried(JsonNode request) {
        List<Map<String, AttributeValue>> items = table.query(QueryRequest.builder()
                .expressionAttributeValues(item(request.path("ExpressionAttributeValues")))
                .limit(request.path("Limit").asInt()).build()).items();
        ObjectNode answer = JSON.createObjectNode().put("Count", items.size()).put("ScannedCount", items.size());
        answer.set("Items", array(items));
        return answer;
    }

    private static Map<String, AttributeValue> item(JsonNode json) {
        Map<String, AttributeValue> item = new HashMap<>();
        json.forEachEntry((name, value) -> {
            Map.Entry<String, JsonNode> typed = value.properties().iterator().next();
            String text = typed.getValue().asText();
            item.put(name, switch (typed.getKey()) {
                case "S" -> AttributeValue.fromS(text);
                case "N" -> AttributeValue.fromN(text);
                case "B" -> AttributeValue.fromB(SdkBytes.fromByteArray(Base64.getDecoder().decode(text)));
                default -> throw new IllegalArgumentException("no type " + typed.getKey());
            });
        });
        return item;
    }

    private static ArrayNode array(List<Map<String, AttributeValue>> items) {
        ArrayNode array = JSON.createArrayNode();
        items.forEach(item -> array.add(json(item)));
        return array;
    }

    private static ObjectNode json(Map<String, AttributeValue> item) {
        ObjectNode json = JSON.createObjectNode();
        item.forEach((name, value) -> {
            ObjectNode typed = json.putObject(name);
            switch (value.type()) {
                case S -> typed.put("S", value.s());
                case N -> typed.put("N", value.n());
                case B -> typed.put("B", value.b().asByteArrayUnsafe());
                default -> throw new IllegalArgumentException("no form of " + value.type());
            }
        });
        return json;
    }

    /// DynamoDB sends a checksum, which the SDK holds the body against.
    private static Answered json(int status, ObjectNode body) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(body);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return new Answered(status, Map.of("Content-Type", List.of("application/x-amz-json-1.0"), "x-amz-crc32",
                List.of(String.valueOf(crc.getValue()))), SdkBytes.fromByteArrayUnsafe(bytes));
    }
}
