@org.jspecify.annotations.NullMarked
package io.trailsentry.posture;
