package io.trailsentry.detect;

import io.trailsentry.agent.Call;
import io.trailsentry.agent.Glob;
import io.trailsentry.agent.Principal;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.Arn;
import io.trailsentry.trail.Parameters;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a catalogue rule asks of a call. Pure.
///
/// Written in the catalogue as the name of a [Known] condition, `has:FIELD`, `is:FIELD=VALUE`, `outside:FIELD`, or any of
/// these behind `not:`.
sealed interface Condition {
    /// Whether the condition holds.
    boolean holds(Call call, Target target);

    /// Why that is unusual, as part of a sentence; null when it says nothing by itself.
    default @Nullable String because(Call call, Target target) {
        return null;
    }

    /// Whether the call's parameters decide, and nothing else.
    boolean ofParameters();

    /// The condition that a text means.
    ///
    /// @throws IllegalArgumentException when it means none
    static Condition parse(String text) {
        if (text.startsWith("not:")) {
            return new Not(parse(text.substring(4)));
        }
        if (text.startsWith("has:")) {
            return new Has(text.substring(4));
        }
        if (text.startsWith("outside:")) {
            return new Outside(text.substring(8));
        }
        if (text.startsWith("is:") && text.indexOf('=') > 0) {
            return new Is(text.substring(3, text.indexOf('=')), text.substring(text.indexOf('=') + 1));
        }
        return Arrays.stream(Known.values()).filter(known -> known.label().equals(text)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the catalogue has no condition " + text));
    }

    /// A parameter is there and not blank.
    record Has(String field) implements Condition {
        @Override
        public boolean ofParameters() {
            return true;
        }

        @Override
        public boolean holds(Call call, Target target) {
            return call.event().requestParameters().all(field).stream().anyMatch(value -> !value.isBlank());
        }
    }

    /// A parameter has a value, case ignored.
    record Is(String field, String value) implements Condition {
        @Override
        public boolean ofParameters() {
            return true;
        }

        @Override
        public boolean holds(Call call, Target target) {
            return call.event().requestParameters().all(field).stream().anyMatch(value::equalsIgnoreCase);
        }
    }

    /// A parameter holds an account id, or an ARN of any service, of an account that is neither the caller's nor the event's.
    record Outside(String field) implements Condition {
        @Override
        public boolean ofParameters() {
            return true;
        }

        @Override
        public boolean holds(Call call, Target target) {
            return foreign(call) != null;
        }

        @Override
        public @Nullable String because(Call call, Target target) {
            return "it is in account " + foreign(call) + ", which is not its own";
        }

        private @Nullable String foreign(Call call) {
            return call.event().requestParameters().all(field).stream().map(Outside::account)
                    .filter(account -> account != null && isForeign(call, account)).findFirst().orElse(null);
        }

        private static @Nullable String account(String value) {
            Arn arn = value.length() > 2_048 ? null : Arn.parse(value);
            String account = arn == null ? value : arn.account();
            return account.length() == 12 && account.chars().allMatch(c -> c >= '0' && c <= '9') ? account : null;
        }
    }

    private static boolean isForeign(Call call, String account) {
        return !account.equals(call.principal().account()) && !account.equals(call.event().account());
    }

    /// Another condition does not hold.
    record Not(Condition condition) implements Condition {
        @Override
        public boolean ofParameters() {
            return condition.ofParameters();
        }

        @Override
        public boolean holds(Call call, Target target) {
            return !condition.holds(call, target);
        }
    }

    /// Conditions that have a name.
    enum Known implements Condition {
        /// The action's target is the calling principal itself.
        SELF {
            @Override
            public boolean holds(Call call, Target target) {
                return target.isSelf(call);
            }

            @Override
            public String because(Call call, Target target) {
                return "the target is its own " + (call.principal().kind() == Principal.Kind.USER ? "user" : "role");
            }
        },
        /// The action's target is a managed policy that is attached to the agent.
        ATTACHED_POLICY {
            @Override
            public boolean holds(Call call, Target target) {
                String policy = target.name();
                if (policy == null) {
                    return false;
                }
                Arn arn = Arn.parse(policy);
                return call.agent().attachedPolicies().stream().map(Arn::parse).anyMatch(attached -> attached != null
                        && (arn != null ? attached.sameIdentity(arn) : attached.name().equalsIgnoreCase(policy)));
            }

            @Override
            public String because(Call call, Target target) {
                return "that policy is attached to it";
            }
        },
        /// A role-bearing parameter holds the caller's own role: it is handed to a service.
        PASSES_SELF {
            @Override
            public boolean holds(Call call, Target target) {
                return call.principal().kind() == Principal.Kind.ROLE
                        && roles(call, target, ANY_FIELD).anyMatch(passed -> isOwn(call, passed));
            }

            @Override
            public String because(Call call, Target target) {
                return "the call hands its own role to " + ApiAction.service(call.event().eventSource());
            }
        },
        /// A parameter that is named after a role holds a role or instance profile that is not the caller's own.
        PASSES_ROLE {
            @Override
            public boolean holds(Call call, Target target) {
                return roles(call, target, ROLE_FIELD).anyMatch(passed -> !isOwn(call, passed));
            }

            @Override
            public String because(Call call, Target target) {
                return "the call hands a role to " + ApiAction.service(call.event().eventSource());
            }
        },
        /// A document or grant in the parameters names the caller.
        NAMES_SELF {
            @Override
            public boolean holds(Call call, Target target) {
                return parameterValues(call).flatMap(Known::principals).anyMatch(call.principal()::is);
            }

            @Override
            public String because(Call call, Target target) {
                return "the document names its own ARN";
            }
        },
        /// The policy gives administrator power: one of AWS's own, or a document that allows everything everywhere.
        ADMINISTRATOR_POLICY {
            @Override
            public boolean holds(Call call, Target target) {
                Parameters parameters = call.event().requestParameters();
                return parameters.all("policyArn").stream().anyMatch(arn -> ADMINISTRATOR.matcher(arn).find())
                        || parameters.all("managedPolicyArn").stream()
                                .anyMatch(arn -> ADMINISTRATOR.matcher(arn).find())
                        || parameterValues(call).filter(Known::isDocument).anyMatch(PolicyDocument::allowsEverything);
            }

            @Override
            public String because(Call call, Target target) {
                return "the policy gives administrator power";
            }
        },
        /// A new policy version becomes the one in force.
        SET_AS_DEFAULT {
            @Override
            public boolean holds(Call call, Target target) {
                return "true".equalsIgnoreCase(call.event().requestParameters().first("setAsDefault"));
            }

            @Override
            public String because(Call call, Target target) {
                return "the new version is in force at once";
            }
        },
        /// Everybody is let in.
        PUBLIC {
            @Override
            public boolean holds(Call call, Target target) {
                Parameters parameters = call.event().requestParameters();
                return IntStream.range(0, parameters.size())
                        .anyMatch(i -> isPublic(parameters.path(i).toLowerCase(Locale.ROOT), parameters.value(i)));
            }

            private static boolean isPublic(String path, String value) {
                String field = path.substring(path.lastIndexOf('.') + 1);
                if (isDocument(value)) {
                    return PolicyDocument.allowsEverybody(value);
                }
                return (value.equals("*") && EVERYBODY.matcher(field).matches())
                        || (value.equals("all") && SHARED_WITH.matcher(field).matches())
                        || value.startsWith("http://acs.amazonaws.com/groups/global/")
                        || (field.contains("acl") && PUBLIC_ACL.matcher(value).matches());
            }

            @Override
            public String because(Call call, Target target) {
                return "everybody is let in";
            }
        },
        /// A principal of another account is let in.
        OUTSIDE_ACCOUNT {
            @Override
            public boolean holds(Call call, Target target) {
                return foreign(call) != null;
            }

            @Override
            public String because(Call call, Target target) {
                return "account " + foreign(call) + " is let in, which is not its own";
            }

            private static @Nullable String foreign(Call call) {
                return parameterValues(call).flatMap(Known::accounts).filter(account -> isForeign(call, account))
                        .findFirst().orElse(null);
            }
        },
        /// The whole internet is named as a source.
        OPEN_INGRESS {
            @Override
            public boolean holds(Call call, Target target) {
                return parameterValues(call).anyMatch(value -> EVERYWHERE.matcher(value).matches());
            }

            @Override
            public String because(Call call, Target target) {
                return "the whole internet is let in";
            }
        },
        /// The instance type is one that work seldom needs and miners like: accelerators, bare metal, very large ones.
        UNUSUAL_INSTANCE {
            @Override
            public boolean holds(Call call, Target target) {
                return type(call) != null;
            }

            @Override
            public String because(Call call, Target target) {
                return type(call) + " is an unusual and costly instance type";
            }

            private static @Nullable String type(Call call) {
                Parameters parameters = call.event().requestParameters();
                return IntStream.range(0, parameters.size())
                        .filter(i -> parameters.path(i).toLowerCase(Locale.ROOT).contains("instancetype"))
                        .mapToObj(parameters::value).filter(value -> UNUSUAL.matcher(value).find()).findFirst()
                        .orElse(null);
            }
        },
        /// Something that the call acts upon belongs to TrailSentry itself. What is named by an id only, as an event source
        /// mapping is, names its owner in the answer.
        OWN_MONITOR {
            @Override
            public boolean holds(Call call, Target target) {
                Parameters answer = call.event().responseElements();
                return Stream.concat(target.names().stream(),
                        IntStream.range(0, answer.size()).mapToObj(answer::value)
                                .filter(value -> value.startsWith("arn:")))
                        .anyMatch(name -> OWN.matcher(name).find());
            }

            @Override
            public String because(Call call, Target target) {
                return "it belongs to TrailSentry, which watches " + (call.agent().listed() ? "the agent" : "agents");
            }
        },
        /// The role that is assumed is not among those that the agent may assume. Holds only where they are configured.
        UNLISTED_ROLE {
            @Override
            public boolean holds(Call call, Target target) {
                List<String> allowed = call.agent().assumableRoles();
                Arn role = Arn.parse(target.name());
                return allowed != null && role != null && !call.principal().is(target.name())
                        && allowed.stream().noneMatch(text -> means(text, role, target.name()));
            }

            private static boolean means(String allowed, Arn role, @Nullable String arn) {
                if (Glob.isGlob(allowed)) {
                    return new Glob(allowed).matches(allowed.indexOf(':') >= 0 ? String.valueOf(arn) : role.name());
                }
                Arn exact = Arn.parse(allowed);
                return exact == null ? allowed.equalsIgnoreCase(role.name()) : exact.sameIdentity(role);
            }

            @Override
            public String because(Call call, Target target) {
                return "it is not among the roles that it may assume";
            }
        },
        /// The name of what the call acts upon says that it keeps the audit's records.
        AUDIT_STORE {
            @Override
            public boolean holds(Call call, Target target) {
                return target.names().stream().anyMatch(name -> RECORDS.matcher(name).find());
            }

            @Override
            public String because(Call call, Target target) {
                return "by its name it keeps audit records";
            }
        },
        /// The call changes something, or tries to.
        WRITE {
            @Override
            public boolean holds(Call call, Target target) {
                return !call.isRead();
            }
        };

        private static final Pattern PRINCIPAL = Pattern.compile("arn:aws[a-z-]*:(?:iam|sts)::\\d{12}:[\\w+=,.@/-]+");
        private static final Pattern ACCOUNT = Pattern
                .compile("(?:^|arn:aws[a-z-]*:(?:iam|sts)::|\")(\\d{12})(?:$|[:\"])");
        private static final Pattern ADMINISTRATOR = Pattern
                .compile(":policy/(?:AdministratorAccess|IAMFullAccess|PowerUserAccess)$");
        /// A network of no fixed bits, whatever address stands before them.
        private static final Pattern EVERYWHERE = Pattern.compile("[0-9a-fA-F.:]{2,39}/0");
        private static final Pattern EVERYBODY = Pattern.compile("principal|aws|principals");
        private static final Pattern SHARED_WITH = Pattern
                .compile("group|groups|groupnames|usergroups|valuestoadd|attributevalues|valuetoadd");
        private static final Pattern PUBLIC_ACL = Pattern.compile("public-read|public-read-write|authenticated-read");
        private static final Pattern UNUSUAL = Pattern
                .compile("^(?:ml\\.)?(?:p\\d|g\\d|gr\\d|trn\\d|inf\\d|dl\\d|vt\\d|f\\d"
                        + "|u-|u\\d|x\\d|hpc\\d|mac\\d)|\\.metal|\\.(?:16|18|24|32|48|56|96|112|224)xlarge$");
        private static final Pattern OWN = Pattern.compile("(?:^|[/:]|StackSet-)trailsentry(?:$|[-/:.])",
                Pattern.CASE_INSENSITIVE);
        /// A field of tags: who made a thing is often written there.
        private static final Pattern TAG = Pattern
                .compile("(?:^|\\.)tag(?:s|set|list|ging|specification\\w*)?(?:\\.|$)", Pattern.CASE_INSENSITIVE);
        private static final Pattern ANY_FIELD = Pattern.compile("");
        private static final Pattern ROLE_FIELD = Pattern.compile("role|instance-?profile", Pattern.CASE_INSENSITIVE);
        /// The start of an operation's name that takes a role away, unless the catalogue says that it works as the role.
        private static final Pattern TAKEN_AWAY = Pattern.compile("^(?:Batch)?(?:Remove|Disassociate|Delete)");
        private static final Pattern RECORDS = Pattern
                .compile("cloudtrail|aws-config|config-bucket|guardduty|securityhub"
                        + "|flow-?log|audit|siem|access-log", Pattern.CASE_INSENSITIVE);

        @Override
        public boolean ofParameters() {
            return switch (this) {
                case ADMINISTRATOR_POLICY, SET_AS_DEFAULT, PUBLIC, OUTSIDE_ACCOUNT, OPEN_INGRESS, UNUSUAL_INSTANCE ->
                    true;
                case SELF, ATTACHED_POLICY, PASSES_SELF, PASSES_ROLE, NAMES_SELF, OWN_MONITOR, UNLISTED_ROLE,
                        AUDIT_STORE, WRITE ->
                    false;
            };
        }

        /// As it is written in the catalogue.
        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static Stream<String> parameterValues(Call call) {
            Parameters parameters = call.event().requestParameters();
            return IntStream.range(0, parameters.size()).mapToObj(parameters::value);
        }

        private static boolean isDocument(String value) {
            return value.startsWith("{") || value.stripLeading().startsWith("{");
        }

        private static Stream<String> principals(String value) {
            return PRINCIPAL.matcher(value).results().map(MatchResult::group);
        }

        private static Stream<String> accounts(String value) {
            Matcher matcher = ACCOUNT.matcher(value);
            return matcher.results().map(result -> result.group(1));
        }

        /// The roles and instance profiles that a call hands to a service, as ARNs or bare names. IAM and STS are given
        /// roles to work on, not to work as.
        ///
        /// @param arns found in the paths where ARNs count; bare names count where the catalogue says so
        private static Stream<String> roles(Call call, Target target, Pattern arns) {
            String service = ApiAction.service(call.event().eventSource());
            if (service.equals("iam") || service.equals("sts")) {
                return Stream.of();
            }
            if ("iam:PassRole".equalsIgnoreCase(target.denial().action()) && target.denial().resource() != null) {
                return Stream.of(target.denial().resource());
            }
            if (target.roleFields().isEmpty() && TAKEN_AWAY.matcher(call.event().eventName()).find()) {
                return Stream.of();
            }
            Parameters parameters = call.event().requestParameters();
            return IntStream.range(0, parameters.size())
                    .filter(i -> isRole(parameters, i, target.roleFields(), arns)).mapToObj(parameters::value);
        }

        /// Whether a parameter holds a role: an ARN where ARNs count but in a tag, a bare name where the action takes one.
        private static boolean isRole(Parameters parameters, int index, List<String> roleFields, Pattern arns) {
            String value = parameters.value(index);
            Arn arn = value.length() > 2_048 ? null : Arn.parse(value);
            if (arn != null) {
                return arn.service().equals("iam") && List.of("role", "instance-profile").contains(arn.kind())
                        && arns.matcher(parameters.path(index)).find() && !TAG.matcher(parameters.path(index)).find();
            }
            return !value.isEmpty() && roleFields.stream().anyMatch(field -> parameters.isAt(index, field));
        }

        private static boolean isOwn(Call call, String passed) {
            Arn arn = Arn.parse(passed);
            if (arn == null) {
                return passed.substring(passed.lastIndexOf('/') + 1).equalsIgnoreCase(call.principal().name());
            }
            boolean profile = arn.kind().equals("instance-profile") && arn.account().equals(call.principal().account())
                    && arn.name().equalsIgnoreCase(call.principal().name());
            return profile || call.principal().is(passed);
        }
    }
}
