/// Tests of recognising whose call it is.
@org.jspecify.annotations.NullMarked
package io.trailsentry.agent;
