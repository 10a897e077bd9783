package io.trailsentry.it;

import io.trailsentry.memory.Memory;
import io.trailsentry.memory.MemoryContract;
import io.trailsentry.memory.dynamodb.DynamoDbMemory;
import io.trailsentry.memory.dynamodb.Table;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/// The contract of memory over DynamoDB's protocol.
@RequiresAws
class DynamoDbMemoryIT extends MemoryContract {
    private final AwsBackend aws;
    private final String table = "trailsentry-memory-" + UUID.randomUUID();
    private final Memory memory;

    DynamoDbMemoryIT(AwsBackend aws) {
        this.aws = aws;
        Table.create(aws.dynamoDb(), table);
        DynamoDbClient client = aws.name().equals(AwsBackend.MOTO)
                ? new OneAtATime(aws.dynamoDb())
                : aws.dynamoDb();
        this.memory = new DynamoDbMemory(client, table, InstantSource.system());
    }

    @AfterEach
    void delete() {
        aws.dynamoDb().deleteTable(request -> request.tableName(table));
    }

    @Override
    protected Memory memory() {
        return memory;
    }
}
