/// Replays the corpora of the fuzz targets. A target is a class `...Fuzz` beside what it drives; `.ci/fuzz` runs them all.
@org.jspecify.annotations.NullMarked
package io.trailsentry.fuzz;
