/// From signals to findings: score, severity, story, fingerprint, exceptions.
@org.jspecify.annotations.NullMarked
package io.trailsentry.finding;
