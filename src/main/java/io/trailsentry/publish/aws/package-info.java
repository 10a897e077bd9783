/// SNS and CloudWatch behind the ports of publishing.
@org.jspecify.annotations.NullMarked
package io.trailsentry.publish.aws;
