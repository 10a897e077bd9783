package io.trailsentry.detect;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where a call came from, coarse enough to be told again: the network, and the sort of client.
///
/// A network is an IPv4 /16 or an IPv6 /48: what one site or provider hands out, so that a new lease is not a new network.
/// Addresses that nobody routes, which calls through VPC endpoints have, are one network, `private`. The client is what
/// the caller says it is, so only one of a few sorts counts: nobody can invent more.
final class Origin {
    /// What a user agent begins with or holds, and the sort of client that it means; the first that fits counts.
    private static final List<String> CLIENTS = List.of("aws-cli", "terraform", "boto", "aws-sdk-java", "aws-sdk-js",
            "aws-sdk-go", "aws-sdk-dotnet", "aws-sdk-ruby", "aws-sdk-php", "aws-sdk-rust", "aws-sdk-cpp",
            "aws-sdk-kotlin", "aws-sdk-swift", "mozilla", "console");
    private static final List<String> SYSTEMS = List.of("linux", "macos", "darwin", "windows");
    private static final String OTHER = "other";
    /// Longest part of a user agent that is looked at.
    private static final int LOOKED_AT = 512;

    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.\\d{1,3}\\.\\d{1,3}");
    private static final Pattern IPV6 = Pattern.compile("(?=.{2,39}$)[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}");
    private static final String PRIVATE = "private";

    private Origin() {
    }

    /// The network that an address is of; null when it is that of a service, which is a name.
    static @Nullable String network(String text) {
        Matcher dotted = IPV4.matcher(text);
        if (dotted.matches()) {
            int first = Integer.parseInt(dotted.group(1));
            int second = Integer.parseInt(dotted.group(2));
            return isPrivate(first, second) ? PRIVATE : first + "." + second + ".0.0/16";
        }
        return text.indexOf(':') >= 0 && IPV6.matcher(text).matches() ? longNetwork(text) : null;
    }

    private static boolean isPrivate(int first, int second) {
        return first == 10 || first == 127 || (first == 172 && second >= 16 && second < 32)
                || (first == 192 && second == 168) || (first == 169 && second == 254)
                || (first == 100 && second >= 64 && second < 128);
    }

    /// The first 48 bits of an IPv6 address: three groups, of which those that `::` leaves out are zero.
    private static String longNetwork(String address) {
        int gap = address.indexOf("::");
        String[] groups = (gap < 0 ? address : address.substring(0, gap)).split(":", -1);
        int[] words = new int[3];
        for (int i = 0; i < words.length && i < groups.length; i++) {
            words[i] = groups[i].isEmpty() ? 0 : Integer.parseInt(groups[i], 16);
        }
        // Unique local, link local, and the address of the machine itself.
        boolean unrouted = (words[0] & 0xfe00) == 0xfc00 || (words[0] & 0xffc0) == 0xfe80 || address.equals("::1");
        return unrouted
                ? PRIVATE
                : Integer.toHexString(words[0]) + ':' + Integer.toHexString(words[1]) + ':'
                        + Integer.toHexString(words[2]) + "::/48";
    }

    /// The sort of client that a user agent tells, with its operating system.
    static String client(@Nullable String userAgent) {
        if (userAgent == null) {
            return OTHER;
        }
        String agent = userAgent.substring(0, Math.min(userAgent.length(), LOOKED_AT)).toLowerCase(Locale.ROOT);
        return first(CLIENTS, agent) + " on " + first(SYSTEMS, agent).replace("darwin", "macos");
    }

    private static String first(List<String> sorts, String agent) {
        for (String sort : sorts) {
            if (agent.contains(sort)) {
                return sort;
            }
        }
        return OTHER;
    }
}
