/// `trailsentry.yaml` to values, with all its faults reported at once.
@org.jspecify.annotations.NullMarked
package io.trailsentry.config;
