/// The command line: wiring only.
@org.jspecify.annotations.NullMarked
package io.trailsentry.cli;
