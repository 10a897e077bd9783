/// Tests of what is remembered: the same whatever the order and however often.
@org.jspecify.annotations.NullMarked
package io.trailsentry.baseline;
