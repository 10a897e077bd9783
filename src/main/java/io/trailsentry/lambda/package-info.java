/// The function: wiring only.
@org.jspecify.annotations.NullMarked
package io.trailsentry.lambda;
