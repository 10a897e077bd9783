/// Tests of the configuration.
@org.jspecify.annotations.NullMarked
package io.trailsentry.config;
