/// Measurements, run by `.ci/bench`; no tests.
@org.jspecify.annotations.NullMarked
package io.trailsentry.bench;
