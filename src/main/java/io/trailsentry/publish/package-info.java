/// The port to the readers of findings, and one renderer for each form they read.
@org.jspecify.annotations.NullMarked
package io.trailsentry.publish;
