/// Tests of reading: every form of input, and what may be wrong with it.
@org.jspecify.annotations.NullMarked
package io.trailsentry.trail;
