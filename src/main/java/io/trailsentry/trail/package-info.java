/// A CloudTrail event as a value, and readers for every form it arrives in. Pure but for the files read.
@org.jspecify.annotations.NullMarked
package io.trailsentry.trail;
