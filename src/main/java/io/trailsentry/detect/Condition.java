package io.trailsentry.detect;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.trailsentry.agent.Call;
import io.trailsentry.agent.Principal.Kind;
import io.trailsentry.trail.ApiAction;
import io.trailsentry.trail.Arn;
import io.trailsentry.trail.Parameters;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a catalogue rule asks of a call, by the name it has in the catalogue. Pure.
enum Condition {
    /// The action's target is the calling principal itself.
    @JsonProperty("self")
    SELF {
        @Override
        boolean holds(Call call, Target target) {
            return target.isSelf(call);
        }

        @Override
        String because(Call call, Target target) {
            return "the target is its own " + (call.principal().kind() == Kind.USER ? "user" : "role");
        }
    },
    /// The action's target is a managed policy that is attached to the agent.
    @JsonProperty("attached-policy")
    ATTACHED_POLICY {
        @Override
        boolean holds(Call call, Target target) {
            String policy = target.name();
            if (policy == null) {
                return false;
            }
            Arn arn = Arn.parse(policy);
            return call.agent().attachedPolicies().stream().map(Arn::parse).anyMatch(attached -> attached != null
                    && (arn != null ? attached.sameIdentity(arn) : attached.name().equalsIgnoreCase(policy)));
        }

        @Override
        String because(Call call, Target target) {
            return "that policy is attached to it";
        }
    },
    /// A role-bearing parameter holds the caller's own role: it is handed to a service.
    @JsonProperty("passes-self")
    PASSES_SELF {
        @Override
        boolean holds(Call call, Target target) {
            String service = ApiAction.service(call.event().eventSource());
            if (call.principal().kind() != Kind.ROLE || service.equals("iam") || service.equals("sts")) {
                return false;
            }
            if ("iam:PassRole".equalsIgnoreCase(target.denial().action())) {
                return call.principal().is(target.denial().resource());
            }
            Parameters parameters = call.event().requestParameters();
            for (int i = 0; i < parameters.size(); i++) {
                if (names(call, parameters.path(i), parameters.value(i))) {
                    return true;
                }
            }
            return false;
        }

        private static boolean names(Call call, String path, String value) {
            String own = call.principal().name();
            Arn arn = value.length() > 2_048 ? null : Arn.parse(value);
            if (arn != null) {
                boolean profile = arn.service().equals("iam") && arn.kind().equals("instance-profile");
                return call.principal().is(value) || (profile && arn.account().equals(call.principal().account())
                        && arn.name().equalsIgnoreCase(own));
            }
            return value.equalsIgnoreCase(own) && ROLE_FIELD.matcher(path).find();
        }

        @Override
        String because(Call call, Target target) {
            return "the call hands its own role to " + ApiAction.service(call.event().eventSource());
        }
    },
    /// A document or grant in the parameters names the caller.
    @JsonProperty("names-self")
    NAMES_SELF {
        @Override
        boolean holds(Call call, Target target) {
            Parameters parameters = call.event().requestParameters();
            for (int i = 0; i < parameters.size(); i++) {
                Matcher arns = IAM_ARN.matcher(parameters.value(i));
                while (arns.find()) {
                    if (call.principal().is(arns.group())) {
                        return true;
                    }
                }
            }
            return false;
        }

        @Override
        String because(Call call, Target target) {
            return "the document names its own ARN";
        }
    },
    /// The policy gives administrator power: one of AWS's own, or a document that allows every action everywhere.
    @JsonProperty("administrator-policy")
    ADMINISTRATOR_POLICY {
        @Override
        boolean holds(Call call, Target target) {
            Parameters parameters = call.event().requestParameters();
            return parameters.all("policyArn").stream().anyMatch(arn -> ADMINISTRATOR.matcher(arn).find())
                    || parameters.all("policyDocument").stream().anyMatch(PolicyDocument::allowsEverything);
        }

        @Override
        String because(Call call, Target target) {
            return "the policy gives administrator power";
        }
    },
    /// A new policy version becomes the one in force.
    @JsonProperty("set-as-default")
    SET_AS_DEFAULT {
        @Override
        boolean holds(Call call, Target target) {
            return "true".equalsIgnoreCase(call.event().requestParameters().first("setAsDefault"));
        }

        @Override
        String because(Call call, Target target) {
            return "the new version is in force at once";
        }
    },
    /// The call changes something, or tries to.
    @JsonProperty("write")
    WRITE {
        @Override
        boolean holds(Call call, Target target) {
            return !call.isRead();
        }

        @Override
        @Nullable
        String because(Call call, Target target) {
            return null;
        }
    };

    private static final Pattern ROLE_FIELD = Pattern.compile("(?:role|role_?arn|rolename|iaminstanceprofile\\.name)$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern IAM_ARN = Pattern.compile("arn:aws[a-z-]*:(?:iam|sts)::\\d{12}:[\\w+=,.@/-]+");
    private static final Pattern ADMINISTRATOR = Pattern
            .compile(":policy/(?:AdministratorAccess|IAMFullAccess|PowerUserAccess)$");

    /// Whether the condition holds.
    abstract boolean holds(Call call, Target target);

    /// Why that is unusual, as part of a sentence; null when it says nothing by itself.
    abstract @Nullable String because(Call call, Target target);
}
