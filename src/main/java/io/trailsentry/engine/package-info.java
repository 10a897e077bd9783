/// The way of an event: load, evaluate, publish, commit; and the same evaluation over files in order.
@org.jspecify.annotations.NullMarked
package io.trailsentry.engine;
