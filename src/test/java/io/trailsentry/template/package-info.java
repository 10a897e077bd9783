/// Tests of `template.yaml`: its event patterns against events, its resources against what they promise.
@org.jspecify.annotations.NullMarked
package io.trailsentry.template;
