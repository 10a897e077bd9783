/// Integration tests over real protocols: the packaged function under AWS's own runtime client, its
/// AWS calls answered by one endpoint that is given or launched.
@org.jspecify.annotations.NullMarked
package io.trailsentry.it;
