/// A trail's log files in S3.
@org.jspecify.annotations.NullMarked
package io.trailsentry.trail.s3;
