/// The port to what is remembered between batches, and its in-memory form.
@org.jspecify.annotations.NullMarked
package io.trailsentry.memory;
