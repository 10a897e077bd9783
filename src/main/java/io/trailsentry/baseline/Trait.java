package io.trailsentry.baseline;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// Something a principal does that can be new: a kind and a value, as `region` and `eu-central-1`.
///
/// @param kind what sort of thing
/// @param value which one
public record Trait(String kind, String value) {
    /// Kind of what the principal made.
    public static final String CREATED = "created";
    /// The principal was seen behind a managed MCP server.
    public static final Trait MCP = new Trait("mcp", "any");
    /// The principal succeeded in a write behind a managed MCP server.
    public static final Trait MCP_WRITE = new Trait("mcp", "write");
    static final Comparator<Trait> ORDER = Comparator.comparing(Trait::kind).thenComparing(Trait::value);
    private static final int LONGEST = 256;

    /// Cuts a value of more than 256 characters.
    public Trait {
        value = value.length() <= LONGEST ? value : value.substring(0, LONGEST);
    }

    @Override
    public int hashCode() {
        return kind.hashCode() * 31 + value.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof Trait that && kind.equals(that.kind) && value.equals(that.value));
    }

    /// Bytes that it takes to remember it, about and at most.
    int weight() {
        return value.getBytes(StandardCharsets.UTF_8).length + 64;
    }
}
