/// Measuring a build: how much of what labelled logs call an attack is found, and how often ordinary work is disturbed; and
/// a simulation of such work, with attacks among it.
@org.jspecify.annotations.NullMarked
package io.trailsentry.lab;
