package io.trailsentry.agent;

import io.trailsentry.trail.Arn;
import io.trailsentry.trail.UserIdentity;
import org.jspecify.annotations.Nullable;

/// The IAM principal behind a call: the role itself for an assumed role, never its session.
///
/// @param kind what it is
/// @param account twelve digits, empty when not told
/// @param arn `arn:aws:iam::ACCOUNT:role/PATH/NAME` where the event tells it, else the best it tells
/// @param name without path: the role's or user's
public record Principal(Kind kind, String account, String arn, String name) {

    /// Kinds of principals.
    public enum Kind {
        /// An IAM role, assumed.
        ROLE,
        /// An IAM user, also behind a federation token of its own.
        USER,
        /// The account's root user.
        ROOT,
        /// An AWS service that acts for itself.
        SERVICE,
        /// Somebody from outside: federated, SAML, web identity, another account.
        OUTSIDE
    }

    @Override
    public int hashCode() {
        return arn.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof Principal that && kind == that.kind && arn.equals(that.arn)
                && account.equals(that.account) && name.equals(that.name));
    }

    /// The principal of an identity.
    ///
    /// @param recipientAccount account that received the record, used where the identity names none
    /// @return null when the identity names nobody
    public static @Nullable Principal of(UserIdentity identity, @Nullable String recipientAccount) {
        String type = identity.type() == null ? "" : identity.type();
        String account = identity.accountId() != null
                ? identity.accountId()
                : recipientAccount == null ? "" : recipientAccount;
        Arn arn = Arn.parse(identity.arn());
        Arn issuer = Arn.parse(identity.issuerArn());
        if (type.equals("AWSService") || (type.isEmpty() && identity.invokedBy() != null && identity.arn() == null)) {
            String service = identity.invokedBy() == null ? "AWS" : identity.invokedBy();
            return new Principal(Kind.SERVICE, account, service, service);
        }
        if (type.equals("Root") || (arn != null && arn.resource().equals("root"))) {
            String partition = arn == null ? "aws" : arn.partition();
            return new Principal(Kind.ROOT, account, "arn:" + partition + ":iam::" + account + ":root", "root");
        }
        if (issuer != null && (issuer.kind().equals("role") || "Role".equals(identity.issuerType()))) {
            String owner = identity.issuerAccountId() == null ? issuer.account() : identity.issuerAccountId();
            String name = identity.issuerUserName() == null ? issuer.name() : identity.issuerUserName();
            return new Principal(Kind.ROLE, owner, String.valueOf(identity.issuerArn()), name);
        }
        if (arn != null && arn.kind().equals("assumed-role")) {
            return new Principal(Kind.ROLE, arn.account(),
                    "arn:" + arn.partition() + ":iam::" + arn.account() + ":role/" + arn.name(), arn.name());
        }
        if (issuer != null && issuer.kind().equals("user")) {
            return new Principal(Kind.USER, issuer.account(), String.valueOf(identity.issuerArn()), issuer.name());
        }
        if (type.equals("IAMUser") || (arn != null && arn.kind().equals("user"))) {
            return user(identity, account, arn);
        }
        return outside(identity, account, arn);
    }

    /// The principal that an ARN names; a session stands for its role. Null for one that names no principal.
    public static @Nullable Principal of(Arn arn) {
        String owned = "arn:" + arn.partition() + ":iam::" + arn.account() + ":";
        return switch (arn.kind()) {
            case "role", "user" -> new Principal(arn.kind().equals("role") ? Kind.ROLE : Kind.USER, arn.account(),
                    owned + arn.resource(), arn.name());
            case "assumed-role" -> new Principal(Kind.ROLE, arn.account(), owned + "role/" + arn.name(), arn.name());
            case "root" -> new Principal(Kind.ROOT, arn.account(), owned + "root", "root");
            case "federated-user" -> new Principal(Kind.OUTSIDE, arn.account(),
                    "arn:" + arn.partition() + ":sts::" + arn.account() + ":" + arn.resource(), arn.name());
            default -> null;
        };
    }

    private static @Nullable Principal outside(UserIdentity identity, String account, @Nullable Arn arn) {
        for (String id : new @Nullable String[]{identity.arn(), identity.principalId(), identity.onBehalfOf(),
                identity.userName()}) {
            if (id != null) {
                String name = identity.userName() != null ? identity.userName() : arn != null ? arn.name() : id;
                return new Principal(Kind.OUTSIDE, account, id, name);
            }
        }
        return null;
    }

    private static @Nullable Principal user(UserIdentity identity, String account, @Nullable Arn arn) {
        if (arn != null) {
            return new Principal(Kind.USER, account, String.valueOf(identity.arn()),
                    identity.userName() == null ? arn.name() : identity.userName());
        }
        String name = identity.userName() == null ? identity.principalId() : identity.userName();
        return name == null
                ? null
                : new Principal(Kind.USER, account, "arn:aws:iam::" + account + ":user/" + name, name);
    }

    /// Whether an ARN, of whatever session or path, names this principal.
    public boolean is(@Nullable String otherArn) {
        if (arn.equals(otherArn)) {
            return true;
        }
        Arn own = Arn.parse(arn);
        Arn other = Arn.parse(otherArn);
        return own != null && other != null && own.sameIdentity(other);
    }

    /// Whether an Identity Center permission set made this role; such roles refuse changes through IAM.
    public boolean isIdentityCenterRole() {
        return kind == Kind.ROLE && name.startsWith("AWSReservedSSO_");
    }

    /// Whether a service made this role for itself; such roles refuse every change.
    public boolean isServiceLinkedRole() {
        return kind == Kind.ROLE
                && (name.startsWith("AWSServiceRoleFor") || arn.contains(":role/aws-service-role/"));
    }

    /// Whether the name tells of administrator power. A hint: what the principal may do is not in the event.
    public boolean looksLikeAdministrator() {
        return kind == Kind.ROOT || name.contains("Administrator") || name.contains("OrganizationAccountAccessRole")
                || name.equalsIgnoreCase("admin");
    }
}
