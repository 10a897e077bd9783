/// What is suspicious in one call or one window of calls. The knowledge about API actions is data: `catalogue.json`.
@org.jspecify.annotations.NullMarked
package io.trailsentry.detect;
