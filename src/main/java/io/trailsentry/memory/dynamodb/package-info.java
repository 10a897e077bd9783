/// Memory in a DynamoDB table.
@org.jspecify.annotations.NullMarked
package io.trailsentry.memory.dynamodb;
