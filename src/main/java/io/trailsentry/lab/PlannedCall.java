package io.trailsentry.lab;

import io.trailsentry.lab.SimulatedAgent.Credentials;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A call before its record is written: small, so that a day of many agents fits into memory. Immutable.
///
/// @param at when, in milliseconds since 1970
/// @param salt what its ids are made from; no two calls of a simulation have the same
/// @param session who
/// @param key what its access key id is made from
/// @param origin by which way
/// @param region where it is recorded
/// @param api what
/// @param subject name of the resource that it is about
/// @param error its error code; null when it succeeds
/// @param attack number of the attack that it belongs to; -1 for none
/// @param made the calls that this MCP tool call made; empty for an API call
record PlannedCall(long at, long salt, Session session, long key, Origin origin, String region, ApiCall api,
        String subject, @Nullable String error, int attack, List<PlannedCall> made) {
    static final Comparator<PlannedCall> ORDER = Comparator.comparingLong(PlannedCall::at)
            .thenComparingLong(PlannedCall::salt);
    /// No attack.
    static final int NONE = -1;

    /// Copies the list.
    PlannedCall {
        made = List.copyOf(made);
    }

    boolean isToolCall() {
        return !made.isEmpty();
    }

    String eventId() {
        return uuid(salt, Purpose.EVENT).toString();
    }

    String requestId() {
        return uuid(salt, Purpose.REQUEST).toString();
    }

    /// A random UUID, as of version 4.
    static UUID uuid(long salt, Purpose purpose) {
        return new UUID((Dice.hash(salt, purpose.key(), 0) & ~0xf000L) | 0x4000L,
                (Dice.hash(salt, purpose.key(), 1) & 0x3fff_ffff_ffff_ffffL) | Long.MIN_VALUE);
    }

    /// A session of an agent's role.
    ///
    /// @param name the session's
    /// @param started when its credentials were made, in seconds since 1970
    record Session(SimulatedAgent agent, String name, long started) {
    }

    /// The way by which calls arrive, as CloudTrail tells it.
    ///
    /// @param invokedBy the service that makes them for the agent; null: none
    record Origin(@Nullable String invokedBy, String address, String userAgent) {
        private static final String CLI = "aws-cli/2.37.3 md/awscrt#0.37.0 ua/2.1 os/linux#6.8 md/arch#x86_64 "
                + "lang/python#3.14.6 md/pyimpl#CPython m/AN,s,r,Z,E,b cfg/retry-mode#standard md/command#";
        /// Through the AWS MCP server.
        static final Origin MCP = service("aws-mcp");

        /// A service that acts for the agent.
        static Origin service(String name) {
            String host = name + ".amazonaws.com";
            return new Origin(host, host, host);
        }

        /// A coding agent's command line.
        static Origin cli(String address, ApiCall api) {
            return new Origin(null, address, CLI + api.source() + '.'
                    + api.name().replaceFirst("\\d{8}(v2)?$", "").replaceAll("(?<=[a-z])(?=[A-Z])", "-")
                            .toLowerCase(Locale.ROOT));
        }

        /// Terraform, which does not say who runs it.
        static Origin terraform(String address) {
            return new Origin(null, address, "APN/1.0 HashiCorp/1.0 Terraform/1.16.4 (+https://www.terraform.io) "
                    + "terraform-provider-aws/6.30.0 aws-sdk-go-v2/1.41.5");
        }

        /// A program of the agent's own.
        static Origin sdk(String address) {
            return new Origin(null, address, "Boto3/1.43.9 md/Botocore#1.43.9 ua/2.1 os/linux#6.8 md/arch#x86_64 "
                    + "lang/python#3.14.6 md/pyimpl#CPython m/Z,b,D cfg/retry-mode#legacy Botocore/1.43.9");
        }
    }

    /// What the access key of a call is made from: what changes when the key does.
    static long key(Session session, boolean mcp, long at, long tool, long salt) {
        Credentials credentials = mcp ? session.agent().credentials() : Credentials.PROFILE;
        return switch (credentials) {
            case PROFILE -> Dice.hash(session.started(), session.agent().number(), at / 3_600_000);
            case IDENTITY_CENTER -> tool;
            case SIGN_IN -> salt;
        };
    }
}
