/// Who is watched: the roster, and which agent, session, channel, client and person a call belongs to.
@org.jspecify.annotations.NullMarked
package io.trailsentry.agent;
