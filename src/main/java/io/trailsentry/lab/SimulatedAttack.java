package io.trailsentry.lab;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An attack to be injected into a simulation. Immutable.
///
/// @param kind what is done
/// @param numbers all numbers of its kind
/// @param agent number of the agent as whom it is done, from 0; null: one that it fits, chosen by the seed
/// @param when its begin on the clock of the agent's zone; null: a fitting time in the last week, chosen by the seed
public record SimulatedAttack(Kind kind, Map<String, Integer> numbers, @Nullable Integer agent,
        @Nullable LocalDateTime when) {
    private static final String AGENT = "agent";
    private static final int MOST = 1_000_000;

    /// What is done, and what should tell of it.
    public enum Kind {
        /// Reads by night: `calls` of them, spread over `minutes`.
        NIGHT_BURST,
        /// Reads by day: `times` as many as the agent makes on average in an hour that begins then, spread over `minutes`.
        DAY_BURST,
        /// One look at a time into services that the agent has no business with: `calls`, spread over `hours`.
        SLOW_ENUMERATION,
        /// `regions` that the agent never uses, looked through and then used for machines: `calls` in each.
        REGION_HOP,
        /// The agent tries to give itself a policy, is refused, takes administrator power and drops its boundary.
        SELF_MODIFICATION,
        /// Its credentials are used outside the MCP server, from another network: `calls`, spread over `minutes`.
        CREDENTIAL_LEAK,
        /// It stops working for `days`.
        SILENCE;

        private Map<String, Integer> defaults() {
            return switch (this) {
                case NIGHT_BURST -> Map.of("calls", 60, "minutes", 5);
                case DAY_BURST -> Map.of("times", 8, "minutes", 60);
                case SLOW_ENUMERATION -> Map.of("calls", 60, "hours", 24);
                case REGION_HOP -> Map.of("regions", 2, "calls", 8);
                case SELF_MODIFICATION -> Map.of();
                case CREDENTIAL_LEAK -> Map.of("calls", 20, "minutes", 10);
                case SILENCE -> Map.of("days", 7);
            };
        }

        /// Ids of the detectors that should tell of it.
        public List<String> detectors() {
            return switch (this) {
                case NIGHT_BURST -> List.of("off-hours-burst");
                case DAY_BURST -> List.of("call-burst");
                case SLOW_ENUMERATION -> List.of("new-service");
                case REGION_HOP -> List.of("unusual-region", "remote-execution");
                case SELF_MODIFICATION -> List.of("iam-self-modification");
                case CREDENTIAL_LEAK -> List.of("credential-leak");
                case SILENCE -> List.of("agent-silent");
            };
        }

        /// As it is written: `night-burst`.
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// Completes the numbers with those of the kind.
    ///
    /// @throws IllegalArgumentException for a number that its kind does not have, or one that is not from 1 to 1,000,000
    public SimulatedAttack {
        Map<String, Integer> all = new TreeMap<>(kind.defaults());
        for (Map.Entry<String, Integer> number : numbers.entrySet()) {
            if (!all.containsKey(number.getKey())) {
                throw new IllegalArgumentException(kind.label() + " has no " + number.getKey() + "; it has "
                        + Stream.concat(kind.defaults().keySet().stream().sorted(), Stream.of(AGENT))
                                .collect(Collectors.joining(", ")));
            }
            if (number.getValue() < 1 || number.getValue() > MOST) {
                throw new IllegalArgumentException(number.getKey() + " is from 1 to " + MOST);
            }
            all.put(number.getKey(), number.getValue());
        }
        numbers = Collections.unmodifiableMap(all);
    }

    /// Reads `KIND[:NUMBER=VALUE,...][@WHEN]`, as in `night-burst:calls=90,minutes=5,agent=3@2026-10-28T02:41`.
    ///
    /// @throws IllegalArgumentException for anything else, in words for people
    public static SimulatedAttack parse(String text) {
        String[] timed = text.split("@", 2);
        String[] parts = timed[0].split(":", 2);
        Map<String, Integer> numbers = new TreeMap<>();
        Integer agent = null;
        for (String part : parts.length == 1 ? new String[0] : parts[1].split(",", -1)) {
            String[] pair = part.split("=", 2);
            try {
                int value = Integer.parseInt(pair[pair.length - 1]);
                if (pair[0].equals(AGENT)) {
                    agent = value;
                } else {
                    numbers.put(pair[0], value);
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("'" + part + "' is no NAME=NUMBER", e);
            }
        }
        try {
            return new SimulatedAttack(kind(parts[0]), numbers, agent,
                    timed.length == 1 ? null : LocalDateTime.parse(timed[1]));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'" + timed[1] + "' is no time like 2026-10-28T02:41", e);
        }
    }

    private static Kind kind(String label) {
        return Stream.of(Kind.values()).filter(kind -> kind.label().equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + label + "' is no kind of attack; kinds are "
                        + Stream.of(Kind.values()).map(Kind::label).collect(Collectors.joining(", "))));
    }

    /// One of its kind's numbers.
    int number(String name) {
        Integer number = numbers.get(name);
        if (number == null) {
            throw new IllegalArgumentException(kind.label() + " has no " + name);
        }
        return number;
    }
}
