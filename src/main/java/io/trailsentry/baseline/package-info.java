/// What is normal: when a trait of a principal was first seen, and how many calls each minute held.
@org.jspecify.annotations.NullMarked
package io.trailsentry.baseline;
