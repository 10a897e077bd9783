/// TrailSentry: guards the perimeter of an AI agent's IAM role. The rooms and their order are in
/// CONTRIBUTING.md.
@org.jspecify.annotations.NullMarked
package io.trailsentry;
