/// What agents may do, and taking it from them.
@org.jspecify.annotations.NullMarked
package io.trailsentry.posture;
