package io.trailsentry.agent;

import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.trail.Arn;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Which principals a roster's entry means: a role or user ARN, a bare name, or a glob of either (`*` and `?`).
///
/// Names are compared without case and without path; an ARN's account and partition must match. A glob with a colon
/// is held against the ARN, with its path and without, one without a colon against the name. AWS services and root are
/// meant only by their own name.
/// Immutable and thread-safe.
public final class PrincipalPattern {
    private final String text;
    private final @Nullable Arn arn;
    private final @Nullable Glob glob;

    private PrincipalPattern(String text, @Nullable Arn arn, @Nullable Glob glob) {
        this.text = text;
        this.arn = arn;
        this.glob = glob;
    }

    /// The pattern that a text means.
    ///
    /// @throws IllegalArgumentException for a blank text, or an ARN that is neither a role's, a user's nor root's
    public static PrincipalPattern of(String text) {
        String pattern = text.strip();
        if (pattern.isEmpty()) {
            throw new IllegalArgumentException("a principal must not be blank");
        }
        if (Glob.isGlob(pattern)) {
            return new PrincipalPattern(pattern, null, new Glob(pattern));
        }
        Arn arn = Arn.parse(pattern);
        if (arn == null && pattern.startsWith("arn:")) {
            throw new IllegalArgumentException(pattern + " is no ARN: it needs six parts");
        }
        if (arn != null && !arn.kind().matches("role|user|root|assumed-role")) {
            throw new IllegalArgumentException(pattern + " names neither a role nor a user");
        }
        return new PrincipalPattern(pattern, arn, null);
    }

    /// Whether the pattern means a principal.
    public boolean matches(Principal principal) {
        if (glob == null) {
            return arn != null ? principal.is(text) : principal.name().equalsIgnoreCase(text);
        }
        if (principal.kind() == Kind.SERVICE || principal.kind() == Kind.ROOT) {
            return false;
        }
        return text.indexOf(':') < 0
                ? glob.matches(principal.name())
                : glob.matches(principal.arn()) || glob.matches(withoutPath(principal.arn()));
    }

    private static String withoutPath(String arn) {
        int kind = arn.indexOf('/');
        return kind < 0 ? arn : arn.substring(0, kind) + arn.substring(arn.lastIndexOf('/'));
    }

    /// The principal that an exact pattern means in an account; null when it is a glob or of another account. A bare name
    /// is taken as a role's.
    @Nullable
    Principal principal(String partition, String account) {
        if (glob != null || (arn != null && !arn.account().equals(account))) {
            return null;
        }
        if (arn == null) {
            return new Principal(Kind.ROLE, account, "arn:" + partition + ":iam::" + account + ":role/" + text, text);
        }
        return new Principal(arn.kind().equals("user") ? Kind.USER : Kind.ROLE, account, text, arn.name());
    }

    boolean isGlob() {
        return glob != null;
    }

    /// Whether it means an account's root user.
    boolean isRoot() {
        return arn != null && arn.kind().equals("root");
    }

    /// The bare name that a principal must have, as it was written; of a glob its whole text.
    String name() {
        return arn == null ? text : arn.name();
    }

    /// Whether some principal of a bare name may be meant.
    boolean mayMean(String name) {
        if (glob == null || text.indexOf(':') < 0) {
            return glob == null ? name.equalsIgnoreCase(name()) : glob.matches(name);
        }
        String last = text.substring(Math.max(text.lastIndexOf('/'), text.lastIndexOf(':')) + 1);
        // Where the last part begins with a wildcard, or the kind is not closed, a wildcard may stand for a path as well. One
        // behind a part of a name is not meant to: who writes `role/planner-*` means no other name under a path `planner-x/`.
        boolean open = last.startsWith("*") || text.lastIndexOf('/') < text.lastIndexOf(':');
        return new Glob(last).matches(name) || (open && IntStream.range(0, last.length())
                .filter(at -> last.charAt(at) == '*' || last.charAt(at) == '?')
                .anyMatch(at -> new Glob(last.substring(last.charAt(at) == '?' ? at + 1 : at)).matches(name)));
    }

    /// The account that an exact pattern means; null when it means any.
    @Nullable
    String account() {
        return arn == null ? null : arn.account();
    }

    /// The bare name that a principal must have, in lower case; null when the pattern is a glob.
    @Nullable
    String exactName() {
        return glob != null ? null : name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return text;
    }
}
