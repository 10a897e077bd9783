/// Tests of publishing through AWS, with clients that answer in memory.
@org.jspecify.annotations.NullMarked
package io.trailsentry.publish.aws;
