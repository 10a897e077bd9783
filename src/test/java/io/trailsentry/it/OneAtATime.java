package io.trailsentry.it;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/// Sends one request at a time. DynamoDB checks a condition and writes in one go; moto's server does not: of two requests at
/// once that each create an item if it is not there, both may succeed.
record OneAtATime(DynamoDbClient client) implements DynamoDbClient {
    @Override
    public String serviceName() {
        return client.serviceName();
    }

    @Override
    public void close() {
        client.close();
    }

    @Override
    public BatchGetItemResponse batchGetItem(BatchGetItemRequest request) {
        synchronized (client) {
            return client.batchGetItem(request);
        }
    }

    @Override
    public GetItemResponse getItem(GetItemRequest request) {
        synchronized (client) {
            return client.getItem(request);
        }
    }

    @Override
    public PutItemResponse putItem(PutItemRequest request) {
        synchronized (client) {
            return client.putItem(request);
        }
    }

    @Override
    public UpdateItemResponse updateItem(UpdateItemRequest request) {
        synchronized (client) {
            return client.updateItem(request);
        }
    }

    @Override
    public QueryResponse query(QueryRequest request) {
        synchronized (client) {
            return client.query(request);
        }
    }
}
