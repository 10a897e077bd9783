package io.trailsentry.engine;

/// One message that was delivered and is to be acknowledged.
///
/// @param id the queue's id of the message
/// @param body its text
public record Delivery(String id, String body) {
}
