package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Channel;
import io.trailsentry.baseline.Profile;
import io.trailsentry.baseline.Sighting;
import io.trailsentry.baseline.Trait;
import io.trailsentry.detect.Signal.Premise;
import io.trailsentry.trail.Memo;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Serves `credential-leak` where it is learned how an agent's credentials are used: by a channel, from a network, in an
/// account or environment that is new to it.
///
/// Only calls that succeeded make a place usual: whoever holds stolen credentials is refused much before something works.
/// What services do for the agent, and calls by which an identity is got and checked, say nothing of it.
final class NewPlace implements Detector.OfCalls {
    private static final String WRITE = "-write";
    private static final String CLIENT = "client";
    private static final List<String> ATTACK = List.of("T1078.004");
    /// What a network is worth when the sort of client is new, too.
    private static final int READ_BY_NEW_CLIENT = 45;
    private static final int WRITE_BY_NEW_CLIENT = 55;
    /// What is left of a new channel's score for an agent that came by others than the MCP server before.
    private static final int ONE_OF_SEVERAL = 55;

    /// What an agent is known by, and what a new one is worth in a read and in a write.
    private enum Place {
        CHANNEL("channel", "channels", "came by", 45, 55),
        //
        NETWORK("network", "networks", "came from", 25, 38),
        //
        ACCOUNT("account", "accounts", "worked in", 30, 45),
        //
        ENVIRONMENT("environment", "environments", "worked in", 45, 55);

        private final String thing;
        private final String things;
        private final String written;
        private final String did;
        private final int read;
        private final int write;

        Place(String thing, String things, String did, int read, int write) {
            this.thing = thing;
            this.things = things;
            this.written = thing + WRITE;
            this.did = did;
            this.read = read;
            this.write = write;
        }

        /// Writes are known for themselves, too: who looks around first and writes a minute later writes from a new place.
        Trait trait(String value, boolean writes) {
            return new Trait(writes ? written : thing, value);
        }
    }

    private final Map<String, String> environments;
    private final Memo<String, Optional<String>> networks = new Memo<>(
            address -> Optional.ofNullable(Origin.network(address)));
    private final Memo<String, Trait> clients = new Memo<>(agent -> new Trait(CLIENT, Origin.client(agent)));

    /// @param environments environment of each account, by id
    NewPlace(Map<String, String> environments) {
        this.environments = Map.copyOf(environments);
    }

    @Override
    public String id() {
        return "credential-leak";
    }

    /// The places that a call tells.
    private Map<Place, String> places(Call call) {
        Map<Place, String> places = new EnumMap<>(Place.class);
        if (call.channel().isService() || call.event().isMcpToolCall() || CredentialLeak.isIdentity(call)) {
            return places;
        }
        places.put(Place.CHANNEL, call.channel().name());
        String network = call.channel().equals(Channel.MCP) ? null : network(call.event().sourceIpAddress());
        if (network != null) {
            places.put(Place.NETWORK, network);
        }
        String account = call.event().account();
        String environment = account == null ? null : environments.get(account);
        if (environment != null) {
            places.put(Place.ENVIRONMENT, environment);
        } else if (account != null) {
            places.put(Place.ACCOUNT, account);
        }
        return places;
    }

    @Override
    public List<Trait> traits(Call call) {
        if (Outcome.of(call.event()) != Outcome.SUCCEEDED) {
            return List.of();
        }
        List<Trait> traits = new ArrayList<>(7);
        places(call).forEach((place, value) -> {
            traits.add(place.trait(value, false));
            if (!call.isRead()) {
                traits.add(place.trait(value, true));
            }
            if (place == Place.NETWORK) {
                traits.add(client(call.event().userAgent()));
            }
        });
        return traits;
    }

    private @Nullable String network(@Nullable String address) {
        return address == null ? null : networks.of(address, address.length()).orElse(null);
    }

    private Trait client(@Nullable String userAgent) {
        return userAgent == null
                ? new Trait(CLIENT, Origin.client(null))
                : clients.of(userAgent, userAgent.length());
    }

    /// Whether the configuration says what is expected, so that nothing needs to be learned.
    private static boolean isConfigured(Call call, Place place) {
        return switch (place) {
            case CHANNEL, NETWORK -> call.agent().mcpOnly();
            case ENVIRONMENT -> call.agent().environment() != null;
            case ACCOUNT -> false;
        };
    }

    @Override
    public List<Signal> examine(Call call, Predicate<Premise> broken) {
        if (call.isRead() && Outcome.isNotFound(call.event())) {
            return List.of();
        }
        List<Signal> signals = new ArrayList<>(0);
        places(call).forEach((place, value) -> {
            Premise premise = new Premise(place.trait(value, !call.isRead()), Novelty.DAYS, true);
            if (!isConfigured(call, place) && !broken.test(premise)) {
                signals.add(signal(call, place, value, premise));
            }
        });
        return signals;
    }

    private Signal signal(Call call, Place place, String value, Premise premise) {
        int score = call.isRead() ? place.read : place.write;
        return Signals.of(this, call, Outcome.of(call.event()).worth(score, null)).target(value).attack(ATTACK)
                .says("was used " + switch (place) {
                    case CHANNEL -> "by a channel";
                    case NETWORK -> "from a network";
                    case ACCOUNT -> "in an account";
                    case ENVIRONMENT -> "in an environment";
                } + " that is new to it", "it never " + place.did + " " + value
                        + (call.isRead() ? "" : " to change something") + " in the " + Novelty.DAYS + " days before")
                .premise(premise).signal();
    }

    @Override
    public Signal weighed(Signal signal, Premise premise, Sighting at, Profile profile) {
        Trait unseen = premise.unseen();
        for (Place place : Place.values()) {
            boolean writes = unseen.kind().equals(place.written);
            if (writes || unseen.kind().equals(place.thing)) {
                return weighed(signal, place, writes, unseen.value(), at, profile);
            }
        }
        return signal;
    }

    private Signal weighed(Signal signal, Place place, boolean writes, String value, Sighting at,
            Profile profile) {
        if (writes && profile.seenDaysBefore(place.trait(value, false), at, Novelty.DAYS)) {
            return signal.with(0, "; but it reads there, and a first write is no sign of somebody else");
        }
        Novelty novelty = Novelty.of(profile, place.thing, at, place.did, place.thing, place.things);
        return switch (place) {
            case CHANNEL -> {
                boolean others = novelty.habit().values().stream()
                        .anyMatch(seen -> !seen.value().equals(Channel.MCP.name()));
                yield novelty.weighed(signal, others ? ONE_OF_SEVERAL : 100, "");
            }
            case NETWORK -> {
                Trait client = client(signal.evidence().userAgent());
                boolean newClient = !profile.seenDaysBefore(client, at, Novelty.DAYS);
                int score = newClient
                        ? signal.outcome().worth(writes ? WRITE_BY_NEW_CLIENT : READ_BY_NEW_CLIENT, null)
                        : signal.score();
                // Of an agent that has hardly come from anywhere, because it comes through the MCP server, the channel tells.
                int atMost = novelty.habit().days() < Profile.LEARNING_DAYS ? Signal.LEARNING : score;
                yield novelty.weighed(signal.with(Math.min(score, atMost), ""), 100,
                        newClient ? ", nor with " + client.value() : "");
            }
            case ACCOUNT, ENVIRONMENT -> novelty.weighed(signal, 100, "");
        };
    }
}
