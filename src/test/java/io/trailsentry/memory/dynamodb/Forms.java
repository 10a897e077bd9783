package io.trailsentry.memory.dynamodb;

import io.trailsentry.memory.Memory;
import io.trailsentry.memory.Store;
import io.trailsentry.memory.StoredMemory;
import java.time.InstantSource;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/// Memory in a table as tests want it.
public final class Forms {
    private Forms() {
    }

    /// Memory in a table, without real pauses.
    ///
    /// @param between what stands before the table
    public static Memory dynamoDb(DynamoDbClient client, UnaryOperator<Store> between) {
        Patience patience = new Patience(DynamoDbMemory.PATIENCE, () -> 0, millis -> {
        });
        return new StoredMemory(
                between.apply(new TableStore(client, "trailsentry-memory", InstantSource.system(), patience)));
    }
}
