/// Tests of the forms in which findings are told.
@org.jspecify.annotations.NullMarked
package io.trailsentry.publish;
