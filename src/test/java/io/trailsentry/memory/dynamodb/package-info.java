@org.jspecify.annotations.NullMarked
package io.trailsentry.memory.dynamodb;
