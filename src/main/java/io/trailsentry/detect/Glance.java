package io.trailsentry.detect;

import io.trailsentry.agent.Agent;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.agent.Principal;
import io.trailsentry.baseline.Mark;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.trail.CloudTrailEvent;
import io.trailsentry.trail.Parameters;
import io.trailsentry.trail.UserIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What an ordinary call shows: most calls are, and a thousand alike show the same. Immutable and thread-safe.
///
/// Ordinary is a listed agent's own read that succeeded, of an action that the catalogue does not know, and that neither
/// gets nor checks an identity. What was asked for and answered, when, and in which session says nothing then.
///
/// @param marks what it counts as
/// @param traits what it shows of the principal
/// @param premises no detector has anything to say of it, if none of these holds
public record Glance(List<Mark> marks, List<Trait> traits, List<Premise> premises) {
    /// Copies the lists.
    public Glance {
        marks = List.copyOf(marks);
        traits = List.copyOf(traits);
        premises = List.copyOf(premises);
    }

    /// What ordinary calls have in common that are alike.
    record Kind(Agent agent, Principal principal, Channel channel, String action, String eventSource,
            String eventName, @Nullable String awsRegion, @Nullable String sourceIpAddress,
            @Nullable String userAgent, @Nullable String eventType, @Nullable String account) {

        // Asked for each event: what records have of their own is worked out by method handles, slow until they are compiled.
        @Override
        public int hashCode() {
            int hash = principal.name().hashCode() * 31 + action.hashCode();
            hash = hash * 31 + Objects.hashCode(awsRegion);
            hash = hash * 31 + Objects.hashCode(userAgent);
            return hash * 31 + Objects.hashCode(sourceIpAddress);
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // it mostly is the same one, which is known at once
        public boolean equals(@Nullable Object other) {
            return other instanceof Kind that && (agent == that.agent || agent.equals(that.agent))
                    && principal.equals(that.principal) && channel.name().equals(that.channel.name())
                    && action.equals(that.action) && eventSource.equals(that.eventSource)
                    && eventName.equals(that.eventName) && Objects.equals(awsRegion, that.awsRegion)
                    && Objects.equals(sourceIpAddress, that.sourceIpAddress)
                    && Objects.equals(userAgent, that.userAgent) && Objects.equals(eventType, that.eventType)
                    && Objects.equals(account, that.account);
        }

        int length() {
            return userAgent == null ? 0 : userAgent.length();
        }

        /// A call that is nothing but ordinary.
        Call call() {
            return new Call(agent, principal, "", channel, null, action,
                    new CloudTrailEvent("", null, eventSource, eventName, awsRegion, sourceIpAddress, userAgent, null,
                            null, null, eventType, true, false, account, null, UserIdentity.UNKNOWN, Parameters.EMPTY,
                            Parameters.EMPTY, Parameters.EMPTY, List.of()));
        }
    }

    /// The kind of an ordinary call; null for any other.
    static @Nullable Kind kind(Call call, Catalogue catalogue) {
        CloudTrailEvent event = call.event();
        boolean ordinary = event.errorCode() == null && call.agent().listed() && call.isRead()
                && !event.isMcpToolCall() && !call.channel().isService() && catalogue.find(call.action()) == null
                && !CredentialLeak.isIdentity(call);
        return ordinary
                ? new Kind(call.agent(), call.principal(), call.channel(), call.action(), event.eventSource(),
                        event.eventName(), event.awsRegion(), event.sourceIpAddress(), event.userAgent(),
                        event.eventType(), event.account())
                : null;
    }

    /// What a call shows; empty when a detector has something to say of it whatever was seen before.
    static Optional<Glance> at(Call call, Detectors detectors) {
        List<Premise> premises = new ArrayList<>();
        for (Detector.OfCalls detector : detectors.ofCalls()) {
            boolean speaks = !detector.examine(call, premise -> {
                premises.add(premise);
                return true;
            }).isEmpty();
            if (speaks) {
                return Optional.empty();
            }
        }
        return Optional.of(new Glance(detectors.marks(call), detectors.traits(call), premises));
    }
}
