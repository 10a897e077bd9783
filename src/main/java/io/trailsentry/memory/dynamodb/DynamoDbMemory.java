package io.trailsentry.memory.dynamodb;

import io.trailsentry.memory.StoredMemory;
import java.time.Duration;
import java.time.InstantSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/// Memory in a DynamoDB table, shared by all functions. `docs/memory.md` tells how the table looks.
public final class DynamoDbMemory extends StoredMemory {
    /// How long one request is tried again while DynamoDB throttles or fails.
    public static final Duration PATIENCE = Duration.ofSeconds(2);

    /// Memory in a table that is there.
    ///
    /// @param client that does not try again by itself
    /// @param table its name
    /// @param clock tells until when what is written is kept
    public DynamoDbMemory(DynamoDbClient client, String table, InstantSource clock) {
        this(client, table, clock, new Patience(PATIENCE, System::nanoTime, Patience::sleep));
    }

    DynamoDbMemory(DynamoDbClient client, String table, InstantSource clock, Patience patience) {
        super(new TableStore(client, table, clock, patience));
    }
}
